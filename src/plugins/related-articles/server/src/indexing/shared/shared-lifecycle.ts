import type { Core } from '@strapi/strapi';

import type { ChangeFeed } from '../../changes/change-feed';
import type { ChangeLog } from '../../changes/change-log';
import { rangesOf, type IdRange } from '../../changes/cursor';
import type { Problems } from '../../changes/problems';
import type { Reconciler, Reconciliation } from '../../changes/reconciler';
import type { RelatedType } from '../../config/resolve';
import type { DocumentReader } from '../../content/document-reader';
import type { RowReader } from '../../content/row-reader';
import { endsInTime, withinTime } from '../../content/within-time';
import { CURATION } from '../../curations/curation';
import type { CurationMaintenance } from '../../curations/curation-maintenance';
import { EngineUnavailable, type SharedEngine, type SharedState } from '../../engine/engine';
import type { Housekeeping } from '../housekeeping';
import type { Freshness, IndexService, IndexStatus, Progress, SyncHealth } from '../index-service';
import { open, statusOf } from '../opening';
import { typeFingerprints } from '../type-fingerprints';
import type { IndexKeeper } from './index-keeper';
import { cursorOf, FORMAT, stateOf, type SharedDetails } from './shared-state';

/** How often the state of the index is read, in milliseconds: always, and while somebody waits. */
const POLL_MS = 1000;
const WAIT_MS = 50;
const READY_MS = 5000;
/** How long a new process may have to wait until it is told of an index that does not change, in milliseconds. */
const TOLD_MS = 12_000;
/** How long callers wait for a cluster that does not answer, in milliseconds. */
const PATIENCE_MS = 20_000;
/** How long a request waits for the index to be in step, in milliseconds. */
const MOMENT_MS = 100;
/** How long readers wait for a proof that the index has everything, in milliseconds. */
const PROOF_MS = 1000;
const UNREACHABLE = 'the search cluster is not available';
const OTHER = 'an instance with another configuration or version keeps the index';
/** How many positions of the log are remembered with their times. */
const MOST_MARKS = 1000;
/** How long an index counts as compared after it was last heard of: a lease lasts 15 s after a crash. In milliseconds. */
const WATCHED_MS = 60_000;

export interface SharedLifecycleOptions {
  types: ReadonlyMap<string, RelatedType>;
  engine: SharedEngine;
  /** Closes the connections to the cluster. */
  close(): Promise<void>;
  reader: RowReader;
  documents: DocumentReader;
  log: ChangeLog;
  /** Follows the log for everything but the index. */
  feed: ChangeFeed;
  reconciler: Reconciler;
  keeper: IndexKeeper;
  housekeeping: Housekeeping;
  maintenance: CurationMaintenance;
  problems: Problems;
  logger: Core.Strapi['log'];
}

/** Starts and stops this process's part in an index that all instances share. The holder of the lease keeps it. */
export class SharedLifecycle implements IndexService {
  private state: SharedState | null = null;
  private inStepAt = performance.now();
  /** Positions in the log, and when this process had read it that far; later than `inStepAt`. */
  private marks: { position: number; at: number }[] = [];
  /** The last row of the log when this process started; `null` once the index has it. */
  private startsAt: number | null = 0;
  /** When the state that this process found was written: it may be that of a process that has ended. */
  private foundAt: number | null = null;
  /** When a process that keeps the index, and has compared it, was last heard of, as `performance.now()`. */
  private watchedAt = -Infinity;
  /** When the state that was read last was written. */
  private heardOf = 0;
  private readonly fingerprints: Record<string, string>;
  private timer: NodeJS.Timeout | null = null;
  private polling: Promise<void> | null = null;
  private failures = 0;
  private hasAsked = false;
  private database = '';
  private stopping: Promise<void> | null = null;

  constructor(private readonly options: SharedLifecycleOptions) {
    this.fingerprints = typeFingerprints(options.types);
  }

