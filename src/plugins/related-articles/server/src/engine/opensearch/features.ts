import { NO_PICKS, type IndexedDocument } from '../indexed-document';
import { hashText } from '../hash';
import { codeOf, pack, upperOf } from '../packed';
import type { EngineDocument } from '../engine';
import type { TermNumbers } from './term-numbers';

/** A document as the cluster stores it. */
export interface StoredDocument {
  id: string;
  /** Removed: kept for a while, so that no late write can bring the document back. */
  deleted?: true;
  date?: number | null;
  /** Relation and key of each taxonomy entry, with a zero character between them. */
  taxonomy?: readonly string[];
  /** Relation, key and label of each taxonomy entry. */
  entries?: readonly [string, string, string][];
  addresses?: readonly string[];
  links?: readonly string[];
  picked?: readonly string[];
  attributes?: EngineDocument['attributes'];
  /** The distinct words in order of first occurrence, with spaces between them. */
  words?: string;
  /** Everything that is a number; see `encode`. */
  features?: string;
  /** See `checksumOf`. Documents of earlier versions have none. */
  checksum?: number;
  /** What the caller wants to read later, and the keys that find the document. */
  note?: string;
  places?: readonly string[];
}

/** Counts of words, bigrams, title, slug, endings and sketch, and the title's key. */
const COUNTS = 7;
const FIGURES = 3;
const NOTHING: readonly number[] = [];
const NO_LINKS: readonly string[] = [];
const SEPARATOR = '\u0000';

/**
 * The numbers of a document in base64: length, word norm and norm as 64-bit floats; the counts below, the hashes of
 * the words, the bigrams, and the lists as 32-bit integers; then a byte for each word's frequency. Words are hashes,
 * so that they mean the same in every process.
 */
export function encode(document: IndexedDocument, numbers: TermNumbers): string {
  const { terms, wordCount, title, slug, endings, sketch, titleKey } = document;
  const hashes = (ids: readonly number[]) => ids.map((id) => numbers.hash(id));
  const ints = [
    wordCount,
    terms.length - wordCount,
    title.length,
    slug.length,
    endings.length,
    sketch.length,
    titleKey,
  ];
  for (let i = 0; i < wordCount; i += 1) ints.push(numbers.hash(upperOf(terms[i])));
  for (let i = wordCount; i < terms.length; i += 1) ints.push(terms[i]);
  ints.push(...hashes(title), ...hashes(slug), ...endings, ...sketch);
  const bytes = new ArrayBuffer(FIGURES * 8 + ints.length * 4 + wordCount);
  new Float64Array(bytes, 0, FIGURES).set([document.length, document.wordNorm, document.norm]);
  new Uint32Array(bytes, FIGURES * 8, ints.length).set(ints);
  const codes = new Uint8Array(bytes, FIGURES * 8 + ints.length * 4);
  for (let i = 0; i < wordCount; i += 1) codes[i] = codeOf(terms[i]);
  return Buffer.from(bytes).toString('base64');
}

/** A stored document as signals compare it; it has no slot yet. */
export function decode(stored: StoredDocument, numbers: TermNumbers): IndexedDocument {
  // A copy, because views of 32 and 64 bits have to be aligned.
  const bytes = new Uint8Array(Buffer.from(stored.features ?? '', 'base64')).buffer;
  const figures = new Float64Array(bytes, 0, FIGURES);
  const counts = new Uint32Array(bytes, FIGURES * 8, COUNTS);
  const [wordCount, bigramCount, ...lengths] = counts;
  const titleKey = lengths[4];
  const listed = lengths[0] + lengths[1] + lengths[2] + lengths[3];
  const ints = new Uint32Array(bytes, FIGURES * 8 + COUNTS * 4, wordCount + bigramCount + listed);
  const codes = new Uint8Array(bytes, ints.byteOffset + ints.byteLength, wordCount);
  const terms = new Uint32Array(wordCount + bigramCount);
  for (let i = 0; i < wordCount; i += 1) terms[i] = pack(numbers.intern(ints[i]), codes[i]);
  terms.set(ints.subarray(wordCount, wordCount + bigramCount), wordCount);
  let at = wordCount + bigramCount;
  const list = (length: number): number[] => {
    at += length;
    return Array.from(ints.subarray(at - length, at));
  };
  const words = (length: number) => list(length).map((hash) => numbers.intern(hash));
  return {
    id: stored.id,
    slot: -1,
    date: stored.date ?? null,
    length: figures[0],
    terms,
    wordCount,
    unknown: NOTHING,
    wordNorm: figures[1],
    norm: figures[2],
    title: words(lengths[0]),
    unknownTitle: 0,
    slug: words(lengths[1]),
    endings: list(lengths[2]),
    sketch: list(lengths[3]),
    titleKey,
    taxonomy: (stored.entries ?? []).map(([relation, key, label]) => ({
      relation,
      key: numbers.internEntry(entryKey(relation, key)),
      label,
    })),
    addresses: stored.addresses ?? NO_LINKS,
    links: stored.links ?? NO_LINKS,
    picked: stored.picked ?? NO_PICKS,
    attributes: stored.attributes && Object.freeze(stored.attributes),
  };
}

/** A number of 24 bits that differs if anything that is stored does. Their sum over an index is exact as a double. */
export const checksumOf = (stored: StoredDocument): number =>
  hashText(JSON.stringify(stored)) >>> 8;

/** A relation's entry as one text. */
export const entryKey = (relation: string, key: string): string => `${relation}${SEPARATOR}${key}`;
