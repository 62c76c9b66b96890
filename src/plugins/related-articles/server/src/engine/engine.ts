/**
 * The engine's own vocabulary. Nothing here knows Strapi: a document is what the
 * caller extracted from its content, a collection is whatever the caller keeps apart.
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

/** Stands for the id of a text that is no entry, such as one that a visitor typed; no entry has an id with a space. */
export const NO_ENTRY = 'no entry';

/** A document as the engine sees it. */
export interface EngineDocument {
  /** Unique within the collection; also the last tie-break of the order. `NO_ENTRY` for a text that is none. */
  id: string;
  title: string;
  /** The last part of its address. It is used to resolve links from other documents, and its words count. */
  slug?: string | null;
  fields: TextField[];
  taxonomy: TaxonomyEntry[];
  /** The slugs or ids that links inside the fields point to, once per link. */
  links: string[];
  /** When it was written, in milliseconds since 1970. Only differences between documents matter. */
  date?: number | null;
  /** What custom signals see of it. */
  attributes?: Readonly<Record<string, unknown>>;
  /** Ids of documents that it names itself: they come first in its list, after those that a query pins. Default: none. */
  picked?: readonly string[];
  /** What the caller wants to know of it later; see `SharedEngine.notes`. It changes no list. */
  note?: string;
  /** By what the caller wants to find it later; see `SharedEngine.idsByPage`. It changes no list. Default: none. */
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
  /** How many of the first places will be shown: those after them need not be diverse. Default: all. */
  diversifyTop?: number;
  /** How many documents to compare in full, for lists that will be filtered; see `CANDIDATES`. */
  maxCandidates?: number;
  /** Replaces the configured `minScore`, 0 to 1. */
  minScore?: number;
  /**
   * Relations that must not count, by name: what is shared through them affects no order or score. The labels of their
   * entries are words of a document all the same. Default: none.
   */
  ignoredRelations?: ReadonlySet<string>;
  /** Documents that must not be suggested. Default: none. */
  exclude?: readonly DocumentRef[];
  /**
   * Documents that take the first places, in this order, whatever their scores; those that are not in the index are
   * left out. A copy of one of them is not suggested. Default: none.
   */
  pinned?: readonly DocumentRef[];
  /** Whether what the source names itself counts for nothing, as when the ranking is judged by it. Default: false. */
  ignoresPicks?: boolean;
  /**
   * Documents that the caller may not see. They are left out of the list, and nothing counts as a copy of them. Unlike
   * `exclude`, this makes no room for other candidates. Default: none.
   */
  unseen?: readonly DocumentRef[];
  /**
   * Documents that are as if they were not there, except for how rare words are (see `localRarity`): what the caller may
   * not see must not show in whether there is a list, in scores or in the order. Default: none.
   */
  uncounted?: readonly DocumentRef[];
  /**
   * Whether what is excluded, too old or ruled out is as if it were not there, too, instead of being compared and left
   * out. Default: for texts that are no entries.
   */
  forgetsLeftOut?: boolean;
  /**
   * For a source that is given with its content: whether how rare words are, who links to whom and what is close enough
   * rests on the documents that it is compared with, and not on the collection, of which the sender may not have all.
   * Default: false.
   */
  localRarity?: boolean;
  /**
   * Whether the rule `atMost` holds nothing back, as to find out first what the caller may not see: what takes one of
   * its places must not depend on that. Default: false.
   */
  ignoresLimits?: boolean;
  /**
   * Leaves out documents dated more than so many days before the newest of the collection: no clock, so that a list
   * stays a function of what is indexed. Pinned documents and those without a date stay. Above 0. Default: any age.
   */
  maxAge?: number;
  /** Adds an explanation to each suggestion. */
  explain?: boolean;
  /** Replaces the type's own options, as to see what others would give. The gate stays as it is. */
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

/**
 * Some documents of a collection as plain texts and numbers, to be written to a file and read back. Batches must be
 * read in order: each word is listed once, in the first batch that has it.
 */
export interface DocumentBatch {
  /** Words that no earlier batch had; a word's number is its place among those of all batches. */
  words: string[];
  texts: PackedTexts[];
  /** For each document, the whole numbers that `packNumbers` lists. */
  numbers: Int32Array;
  /** For each document date (NaN for none), length, word norm and norm. */
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
  /** Whether the site would have an empty list instead, where there is nothing better. */
  givesNothing = false;

  /** Whether it may answer later. Otherwise it refused what it was asked, which is a mistake of ours. */
  get isOutage(): boolean {
    return true;
  }
}

/** Goes by what it says of itself: the server and the commands are bundles, each with a class of its own. */
export const isOutage = (error: unknown): error is EngineUnavailable =>
  error instanceof Error && 'isOutage' in error && error.isOutage === true;

/** A document that an engine could not take. */
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
   * The documentIds of those that a source links to, or that link to it, suggested or not: what links lead through shows
   * in the scores of others. `null` for a source that is not in the index.
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
   * @param isUrgent Whether all of it is done now. Otherwise what takes long may be left for a later call; `isSettled`
   *   tells. Default: true.
   * @param isAwaited Asked meanwhile whether anybody waits by now: otherwise answers come first. Default: where it is
   *   urgent.
   * @returns How long it kept the process or the index busy, in milliseconds.
   */
  settle(isUrgent?: boolean, isAwaited?: () => boolean): Promise<number>;
}

