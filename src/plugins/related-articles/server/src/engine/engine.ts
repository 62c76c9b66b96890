/**
 * The engine's own vocabulary. Nothing here knows Strapi: a document is what the caller extracted from its content, a
 * collection is a set of documents that the caller keeps separate.
 */

import type { Explanation } from './explanation';
import type { Part, RankingOptions } from './options';

export type { Explanation, LinkEvidence, RuleEffect } from './explanation';
export * from './options';

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
  /** Identifies the entity. Equal ids mean the same category or tag. */
  id: string;
  /** What people read: its words count as text of the document. */
  label: string;
}

/** The id of a text that is not an entry, such as one that a visitor typed. No real id contains a space. */
export const NO_ENTRY = 'no entry';

/** A document as the engine sees it. */
export interface EngineDocument {
  /** Unique within the collection; also the last tie-break when sorting. `NO_ENTRY` for a text that is not an entry. */
  id: string;
  title: string;
  /** The last part of its address. Links from other documents resolve to it, and its words count. */
  slug?: string | null;
  fields: TextField[];
  taxonomy: TaxonomyEntry[];
  /** The slugs or ids that links inside the fields point to, once per link. */
  links: string[];
  /** When it was written, in milliseconds since 1970. Only differences between documents matter. */
  date?: number | null;
  /** Passed to custom signals. */
  attributes?: Readonly<Record<string, unknown>>;
  /** Ids of documents that this one names: they come first in its list, after a query's pins. Default: none. */
  picked?: readonly string[];
  /** Anything the caller wants to read back later; see `SharedEngine.notes`. It changes no list. */
  note?: string;
  /** Keys by which the caller can find it later; see `SharedEngine.idsByPage`. They change no list. Default: none. */
  places?: readonly string[];
}

/** Identifies a document: its content type and documentId. */
export interface DocumentRef {
  uid: string;
  documentId: string;
}

/** Equal for two references to the same document. */
export const refKey = ({ uid, documentId }: DocumentRef): string => `${uid} ${documentId}`;

export const isSameRef = (a: DocumentRef, b: DocumentRef): boolean =>
  a.documentId === b.documentId && a.uid === b.uid;

/**
 * Which documents can be related to each other: those of one content type and one locale.
 * `null` stands for a type without locales.
 */
export interface Collection {
  type: string;
  locale: string | null;
}

export interface Query {
  /** At most this many suggestions. Default: all candidates that pass. */
  limit?: number;
  /** How many of the first places will be shown; the places after them need not be diverse. Default: all. */
  diversifyTop?: number;
  /** How many documents to compare in full, for lists that will be filtered; see `CANDIDATES`. */
  maxCandidates?: number;
  /** Replaces the configured `minScore`, 0 to 1. */
  minScore?: number;
  /**
   * Names of relations that must not count: sharing an entry through them affects neither order nor score. The labels
   * of their entries still count as words of the document. Default: none.
   */
  ignoredRelations?: ReadonlySet<string>;
  /** Documents that must not be suggested. Default: none. */
  exclude?: readonly DocumentRef[];
  /**
   * Documents that take the first places, in this order, whatever their scores; those that are not in the index are
   * left out. A copy of one of them is not suggested. Default: none.
   */
  pinned?: readonly DocumentRef[];
  /** Whether to ignore what the source itself names, for example when it judges the ranking. Default: false. */
  ignoresPicks?: boolean;
  /**
   * Documents that the caller may not see. They are left out of the list, and nothing counts as a copy of them. Unlike
   * `exclude`, this makes no room for other candidates. Default: none.
   */
  unseen?: readonly DocumentRef[];
  /**
   * Documents to treat as absent, except when counting how rare words are (see `localRarity`). Whether there is a list,
   * its scores and its order must not reveal what the caller may not see. Default: none.
   */
  uncounted?: readonly DocumentRef[];
  /**
   * Whether excluded, too old and ruled-out documents are treated as absent, too, instead of being compared and then
   * left out. Default: only for texts that are not entries.
   */
  forgetsLeftOut?: boolean;
  /**
   * For a source given with its content: whether word rarity and links come only from the documents it is compared
   * with, and the gate is a fixed one. The collection may hold documents that the sender may not see. Default: false.
   */
  localRarity?: boolean;
  /**
   * Whether to skip the rule `atMost`, for example to find out first what the caller may not see: hidden documents must
   * not take the places that the rule allows. Default: false.
   */
  ignoresLimits?: boolean;
  /** Whether suggestions have `limits`. Default: false. */
  tellsLimits?: boolean;
  /**
   * Leaves out documents dated more than this many days before the collection's newest, not before now: a list depends
   * only on what is indexed. Pinned documents and those without a date stay. Above 0. Default: any age.
   */
  maxAge?: number;
  /** Adds an explanation to each suggestion. */
  explain?: boolean;
  /** Replaces the type's own options, for example to preview others. The gate stays as it is. */
  ranking?: RankingOptions;
}

