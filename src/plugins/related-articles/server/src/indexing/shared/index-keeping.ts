import type { Core } from '@strapi/strapi';

import { ChangeFeed } from '../../changes/change-feed';
import type { ChangeLog } from '../../changes/change-log';
import { PartProblems, type Problems } from '../../changes/problems';
import { Reconciler, type Reconciliation } from '../../changes/reconciler';
import type { RelatedType } from '../../config/resolve';
import type { SyncConfig } from '../../config/schema';
import type { Dependencies } from '../../content/dependencies';
import type { DocumentReader } from '../../content/document-reader';
import type { RowReader } from '../../content/row-reader';
import type { SharedEngine, SharedState } from '../../engine/engine';
import { Indexer } from '../indexer';
import { IndexWriter } from '../index-writer';
import { Queue } from '../queue';
import { typeFingerprints } from '../type-fingerprints';
import { SharedManifest } from './shared-manifest';
import type { OtherWriters } from './other-writers';
import { cursorOf, FORMAT, stateOf, type Claim, type SharedDetails } from './shared-state';

const MINUTE_MS = 60_000;
/** How often other instances are told how far a first reading is, in milliseconds. */
const TELL_MS = 5000;
/** How long stopping waits for a check of the indexes, in milliseconds. */
const LOOK_MS = 1000;

export interface KeepingOptions {
  types: ReadonlyMap<string, RelatedType>;
  config: SyncConfig;
  engine: SharedEngine;
  reader: RowReader;
  documents: DocumentReader;
  dependencies: Dependencies;
  log: ChangeLog;
  /** Whether this process is the one that writes. */
  isHeld(): boolean;
  /** Whether some process has compared the index until now: otherwise anything may have changed since. */
  wasWatched(): boolean;
  others: OtherWriters;
  /** The version of the plugin. */
  version: string;
  problems: Problems;
  logger: Core.Strapi['log'];
}

/**
 * Keeps the index that all instances share in step, as long as this process holds the lease: follows the change log
 * from where the previous holder left off, and compares with the database.
 */
export class IndexKeeping {
  readonly feed: ChangeFeed;
  readonly indexer: Indexer;
  readonly reconciler: Reconciler;
  private readonly writer: IndexWriter;
  private readonly problems: PartProblems;
  private readonly fingerprints: Record<string, string>;
  /** Whether indexes are gone or were taken over, so that this process has to start over. */
  isLost = false;
  private isTaken = false;
  private claim: Claim | null = null;
  /** When it was last confirmed that nobody has taken the indexes over. */
  private confirmedAt = -Infinity;
  private isLooking = false;
  private isVerified = false;
  private stopped = false;
  /** Whether the next state is the last one. */
  private isEnding = false;
  private database = '';
  /** Whether the log has diverged, as one that was recreated has: it may have another identity. */
  private isMoved = false;
  private timer: NodeJS.Timeout | null = null;
  private telling: Promise<void> = Promise.resolve();
  /** The state that was last written, and what of it others would notice. */
  private state: SharedState | null = null;
  private told = '';
  /** As `performance.now()`. */
  private toldAt = -Infinity;
  private awaiting: (() => void)[] = [];
  private hasStarted = false;
  /** The last row of the log when this began. */
  private latest = 0;
  /** Added to positions if the log has gone back, so that later states always have higher positions. */
  private offset = 0;

  constructor(private readonly options: KeepingOptions) {
    const { types, config, engine, reader, documents, dependencies, log, logger } = options;
    const problems = new PartProblems(options.problems);
    this.problems = problems;
    this.fingerprints = typeFingerprints(types);
    const manifest = new SharedManifest(engine);
    this.writer = new IndexWriter({ engine, documents, manifest, logger });
    const queue = new Queue(types, dependencies);
    this.indexer = new Indexer({ types, reader, writer: this.writer, queue, problems, logger });
    this.feed = new ChangeFeed({
      log,
      consumers: [this.indexer],
      problems,
      logger,
      pollMs: config.pollInterval * 1000,
      retentionMs: config.retention * MINUTE_MS,
    });
    this.reconciler = new Reconciler({
      feed: this.feed,
      consumers: [this.indexer],
      problems,
      logger,
      intervalMs: config.checkInterval * 1000,
      deepAt: config.deepCheck,
    });
  }

