import type { Reconciliation } from '../changes/reconciler';
import type { Instance } from '../changes/heartbeats';
import type { Problem } from '../changes/problems';
import type { LocaleCount } from '../content/row-reader';
import type { EngineStats } from '../engine/engine';

/** How far the index is. */
export interface Progress {
  /** Whether everything that was published when the index was started is in it. */
  ready: boolean;
  indexed: number;
  total: number;
  /** When the index last changed, in milliseconds since 1970. */
  updatedAt: number | null;
  /** Changes that wait to be applied. */
  pending: number;
  /** Seconds since it was last known to be in step with the log: older changes are in it. */
  lag: number;
}

/** How well the index is in step with the database. */
export interface SyncHealth {
  progress: Progress;
  /** What the index was made from at the start, `both` if some types were reconfigured; `null` while unknown. */
  from: 'snapshot' | 'database' | 'both' | null;
  troubles: Problem[];
  lastCheck: Reconciliation | null;
  lastDeepCheck: Reconciliation | null;
  /** Documents found changed outside Strapi since the start. */
  differences: number;
  snapshot: { at: number; position: number; bytes: number } | null;
}

export interface IndexStatus {
  health: SyncHealth;
  sync: { instances: Instance[]; own: string; rows: number };
  stats: EngineStats;
  types: TypeStatus[];
}

/** What is in the database of a content type. */
export interface TypeStatus {
  uid: string;
  locales: LocaleCount[];
  lastWrite: Date | null;
  /** Why it cannot be read: then nothing else is known of it. */
  failure?: string;
}

/**
 * What lists are based on. `fresh`: everything that is committed, on any instance. `settling`: the same, but what
 * counts as close enough is still judged by earlier content. `behind`: less than that, or unknown.
 */
export type Freshness = 'fresh' | 'settling' | 'behind';

/** The index as the rest of the plugin knows it, whether each process has its own or all share one. */
export interface IndexService {
  /** Opens the log, then begins to follow it in the background and returns. */
  start(): Promise<void>;
  /** Stops following the log. Writes are still noted in it. */
  stop(): Promise<void>;
  /** Resolves when everything committed so far is in the index. */
  idle(): Promise<void>;
  /** Asks the database whether lists are based on everything that is committed, on any instance. */
  isInStep(): Promise<boolean>;
  /** Asks the database what lists are based on. */
  freshness(): Promise<Freshness>;
  /** Changes whenever a list may have changed, as far as this process knows. */
  readonly revision: string;
  /**
   * How far the index is.
   *
   * @param uid Whether it is `ready` for this content type. Default: for all, except those that an instance with
   *   another configuration does not index: an instance that waited for these would never replace the other one.
   */
  progress(uid?: string): Progress;
  health(): SyncHealth;
  status(): Promise<IndexStatus>;
  /** Compares the index with the database now, and waits until any difference is mended. */
  check(kind: 'quick' | 'deep'): Promise<Reconciliation>;
  /**
   * Reads everything again; lists stay as they are meanwhile.
   *
   * @param uids Only these content types. Default: everything.
   */
  reindex(uids?: readonly string[]): Promise<void>;
  /** Saves the index now, if it is saved at all. */
  save(): Promise<void>;
  /** Deletes rows of the log that everybody has read and that are old enough. */
  trim(): Promise<void>;
  /** Removes curations whose documents have been gone for that long. Default: `sync.curationRetention`. */
  sweep(retentionMs?: number): Promise<void>;
  /** Tells the other instances how far this one is. */
  beat(): Promise<void>;
}
