import { hkdfSync } from 'node:crypto';
import path from 'node:path';
import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { SyncConfig } from '../config/schema';
import { isSnapshotEngine, type Engine } from '../engine/engine';
import { ChangeLog } from '../changes/change-log';
import { Heartbeats, type Instance } from '../changes/heartbeats';
import { CURATION } from '../curations/curation';
import { CurationMaintenance } from '../curations/curation-maintenance';
import { CurationCache } from '../curations/curation-cache';
import { CurationRepository } from '../curations/curation-repository';
import { dependenciesOf } from '../content/dependencies';
import { DocumentReader } from '../content/document-reader';
import { Follower, type Progress } from './follower';
import { IndexWriter } from './index-writer';
import { Queue } from './queue';
import type { Reader } from '../content/reader';
import { Reconciler, type Reconciliation } from './reconciler';
import { SnapshotFile } from './snapshot/snapshot-file';
import { Snapshots } from './snapshot/snapshots';
import { Problems, type Problem } from '../changes/problems';
import { captureChanges } from '../changes/capture';

const BEAT_MS = 10_000;
const TRIM_MS = 60_000;
/** How soon after a failure the index is saved again. */
const SAVE_AGAIN_MS = 10_000;
const SWEEP_MS = 30_000;
const DAY_MS = 86_400_000;
const UNSWEPT = 'pins and exclusions of deleted documents cannot be removed';
const UNHEARD = 'the other instances cannot be told how far this one is';

/** How well the index is in step with the database. */
export interface SyncHealth {
  progress: Progress;
  /** What the index was made from at the start, `both` where the configuration of some types had changed; `null` before that is known. */
  from: 'snapshot' | 'database' | 'both' | null;
  troubles: Problem[];
  lastCheck: Reconciliation | null;
  lastDeepCheck: Reconciliation | null;
  /** Documents found changed past Strapi since the start. */
  differences: number;
  snapshot: { at: number; position: number; bytes: number } | null;
}

/** Keeps an engine in step with the database: log, follower, snapshot, checks, and word to the other instances. */
export class Synchronizer {
  readonly curations: CurationCache;
  readonly curationWriter: CurationRepository;
  readonly documents: DocumentReader;
  private readonly keeper: CurationMaintenance;
  private readonly log: ChangeLog;
  private readonly instances: Heartbeats;
  private readonly writer: IndexWriter;
  private readonly follower: Follower;
  private readonly reconciler: Reconciler;
  private readonly snapshots: Snapshots | null;
  private readonly troubles: Problems;
  private readonly timers: NodeJS.Timeout[] = [];
  private started: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | null = null;
  private telling: Promise<void> = Promise.resolve();
  private stopped = false;
  private from: SyncHealth['from'] = null;

  /**
   * @param readingTime How long the text of one document may take to be read, in milliseconds.
   * @param version That of the plugin.
   */
  constructor(
    private readonly strapi: Core.Strapi,
    private readonly types: ReadonlyMap<string, RelatedType>,
    engine: Engine,
    reader: Reader,
    private readonly config: SyncConfig,
    readingTime: number,
    version: string,
  ) {
    const dependencies = dependenciesOf(strapi, types);
    this.troubles = new Problems(strapi.log);
    this.log = new ChangeLog(strapi.db);
    this.instances = new Heartbeats(strapi.db);
    this.documents = new DocumentReader(strapi, readingTime);
    this.writer = new IndexWriter(engine, this.documents, strapi.log);
    const queue = new Queue(types, dependencies);
    this.curations = new CurationCache(strapi);
    this.curationWriter = new CurationRepository(strapi);
    this.keeper = new CurationMaintenance(
      strapi,
      types,
      this.curations,
      this.curationWriter,
      config.curationRetention * 60_000,
      config.historyRetention === false ? null : config.historyRetention * DAY_MS,
    );
    this.follower = new Follower(
      this.log,
      queue,
      this.writer,
      reader,
      types,
      this.troubles,
      strapi.log,
      { pollMs: config.pollInterval * 1000, gapTimeoutMs: config.retention * 60_000 },
      [this.curations, this.keeper],
    );
    this.reconciler = new Reconciler(
      reader,
      this.follower,
      this.writer,
      this.log,
      types,
      this.curations,
      this.troubles,
      strapi.log,
      { intervalMs: config.checkInterval * 1000, deepAt: config.deepCheck },
    );
    this.snapshots =
      config.snapshotDirectory === false || !isSnapshotEngine(engine)
        ? null
        : new Snapshots(
            new SnapshotFile(
              path.resolve(strapi.dirs.app.root, config.snapshotDirectory),
              keyOf(strapi),
            ),
            engine,
            this.writer,
            this.log,
            types,
            version,
            this.troubles,
            strapi.log,
          );
    captureChanges(strapi, types, dependencies, this.log, this.follower);
  }

  /** Opens the log, and begins in the background to bring back what was saved and to follow; returns at once after that. */
  async start(): Promise<void> {
    try {
      await this.log.open();
    } catch (error) {
      this.troubles.raise('the change log cannot be made', error as Error);
    }
    await this.documents.open().catch((error) => {
      this.strapi.log.warn(
        `related-articles: which texts could not be read before is not known: ${(error as Error).message}`,
      );
    });
    try {
      await this.keeper.followLocalization();
    } catch (error) {
      this.troubles.raise(UNSWEPT, error as Error);
    }
    this.started = this.begin();
  }

