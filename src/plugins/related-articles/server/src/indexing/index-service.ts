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
  /** For how many seconds it has not been known to be in step with the log: changes older than this are in it. */
  lag: number;
}

/** How well the index is in step with the database. */
export interface SyncHealth {
  progress: Progress;
  /** What the index was made from at the start, `both` where the configuration of some types had changed; `null` before that is known. */
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
  types: { uid: string; locales: LocaleCount[]; lastWrite: Date | null }[];
}

/**
 * What lists rest on. `fresh`: everything that is committed, on whichever instance. `settling`: the same, but what is
 * close enough is still judged by what was there before. `behind`: less than that, or it cannot be known.
 */
export type Freshness = 'fresh' | 'settling' | 'behind';

/** The index as the rest of the plugin knows it, whether each process has its own or all share one. */
export interface IndexService {
  /** Opens the log, and begins in the background to follow it; returns at once after that. */
  start(): Promise<void>;
  /** Stops following. What is written is still noted in the log. */
  stop(): Promise<void>;
  /** Resolves when everything committed so far is in the index. */
  idle(): Promise<void>;
  /** Whether lists rest on everything that is committed, on whichever instance: asks the database. */
  isInStep(): Promise<boolean>;
  /** How much of that lists rest on: asks the database. */
  freshness(): Promise<Freshness>;
  /** Changes whenever a list may have changed, as far as this process knows. */
  readonly revision: string;
  progress(): Progress;
  health(): SyncHealth;
  status(): Promise<IndexStatus>;
  /** Compares the index with the database now, and waits until any difference is mended. */
  check(kind: 'quick' | 'deep'): Promise<Reconciliation>;
  /**
   * Has everything read again; lists stay as they are meanwhile.
   *
   * @param uids Only what is of these content types. Default: everything.
   */
  reindex(uids?: readonly string[]): Promise<void>;
  /** Saves the index now, where it is saved. */
  save(): Promise<void>;
  /** Deletes rows of the log that everybody has read and that are old enough. */
  trim(): Promise<void>;
  /** Removes curations whose documents have been gone for that long, by default for `sync.curationRetention`. */
  sweep(retentionMs?: number): Promise<void>;
  /** Tells the other instances how far this one is. */
  beat(): Promise<void>;
}