export interface Suggestion extends DocumentRef {
  /** Whether it has its place because the query pinned it. */
  pinned: boolean;
  /** Whether it has its place because the source names it; not set otherwise. */
  picked?: true;
  /** Whether it has its place because a rule of the site puts it there; not set otherwise. */
  placed?: true;
  /** The absolute score between 0 and 1 to which `minScore` applies. */
  score: number;
  /** The fused score that orders the list; comparable within one list only. */
  fusedScore: number;
  /** Its copies that would otherwise be in the list as well; not set when there are none. */
  copies?: readonly DocumentRef[];
  /** What the rule `atMost` limits about it; only if the query asks. */
  limits?: readonly SharedEntry[];
  explanation?: Explanation;
}

/** A related entry, and how many suggestions of a list may share it. */
export interface SharedEntry {
  /** The entry's number; comparable within the lists of one collection, and only for a moment. */
  entry: number;
  most: number;
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

/**
 * Some documents of a collection as plain texts and numbers, to be written to a file and read back. Batches must be
 * read in order: each word is listed once, in the first batch that has it.
 */
export interface DocumentBatch {
  /** Words that no earlier batch had. A word's number is its position among the words of all batches. */
  words: string[];
  texts: PackedTexts[];
  /** For each document, whole numbers in the order in which `Packer.pack` writes them. */
  numbers: Int32Array;
  /** For each document: date (NaN for none), length, word norm and norm. */
  figures: Float64Array;
  /** The terms of all documents, words as `number << 8 | frequency code`. */
  terms: Uint32Array;
}

/** The parts of a document that are text. */
export interface PackedTexts {
  id: string;
  /** Relation, key and label of each taxonomy entry. */
  taxonomy: [string, string, string][];
  addresses: readonly string[];
  links: readonly string[];
  picked?: readonly string[];
  attributes?: EngineDocument['attributes'];
}

/** Part of a collection, packed. */
export interface PackedBatch {
  collection: Collection;
  batch: DocumentBatch;
}

/** What a list is made for: a document of the index, or one that need not be in it, such as a draft. */
export type Source = { documentId: string } | { document: EngineDocument };

/** The index cannot be reached now. */
export class EngineUnavailable extends Error {
  /** Whether the caller should use an empty list instead, if it has nothing better. */
  givesNothing = false;

  /** Whether the index may answer later. If not, it refused the request, which is a bug of ours. */
  get isOutage(): boolean {
    return true;
  }
}

/** Checks the property, not the class: the server and the commands are bundles, each with its own copy of the class. */
export const isOutage = (error: unknown): error is EngineUnavailable =>
  error instanceof Error && 'isOutage' in error && error.isOutage === true;

/** A document that an engine could not index. */
export interface Rejected {
  documentId: string;
  error: Error;
}

/**
 * Finds related documents. The embedded engine keeps its index in this process; others may keep theirs elsewhere, so
 * every call is asynchronous. `tests/engine/conformance.ts` checks any implementation.
 */
export interface Engine {
  /** `process`: every instance holds an index of its own. `shared`: one index for all, written by one instance at a time. */
  readonly storage: 'process' | 'shared';