  private async begin(): Promise<void> {
    const restored = await this.snapshots?.restore();
    if (this.stopped) return;
    const known = restored?.types.size ?? 0;
    this.from = known === 0 ? 'database' : known < this.types.size ? 'both' : 'snapshot';
    if (this.snapshots) this.follower.onInStep = () => this.saveIfDue();
    this.follower.start(restored?.cursor ?? null, restored?.types ?? new Set());
    if (restored) this.follower.refresh(restored.touched);
    this.reconciler.start();
    const beat = () => this.beat();
    this.every(BEAT_MS, beat);
    this.every(TRIM_MS, () => this.trim());
    this.every(Math.min(SWEEP_MS, this.config.curationRetention * 30_000 + 1000), () =>
      this.sweep(),
    );
    await this.tell(beat);
  }

  /** Stops following, and saves what changed since it was last saved. What is written is still written down. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    // In the middle of something, what was saved before and the log do better.
    const { isIdle, applied, unindexed } = this.follower;
    await this.started;
    await Promise.all([this.follower.stop(), this.reconciler.stop(), this.telling]);
    await this.snapshots?.idle();
    if (isIdle && applied && this.snapshots && this.snapshots.saved?.position !== applied.id) {
      await this.snapshots.save(applied, unindexed);
    }
    await this.instances.leave().catch(() => undefined);
  }

  /** Resolves when everything committed so far is in the index. */
  async idle(): Promise<void> {
    await this.started;
    await this.follower.idle();
  }

  progress(): Progress {
    return this.follower.progress();
  }

  health(): SyncHealth {
    return {
      progress: this.progress(),
      from: this.from,
      troubles: this.troubles.list(),
      lastCheck: this.reconciler.last,
      lastDeepCheck: this.reconciler.lastDeep,
      differences: this.reconciler.differences,
      snapshot: this.snapshots?.saved ?? null,
    };
  }

  /** Compares the index with the database now, and waits until any difference is mended. */
  async check(kind: 'quick' | 'deep'): Promise<Reconciliation> {
    await this.started;
    return kind === 'quick' ? this.reconciler.quick() : this.reconciler.deep();
  }

  /** Has every instance read everything again; lists stay as they are meanwhile. */
  async reindex(): Promise<void> {
    for (const uid of [...this.types.keys(), CURATION.uid]) {
      await this.log.append({ kind: 'type', uid, entry: null });
    }
    this.follower.wake();
  }

  /** Saves the index now. */
  async save(): Promise<void> {
    const { snapshots } = this;
    if (!snapshots) return;
    do {
      await snapshots.idle();
      await this.idle();
    } while (snapshots.isSaving);
    const { applied, unindexed } = this.follower;
    if (applied) await snapshots.save(applied, unindexed);
  }

  /** The processes that follow the log, and the rows in it. */
  async others(): Promise<{ instances: Instance[]; own: string; rows: number }> {
    const [instances, rows] = await Promise.all([this.instances.live(), this.log.size()]);
    return { instances, own: this.instances.own, rows };
  }

  /** Deletes what every instance has read and that is old enough. */
  async trim(): Promise<void> {
    const positions = (await this.instances.live()).map(({ position }) => position);
    await this.log.trim(
      Math.min(this.follower.position, ...positions),
      this.config.retention * 60_000,
    );
    await this.instances.forgetOld();
  }

  /** Removes curations whose documents have been gone for that long, by default the configured while. */
  async sweep(graceMs?: number): Promise<void> {
    try {
      await this.keeper.sweep(graceMs);
      this.troubles.resolve(UNSWEPT);
    } catch (error) {
      this.troubles.raise(UNSWEPT, error as Error);
    }
    this.follower.wake();
  }

  async beat(): Promise<void> {
    await this.instances.send(this.follower.position);
  }

  private saveIfDue(): void {
    const { snapshots, follower } = this;
    const { applied } = follower;
    if (!snapshots || !applied || snapshots.isSaving || this.stopped) return;
    const interval = this.config.snapshotInterval * 1000;
    const isDue =
      performance.now() - snapshots.attemptedAt >=
      (snapshots.failed ? Math.min(SAVE_AGAIN_MS, interval) : interval);
    if (isDue && snapshots.saved?.position !== applied.id) {
      void snapshots.save(applied, follower.unindexed);
    }
  }

  private every(ms: number, work: () => Promise<unknown>): void {
    const timer = setInterval(() => void this.tell(work), ms);
    timer.unref();
    this.timers.push(timer);
  }

  /** Word to the other instances, one after the other; a failure is noted, and made good by the next time. */
  private tell(work: () => Promise<unknown>): Promise<void> {
    this.telling = this.telling
      .then(() => (this.stopped ? undefined : work()))
      .then(
        () => this.troubles.resolve(UNHEARD),
        (error) => this.troubles.raise(UNHEARD, error as Error),
      );
    return this.telling;
  }
}

/** Derived from the app's keys, so that whoever can write files, and does not know them, writes no index. */
function keyOf(strapi: Core.Strapi): Buffer {
  const keys = [strapi.config.get('server.app.keys', [])].flat().join('\n');
  return Buffer.from(hkdfSync('sha256', keys, '', 'related-articles snapshot', 32));
}
