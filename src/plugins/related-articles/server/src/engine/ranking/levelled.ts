import type { TermIds } from '../indexed-document';
import type { CollectionStatistics } from '../statistics';

/*
 * Where somebody sends words and may not have all documents, whether a word is in the index at all may be a secret. A
 * word that few documents have, and one that none has, are made alike in all that they do to others.
 */

/** Words, pairs, titles and endings that fewer documents have count as if so many had them. */
const LEVEL = 8;

/** Numbers for words that the index does not know: those that it would give last. */
const LAST_NUMBER = 2 ** 24 - 2;
/** More than a document has. */
const MAX_UNKNOWN = 50_000;

const isUnknown = (id: number): boolean => id > LAST_NUMBER - MAX_UNKNOWN;

/** Gives a number to every word of one document, also to those that the index does not know. */
export function levelledIds({ word, taxonomy }: TermIds): TermIds {
  const unknown = new Map<number, number>();
  return {
    taxonomy,
    word: (number) => {
      const id = word(number);
      if (id >= 0) return id;
      const known = unknown.get(number) ?? LAST_NUMBER - unknown.size;
      unknown.set(number, known);
      return known;
    },
  };
}

type Levelled = Pick<CollectionStatistics, 'dictionary' | 'bigrams' | 'titles' | 'endings'>;

/** The statistics of a collection for documents that were read with `levelledIds`. */
export function levelledStatistics<Index extends Levelled>(
  index: Index,
): Pick<Index, keyof Levelled> {
  const { dictionary, bigrams, titles, endings } = index;
  const atLeast = <Key>(counts: { get(key: Key): number }) => ({
    get: (key: Key) => Math.max(LEVEL, counts.get(key)),
  });
  return {
    // Whatever else an engine's own dictionary can do stays as it is.
    dictionary: Object.assign(Object.create(dictionary) as Index['dictionary'], {
      documentFrequency: (id: number) =>
        isUnknown(id) ? LEVEL : Math.max(LEVEL, dictionary.documentFrequency(id)),
      hash: (id: number) => (isUnknown(id) ? 0 : dictionary.hash(id)),
      level: LEVEL,
    }),
    bigrams: atLeast(bigrams),
    titles: { get: (key: number) => (titles.get(key) < LEVEL ? 1 : titles.get(key)) },
    endings: atLeast(endings),
  };
}