  /**
   * Adds or replaces documents. Doing it twice changes nothing.
   *
   * @returns Documents that cannot be read; they stay as they were, and all others are in the index.
   */
  upsert(collection: Collection, documents: readonly EngineDocument[]): Promise<Rejected[]>;

  /** Removes documents; unknown ids are ignored. */
  remove(collection: Collection, documentIds: readonly string[]): Promise<void>;

  /**
   * One list for each source, in their order, best suggestions first; `null` for a source that is not in the index. A
   * source is never suggested to itself, and a source given as a document replaces the one with its id.
   */
  related(
    collection: Collection,
    sources: readonly Source[],
    query?: Query,
  ): Promise<(readonly Suggestion[] | null)[]>;

  /**
   * The documentIds of all documents that a source links to or that link to it, suggested or not: paths through them
   * affect the scores of others. `null` for a source that is not in the index.
   */
  linked(collection: Collection, source: Source): Promise<readonly string[] | null>;

  /** The ids of all documents in a collection, in no particular order. */
  documentIds(collection: Collection): Promise<Iterable<string>>;

  /** The collections that hold documents. */
  collections(): Promise<Collection[]>;

  stats(): Promise<EngineStats>;

  /** Forgets everything. */
  clear(): Promise<void>;

  /** Whether lists reflect everything that was written. */
  readonly isSettled: boolean;

  /**
   * Recalculates what depends on all documents. Until then, lists use the values from before the last writes.
   *
   * @param isUrgent Whether to do all of it now. If not, slow parts may be left for a later call; see `isSettled`.
   *   Default: true.
   * @param isAwaited Asked in between whether anybody is waiting by now. If not, other requests go first. Default:
   *   `isUrgent`.
   * @returns How long it kept the process or the index busy, in milliseconds.
   */
  settle(isUrgent?: boolean, isAwaited?: () => boolean): Promise<number>;
}

/** An engine with an index that can be saved and read back, which is faster than building it. */
export interface SnapshotEngine extends Engine {
  /** Packs everything, batch by batch. The index may change in between: a batch shows it when it is made. */
  pack(): Iterable<PackedBatch>;
  unpack(): Unpacker;
}

/** Reads what `pack` produced. Nothing of it is served until every step of `finish` has run. */
export interface Unpacker {
  add(packed: PackedBatch): void;
  finish(): Generator<void>;
}

/** An engine on which weights can be fitted. */
export interface TunableEngine extends Engine {
  /**
   * Every candidate of an indexed document with the parts of its score, and which of them are good enough to be
   * suggested; `null` when it is not in the index.
   */
  candidates(collection: Collection, documentId: string): Promise<Candidates | null>;
}

/** An engine that reports what each write changes, so that callers who keep lists know which are out of date. */
export interface WatchableEngine extends Engine {
  /** Reports each write to the listener from now on, until called with another listener or `null`. */
  followWrites(listener: WriteListener | null): void;

  /** `related` for indexed documents, with how small a change could alter each list; see `ListWithMargin`. */
  relatedWithMargins(
    collection: Collection,
    documentIds: readonly string[],
    query?: Query,
  ): Promise<(ListWithMargin | null)[]>;
}

/** An engine that can tell which links lead nowhere. */
export interface LinkEngine extends Engine {
  /** Documents with links that lead to no document of their type in any locale, and those links as written. */
  deadLinks(collection: Collection): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** What all instances know of an index that they share. */
export interface SharedState {
  /** The database whose content is in the index. */
  database: string;
  /** Up to where the change log is indexed; `null` during the first build. Plain data of the caller. */
  cursor: unknown;
  /** Anything else that the caller wants all instances to know. */
  details: Readonly<Record<string, unknown>>;
}

/** An engine with one index for all instances. One of them at a time writes; see `storage`. */
export interface SharedEngine extends Engine {
  readonly storage: 'shared';

