import type { Core } from '@strapi/strapi';

import type { ChangeFeed } from '../changes/change-feed';
import type { ChangeLog } from '../changes/change-log';
import type { Heartbeats, Instance } from '../changes/heartbeats';
import type { Problem, Problems } from '../changes/problems';
import type { Reconciler, Reconciliation } from '../changes/reconciler';
import type { RelatedType } from '../config/resolve';
import type { SyncConfig } from '../config/schema';
import type { DocumentReader } from '../content/document-reader';
import type { LocaleCount, RowReader } from '../content/row-reader';
import { CURATION } from '../curations/curation';
import type { CurationMaintenance } from '../curations/curation-maintenance';
import type { Engine, EngineStats } from '../engine/engine';
import type { Indexer } from './indexer';
import type { Snapshots } from './snapshot/snapshots';

const HEARTBEAT_MS = 10_000;
const TRIM_MS = 60_000;
/** How soon after a failure the index is saved again. */
const SAVE_AGAIN_MS = 10_000;
/** How often documents that are gone are looked for: twice within what their curations outlive them by. */
const MAX_SWEEP_MS = 30_000;
const MIN_SWEEP_MS = 1000;
const MINUTE_MS = 60_000;
const SWEEP_FAILURE = 'pins and exclusions of deleted documents cannot be removed';
const HEARTBEAT_FAILURE = 'the other instances cannot be told how far this one is';

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

export interface IndexLifecycleOptions {
  types: ReadonlyMap<string, RelatedType>;
  config: SyncConfig;
  engine: Engine;
  reader: RowReader;
  documents: DocumentReader;
  log: ChangeLog;
  feed: ChangeFeed;
  indexer: Indexer;
  reconciler: Reconciler;
  /** `null` where the index is not saved. */
  snapshots: Snapshots | null;
  heartbeats: Heartbeats;
  maintenance: CurationMaintenance;
  /** `null` where nobody is told whose lists change. */
  changedLists: { start(): void; stop(): Promise<void> } | null;
  problems: Problems;
  logger: Core.Strapi['log'];
}

/** Starts and stops what keeps the index in step, and does what is due in between: saves, heartbeats, trims, sweeps. */
export class IndexLifecycle {
  private readonly timers: NodeJS.Timeout[] = [];
  private started: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | null = null;
  private housekeeping: Promise<void> = Promise.resolve();
  private stopped = false;
  private isVerified = false;
  private hasSwept = true;
  private from: SyncHealth['from'] = null;

  constructor(private readonly options: IndexLifecycleOptions) {}

  /** Opens the log, and begins in the background to bring back what was saved and to follow; returns at once after that. */
  async start(): Promise<void> {
    const { types, log, documents, maintenance, problems, logger } = this.options;
    if (types.size === 0) {
      logger.warn(
        'related-articles: no content type is configured, so there is nothing to suggest. See config/plugins, key contentTypes.',
      );
      return;
    }
    try {
      await log.open();
    } catch (error) {
      problems.raise('the change log cannot be made', error as Error);
    }
    await documents.open().catch((error) => {
      logger.warn(
        `related-articles: the list of texts that could not be read before is not available: ${(error as Error).message}`,
      );
    });
    try {
      await maintenance.followLocalization();
    } catch (error) {
      problems.raise(SWEEP_FAILURE, error as Error);
    }
    this.started = this.begin();
  }

  private async begin(): Promise<void> {
    const { types, feed, indexer, reconciler, snapshots, config } = this.options;
    const restored = await snapshots?.restore();
    if (this.stopped) return;
    const known = restored?.types.size ?? 0;
    this.from = known === 0 ? 'database' : known < types.size ? 'both' : 'snapshot';
    if (snapshots) feed.onInStep = () => this.saveIfDue();
    indexer.onWork = () => feed.wake();
    reconciler.onChecked = () => this.noteVerified();
    indexer.start(restored?.types ?? new Set());
    if (restored) indexer.refresh(restored.touched);
    feed.start(restored?.cursor ?? null);
    reconciler.start();
    this.options.changedLists?.start();
    const beat = async () => {
      await this.beat();
      if (!this.hasSwept) await this.sweep();
    };
    this.every(HEARTBEAT_MS, beat);
    this.every(TRIM_MS, () => this.trim());
    const half = (config.curationRetention * MINUTE_MS) / 2;
    this.every(Math.min(MAX_SWEEP_MS, half + MIN_SWEEP_MS), () => this.sweep());
    await this.keepHouse(beat);
  }

  /** Stops following, and saves what changed since it was last saved. What is written is still noted in the log. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { types, feed, indexer, reconciler, snapshots, heartbeats } = this.options;
    if (types.size === 0) return;
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    // If work is pending, the previous snapshot and the log are the better start.
    const { isIdle, applied } = feed;
    const { unindexed } = indexer;
    await this.started;
    await this.options.changedLists?.stop();
    indexer.stop();
    await Promise.all([feed.stop(), reconciler.stop(), this.housekeeping]);
    await snapshots?.idle();
    if (isIdle && applied && snapshots && snapshots.saved?.position !== applied.id) {
      await snapshots.save(applied, unindexed);
    }
    await heartbeats.leave().catch(() => undefined);
  }

  /** Resolves when everything committed so far is in the index. */
  async idle(): Promise<void> {
    if (this.options.types.size === 0) return;
    await this.started;
    await this.options.feed.idle();
  }