  /**
   * Continues where the previous holder left off.
   *
   * @throws When the cluster does not answer, or the indexes are those of another site.
   */
  async start(): Promise<void> {
    const { engine, types, log, version, isHeld, others, config } = this.options;
    // Asked for again during long work: a process that has lost the lease meanwhile must not go on.
    engine.position = () => {
      if (!isHeld() || this.stopped || this.isTaken)
        throw new Error(
          'this process lost the right to write to the index, or could not renew it in time',
        );
      return this.writePosition;
    };
    this.database = await log.identity();
    const { told, claim, isTakeover } = await others.settled(
      engine,
      this.database,
      () => this.stopped,
    );
    if (this.stopped) return;
    this.claim = claim;
    const state = told?.state;
    const details = state && stateOf(state);
    // Everything read from now on is at least as new as this row; the previous holder may have written up to it.
    this.latest = (await log.latest()).id;
    const lost = new Set(await engine.findLost());
    // Of others, nobody knows how to make lists.
    await engine.keepOnly(new Set(types.keys()));
    await engine.recover();
    const isOurs = state?.database === this.database && details?.format === FORMAT && details.version === version; // prettier-ignore
    const left = isOurs ? cursorOf(state) : null;
    // A log that no longer has that row has diverged, as after a backup was restored: everything is rebuilt.
    const cursor = left && (await log.holdsAll(left, config.retention * MINUTE_MS)) ? left : null;
    // Above every state of another database that goes on writing for a moment.
    const isOwn = cursor !== null && !isTakeover;
    if (isOwn && state) this.state = state;
    this.offset = isOwn && details ? details.offset : told ? told.version + 1 : 0;
    const known = cursor && details ? this.known(details, lost) : new Set<RelatedType>();
    const isKnown = known.size === types.size && (details?.isReady ?? false);
    this.isVerified = isKnown && this.options.wasWatched();
    for (const type of types.values()) if (!known.has(type)) await engine.beginRebuild(type.uid);
    if (this.stopped) return;
    this.feed.onInStep = () => this.tell();
    this.indexer.onWork = () => this.feed.wake();
    this.indexer.onScanned = (type) => engine.finishRebuild(type.uid);
    this.indexer.onResync = (type) => this.rebuild(type);
    this.reconciler.onChecked = () => {
      this.isVerified = true;
      this.feed.wake();
    };
    this.indexer.start(known);
    if (cursor && details) this.indexer.refresh(details.unindexed);
    this.hasStarted = true;
    this.feed.start(cursor);
    this.reconciler.start();
    this.timer = setInterval(() => {
      this.tell();
      void this.look();
    }, TELL_MS);
    this.timer.unref();
  }

  /**
   * Stops keeping the index.
   *
   * @param publishes Whether to publish what was written; otherwise the next holder does so, and counts everything
   *   again.
   */
  async stop(publishes = false): Promise<void> {
    const { engine } = this.options;
    if (this.timer) clearInterval(this.timer);
    this.indexer.stop();
    await Promise.all([this.feed.stop(), this.reconciler.stop()]);
    // The next holder reports its own problems.
    this.problems.end();
    if (publishes && !engine.isSettled) await engine.settle().catch(() => undefined);
    // The next holder would trust a state that describes indexes that are gone.
    if (this.hasStarted) await Promise.race([this.look(), new Promise((go) => setTimeout(go, LOOK_MS))]); // prettier-ignore
    this.isEnding = true;
    if (this.hasStarted && !this.isLost) this.tell();
    await this.telling;
    this.stopped = true;
    engine.position = null;
  }

  /** Gives up a start that is under way, at its next step. */
  abort(): void {
    this.stopped = true;
  }

  /** Whether a start was given up, so that nothing is kept. */
  get wasAborted(): boolean {
    return !this.hasStarted;
  }

  /** What is written now includes at least everything up to this row of the log. */
  private get writePosition(): number {
    return Math.max(this.latest, this.feed.position);
  }

  /** Rebuilds a type when the position in the log was lost: a new index has no documents of later positions. */
  private rebuild(type: RelatedType): void {
    this.isMoved = true;
    void this.options.engine.beginRebuild(type.uid);
    this.writer.clearType(type);
    this.latest = 0;
    this.offset += this.writePosition + 1;
    // Until then, others take the index for complete.
    this.tell();
  }

  /** Resolves when everything committed so far is applied and other instances have been told. */
  async idle(): Promise<void> {
    await this.feed.idle();
    await this.telling;
  }

  /** Reads the log soon, unless it was already read that far. */
  wake(position: number): void {
    if (position > this.feed.position) this.feed.wake();
  }

  check(kind: 'quick' | 'deep'): Promise<Reconciliation> {
    return kind === 'quick' ? this.reconciler.quick() : this.reconciler.deep();
  }

