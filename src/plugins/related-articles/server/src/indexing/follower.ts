import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Change, ChangeLog } from '../changes/change-log';
import type { CursorState } from '../changes/cursor';
import { Companions, type Companion } from '../changes/consumers';
import { documentIdOf, keyOf, type IndexWriter, type Name } from './index-writer';
import { LogReader } from '../changes/log-reader';
import { RetryQueue } from './retry-queue';
import type { Queue } from './queue';
import type { Reader } from '../content/reader';
import type { Problems } from '../changes/problems';

const PAGE = 100;
const RETRY_MS = [100, 1000, 5000, 30_000];
const FAILING = 'the index cannot be brought up to date';
/** While writes go on, what rests on all documents is calculated anew after so many times as long as it takes. */
const SETTLE_FACTOR = 10;
const MAX_SETTLE_MS = 5000;

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

export interface FollowerOptions {
  /** How often the log is read, in milliseconds. */
  pollMs: number;
  /** How long a transaction may stay open, in milliseconds. */
  gapTimeoutMs: number;
}

/**
 * Keeps the index in step with the change log: one loop that reads the log, re-reads what it names as it is now,
 * and adds or removes it. Applying a change twice, late or in another order gives the same index. Scans of a whole
 * type run in the same loop, page by page, between the changes.
 */
export class Follower {
  /** Called whenever everything that was read is applied. */
  onInStep: () => void = () => undefined;
  private inStep: { at: number; cursor: CursorState } | null = null;
  private readonly startedAt = performance.now();
  private readonly logReader: LogReader;
  private readonly postponed: RetryQueue;
  private readonly companions: Companions;
  private readonly scanned = new Set<RelatedType>();
  /** Whether rows were read that a scan asked for. */
  private hasScanned = false;
  private isConfirmed = false;
  private running = false;
  /** Settles with the loop. */
  private looping: Promise<void> = Promise.resolve();
  private stopped = false;
  private pollDue = false;
  private failures = 0;
  private retry: NodeJS.Timeout | null = null;
  private timer: NodeJS.Timeout | null = null;
  private waiting: (() => void)[] = [];
  private updatedAt: number | null = null;
  private settleAgainAt = -Infinity;
  private settling: NodeJS.Timeout | null = null;

  constructor(
    log: ChangeLog,
    private readonly queue: Queue,
    private readonly writer: IndexWriter,
    private readonly reader: Reader,
    private readonly types: ReadonlyMap<string, RelatedType>,
    private readonly troubles: Problems,
    private readonly logger: Core.Strapi['log'],
    private readonly options: FollowerOptions,
    companions: readonly Companion[] = [],
  ) {
    const listener = {
      take: (change: Change) => this.take(change),
      startOver: () => this.readAgain(),
      hasRead: () => this.hasScanned,
    };
    this.logReader = new LogReader(log, listener, troubles, logger, options.gapTimeoutMs);
    this.companions = new Companions(companions, troubles);
    this.postponed = new RetryQueue(troubles, (names) => this.refresh(names));
  }

  /**
   * Begins to follow.
   *
   * @param from How far the log is in the index already; `null` when nothing is.
   * @param known The types that the index holds as of then; all others are read.
   */
  start(from: CursorState | null, known: ReadonlySet<RelatedType>): void {
    if (from) this.logReader.resume(from);
    for (const type of this.types.values()) {
      if (from && known.has(type)) this.scanned.add(type);
      else this.queue.addScan(type);
    }
    this.timer = setInterval(() => this.wake(), this.options.pollMs);
    this.timer.unref();
    this.wake();
  }

  /** Resolves when no query of it is under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.writer.stopped = true;
    this.logReader.stop();
    if (this.retry) clearTimeout(this.retry);
    this.postponed.stop();
    if (this.timer) clearInterval(this.timer);
    if (this.settling) clearTimeout(this.settling);
    this.settle();
    await this.looping;
  }

  /** Something was committed: reads the log soon. */
  wake(): void {
    this.pollDue = true;
    this.run();
  }

