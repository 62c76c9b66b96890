import type { IndexedDocument } from '../indexed-document';
import { codeOf, upperOf } from '../packed';
import {
  FREQUENCY,
  POSTING_FREQUENCY,
  POSTING_FREQUENCY_CODE,
  POSTING_LENGTH,
  postingLengthCode,
} from '../quantization';
import { bm25Idf } from '../signals/rarity';
import { TermTable } from '../signals/term-table';
import { saturate } from '../signals/text';
import type { CollectionStatistics } from '../statistics';
import { QUERY_TERMS, SMALL_COLLECTION } from './candidate-rules';

// A coarse BM25 that finds candidates. Its scores are whole numbers, so their sum is the same in any order.

/** Words beyond the first twelve are left out once this many postings have been read for a list. */
const MAX_POSTINGS = 20_000;
const MIN_QUERY_TERMS = 12;
/** The largest sum that a document can reach. */
export const FULL_SCORE = 60_000;
/** How good a text's best match usually is, as a share of `FULL_SCORE`; used where the actual one may be hidden. */
export const USUAL_BEST = 0.25;
/** Scores are counted in classes of 2^6 to find where to cut. */
export const CLASS_BITS = 6;

/** Scratch space: its content means nothing between two calls. */
let matches = new Uint32Array(1024);

/** A word of the source that documents are searched by. */
export interface QueryTerm {
  id: number;
  weight: number;
  /** Its place among the source's terms. */
  position: number;
}

/** How often a word of the source counts. */
export const frequencyAt = ({ terms }: IndexedDocument, position: number): number =>
  FREQUENCY[codeOf(terms[position])];

/** The source's words that weigh most. */
export function queryTerms(
  {
    dictionary,
    population,
    size,
  }: Pick<CollectionStatistics, 'dictionary' | 'population' | 'size'>,
  source: IndexedDocument,
): QueryTerm[] {
  const found: QueryTerm[] = [];
  for (let position = 0; position < source.wordCount; position += 1) {
    const id = upperOf(source.terms[position]);
    const documentFrequency = dictionary.documentFrequency(id);
    const weight = frequencyAt(source, position) * bm25Idf(population, documentFrequency);
    found.push({ id, weight, position });
  }
  found.sort((a, b) => b.weight - a.weight || a.position - b.position);
  if (size <= SMALL_COLLECTION) return found;
  let postings = 0;
  const last = found.findIndex(({ id }, place) => {
    postings += dictionary.documentFrequency(id);
    return place >= QUERY_TERMS || (place >= MIN_QUERY_TERMS && postings > MAX_POSTINGS);
  });
  return last < 0 ? found : found.slice(0, last);
}

/** BM25's term frequency part for each posting code, as a share of its largest value. */
export function saturationTable(averageLength: number): Float64Array {
  const parts = new Float64Array(256);
  let greatest = 0;
  for (let code = 0; code < 256; code += 1) {
    parts[code] = saturate(POSTING_FREQUENCY[code >>> 4], POSTING_LENGTH[code & 15], averageLength);
    greatest = Math.max(greatest, parts[code]);
  }
  return parts.map((part) => part / greatest);
}

/** Returns a function for a document's coarse score, equal to what an index gets by adding up postings. */
export function coarseScorer(
  index: Pick<CollectionStatistics, 'dictionary' | 'population' | 'size' | 'averageLength'>,
  source: IndexedDocument,
): (document: IndexedDocument) => number {
  const terms = queryTerms(index, source);
  const total = terms.reduce((sum, { weight }) => sum + weight, 0);
  const parts = saturationTable(index.averageLength);
  const table = new TermTable(terms.length);
  terms.forEach(({ id }, at) => table.set(id, at));
  const scales = terms.map(({ weight }) => (FULL_SCORE * weight) / total);
  return (document) => {
    if (matches.length < document.wordCount) matches = new Uint32Array(2 * document.wordCount);
    const byLength = postingLengthCode(document.length);
    const found = table.match(document.terms, 0, document.wordCount, matches);
    let score = 0;
    for (let i = 0; i < found; i += 1) {
      const code = POSTING_FREQUENCY_CODE[codeOf(matches[i])] | byLength;
      score += Math.floor(scales[upperOf(matches[i])] * parts[code]);
    }
    return score;
  };
}