/** An engine with an index that can be saved and read back, which is faster than building it. */
export interface SnapshotEngine extends Engine {
  /** Everything in the index, batch by batch. The index may change in between: each batch shows it when it is made. */
  pack(): Iterable<PackedBatch>;
  unpack(): Unpacker;
}

/** Reads what `pack` produced. None of it is served before `finish` has run to its end, step by step. */
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

/** An engine that tells what writes change, for those who keep lists and need to know which have changed. */
export interface WatchableEngine extends Engine {
  /** Tells of each write from now on, until it is called with another listener or `null`. */
  followWrites(listener: WriteListener | null): void;

  /** `related` for indexed documents, with how little would make each list another one. */
  relatedWithMargins(
    collection: Collection,
    documentIds: readonly string[],
    query?: Query,
  ): Promise<(ListWithMargin | null)[]>;
}

/** An engine that can tell which links lead nowhere. */
export interface LinkEngine extends Engine {
  /** Documents with links that lead to no document of their type, in whatever locale, and those links as written. */
  deadLinks(collection: Collection): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** What all instances know of an index that they share. */
export interface SharedState {
  /** The database whose content is in the index. */
  database: string;
  /** How far the change log is in the index; `null` while it is built for the first time. Plain data of the caller's. */
  cursor: unknown;
  /** Whatever else the caller wants all instances to know. */
  details: Readonly<Record<string, unknown>>;
}

/** An engine with one index for all instances. One of them at a time writes; see `storage`. */
export interface SharedEngine extends Engine {
  readonly storage: 'shared';

  /**
   * How far in the change log documents that are written now were read at least: what was written at a later position
   * stays, so that no writer who is late can win. It throws when this process may write no more. `null` where there is
   * no log. Default: `null`.
   */
  position: (() => number) | null;

  /** Whether lists have everything that was written, if with a gate from before the last writes. */
  readonly isPublished: boolean;

  /** Changes with everything that may change a list, as far as this process knows. */
  readonly revision: string;

  /** Asks for what other instances have written since. */
  refresh(): Promise<void>;

  /** The notes of those of these documents that are in a collection, as they were last written. */
  notes(
    collection: Collection,
    documentIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;

  /**
   * The documents of a collection as they are when this begins, some at a time.
   *
   * @param places Only those that were written with one of these. Default: all.
   */
  idsByPage(collection: Collection, places?: readonly string[]): AsyncIterable<readonly string[]>;

  /** How many documents a collection holds. */
  size(collection: Collection): Promise<number>;

  /** What was last told, and under which version; `null` before there was any. */
  readState(): Promise<{ state: SharedState; version: number } | null>;
  /** @param version One that is told under a greater version stays. */
  writeState(state: SharedState, version: number): Promise<void>;

  /**
   * Looks what is gone from where the index is kept, such as an index that somebody has deleted.
   *
   * @returns The content types of which something is gone: they are to be built anew, by `beginRebuild`.
   */
  findLost(): Promise<string[]>;

  /** Whether all that this process has written to since `findLost` is still there. */
  isWhole(): Promise<boolean>;

  /** Mends what a writer left undone that ended in the middle of its work, and cleans away what nothing refers to. */
  recover(): Promise<void>;

  /** Forgets what this process wrote and did not publish: another one writes from now on. */
  release(): void;

  /** From now on, documents of a content type are written into a new index; lists are made from the old one. */
  beginRebuild(uid: string): Promise<void>;

  /** Puts the new index in the place of the old one. Without `beginRebuild`, nothing happens. */
  finishRebuild(uid: string): Promise<void>;
}

export type WriteListener = (collection: Collection, write: DocumentWrite) => void;

/** How a document that was put in, replaced or removed differs from what was there before. */
export interface DocumentWrite {
  documentId: string;
  /** The slug that it had before; `null` where it had none, or was not there. */
  slugBefore: string | null;
  /** How many distinct words it gained or lost. */
  words: number;
  /** The documents that it links to or that link to it, before or after. */
  linked: readonly string[];
  /** Documents that have a rare word or entry which it gained or lost: how rare that is has changed for them. */
  sharing: readonly string[];
  /** Whether the newest date of the collection has changed. */
  movesNewest: boolean;
}

export interface ListWithMargin {
  suggestions: readonly Suggestion[];
  /**
   * By which share of the best score, at least, the first `diversifyTop` places were decided, and how close to the gate
   * came what could be in them. 0 to 1, `Infinity` for a list without a choice: the smaller, the sooner another list.
   */
  margin: number;
}

/** The candidates of a source, with a column for each part of the score. */
export interface Candidates {
  documentIds: readonly string[];
  parts: Readonly<Record<Part, Float64Array>>;
  /** What custom signals add to each score. */
  custom: readonly Float64Array[];
  /** Places of those that are good enough to be suggested. */
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