  /** A change that the log did not take: applies it here, and writes it down when the log takes it again. */
  addUnlogged(change: Change, error: Error): void {
    this.logReader.addUnlogged(change, error);
    this.take(change);
    this.wake();
  }

  /** Documents to be read again for a reason that no log tells. */
  refresh(names: Iterable<Name>): void {
    for (const { type, documentId } of names) this.queue.addDocuments(type, [documentId]);
    this.run();
  }

  /** Whether the type has been read once and no change of it waits. */
  isSettled(type: RelatedType): boolean {
    return !this.hasWork() && this.scanned.has(type);
  }

  /** Whether there is nothing to do as far as is known. */
  get isIdle(): boolean {
    return !this.hasWork();
  }

  /** How far the log is in the index; `null` before everything was read once. */
  get applied(): CursorState | null {
    return this.hasReadAll ? (this.inStep?.cursor ?? null) : null;
  }

  /** How far the log was read. */
  get position(): number {
    return this.logReader.position;
  }

  /** Documents that wait for another try. */
  get unindexed(): Name[] {
    return this.postponed.names;
  }

  /** Resolves when everything that was committed before the call is in the index. */
  idle(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    const done = new Promise<void>((resolve) => this.waiting.push(resolve));
    this.wake();
    return done;
  }

  progress(): Progress {
    const first = this.hasReadAll ? [] : this.queue.unfinished();
    return {
      ready: this.isReady,
      indexed: first.reduce((sum, { read }) => sum + read, 0),
      total: first.reduce((sum, { total }) => sum + total, 0),
      updatedAt: this.updatedAt,
      pending: this.queue.pending + this.companions.pending,
      lag: (performance.now() - (this.inStep?.at ?? this.startedAt)) / 1000,
    };
  }

  private get isReady(): boolean {
    return this.isConfirmed && this.inStep !== null && this.hasReadAll;
  }

  private get hasReadAll(): boolean {
    return this.scanned.size === this.types.size;
  }

  /** The index was compared with the database after the start. */
  confirm(): void {
    if (this.isConfirmed) return;
    this.isConfirmed = true;
    this.wake();
  }

  private hasWork(): boolean {
    return !this.stopped && (this.running || this.isDue);
  }

  private get isDue(): boolean {
    return this.pollDue || !this.queue.isEmpty || this.companions.isDue;
  }

  private take(change: Change): void {
    this.queue.add(change);
    this.companions.add(change);
  }

  private readAgain(): void {
    for (const type of this.types.values()) this.queue.addScan(type);
    this.companions.reload();
  }

  private run(): void {
    if (this.running || this.stopped || this.retry) return;
    this.running = true;
    this.looping = new Promise((resolve) => {
      setImmediate(() => void this.loop().then(resolve));
    });
  }

  private async loop(): Promise<void> {
    try {
      while (!this.stopped && this.isDue) {
        if (this.pollDue) {
          this.companions.tryAgain();
          await this.readLog();
        }
        // Few, quick and what an editor waits for: before the pages of a scan.
        await this.companions.apply();
        await this.applyEntry();
        await this.applyRows();
        await this.applyDocuments();
        await this.scanPage();
        this.failures = 0;
      }
      if (!this.stopped) this.troubles.resolve(FAILING);
      await this.settleEngine();
      if (this.companions.needsLog) return;
      const { readAt } = this.logReader;
      const cursor = this.logReader.state();
      if (readAt !== null && cursor && !this.stopped) {
        this.inStep = { at: readAt, cursor };
        this.onInStep();
      }
    } catch (error) {
      this.tryAgain(error as Error);
    } finally {
      this.running = false;
      if (!this.hasWork()) this.settle();
    }
  }

