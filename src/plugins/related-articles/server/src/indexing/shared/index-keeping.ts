import type { Core } from '@strapi/strapi';

import { ChangeFeed } from '../../changes/change-feed';
import type { ChangeLog } from '../../changes/change-log';
import type { CursorState } from '../../changes/cursor';
import type { Problems } from '../../changes/problems';
import { Reconciler, type Reconciliation } from '../../changes/reconciler';
import type { RelatedType } from '../../config/resolve';
import type { SyncConfig } from '../../config/schema';
import type { Dependencies } from '../../content/dependencies';
import type { DocumentReader } from '../../content/document-reader';
import type { RowReader } from '../../content/row-reader';
import type { SharedEngine } from '../../engine/engine';
import { Indexer } from '../indexer';
import { IndexWriter } from '../index-writer';
import { Queue } from '../queue';
import { typeFingerprints } from '../type-fingerprints';
import { FORMAT, isFrom, stateOf, type SharedDetails } from './shared-state';

const MINUTE_MS = 60_000;
/** How often the others are told how far a first reading is, in milliseconds. */
const TELL_MS = 5000;

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
  /** That of the plugin. */
  version: string;
  problems: Problems;
  logger: Core.Strapi['log'];
}

/**
 * Keeps the index that all instances share in step, for as long as this process holds the lease: follows the change
 * log from where the one before left off, and compares with the database.
 */
export class IndexKeeping {
  readonly feed: ChangeFeed;
  readonly indexer: Indexer;
  readonly reconciler: Reconciler;
  private readonly writer: IndexWriter;
  private isVerified = false;
  private stopped = false;
  private database = '';
  private timer: NodeJS.Timeout | null = null;
  private telling: Promise<void> = Promise.resolve();
  /** What was last told. */
  private told = '';
  private toldAt = 0;

  constructor(private readonly options: KeepingOptions) {
    const { types, config, engine, reader, documents, dependencies, log, problems, logger } = options; // prettier-ignore
    this.writer = new IndexWriter(engine, documents, logger);
    const queue = new Queue(types, dependencies);
    this.indexer = new Indexer({ types, reader, writer: this.writer, queue, problems, logger });
    this.feed = new ChangeFeed({
      log,
      consumers: [this.indexer],
      problems,
      logger,
      pollMs: config.pollInterval * 1000,
      gapTimeoutMs: config.retention * MINUTE_MS,
    });
    this.reconciler = new Reconciler({
      feed: this.feed,
      log,
      consumers: [this.indexer],
      problems,
      logger,
      intervalMs: config.checkInterval * 1000,
      deepAt: config.deepCheck,
    });
  }

  /**
   * Begins where the one before left off.
   *
   * @throws When the cluster does not answer, or the indexes are those of another site.
   */
  async start(): Promise<void> {
    const { engine, types, log } = this.options;
    this.database = await log.identity();
    const state = await engine.readState();
    const details = state && stateOf(state);
    if (state && state.database !== this.database && isFrom(state, Date.now() - MINUTE_MS)) {
      throw new Error('another site writes to indexes of the same prefix. Set engine.indexPrefix to one of its own for each site and environment'); // prettier-ignore
    }
    await engine.recover();
    engine.position = () => {
      if (!this.options.isHeld()) throw new Error('another instance keeps the index now');
      return this.feed.position;
    };
    const isOurs = state?.database === this.database && details?.format === FORMAT && details.version === this.options.version; // prettier-ignore
    const cursor = isOurs ? (state.cursor as CursorState | null) : null;
    const known = isOurs && cursor ? await this.known(details) : new Set<RelatedType>();
    for (const type of types.values()) if (!known.has(type)) await engine.beginRebuild(type.uid);
    await this.dropOthers();
    if (this.stopped) return;
    this.feed.onInStep = () => this.tell();
    this.indexer.onWork = () => this.feed.wake();
    this.indexer.onScanned = (type) => engine.finishRebuild(type.uid);
    this.reconciler.onChecked = () => {
      this.isVerified = true;
      this.feed.wake();
    };
    this.indexer.start(known);
    if (isOurs) this.indexer.refresh((details as SharedDetails).unindexed);
    this.feed.start(cursor);
    this.reconciler.start();
    this.timer = setInterval(() => this.tell(), TELL_MS);
    this.timer.unref();
  }

  /**
   * Ends it.
   *
   * @param publishes Whether what was written is published first; otherwise that is left to the next one, who counts
   *   everything anew.
   */
  async stop(publishes = false): Promise<void> {
    const { engine } = this.options;
    if (this.timer) clearInterval(this.timer);
    this.indexer.stop();
    await Promise.all([this.feed.stop(), this.reconciler.stop()]);
    if (publishes && !engine.isSettled) await engine.settle().catch(() => undefined);
    this.tell();
    await this.telling;
    this.stopped = true;
    engine.position = null;
  }

  /** Resolves when everything committed so far is applied and told. */
  async idle(): Promise<void> {
    await this.feed.idle();
    await this.telling;
  }

  /** Reads the log soon, where it was not read that far. */
  wake(position: number): void {
    if (position > this.feed.position) this.feed.wake();
  }

  check(kind: 'quick' | 'deep'): Promise<Reconciliation> {
    return kind === 'quick' ? this.reconciler.quick() : this.reconciler.deep();
  }

  get isReady(): boolean {
    return this.isVerified && this.feed.applied !== null && this.indexer.hasReadAll;
  }

  /** Everything is applied: the others may rest on it. */
  private tell(): void {
    this.telling = this.telling.then(() => this.write()).catch(() => undefined);
  }

  private async write(): Promise<void> {
    const { engine, types, version } = this.options;
    const { indexer, feed } = this;
    if (this.stopped) return;
    // While something is not published, how far the log was applied is not told.
    const cursor = engine.isSettled && indexer.hasReadAll ? feed.applied : null;
    if (cursor === null && indexer.hasReadAll) return;
    const details: SharedDetails = {
      format: FORMAT,
      version,
      types: typeFingerprints(types),
      unindexed: [...indexer.unindexed],
      isReady: this.isReady,
      ...indexer.progress(),
      updatedAt: indexer.updatedAt,
      at: Date.now(),
    };
    const telling = JSON.stringify([cursor, { ...details, at: 0 }]);
    const isOld = Date.now() - this.toldAt > TELL_MS;
    if (telling === this.told && !isOld) return;
    const state = { database: this.database, cursor, details: { ...details } };
    await engine.writeState(state, feed.position);
    this.told = telling;
    this.toldAt = Date.now();
  }

  /** The types that are in the index as they are configured now; the manifest learns what they were made from. */
  private async known(details: SharedDetails): Promise<Set<RelatedType>> {
    const { engine, types } = this.options;
    const present = typeFingerprints(types);
    const known = new Set<RelatedType>();
    for (const type of types.values()) {
      if (details.types[type.uid] === present[type.uid]) known.add(type);
    }
    for (const collection of await engine.collections()) {
      const type = types.get(collection.type);
      if (!type || !known.has(type)) continue;
      for await (const { documentId, note } of engine.notes(collection)) {
        if (this.stopped) return known;
        this.writer.learn(type, collection.locale, documentId, note);
      }
    }
    return known;
  }

  /** Types that are configured no more. */
  private async dropOthers(): Promise<void> {
    const { engine, types } = this.options;
    for (const { type: uid } of await engine.collections()) {
      if (types.has(uid)) continue;
      await engine.beginRebuild(uid);
      await engine.finishRebuild(uid);
    }
  }
}
