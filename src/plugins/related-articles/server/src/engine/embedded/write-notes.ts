import type { Collection, WriteListener } from '../engine';
import type { IndexedDocument } from '../indexed-document';
import { upperOf } from '../packed';
import type { CollectionIndex } from './collection-index';

/** A word, and an entry, is rare if at most this many documents have it. */
const RARE_WORD = 64;
const RARE_ENTRY = 200;
/** How many documents are reported, at most, as sharing a rare word or entry. */
const MAX_SHARING = 1000;

/**
 * Notes the state of a document before a write.
 *
 * @returns A function to call after the write, which reports what changed; `undefined` if nobody listens.
 */
export function noting(
  listener: WriteListener | null,
  collection: Collection,
  index: CollectionIndex,
  id: string,
): (() => void) | undefined {
  if (!listener) return undefined;
  const before = stateOf(index, id);
  return () => {
    const after = stateOf(index, id);
    const words = differences(before.words, after.words);
    const entries = differences(before.entries, after.entries);
    listener(collection, {
      documentId: id,
      slugBefore: before.slug,
      words: words.length,
      linked: [...new Set([...before.linked, ...after.linked])],
      sharing: sharing(index, words, entries),
      movesNewest: !Object.is(before.newest, after.newest),
    });
  };
}

interface State {
  slug: string | null;
  // As texts, because numbers are reused once a word or entry occurs nowhere.
  words: ReadonlySet<string>;
  entries: ReadonlySet<string>;
  linked: readonly string[];
  /** The newest date of all documents. */
  newest: number;
}

const NOTHING: ReadonlySet<string> = new Set();

/** A document as an index has it. */
function stateOf(index: CollectionIndex, id: string): State {
  const document = index.get(id);
  const { newest } = index.dates;
  if (!document) return { slug: null, words: NOTHING, entries: NOTHING, linked: [], newest };
  const slots = [...index.targetsOf(document), ...index.linkingTo(document)];
  return {
    slug: document.addresses.find((address) => address !== id) ?? null,
    words: wordsOf(index, document),
    entries: new Set(document.taxonomy.map(({ key }) => index.taxonomy.key(key))),
    linked: slots.map((slot) => index.at(slot).id),
    newest,
  };
}

function wordsOf(
  { dictionary }: CollectionIndex,
  { terms, wordCount }: IndexedDocument,
): Set<string> {
  const words = new Set<string>();
  for (let at = 0; at < wordCount; at += 1) words.add(dictionary.text(upperOf(terms[at])));
  return words;
}

/** The items that only one of the two sets has. */
const differences = (a: ReadonlySet<string>, b: ReadonlySet<string>): string[] => [
  ...[...a].filter((one) => !b.has(one)),
  ...[...b].filter((one) => !a.has(one)),
];

function sharing(
  index: CollectionIndex,
  words: readonly string[],
  entries: readonly string[],
): string[] {
  const { dictionary, taxonomy } = index;
  const slots = new Set<number>();
  const add = (found: Iterable<number>) => {
    for (const slot of found) if (slots.size < MAX_SHARING) slots.add(slot);
  };
  for (const entry of entries) {
    const number = taxonomy.number(entry);
    if (taxonomy.count(number) <= RARE_ENTRY) add(taxonomy.of(number));
  }
  const numbers = words.map((word) => dictionary.id(word)).filter((number) => number >= 0);
  numbers.sort((a, b) => dictionary.documentFrequency(a) - dictionary.documentFrequency(b));
  for (const number of numbers) {
    if (dictionary.documentFrequency(number) > RARE_WORD) break;
    add(dictionary.postings.slots(number));
  }
  return [...slots].map((slot) => index.at(slot).id);
}
