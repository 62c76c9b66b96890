import type { BigramCounts } from '../counts/bigram-counts';
import { POSTING_FREQUENCY_CODE, postingLengthCode } from '../quantization';
import type { Dictionary } from './dictionary';
import type { IndexedDocument } from '../indexed-document';
import type { Postings } from './postings';
import type { SortedDates } from './sorted-dates';
import { codeOf, pack, upperOf } from '../packed';

/** How many documents are counted before other work gets its turn: some ten milliseconds. */
const SLICE = 1000;
const BIGRAM_SLICE = 4000;

interface Counted {
  dictionary: Dictionary;
  bigrams: BigramCounts;
  dates: SortedDates;
}

/**
 * Fills lists and counts that are still empty with all documents at once, by slot. Each list gets a block of its final
 * size, which is several times as fast as adding one entry after the other.
 */
export function* bulkCount(
  documents: readonly IndexedDocument[],
  { dictionary, bigrams, dates }: Counted,
): Generator<void> {
  const { postings } = dictionary;
  const counts = new Uint32Array(dictionary.capacity);
  for (const { terms, wordCount, slot } of documents) {
    for (let i = 0; i < wordCount; i += 1) counts[upperOf(terms[i])] += 1;
    if (slot % SLICE === 0) yield;
  }
  const next = postings.reserve(counts);
  for (const document of documents) {
    fillPostings(document, postings, counts, next);
    if (document.slot % SLICE === 0) yield;
  }
  for (let start = 0; start < documents.length; start += BIGRAM_SLICE) {
    bigrams.addAll(bigramsOf(documents.slice(start, start + BIGRAM_SLICE)));
    yield;
  }
  bigrams.fit();
  for (let word = 0; word < counts.length; word += 1) dictionary.forgetUnused(word);
  dates.fill(documents);
}

/** @param next Where the next entry of each word's list goes. */
function fillPostings(
  { terms, wordCount, slot, length }: IndexedDocument,
  postings: Postings,
  counts: Uint32Array,
  next: Uint32Array,
): void {
  const { data } = postings;
  const byLength = postingLengthCode(length);
  for (let i = 0; i < wordCount; i += 1) {
    const word = upperOf(terms[i]);
    const code = POSTING_FREQUENCY_CODE[codeOf(terms[i])] | byLength;
    if (counts[word] === 1) postings.setOnly(word, slot, code);
    else {
      data[next[word]] = pack(slot, code);
      next[word] += 1;
    }
  }
}

function bigramsOf(documents: readonly IndexedDocument[]): Uint32Array {
  const count = documents.reduce((sum, { terms, wordCount }) => sum + terms.length - wordCount, 0);
  const bigrams = new Uint32Array(count);
  let at = 0;
  for (const { terms, wordCount } of documents) {
    for (let i = wordCount; i < terms.length; i += 1, at += 1) bigrams[at] = upperOf(terms[i]);
  }
  return bigrams;
}
