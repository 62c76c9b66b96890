/**
 * The engine's own vocabulary. Nothing here knows Strapi: a document is what the
 * caller extracted from its content, a collection is whatever the caller keeps apart.
 */

import type { DocumentBatch } from './embedded/packing';
import type { Part } from './ranking/weights';

/** A text field of a document, already free of markup, code and link targets. */
export interface TextField {
  /** Plain text. */
  text: string;
  /** How often each word of the field counts, above 0. The body's weight is 1. */
  weight: number;
}

/** One related entity, such as the category or one of the tags of an article. */
export interface TaxonomyEntry {
  /** The relation's name, for example `tags`. */
  relation: string;
  /** What tells two entities apart. Equal ids mean the same category or tag. */
  id: string;
  /** What people read: its words count as text of the document. */
  label: string;
}

/** A document as the engine sees it. */
export interface EngineDocument {
  /** Unique within the collection; also the last tie-break of the order. */
  id: string;
  title: string;
  /** The last part of its address. Links of other documents are resolved by it, and its words count. */
  slug?: string | null;
  fields: TextField[];
  taxonomy: TaxonomyEntry[];
  /** The slugs or ids that links inside the fields point to, once per link. */
  links: string[];
  /** When it was written, in milliseconds since 1970. Only differences between documents matter. */
  date?: number | null;
  /** What signals of the caller's own see of it. */
  attributes?: Readonly<Record<string, unknown>>;
}

/**
 * Which documents can be related to each other: those of one content type and one locale.
 * `null` stands for a type without locales.
 */
export interface Collection {
  type: string;
  locale: string | null;
}

/** The signals a suggestion's score is made of. */
export const SIGNALS = ['text', 'title', 'taxonomy', 'links', 'date'] as const;
export type Signal = (typeof SIGNALS)[number];

/** A signal that the caller brings. */
export interface CustomSignal {
  /** Its name in explanations; none of `SIGNALS`. */
  name: string;
  /** What the score 1 adds to the fused score. */
  weight: number;
  /** -1 to 1 for two documents by their `attributes`; cut beyond that. */
  score: (
    source: Readonly<Record<string, unknown>>,
    candidate: Readonly<Record<string, unknown>>,
  ) => number;
  /** Told why the signal was left out of a list: it threw, or returned no finite number. */
  onFailure: (reason: string) => void;
}

/** Options of the ranking that a site may set; see `config/options.ts` for meanings and ranges. */
export interface RankingOptions {
  minScore: number;
  diversity: number;
  weights: Record<Signal, number>;
  /** Weights of the parts that signals are made of, in place of the defaults; such as were fitted to a site. */
  parts?: Readonly<Partial<Record<Part, number>>>;
  /** Weight of each relation within the taxonomy signal, by relation name. */
  relations: Record<string, number>;
  /** Default: none. */
  custom?: readonly CustomSignal[];
}

export interface RelatedQuery {
  /** At most this many suggestions. Default: all candidates that pass. */
  limit?: number;
  /** How many of the first places will be shown: those behind them need not be diverse. Default: all. */
  diversifyTop?: number;
  /** How many documents to compare in full, for lists that will be filtered; see `CANDIDATES`. */
  maxCandidates?: number;
  /** Replaces the configured `minScore`, 0 to 1. */
  minScore?: number;
  /** Relations that must not count, by name: what is shared through them shows in no order and no score. Default: none. */
  ignoredRelations?: ReadonlySet<string>;
  /** Ids that must not be suggested. */
  exclude?: ReadonlySet<string>;
  /**
   * Ids that take the first places, in this order, whatever their scores; those that the index does not hold are
   * left out. What is a copy of one of them is not suggested. Default: none.
   */
  pinned?: readonly string[];
  /**
   * Ids that are left out of the list, and of which nothing is a copy: what somebody may not see. Unlike `exclude`, it
   * makes no room for other candidates. Default: none.
   */
  unseen?: ReadonlySet<string>;
  /** Adds an explanation to each suggestion. */
  explain?: boolean;
}

/** Why a document is suggested. */
export interface Explanation {
  /** Each signal's share of what raised the fused score, 0 to 1; the shares sum to 1. Custom signals stand under their names; one that lowered the score has a negative share. */
  signals: Record<string, number>;
  /** The shared words that count most, strongest first, as index terms. */
  terms: string[];
  /** Shared taxonomy by relation name, as labels. */
  taxonomy: Record<string, string[]>;
  /** How the two documents are linked. */
  links: LinkEvidence;
}

export interface LinkEvidence {
  /** The source links to the suggestion. */
  toSuggestion: boolean;
  /** The suggestion links to the source. */
  fromSuggestion: boolean;
  /** Number of documents that link to both. */
  cocited: number;
  /** Number of documents that both link to. */
  coupled: number;
}

export interface Suggestion {
  id: string;
  /** Whether it stands where it stands because the query pinned it. */
  pinned: boolean;
  /** The absolute score between 0 and 1 that `minScore` cuts. */
  score: number;
  /** The fused score that orders the list; comparable within one list only. */
  fusedScore: number;
  /** Ids of its copies that would be in the list as well; left out when there are none. */
  copies?: readonly string[];
  explanation?: Explanation;
}

export interface CollectionStats extends Collection {
  documents: number;
  terms: number;
  /** Estimated size of the index in memory, in bytes. */
  bytes: number;
}

export interface EngineStats {
  documents: number;
  bytes: number;
  collections: CollectionStats[];
}

/** Part of a collection, packed. */
export interface PackedBatch {
  collection: Collection;
  batch: DocumentBatch;
}

/**
 * What every engine offers, the embedded one and later ones that live elsewhere.
 * All methods may be asynchronous, so that callers never depend on where the index lives.
 */
export interface RelatedEngine {
  /** Adds or replaces one document. Doing it twice changes nothing. */
  upsert(collection: Collection, document: EngineDocument): void | Promise<void>;
  /** Removes one document; an unknown id is no error. */
  remove(collection: Collection, id: string): void | Promise<void>;
  /** Suggestions for an indexed document; `null` when it is not in the index. */
  related(
    collection: Collection,
    id: string,
    query?: RelatedQuery,
  ): readonly Suggestion[] | null | Promise<readonly Suggestion[] | null>;
  /** Suggestions for a document that need not be in the index, such as a draft. A document of the same id is left out. */
  relatedToDocument(
    collection: Collection,
    document: EngineDocument,
    query?: RelatedQuery,
  ): Suggestion[] | Promise<Suggestion[]>;
  /** The ids in a collection, in no order. */
  ids(collection: Collection): Iterable<string> | Promise<Iterable<string>>;
  /** The collections that hold documents. */
  collections(): Collection[] | Promise<Collection[]>;
  stats(): EngineStats | Promise<EngineStats>;
  /** Forgets everything. */
  clear(): void | Promise<void>;
  /** Whether lists are those of everything that was written. */
  readonly isSettled: boolean;
  /** Calculates anew what rests on all documents; until then lists rest on what it was before the last writes. */
  settle(): void | Promise<void>;
}

/** An engine whose index can be saved and read back, which is quicker than to build it. */
export interface PackableEngine extends RelatedEngine {
  /** Everything in the index, batch by batch. The index may change in between: each batch is as of when it is made. */
  pack(): Iterable<PackedBatch>;
  /**
   * Takes in what `pack` gave, one batch after the other. Nothing of it is answered before `finish` has been run
   * through, which may be done step by step; it takes the place of what is there.
   */
  unpack(): { add(packed: PackedBatch): void; finish(): Generator<void> };
}
