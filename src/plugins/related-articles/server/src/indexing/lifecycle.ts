import type { Core } from '@strapi/strapi';

import type { ChangeFeed } from '../changes/change-feed';
import type { ChangeLog } from '../changes/change-log';
import type { Problems } from '../changes/problems';
import type { Reconciler, Reconciliation } from '../changes/reconciler';
import type { RelatedType } from '../config/resolve';
import type { SyncConfig } from '../config/schema';
import type { DocumentReader } from '../content/document-reader';
import type { RowReader } from '../content/row-reader';
import { endsInTime } from '../content/within-time';
import { CURATION } from '../curations/curation';
import type { CurationMaintenance } from '../curations/curation-maintenance';
import type { Engine } from '../engine/engine';
import type { Housekeeping } from './housekeeping';
import type { Indexer } from './indexer';
import type { Freshness, IndexService, IndexStatus, Progress, SyncHealth } from './index-service';
import { open, statusOf } from './opening';
import type { Snapshots } from './snapshot/snapshots';

/** How soon after a first failure the index is saved again, in milliseconds; after each further one, twice as late. */
const SAVE_AGAIN_MS = 10_000;

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
  housekeeping: Housekeeping;
  maintenance: CurationMaintenance;
  problems: Problems;
  logger: Core.Strapi['log'];
}

/** Starts and stops what keeps this process's own index in step, and saves it in between. */
export class IndexLifecycle implements IndexService {
  /** Sends `related.changed`; `null` if that is switched off. */
  changedLists: { start(): void; stop(): Promise<void> } | null = null;
  private started: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | null = null;
  private stopped = false;
  private isVerified = false;
  private from: SyncHealth['from'] = null;

  constructor(private readonly options: IndexLifecycleOptions) {}

  async start(): Promise<void> {
    if (!(await open(this.options))) return;
    this.started = this.begin();
  }

  private async begin(): Promise<void> {
    const { types, feed, indexer, reconciler, snapshots } = this.options;
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
    this.changedLists?.start();
    await this.options.housekeeping.start();
  }

  /** Stops following the log, and saves what changed since the last save. Writes are still noted in the log. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { types, feed, indexer, reconciler, snapshots, housekeeping } = this.options;
    if (types.size === 0) return;
    this.stopped = true;
    // If work is pending, the next start is better off with the previous snapshot and the log.
    const isIdle = await feed.comesToRest();
    const { applied } = feed;
    const { unindexed } = indexer;
    const rest = async () => {
      await this.started;
      await this.changedLists?.stop();
      indexer.stop();
      await Promise.all([feed.stop(), reconciler.stop(), housekeeping.stop()]);
    };
    const isAtRest = await endsInTime(rest());
    // A save that a network disk holds up is not waited for.
    const canSave = snapshots !== null && (await endsInTime(snapshots.idle()));
    if (canSave && isAtRest && isIdle && applied && !snapshots.has(applied)) {
      await endsInTime(snapshots.save(applied, unindexed));
    }
    // If not, the database does not answer; the others forget this process after a while.
    if (isAtRest) await housekeeping.leave();
  }

  async idle(): Promise<void> {
    if (this.options.types.size === 0) return;
    await this.started;
    await this.options.feed.idle();
  }

  async isInStep(): Promise<boolean> {
    const { engine, feed } = this.options;
    return this.progress().ready && engine.isSettled && (await feed.isInStep()) && engine.isSettled;
  }

  async freshness(): Promise<Freshness> {
    const { engine, feed } = this.options;
    if (!this.progress().ready || !(await feed.isInStep(false))) return 'behind';
    return engine.isSettled ? 'fresh' : 'settling';
  }

  get revision(): string {
    return String(this.options.indexer.writes);
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

  status(): Promise<IndexStatus> {
    return statusOf(this.options, this.health());
  }

  async check(kind: 'quick' | 'deep'): Promise<Reconciliation> {
    await this.started;
    const { reconciler } = this.options;
    return kind === 'quick' ? reconciler.quick() : reconciler.deep();
  }

  async reindex(
    uids: readonly string[] = [...this.options.types.keys(), CURATION.uid],
  ): Promise<void> {
    const { feed } = this.options;
    for (const uid of uids) await feed.append({ kind: 'type', uid });
    feed.wake();
  }

  async save(): Promise<void> {
    const { snapshots, feed, indexer } = this.options;
    if (!snapshots) return;
    do {
      await snapshots.idle();
      await this.idle();
    } while (snapshots.isSaving);
    if (feed.applied) await snapshots.save(feed.applied, indexer.unindexed);
  }

  trim(): Promise<void> {
    return this.options.housekeeping.trim();
  }

  sweep(retentionMs?: number): Promise<void> {
    return this.options.housekeeping.sweep(retentionMs);
  }

  beat(): Promise<void> {
    return this.options.housekeeping.beat();
  }

  /** Notes that the index was compared after the start: it has what was written outside Strapi while nothing ran. */
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
      (snapshots.failures > 0 ? Math.min(SAVE_AGAIN_MS * 2 ** (snapshots.failures - 1), interval) : interval); // prettier-ignore
    if (isDue && !snapshots.has(applied)) {
      void snapshots.save(applied, indexer.unindexed);
    }
  }
}