  async start(): Promise<void> {
    const { feed, reconciler, keeper, housekeeping } = this.options;
    if (!(await open(this.options))) return;
    this.database = await this.options.log.identity().catch(() => '');
    this.startsAt = await this.options.log.latest().then(({ id }) => id, () => 0); // prettier-ignore
    if (this.stopping) return;
    // Changes made by this process need not wait until the log is read again.
    feed.onInStep = () => keeper.current?.wake(feed.position);
    // Other processes learn of the change once the log accepts it.
    feed.onUnlogged = (change) => keeper.current?.feed.handle([change]);
    feed.start(null);
    reconciler.start();
    keeper.start();
    this.timer = setInterval(() => void this.poll(), POLL_MS);
    this.timer.unref();
    void this.poll();
    void housekeeping.start();
  }

  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { types, feed, reconciler, keeper, housekeeping } = this.options;
    if (types.size === 0) return;
    if (this.timer) clearInterval(this.timer);
    const rest = async () => {
      await keeper.stop();
      await Promise.all([feed.stop(), reconciler.stop(), housekeeping.stop(), this.polling]);
    };
    // If not, the database does not answer; the others forget this process after a while.
    if (await endsInTime(rest())) await housekeeping.leave();
    await this.options.close().catch(() => undefined);
  }

  /** @throws EngineUnavailable when the cluster has not answered for a while. */
  async idle(): Promise<void> {
    if (this.options.types.size === 0) return;
    const { feed, keeper, engine } = this.options;
    const asked = performance.now();
    await feed.idle();
    // Later writes are not part of what the caller waits for.
    const wanted = feed.hasAppliedSince(asked) ? { position: feed.position, missing: feed.missing } : null; // prettier-ignore
    let answered = performance.now();
    while (!this.stopping) {
      if (this.failures === 0) answered = performance.now();
      if (performance.now() - answered > PATIENCE_MS) {
        throw new EngineUnavailable('The search cluster is not available.');
      }
      // The keeper settles at once when somebody waits for it, but never while the cluster is away.
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((go) => (timer = setTimeout(go, READY_MS)));
      await Promise.race([keeper.current?.idle(), late]).finally(() => clearTimeout(timer));
      await this.poll();
      const isFinal = this.details?.isFinal ?? false;
      const hasAll = isFinal && this.reaches(wanted) && (await this.isOfThisLog());
      if (hasAll || (isFinal && (await this.hasEverything()))) break;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
    await this.becomesReady();
    await engine.refresh().catch(() => undefined);
  }

  /** Waits until the index is reported ready: that may come a moment after everything is in it. */
  private async becomesReady(): Promise<void> {
    const end = performance.now() + TOLD_MS;
    while (!this.stopping && !this.progress().ready && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      await this.poll();
    }
  }

  async isInStep(): Promise<boolean> {
    const { feed, types, keeper } = this.options;
    if (types.size === 0 || !this.progress().ready || !(await feed.isInStep())) return false;
    // What was known before the cluster went away may no longer be true.
    if (this.failures > 0) return false;
    await this.poll();
    if (await this.hasEverything()) return true;
    // Usually, the new rows of the log concern no list and are read in a moment.
    const { current } = keeper;
    if (!current || this.failures > 0) return false;
    current.wake(Infinity);
    await Promise.race([current.nextTold(), new Promise((go) => setTimeout(go, MOMENT_MS))]);
    await this.poll();
    return this.hasEverything();
  }

  /** Does not wait for a slow cluster: lists are made anew then, or the last good ones are served. */
  async freshness(): Promise<Freshness> {
    const isFresh = await withinTime(this.isInStep(), PROOF_MS, () => false);
    return isFresh ? 'fresh' : 'behind';
  }

  private async hasEverything(): Promise<boolean> {
    const { log } = this.options;
    const cursor = cursorOf(this.state);
    return this.isTold && cursor !== null && !(await log.hasNews(cursor).catch(() => true));
  }

  /** Whether the index has all of the log up to a row, except for what was missing there. */
  private reaches(wanted: { position: number; missing: readonly IdRange[] } | null): boolean {
    const cursor = cursorOf(this.state);
    if (!wanted || !this.isTold || !this.isOurs || !cursor || cursor.id < wanted.position) return false; // prettier-ignore
    const isKnown = ([first, last]: IdRange) =>
      wanted.missing.some((range) => range[0] <= first && last <= range[1]);
    return rangesOf(cursor).every((range) => range[0] > wanted.position || isKnown(range));
  }

  /** Whether the index goes up to a row that the log has: an older dump may have been restored since. */
  private async isOfThisLog(): Promise<boolean> {
    const cursor = cursorOf(this.state);
    return cursor !== null && (await this.options.log.holds(cursor).catch(() => true));
  }

  private get isTold(): boolean {
    return this.failures === 0 && this.options.engine.isPublished;
  }

  get revision(): string {
    return this.options.engine.revision;
  }

  /** Whether this process keeps the index for all. */
  get isKeeper(): boolean {
    return this.options.keeper.current !== null;
  }

  /** The last row of the log that is in the index: 0 while that is not known, `null` where nothing is in it. */
  get position(): number | null {
    if (!this.hasAsked) return 0;
    return cursorOf(this.state)?.id ?? null;
  }

  /** What the process that keeps the index has told last. */
  private get details(): SharedDetails | null {
    return this.state && stateOf(this.state);
  }

  /** Whether the state of the index belongs to this database. */
  private get isOurs(): boolean {
    return this.state?.database === this.database;
  }

  progress(uid?: string): Progress {
    const { feed, keeper } = this.options;
    const isLacking = uid !== undefined && this.lacks(uid);
    const { details } = this;
    return {
      ready:
        feed.applied !== null &&
        this.isOurs &&
        this.startsAt === null &&
        !isLacking &&
        (details?.isReady ?? false),
      indexed: isLacking ? 0 : (details?.indexed ?? 0),
      total: details?.total ?? 0,
      updatedAt: details?.updatedAt ?? null,
      pending: feed.pending + (keeper.current?.indexer.pendingChanges ?? 0),
      lag: (performance.now() - this.inStepAt) / 1000,
    };
  }

  /** Whether an instance with another configuration, or format, keeps the index, which lacks a type as it is here. */
  private lacks(uid: string): boolean {
    const { details } = this;
    if (!details || !this.isOurs) return false;
    return details.format !== FORMAT || details.types[uid] !== this.fingerprints[uid];
  }

  health(): SyncHealth {
    const { problems, keeper, reconciler } = this.options;
    const own = keeper.current?.reconciler;
    return {
      progress: this.progress(),
      from: null,
      troubles: problems.list(),
      lastCheck: (own ?? reconciler).last,
      lastDeepCheck: (own ?? reconciler).lastDeep,
      differences: (own?.differences ?? 0) + reconciler.differences,
      snapshot: null,
    };
  }

  status(): Promise<IndexStatus> {
    return statusOf(this.options, this.health());
  }

  /** Compares the index if this instance keeps it; the other instances compare only what they hold themselves. */
  async check(kind: 'quick' | 'deep'): Promise<Reconciliation> {
    const { keeper, reconciler } = this.options;
    const own = await (kind === 'quick' ? reconciler.quick() : reconciler.deep());
    const kept = await keeper.current?.check(kind);
    if (!kept) return own;
    const compared = own.compared + kept.compared;
    return { ...kept, compared, differences: own.differences + kept.differences };
  }

  async reindex(
    uids: readonly string[] = [...this.options.types.keys(), CURATION.uid],
  ): Promise<void> {
    const { feed, keeper } = this.options;
    for (const uid of uids) await feed.append({ kind: 'type', uid });
    feed.wake();
    keeper.current?.feed.wake();
  }

  async save(): Promise<void> {
    await this.idle();
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

  /** Reads how far the index is. */
  private poll(): Promise<void> {
    this.polling ??= this.ask().finally(() => {
      this.polling = null;
    });
    return this.polling;
  }

  private async ask(): Promise<void> {
    const { engine, problems } = this.options;
    const asked = performance.now();
    try {
      this.state = (await engine.readState())?.state ?? null;
      this.foundAt ??= this.details?.at ?? 0;
      await engine.refresh();
      this.hasAsked = true;
      if (!this.isOurs) this.database = await this.options.log.identity();
      problems.resolve(UNREACHABLE);
      this.failures = 0;
      this.noteWatched(asked);
      this.noteOther();
      await this.noteStep(asked);
    } catch (error) {
      // A shard that is still being created fails once.
      this.failures += 1;
      if (this.failures > 1) problems.raise(UNREACHABLE, error as Error);
    }
  }

  /** Whether the index was compared until now, so that nothing can have changed that only a comparison finds. */
  get wasWatched(): boolean {
    return performance.now() - this.watchedAt < WATCHED_MS;
  }

  private noteWatched(asked: number): void {
    const at = this.details?.at ?? 0;
    // A state that stays as it is may be that of a process that has ended.
    if (at !== this.heardOf && this.isAlive && this.isOurs && this.details?.isReady)
      this.watchedAt = asked;
    this.heardOf = at;
  }

  /** Whether the process that has told of the index has done so since this one started. */
  private get isAlive(): boolean {
    return this.details !== null && this.details.at !== this.foundAt;
  }

  /** Notes how far the index is in the log, and since when at the latest. */
  private async noteStep(asked: number): Promise<void> {
    const { feed, log } = this.options;
    const cursor = cursorOf(this.state);
    const { position } = feed;
    // The log has gone back, as after an older dump was restored.
    if (position < (this.marks.at(-1)?.position ?? 0)) this.marks = [];
    if (position > (this.marks.at(-1)?.position ?? 0) && this.marks.length < MOST_MARKS)
      this.marks.push({ position, at: asked });
    if (!cursor) return;
    const passed = this.marks.filter((mark) => mark.position <= cursor.id);
    this.marks = this.marks.slice(passed.length);
    this.inStepAt = passed.at(-1)?.at ?? this.inStepAt;
    const isCurrent = !(await log.hasNews(cursor));
    if (isCurrent) this.inStepAt = asked;
    if (this.isAlive && (isCurrent || cursor.id >= (this.startsAt ?? 0))) this.startsAt = null;
  }

  /** Reports content types that the index does not have as they are configured here. */
  private noteOther(): void {
    const { types, problems } = this.options;
    const lacking = [...types.keys()].filter((uid) => this.lacks(uid));
    if (lacking.length === 0 || this.isKeeper) problems.resolve(OTHER);
    else if (this.isAlive) problems.raise(OTHER, new Error(`lists of ${lacking.join(', ')} are not complete until it ends`)); // prettier-ignore
  }
}
