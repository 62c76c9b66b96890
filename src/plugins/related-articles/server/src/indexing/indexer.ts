import type { Core } from '@strapi/strapi';

import type { Change } from '../changes/change-log';
import type { ChangeConsumer, Drift, Verification } from '../changes/consumer';
import type { ProblemSink } from '../changes/problems';
import type { RelatedType } from '../config/resolve';
import type { Dependency } from '../content/dependencies';
import type { RowReader } from '../content/row-reader';
import type { DocumentRef } from '../engine/engine';
import { IndexVerification } from './index-verification';
import type { IndexWriter } from './index-writer';
import { Failures } from './failures';
import { documentIdOf, keyOf } from './keys';
import type { Queue } from './queue';
import { PageSize } from './page-size';
import { RetryQueue } from './retry-queue';

/** How long changes wait for a page of a scan, in milliseconds. */
const PAGE_MS = 250;
/** How long the scan of a type that was read before lets answers to requests come first, in milliseconds. */
const PATIENT_MS = 5000;
/** During continuous writes, collection-wide figures are recalculated after this multiple of the time that takes. */
const SETTLE_FACTOR = 10;
const MAX_SETTLE_MS = 5000;

/** How much of what was published at the start is in the index. */
export interface ScanProgress {
  indexed: number;
  total: number;
}

export interface IndexerOptions {
  types: ReadonlyMap<string, RelatedType>;
  reader: RowReader;
  writer: IndexWriter;
  queue: Queue;
  problems: ProblemSink;
  logger: Core.Strapi['log'];
}

/**
 * Keeps the index in step: reads the documents that changes name as they are now, and adds or removes them. Scans of a
 * whole type run page by page between the changes.
 */
export class Indexer implements ChangeConsumer {
  readonly failure = 'the index cannot be brought up to date';
  readonly keepsPosition = true;
  readonly isAwaited = true;
  /** Called when there is work that is not in the log. */
  onWork: () => void = () => undefined;
  /** Called when everything of a type has been read. */
  onScanned: (type: RelatedType) => Promise<void> = async () => undefined;
  /** Called for each type when the position in the log was lost. */
  onResync: (type: RelatedType) => void = () => undefined;
  /** When the index last changed, in milliseconds since 1970. */
  updatedAt: number | null = null;
  private readonly retryQueue: RetryQueue;
  private readonly verification: IndexVerification;
  private readonly scanned = new Set<RelatedType>();
  private settleAgainAt = -Infinity;
  private readonly pageSize = new PageSize();
  /** How many written documents are read at once, in all their locales. */
  private readonly batchSize = new PageSize();
  private stopped = false;
  /** Whether the last turn has failed. */
  private hasFailed = false;

  constructor(private readonly options: IndexerOptions) {
    const { problems, types, reader, writer, queue } = options;
    this.retryQueue = new RetryQueue(problems, (refs) => this.refresh(refs));
    this.verification = new IndexVerification({
      types,
      reader,
      writer,
      newsOf: (type) => queue.newsOf(type),
    });
  }

  /** @param known The types that the index holds already; all others are read. */
  start(known: ReadonlySet<RelatedType>): void {
    const { types, queue } = this.options;
    for (const type of types.values()) {
      if (known.has(type)) this.scanned.add(type);
      else queue.addScan(type);
    }
  }

  stop(): void {
    this.stopped = true;
    this.options.writer.stopped = true;
    this.retryQueue.stop();
  }

  handle(changes: readonly Change[]): void {
    for (const change of changes) this.options.queue.add(change);
  }

  /** Queues documents to be read again for a reason that is not in the log. */
  refresh(refs: Iterable<DocumentRef>): void {
    const { types, queue } = this.options;
    for (const { uid, documentId } of refs) {
      const type = types.get(uid);
      if (type) queue.addDocuments(type, [documentId]);
    }
    this.onWork();
  }

  resync(): void {
    for (const type of this.options.types.values()) {
      this.scanned.delete(type);
      this.onResync(type);
      // The pages read so far are of what was there before.
      this.options.queue.restartScan(type);
    }
  }

