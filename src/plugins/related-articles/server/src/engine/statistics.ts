import type { IndexedDocument } from './indexed-document';

/**
 * What signals and ranking need to know about a collection besides the two documents that they compare. An index that
 * is stored elsewhere provides it from a local copy of its figures.
 */
export interface CollectionStatistics {
  readonly size: number;
  /** The number of documents against which a word's rarity is measured. */
  readonly population: number;
  /** The mean length of a document in weighted words, at least 1. */
  readonly averageLength: number;
  readonly dictionary: {
    /** How many documents have a word, by its id. */
    documentFrequency(id: number): number;
    text(id: number): string;
    hash(id: number): number;
    /** Whether all words count as equally rare, see `local-rarity.ts`. Default: false. */
    readonly isEqual?: boolean;
  };
  /** How many documents have a bigram, a title, a title's ending, by their hashes. */
  readonly bigrams: Frequency;
  readonly titles: Frequency;
  readonly endings: Frequency;
  readonly taxonomy: {
    /** How many documents have an entry, by the entry's number. */
    count(key: number): number;
  };
  readonly dates: {
    /** The middle rank of all documents of that date, 0 to the number of dates. */
    rank(date: number): number;
    /** `rank` of the document in a slot; `NaN` where it has no date. */
    rankAt(slot: number): number;
    /** The latest; `NaN` where no document has a date. */
    readonly newest: number;
  };
  readonly links: { readonly isEmpty: boolean };
  /** The slots that a document links to, in the order of its links. */
  targetsOf(document: IndexedDocument): readonly number[];
  /** The slots that link to a document, in no particular order. */
  linkingTo(document: IndexedDocument): readonly number[];
  countLinkingTo(document: IndexedDocument): number;
  at(slot: number): IndexedDocument;
  /** Newest first, then by id: the order of last resort, the same on every instance. */
  compareSlots(a: number, b: number): number;
}

interface Frequency {
  get(hash: number): number;
}

/**
 * Documents that are assumed to exist besides those of the collection and to contain none of its words.
 * Without them, a site of three articles would treat every word that two of them share as a common one.
 */
const BACKGROUND_DOCUMENTS = 50;
/** Lengths are kept in 1/256 words: sums of integers are exact in any order. */
const LENGTH_UNIT = 256;

/** The population of a collection of `size` documents. */
export const populationOf = (size: number): number => size + BACKGROUND_DOCUMENTS;

/** What a document adds to the sum of all lengths. */
export const lengthUnitsOf = ({ length }: IndexedDocument): number =>
  Math.round(length * LENGTH_UNIT);

/** The average length of `size` documents, from the sum of their units. */
export const averageLengthOf = (size: number, lengthUnits: number): number =>
  size === 0 ? 1 : Math.max(1, lengthUnits / LENGTH_UNIT / size);
