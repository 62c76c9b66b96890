import type { IndexedDocument } from '../indexed-document';

const NOTHING: readonly never[] = [];

/** A document that a search found, by its id. */
export interface FoundId {
  id: string;
  /** The version that was found. */
  sequence: number;
}

/** What a search returned of a document. */
export interface FoundDocument extends FoundId {
  date: number | null;
  addresses: readonly string[];
}

/** A document that shares words with the source. */
export interface TextHit {
  /** Only an id if the document will be read in full anyway. */
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

/** What still has to be fetched to make a list. */
export interface Wanted {
  /** Ids of documents to be read in full. */
  documents: Set<string>;
  /** Ids of documents whose links are needed. */
  links: Set<string>;
  /** Addresses whose documents are needed. */
  owners: Set<string>;
  /** Addresses for which the documents that link to them are needed. */
  linking: Set<string>;
  /** The same for all documents that link to them, if there are more than are usually read. */
  allLinking: Set<string>;
}

export const nothingWanted = (): Wanted => ({
  documents: new Set(),
  links: new Set(),
  owners: new Set(),
  linking: new Set(),
  allLinking: new Set(),
});

/** A stand-in for a document of which only a search result is known. */
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