  mark(): () => boolean {
    return this.options.queue.mark();
  }

  get pending(): number {
    return this.pendingChanges + this.options.queue.unfinished().length;
  }

  /** How many changes wait, not counting scans. */
  get pendingChanges(): number {
    return this.options.queue.pending;
  }

  /** Whether everything that was published when the index was started, or lost its place in the log, has been read. */
  get hasReadAll(): boolean {
    return this.scanned.size === this.options.types.size;
  }

  /** How often a document was written or removed; it only grows. */
  get writes(): number {
    return this.options.writer.writes;
  }

  /** Documents that wait for another try. */
  get unindexed(): DocumentRef[] {
    return this.retryQueue.refs;
  }

  /** How far the first reading is; zeros once it is over. */
  progress(): ScanProgress {
    const scans = this.hasReadAll ? [] : this.options.queue.unfinished();
    return {
      indexed: scans.reduce((sum, { read }) => sum + read, 0),
      total: scans.reduce((sum, { total }) => sum + total, 0),
    };
  }

  async apply(): Promise<void> {
    const failures = new Failures(() => this.stopped, this.hasFailed);
    await this.applyEntries(failures);
    await this.applyRows(failures);
    await this.applyDocuments(failures);
    await this.applyScan(failures);
    this.hasFailed = failures.first !== null;
    if (failures.first === null) return;
    const { queue, writer } = this.options;
    const isScanning = queue.unfinished().some(({ type }) => !failures.hasFailed(type));
    // What was read shows at once, because the feed does not come to rest.
    const isDue = failures.hasDone || (!isScanning && !writer.engine.isSettled);
    if (isDue) await writer.engine.settle(true).catch(() => undefined);
    throw failures.first;
  }

  /** Settles at once if somebody waits for the index to be in step; otherwise once in a while. */
  async settle(isUrgent: boolean, isAwaited = () => isUrgent): Promise<number | null> {
    const { engine } = this.options.writer;
    if (this.stopped || engine.isSettled) return null;
    const wait = this.settleAgainAt - performance.now();
    if (wait > 0 && !isUrgent) return wait;
    const took = await engine.settle(isUrgent, isAwaited);
    const pause = Math.min(MAX_SETTLE_MS, SETTLE_FACTOR * took);
    this.settleAgainAt = performance.now() + pause;
    return engine.isSettled ? null : pause;
  }

  async verify(verification: Verification): Promise<Drift> {
    const { queue } = this.options;
    const isPending = (type: RelatedType, documentId: string) => queue.willRead(type, documentId);
    return this.verification.compare(verification, { unindexed: () => this.unindexed, isPending });
  }

  noteMended(from: number, to: number): void {
    this.verification.noteMended(from, to);
  }

  /** Queues the documents that had the written entries, as far as the index knows, and those that have them now. */
  private applyEntries(failures: Failures): Promise<void> {
    const { queue, reader, writer } = this.options;
    return failures.passOver<Dependency, string>({
      take: (but) => queue.takeEntries(but),
      typeOf: ({ type }) => type,
      async work({ key, items: documentIds }) {
        const { type, relation, byRows, idOf } = key;
        const had = await writer.dependents(type, relation, documentIds.map(idOf));
        const have = byRows ? [] : await reader.documentsOf(type, relation, documentIds);
        queue.addDocuments(type, [...had.map(documentIdOf), ...have]);
      },
    });
  }

  private applyRows(failures: Failures): Promise<void> {
    const { queue, reader } = this.options;
    return failures.passOver<string, number>({
      take: (but) => queue.takeRows(but),
      typeOf: () => null,
      async work({ key: uid, items: ids }) {
        for (const documentId of await reader.documentsOfRows(uid, ids)) {
          queue.addWritten({ uid, documentId });
        }
      },
    });
  }