  /**
   * Returns the position in the change log that documents written now reflect at least. Versions written at a later
   * position stay, so a late writer cannot overwrite newer data. Throws when this process may no longer write. `null`
   * if there is no log. Default: `null`.
   */
  position: (() => number) | null;

  /** Whether lists reflect everything that was written, even if the gate is from before the last writes. */
  readonly isPublished: boolean;

  /** Changes whenever a list may have changed, as far as this process knows. */
  readonly revision: string;

  /** Fetches what other instances have written since the last time. */
  refresh(): Promise<void>;

  /** The notes of these documents, as last written; documents that are not in the collection are left out. */
  notes(
    collection: Collection,
    documentIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;

  /**
   * The ids of a collection's documents at the time of the call, a page at a time.
   *
   * @param places Only documents that were written with one of these places. Default: all.
   */
  idsByPage(collection: Collection, places?: readonly string[]): AsyncIterable<readonly string[]>;

  /** How many documents a collection holds. */
  size(collection: Collection): Promise<number>;

  /** The state that was last written, and its version; `null` before the first. */
  readState(): Promise<{ state: SharedState; version: number } | null>;
  /** @param version A state that was written with a greater version stays. */
  writeState(state: SharedState, version: number): Promise<void>;

  /**
   * Finds lost parts of the index, for example one that somebody has deleted in the cluster.
   *
   * @returns The content types that lost something: rebuild them, starting with `beginRebuild`.
   */
  findLost(): Promise<string[]>;

  /** Whether everything that this process has written to since `findLost` is still there. */
  isWhole(): Promise<boolean>;

  /** Removes all content types but these, also what a writer left unfinished of them. */
  keepOnly(uids: ReadonlySet<string>): Promise<void>;

  /** Completes what a writer left unfinished when it stopped, and deletes what nothing refers to. */
  recover(): Promise<void>;

  /** Forgets what this process wrote but did not publish, because another process writes from now on. */
  release(): void;

  /** From now on, documents of a content type are written into a new index; lists are made from the old one. */
  beginRebuild(uid: string): Promise<void>;

  /** Replaces the old index with the new one. Does nothing without `beginRebuild`. */
  finishRebuild(uid: string): Promise<void>;
}

export type WriteListener = (collection: Collection, write: DocumentWrite) => void;

/** How a document that was added, replaced or removed differs from what was there before. */
export interface DocumentWrite {
  documentId: string;
  /** Its slug before the write; `null` if it had none or did not exist. */
  slugBefore: string | null;
  /** How many distinct words it gained or lost. */
  words: number;
  /** The documents that it links to or that link to it, before or after the write. */
  linked: readonly string[];
  /** Documents with a rare word or entry that this one gained or lost, which changed how rare it is for them. */
  sharing: readonly string[];
  /** Whether the newest date of the collection has changed. */
  movesNewest: boolean;
}

export interface ListWithMargin {
  suggestions: readonly Suggestion[];
  /**
   * How close the list was to being a different one: the smallest gap, as a share of the best score, that decided one
   * of the first `diversifyTop` places, or the smallest relative distance from the gate of a document that could be in
   * them. `Infinity` for a list without a choice. The smaller, the sooner the list changes.
   */
  margin: number;
}

/** The candidates of a source, with a column for each part of the score. */
export interface Candidates {
  documentIds: readonly string[];
  parts: Readonly<Record<Part, Float64Array>>;
  /** What custom signals add to each score. */
  custom: readonly Float64Array[];
  /** Places of the candidates that are good enough to be suggested. */
  kept: readonly number[];
}

export const isSnapshotEngine = (engine: Engine): engine is SnapshotEngine =>
  'pack' in engine && 'unpack' in engine;

export const isTunableEngine = (engine: Engine): engine is TunableEngine => 'candidates' in engine;

export const isLinkEngine = (engine: Engine): engine is LinkEngine => 'deadLinks' in engine;

export const isSharedEngine = (engine: Engine): engine is SharedEngine =>
  engine.storage === 'shared' && 'readState' in engine;

export const isWatchableEngine = (engine: Engine): engine is WatchableEngine =>
  'followWrites' in engine;