  /** At once at the start and where somebody waits for the index to be in step; otherwise once in a while. */
  private async settleEngine(): Promise<void> {
    const { engine } = this.writer;
    if (this.stopped || engine.isSettled) return;
    const wait = this.settleAgainAt - performance.now();
    if (wait <= 0 || this.waiting.length > 0 || this.inStep === null) {
      const started = performance.now();
      await engine.settle();
      const took = performance.now() - started;
      this.settleAgainAt = performance.now() + Math.min(MAX_SETTLE_MS, SETTLE_FACTOR * took);
    } else if (!this.settling) {
      this.settling = setTimeout(() => {
        this.settling = null;
        this.wake();
      }, wait);
      this.settling.unref();
    }
  }

  private tryAgain(error: Error): void {
    if (this.stopped) return;
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.troubles.raise(FAILING, error);
    this.retry = setTimeout(() => {
      this.retry = null;
      this.wake();
    }, wait);
    this.retry.unref();
  }

  private settle(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private async readLog(): Promise<void> {
    this.pollDue = false;
    if (await this.logReader.read()) this.pollDue = true;
  }

  /** An entry was written: the documents that had it, as the index knows, and those that have it now. */
  private async applyEntry(): Promise<void> {
    const entry = this.queue.takeEntry();
    if (!entry) return;
    const { dependency, documentId } = entry;
    const { type, relation, byRows, idOf } = dependency;
    try {
      const had = [...this.writer.manifest.dependents(type, relation, idOf(documentId))];
      const have = byRows ? [] : await this.reader.documentsOf(type, relation, { documentId });
      this.queue.addDocuments(type, [...had.map(documentIdOf), ...have]);
    } catch (error) {
      entry.putBack();
      throw error;
    }
  }

  private async applyRows(): Promise<void> {
    const rows = this.queue.takeRows();
    if (!rows) return;
    try {
      const documents = await this.reader.documentsOfRows(rows.type, rows.ids);
      this.queue.addDocuments(rows.type, documents);
    } catch (error) {
      this.queue.addRows(rows.type, rows.ids);
      throw error;
    }
  }

  private async applyDocuments(): Promise<void> {
    // Taken before the read: a change that comes during it is read again.
    const taken = this.queue.takeDocuments();
    if (!taken) return;
    const { type, documentIds } = taken;
    try {
      const entities = await this.reader.published(type, documentIds);
      const present = await this.upsert(type, entities, documentIds);
      await this.writer.removeAbsent(type, documentIds, present);
      this.updatedAt = Date.now();
    } catch (error) {
      this.queue.addDocuments(type, documentIds);
      throw error;
    }
  }

  private async scanPage(): Promise<void> {
    const { scan } = this.queue;
    if (!scan) return;
    this.hasScanned = true;
    if (scan.afterId === 0) scan.total = await this.reader.countPublished(scan.type);
    const page = await this.reader.page(scan.type, scan.afterId, PAGE);
    await this.upsert(scan.type, page);
    // Asked for again meanwhile: that scan began anew, and this one has not seen everything.
    if (!this.queue.isCurrent(scan) || this.stopped) return;
    scan.read += page.length;
    if (page.length > 0) scan.afterId = page[page.length - 1].id;
    if (page.length === PAGE) return;

    // Whatever the scan did not meet, and no change brought in meanwhile, is no longer published.
    await this.writer.retain(scan.type, scan.seen);
    this.queue.finish(scan);
    this.updatedAt = Date.now();
    if (this.scanned.has(scan.type)) return;
    this.scanned.add(scan.type);
    if (scan.read > 0) {
      this.logger.info(`related-articles: ${scan.read} documents of ${scan.type.uid} indexed`);
    }
  }

  /** @returns The keys of the documents. */
  private async upsert(
    type: RelatedType,
    entities: Awaited<ReturnType<Reader['page']>>,
    documentIds: readonly string[] = entities.map(({ documentId }) => documentId),
  ): Promise<Set<string>> {
    const present = new Set(entities.map((entity) => keyOf(type, entity)));
    const scan = this.queue.scanOf(type);
    for (const key of present) scan?.seen.add(key);
    const { robbed, failed } = await this.writer.upsert(type, entities);
    this.queue.addDocuments(type, robbed);
    this.postponed.tried(type, documentIds, failed);
    return present;
  }
}