  private applyDocuments(failures: Failures): Promise<void> {
    const { queue, reader, writer } = this.options;
    return failures.passOver<RelatedType, string>({
      // Taken before reading, so that a change during the read is read again.
      take: (but) => queue.takeDocuments(this.batchSize.current, but),
      typeOf: (type) => type,
      work: async ({ key: type, items: documentIds }) => {
        const entities = await reader.published(type, documentIds);
        this.batchSize.note(entities, documentIds.length);
        const present = await this.upsert(type, entities, { documentIds, skipsSame: true });
        await writer.removeAbsent(type, documentIds, present);
        this.updatedAt = Date.now();
      },
    });
  }

  /** Scans a page, or more if the next turn is far. A scan that fails lets others come first. */
  private async applyScan(failures: Failures): Promise<void> {
    const { queue } = this.options;
    const since = performance.now();
    for (let pages = 0; pages === 0 || failures.scansOn(since); pages += 1) {
      const { scan } = queue;
      if (!scan) return;
      const isAway = failures.hasFailed(scan.type);
      try {
        if (!isAway) await this.scanPage();
      } catch (error) {
        failures.add(error, scan.type);
      }
      if (failures.hasFailed(scan.type)) queue.postpone(scan);
      // All others have had their turn.
      if (isAway && pages > 0) return;
    }
  }

  private async scanPage(): Promise<void> {
    const { queue, reader, writer, logger } = this.options;
    const { scan } = queue;
    if (!scan || this.stopped) return;
    const { seen } = scan;
    scan.begunAt ??= performance.now();
    if (scan.afterId === 0) scan.total = await reader.countPublished(scan.type);
    const asked = this.pageSize.current;
    const { rows: page, last } = await reader.page(scan.type, scan.afterId, asked);
    // It was restarted meanwhile, by what came while this turn took long.
    const isRestarted = () => scan.seen !== seen;
    if (isRestarted()) return;
    // A page of which hooks hide all rows tells nothing of their length.
    if (page.length > 0) this.pageSize.note(page);
    const { begunAt } = scan;
    const until = performance.now() + PAGE_MS;
    let done = 0;
    while (done < page.length && (done === 0 || performance.now() < until)) {
      const part = page.slice(done, done + writer.atOnce);
      const isAwaited = !this.scanned.has(scan.type) || performance.now() - begunAt > PATIENT_MS;
      await this.upsert(scan.type, part, { isAwaited, isWhole: false });
      if (this.stopped || isRestarted()) return;
      done += part.length;
      scan.read += part.length;
      scan.afterId = part[part.length - 1].id;
    }
    // The rest is read again, after the changes that wait.
    const isCut = done < page.length;
    if (isCut) this.pageSize.limit(done);
    else if (last !== null) scan.afterId = last;
    if (isCut || last !== null) return;

    // Documents that neither the scan nor a change has seen are no longer published.
    await writer.retain(scan.type, seen);
    if (isRestarted()) return;
    await this.onScanned(scan.type);
    // Otherwise settling waits until nothing is pending, which may never happen.
    if (scan.again) await this.settle(true);
    if (isRestarted()) return;
    queue.finish(scan);
    this.updatedAt = Date.now();
    if (this.scanned.has(scan.type)) return;
    this.scanned.add(scan.type);
    if (scan.read > 0) {
      logger.info(`related-articles: ${scan.read} documents of ${scan.type.uid} indexed`);
    }
  }

  /** @returns The keys of the documents. */
  private async upsert(
    type: RelatedType,
    entities: Awaited<ReturnType<RowReader['published']>>,
    {
      documentIds = entities.map(({ documentId }) => documentId),
      skipsSame = false,
      isAwaited = true,
      isWhole = true,
    }: {
      documentIds?: readonly string[];
      skipsSame?: boolean;
      isAwaited?: boolean;
      isWhole?: boolean;
    },
  ): Promise<Set<string>> {
    const { queue, writer } = this.options;
    const present = new Set(entities.map((entity) => keyOf(type, entity)));
    const scan = queue.scanOf(type);
    for (const key of present) scan?.seen.add(key);
    const failed = await writer.upsert(type, entities, {
      skipsSame,
      isAwaited,
      displace: (displaced) => queue.addDocuments(type, displaced),
    });
    this.retryQueue.tried(type, documentIds, failed, isWhole);
    return present;
  }
}