  get isReady(): boolean {
    return !this.isLost && this.isVerified && this.feed.applied !== null && this.indexer.hasReadAll;
  }

  /** Tells other instances how far the index is, so that they can rely on it. */
  private tell(): void {
    this.telling = this.telling.then(() => this.write()).catch(() => undefined);
  }

  /** Checks whether the indexes are still there: others that have taken their names would lack documents. */
  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      const isWhole = await this.options.engine.isWhole();
      if (isWhole || this.stopped || this.isLost) return;
      this.isLost = true;
      this.options.logger.warn('related-articles: search indexes are missing, were replaced or lack documents. Rebuilding what is lost.'); // prettier-ignore
    } catch {
      // The cluster does not answer, which other requests will report.
    } finally {
      this.isLooking = false;
    }
  }

  /** Resolves when other instances have been told again. */
  nextTold(): Promise<void> {
    return new Promise((resolve) => this.awaiting.push(resolve));
  }

  private async write(): Promise<void> {
    try {
      await this.writeState();
    } finally {
      for (const resolve of this.awaiting.splice(0)) resolve();
    }
  }

  private async writeState(): Promise<void> {
    const { engine, version, log } = this.options;
    const { indexer, feed } = this;
    if (this.stopped || this.isLost) return;
    if (this.isMoved) {
      // The log may diverge again meanwhile.
      this.isMoved = false;
      const database = await log.identity().catch(() => '');
      // Nobody could rely on a state without the identity of the log.
      this.isMoved ||= !database;
      if (!database) return;
      this.database = database;
    }
    // While some writes are not published, the position in the log is not written either.
    const cursor = engine.isPublished && indexer.hasReadAll ? feed.applied : null;
    if (cursor === null && indexer.hasReadAll) return this.tellAgain();
    const details: SharedDetails = {
      format: FORMAT,
      version,
      types: this.fingerprints,
      unindexed: [...indexer.unindexed],
      offset: this.offset,
      isReady: this.isReady,
      isFinal: engine.isSettled,
      ...indexer.progress(),
      updatedAt: indexer.updatedAt,
      at: Date.now(),
      isEnd: this.isEnding,
      ...(this.claim && { claim: this.claim }),
    };
    const telling = JSON.stringify([cursor, { ...details, at: 0 }]);
    const isOld = performance.now() - this.toldAt > TELL_MS;
    if (telling === this.told && !isOld) return;
    if (await this.wasTaken()) return;
    const state = { database: this.database, cursor, details: { ...details } };
    await engine.writeState(state, this.offset + this.writePosition);
    this.told = telling;
    this.state = state;
    this.toldAt = performance.now();
  }

  /** Tells others that this process still keeps the index, though nothing new can be told: they would take it over. */
  private async tellAgain(): Promise<void> {
    const { state, claim, offset } = this;
    if (!state || this.isEnding || performance.now() - this.toldAt <= TELL_MS) return;
    // A state from before the log has gone back would be taken for one of the new log.
    if (stateOf(state).offset !== offset || (await this.wasTaken())) return;
    const { isReady } = stateOf(state);
    // It may be the last state of the process that kept the index before.
    const now = { isEnd: false, isReady: isReady && this.isVerified, at: Date.now() };
    const details = { ...state.details, ...(claim && { claim }), ...now };
    await this.options.engine.writeState({ ...state, details }, offset + this.writePosition);
    this.toldAt = performance.now();
  }

  /** Whether another database has taken the indexes over since this process has claimed them. */
  private async wasTaken(): Promise<boolean> {
    const { engine, others, logger } = this.options;
    if (!this.claim || performance.now() - this.confirmedAt < TELL_MS) return false;
    if (await others.isTaken(engine, this.claim)) {
      this.isTaken = true;
      this.isLost = true;
      logger.warn('related-articles: a site with another copy of the database has taken the search indexes over.'); // prettier-ignore
    } else {
      // If the database does not answer, the next time will do.
      this.claim = await others.confirmed(this.claim).catch(() => this.claim);
    }
    this.confirmedAt = performance.now();
    return this.isTaken;
  }

  /** Returns the types that are in the index with their current configuration. */
  private known(details: SharedDetails, lost: ReadonlySet<string>): Set<RelatedType> {
    const isSame = ({ uid }: RelatedType) =>
      details.types[uid] === this.fingerprints[uid] && !lost.has(uid);
    return new Set([...this.options.types.values()].filter(isSame));
  }
}
