import type { AnalyzedDocument } from './analysis/analyzed-document';
import type { EngineDocument } from './engine';
import { SUBLINEAR_TF, frequencyCode } from './quantization';
import type { Frequencies } from './analysis/frequencies';
import { hashText } from './hash';
import { pack } from './packed';

/** A document as numbers: what signals compare. */
export interface IndexedDocument {
  id: string;
  /** The slot of the document with this id in the index; -1 when there is none. */
  slot: number;
  date: number | null;
  /** Sum of all weighted word frequencies. */
  length: number;
  /**
   * The distinct words in order of first occurrence, then the distinct bigrams, as `id << 8 | frequency code`.
   * A word's id comes from the dictionary; a bigram's id is the hash of its words.
   */
  terms: Uint32Array;
  /** How many of the terms are words. */
  wordCount: number;
  /** Weighted frequencies of words that the index does not know; empty for an indexed document. */
  unknown: readonly number[];
  /**
   * Length of the vector of damped word frequencies, and the same with bigrams; without rarity, so that it does not
   * depend on other documents.
   */
  wordNorm: number;
  norm: number;
  /** What copies share: the first bigrams in several fixed orders; see `sketchOf`. */
  sketch: readonly number[];
  /** The title's words in reading order. */
  title: readonly number[];
  /** How many further words of the title occur in no document of the index; 0 for a document of the index. */
  unknownTitle: number;
  /** The distinct words of the slug. */
  slug: readonly number[];
  /** Hashes of the title's endings, shortest first. */
  endings: readonly number[];
  /** Hash of the title's words; 0 when there are none. */
  titleKey: number;
  taxonomy: readonly TaxonomyKey[];
  /** What links to this document may contain: its slug, its id. */
  addresses: readonly string[];
  links: readonly string[];
  /** Ids of the documents that come first in its list. */
  picked: readonly string[];
  /** What custom signals see. */
  attributes: EngineDocument['attributes'];
}

export interface TaxonomyKey {
  relation: string;
  /** The number of relation and entry in the index, -1 for an entry that the index does not know. */
  key: number;
  label: string;
}

/** The index's numbers for the words and taxonomy entries of documents. */
export interface TermIds {
  /** The id of a word by its number in the vocabulary, -1 for one that the index does not know. */
  word(number: number): number;
  /** The number of a relation's entry, -1 for one that the index does not know. */
  taxonomy(key: string): number;
}

/** Endings of more words than this are as rare as the whole title. */
const MAX_ENDING_WORDS = 8;
const NOTHING: readonly number[] = [];
export const NO_PICKS: readonly string[] = [];
/** What bigrams weigh in a document's norm: they outnumber its words, and most of them occur nowhere else. */
const BIGRAM_NORM = 0.3;

export function toIndexed(
  document: EngineDocument,
  analyzed: AnalyzedDocument,
  slot: number,
  numbering: TermIds,
): IndexedDocument {
  const { words, bigrams, vocabulary } = analyzed;
  const terms = new Uint32Array(words.size + bigrams.size);
  const unknown: number[] = [];
  let wordCount = 0;
  let length = 0;
  let wordSquares = 0;
  for (let i = 0; i < words.size; i += 1) {
    const id = numbering.word(words.keys[i]);
    const frequency = words.sums[i];
    const code = frequencyCode(frequency);
    length += frequency;
    wordSquares += SUBLINEAR_TF[code] ** 2;
    if (id < 0) {
      unknown.push(frequency);
    } else {
      terms[wordCount] = pack(id, code);
      wordCount += 1;
    }
  }

  let bigramSquares = 0;
  for (let i = 0; i < bigrams.size; i += 1) {
    const code = frequencyCode(bigrams.sums[i]);
    bigramSquares += SUBLINEAR_TF[code] ** 2;
    terms[wordCount + i] = pack(bigrams.keys[i], code);
  }

  const toIds = (numbers: Iterable<number>) =>
    Array.from(numbers, numbering.word).filter((id) => id >= 0);
  const toTerms = (numbers: Iterable<number>) =>
    Array.from(numbers, (number) => vocabulary.terms[number]);
  const title = toIds(analyzed.title);
  const titleLength = Array.from(analyzed.title).length;
  return {
    id: document.id,
    slot,
    date: document.date ?? null,
    length,
    terms: unknown.length > 0 ? terms.slice(0, wordCount + bigrams.size) : terms,
    wordCount,
    unknown: unknown.length > 0 ? unknown : NOTHING,
    wordNorm: Math.sqrt(wordSquares),
    norm: Math.sqrt(wordSquares + BIGRAM_NORM * bigramSquares),
    sketch: sketchOf(bigrams),
    title,
    unknownTitle: titleLength - title.length,
    slug: toIds(analyzed.slug),
    endings: endingsOf(toTerms(analyzed.titlePhrase)),
    titleKey: analyzed.title.length > 0 ? shortHash(toTerms(analyzed.title).join(' ')) : 0,
    taxonomy: taxonomyOf(document, numbering),
    addresses: document.slug ? [document.slug, document.id] : [document.id],
    links: document.links,
    picked: document.picked ?? NO_PICKS,
    attributes: document.attributes,
  };
}

/** Odd factors, each for a different order of the bigrams. */
const ORDERS = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];

/**
 * The smallest bigram in each order (Broder, On the resemblance and containment of documents, 1997): two documents
 * that share nine tenths of their bigrams agree in at least one, except for one pair in ten thousand.
 */
function sketchOf({ keys, size }: Frequencies): number[] {
  return ORDERS.map((factor) => {
    let least = 0x7fffffff;
    for (let i = 0; i < size; i += 1) {
      const hash = Math.imul(keys[i], factor);
      const value = (hash ^ (hash >>> 15)) >>> 4;
      if (value < least) least = value;
    }
    return least;
  });
}

/** Small enough for the JavaScript engine to store without boxing. */
const shortHash = (text: string): number => (hashText(text) >>> 2) | 1;

function endingsOf(phrase: string[]): number[] {
  const endings: number[] = [];
  for (let words = 1; words <= Math.min(phrase.length - 1, MAX_ENDING_WORDS); words += 1) {
    endings.push(shortHash(phrase.slice(-words).join(' ')));
  }
  return endings;
}

function taxonomyOf({ taxonomy }: EngineDocument, numbering: TermIds): TaxonomyKey[] {
  const keys = new Map<string, TaxonomyKey>();
  for (const { relation, id, label } of taxonomy) {
    const key = `${relation}\u0000${id}`;
    keys.set(key, { relation, key: numbering.taxonomy(key), label });
  }
  return [...keys.values()];
}
