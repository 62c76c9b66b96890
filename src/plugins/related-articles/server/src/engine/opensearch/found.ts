import type { IndexedDocument } from '../indexed-document';

const NOTHING: readonly never[] = [];

/** That a search found a document. */
export interface FoundId {
  id: string;
  /** Which version of it was found. */
  sequence: number;
}

/** What a search gave of a document. */
export interface FoundDocument extends FoundId {
  date: number | null;
  addresses: readonly string[];
}

/** A document that has the source's words. */
export interface TextHit {
  /** Only its id where it will be read in full anyway. */
  document: FoundDocument | FoundId;
  score: number;
  /** The words of its title, as texts; none where it will be read in full. */
  title: readonly string[];
}

/** The documents that link to an address: how many, and some or all of them. */
export interface Linking {
  count: number;
  documents: readonly FoundDocument[];
}

/** What a list cannot be made without. */
export interface Wanted {
  /** Ids of documents to be read in full. */
  documents: Set<string>;
  /** Ids of documents whose links are asked for. */
  links: Set<string>;
  /** Addresses: which documents have them. */
  owners: Set<string>;
  /** Addresses: which documents link to them. */
  linking: Set<string>;
  /** Addresses to which more documents link than are usually read. */
  allLinking: Set<string>;
}

export const nothingWanted = (): Wanted => ({
  documents: new Set(),
  links: new Set(),
  owners: new Set(),
  linking: new Set(),
  allLinking: new Set(),
});

/** A document of which no more is known than what a search gave. */
export function stubOf(found: FoundDocument | FoundId): IndexedDocument {
  const isBare = !('addresses' in found);
  return {
    id: found.id,
    slot: -1,
    date: isBare ? null : found.date,
    length: 0,
    terms: new Uint32Array(0),
    wordCount: 0,
    unknown: NOTHING,
    wordNorm: 0,
    norm: 0,
    sketch: NOTHING,
    title: NOTHING,
    unknownTitle: 0,
    slug: NOTHING,
    endings: NOTHING,
    titleKey: 0,
    taxonomy: NOTHING,
    addresses: isBare ? NOTHING : found.addresses,
    links: NOTHING,
    picked: NOTHING,
    attributes: undefined,
  };
}