  /** Whether lists rest on everything that is committed, on whichever instance: asks the database. */
  async isInStep(): Promise<boolean> {
    const { engine, feed } = this.options;
    return this.progress().ready && engine.isSettled && (await feed.isInStep()) && engine.isSettled;
  }

  progress(): Progress {
    const { feed, indexer } = this.options;
    const scans = indexer.pending - indexer.pendingChanges;
    return {
      ready: this.isVerified && feed.applied !== null && indexer.hasReadAll,
      ...indexer.progress(),
      updatedAt: indexer.updatedAt,
      pending: feed.pending - scans,
      lag: feed.lag,
    };
  }

  health(): SyncHealth {
    const { problems, reconciler, snapshots } = this.options;
    return {
      progress: this.progress(),
      from: this.from,
      troubles: problems.list(),
      lastCheck: reconciler.last,
      lastDeepCheck: reconciler.lastDeep,
      differences: reconciler.differences,
      snapshot: snapshots?.saved ?? null,
    };
  }

  async status(): Promise<IndexStatus> {
    const { types, reader, engine } = this.options;
    const described = [...types.values()].map(async (type) => ({
      uid: type.uid,
      locales: await reader.countByLocale(type),
      lastWrite: await reader.lastWrite(type),
    }));
    return {
      health: this.health(),
      sync: await this.instances(),
      stats: await engine.stats(),
      types: await Promise.all(described),
    };
  }

  /** Compares the index with the database now, and waits until any difference is mended. */
  async check(kind: 'quick' | 'deep'): Promise<Reconciliation> {
    await this.started;
    const { reconciler } = this.options;
    return kind === 'quick' ? reconciler.quick() : reconciler.deep();
  }

  /** Has every instance read everything again; lists stay as they are meanwhile. */
  async reindex(): Promise<void> {
    const { types, log, feed } = this.options;
    for (const uid of [...types.keys(), CURATION.uid]) await log.append({ kind: 'type', uid });
    feed.wake();
  }

  /** Saves the index now. */
  async save(): Promise<void> {
    const { snapshots, feed, indexer } = this.options;
    if (!snapshots) return;
    do {
      await snapshots.idle();
      await this.idle();
    } while (snapshots.isSaving);
    if (feed.applied) await snapshots.save(feed.applied, indexer.unindexed);
  }

  /** Deletes what every instance has read and that is old enough. */
  async trim(): Promise<void> {
    const { heartbeats, log, feed, config } = this.options;
    const positions = (await heartbeats.live()).map(({ position }) => position);
    await log.trim(Math.min(feed.position, ...positions), config.retention * MINUTE_MS);
    await heartbeats.forgetOld();
  }

  /** Removes curations whose documents have been gone for that long, by default for `sync.curationRetention`. */
  async sweep(retentionMs?: number): Promise<void> {
    const { maintenance, problems, feed } = this.options;
    try {
      await maintenance.sweep(retentionMs);
      problems.resolve(SWEEP_FAILURE);
      this.hasSwept = true;
    } catch (error) {
      problems.raise(SWEEP_FAILURE, error as Error);
      this.hasSwept = false;
    }
    feed.wake();
  }

  async beat(): Promise<void> {
    await this.options.heartbeats.send(this.options.feed.position);
  }

  /** The processes that follow the log, and the rows in it. */
  private async instances(): Promise<IndexStatus['sync']> {
    const { heartbeats, log } = this.options;
    const [instances, rows] = await Promise.all([heartbeats.live(), log.size()]);
    return { instances, own: heartbeats.own, rows };
  }

  /** The index was compared with the database after the start: what was written outside Strapi while nothing ran is in it. */
  private noteVerified(): void {
    if (this.isVerified) return;
    this.isVerified = true;
    this.options.feed.wake();
  }

  private saveIfDue(): void {
    const { snapshots, feed, indexer, config } = this.options;
    const { applied } = feed;
    if (!snapshots || !applied || !indexer.hasReadAll || snapshots.isSaving || this.stopped) return;
    const interval = config.snapshotInterval * 1000;
    const isDue =
      performance.now() - snapshots.attemptedAt >=
      (snapshots.failed ? Math.min(SAVE_AGAIN_MS, interval) : interval);
    if (isDue && snapshots.saved?.position !== applied.id) {
      void snapshots.save(applied, indexer.unindexed);
    }
  }

  private every(ms: number, work: () => Promise<unknown>): void {
    const timer = setInterval(() => void this.keepHouse(work), ms);
    timer.unref();
    this.timers.push(timer);
  }

  /** Runs housekeeping one task at a time; a failure is reported and retried next time. */
  private keepHouse(work: () => Promise<unknown>): Promise<void> {
    const { problems } = this.options;
    this.housekeeping = this.housekeeping
      .then(() => (this.stopped ? undefined : work()))
      .then(
        () => problems.resolve(HEARTBEAT_FAILURE),
        (error) => problems.raise(HEARTBEAT_FAILURE, error as Error),
      );
    return this.housekeeping;
  }
}
