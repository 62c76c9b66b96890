import { AsyncLocalStorage } from 'node:async_hooks';
import type { Core } from '@strapi/strapi';

import type { ChangeFeed } from './change-feed';
import { NO_DRIFT, type ChangeConsumer, type Drift, type Verification } from './consumer';
import type { ProblemSink } from './problems';

/** How long after the first quick check the first deep one begins, in milliseconds. */
const SETTLING_MS = 5000;
/** How much of the time an automatic deep check may take. */
const BACKGROUND_SHARE = 0.3;
/** How soon after a failure the quick check runs again, in milliseconds: the database may be back. */
const RETRY_MS = 5000;
const DEEP_RETRY_MS = 10 * 60_000;
const FAILURE = 'the index cannot be compared with the database';

/** What a comparison with the database found. */
export interface Reconciliation {
  kind: Verification['depth'];
  /** When it ended, in milliseconds since 1970. */
  at: number;
  /** Documents that were compared; 0 when a look at the newest rows showed that nothing can differ. */
  compared: number;
  /** Documents and curations that differed without a logged change. They were read again. */
  differences: number;
}

export interface ReconcilerOptions {
  feed: ChangeFeed;
  consumers: readonly ChangeConsumer[];
  problems: ProblemSink;
  logger: Core.Strapi['log'];
  /** Time between two quick checks, in milliseconds. */
  intervalMs: number;
  /** The local time of the deep check, in minutes since midnight; `null` for none. */
  deepAt: number | null;
}

/**
 * Finds changes that are not in the log: from SQL, an import, or a crash between a query without a transaction and its
 * log row. Writes the differences to the log, so that every instance reads them again.
 */
export class Reconciler {
  /** Called after each automatic quick check. */
  onChecked: () => void = () => undefined;
  last: Reconciliation | null = null;
  lastDeep: Reconciliation | null = null;
  /** Differences found since the start. */
  differences = 0;
  private timer: NodeJS.Timeout | null = null;
  private deepTimer: NodeJS.Timeout | null = null;
  private checking: Promise<unknown> = Promise.resolve();
  /** How many deep checks are asked for and not over, and the quick ones that wait for the next pause. */
  private deepChecks = 0;
  private readonly waiting: (() => Promise<void>)[] = [];
  /** Runs checks outside the caller's async context: the caller may be a tenant of the project. */
  private readonly apart = AsyncLocalStorage.snapshot();
  private stopped = false;

  constructor(private readonly options: ReconcilerOptions) {}

  /** Starts the quick checks once everything is applied, and the deep checks soon after the first of them. */
  start(): void {
    void this.options.feed.idle().then(() => this.tick());
  }

  private startDeep(): void {
    if (this.deepTimer) return;
    this.deepTimer = setTimeout(() => void this.deepTick(), SETTLING_MS);
    this.deepTimer.unref();
  }

  /** Stops the checks. Resolves when none of their queries is under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    if (this.deepTimer) clearTimeout(this.deepTimer);
    await this.checking;
  }

  /** Compares rows. Waits until differences are mended. */
  quick(): Promise<Reconciliation> {
    const check = () => this.check('quick', 1);
    if (this.deepChecks === 0) return this.oneByOne(check);
    // A deep check of many entries takes long, and pauses between their pages.
    return new Promise((resolve, reject) => {
      this.waiting.push(() => check().then(resolve, reject));
    });
  }

  /**
   * Compares all content with what was read before. Waits until differences are mended.
   *
   * @param share How much of the time may be spent on it, above 0 up to 1.
   */
  deep(share = 1): Promise<Reconciliation> {
    this.deepChecks += 1;
    return this.oneByOne(async () => {
      await this.checkWaiting();
      try {
        return await this.check('deep', share);
      } finally {
        this.deepChecks -= 1;
        await this.checkWaiting();
      }
    });
  }

  private async checkWaiting(): Promise<void> {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) await next();
  }

  private oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const apart = () => this.apart(work);
    const done = this.checking.then(apart, apart);
    this.checking = done.catch(() => undefined);
    return done;
  }

  private async tick(): Promise<void> {
    const { intervalMs } = this.options;
    const isDone = await this.guarded(async () => {
      await this.quick();
      // One that was cut short has compared nothing.
      if (!this.stopped) this.onChecked();
    });
    if (this.stopped) return;
    if (isDone) this.startDeep();
    const wait = isDone ? intervalMs : Math.min(RETRY_MS, intervalMs);
    this.timer = setTimeout(() => void this.tick(), wait);
    this.timer.unref();
  }

  private async deepTick(): Promise<void> {
    await this.options.feed.idle();
    const isDone = await this.guarded(() => this.deep(BACKGROUND_SHARE));
    const { deepAt } = this.options;
    if (this.stopped || (isDone && deepAt === null)) return;
    const wait = isDone && deepAt !== null ? untilTimeOfDay(deepAt, new Date()) : DEEP_RETRY_MS;
    this.deepTimer = setTimeout(() => void this.deepTick(), wait);
    this.deepTimer.unref();
  }

  /** Runs a check. @returns Whether it ran to its end. */
  private async guarded(check: () => Promise<unknown>): Promise<boolean> {
    if (this.stopped) return false;
    const { problems } = this.options;
    try {
      await check();
      problems.resolve(FAILURE);
      return true;
    } catch (error) {
      if (!this.stopped) problems.raise(FAILURE, error as Error);
      return false;
    }
  }

  private async check(depth: Verification['depth'], share: number): Promise<Reconciliation> {
    const { feed, consumers } = this.options;
    const verification: Verification = {
      depth,
      share,
      idle: () => feed.idle(),
      position: () => feed.position,
      isStopped: () => this.stopped,
      ...(depth === 'deep' && { pause: () => this.checkWaiting() }),
    };
    await feed.idle();
    let compared = 0;
    let differences = 0;
    for (const consumer of consumers) {
      if (this.stopped) break;
      const drift = await this.driftOf(consumer, verification);
      compared += drift.compared;
      differences += drift.differences;
      await this.mend(drift, consumer);
    }
    const result: Reconciliation = { kind: depth, at: Date.now(), compared, differences };
    this.differences += differences;
    this.last = result;
    if (depth === 'deep') this.lastDeep = result;
    return result;
  }

  /** Compares one consumer. One that nobody waits for, such as the pins, does not keep others from being compared. */
  private async driftOf(consumer: ChangeConsumer, verification: Verification): Promise<Drift> {
    const { problems } = this.options;
    const failure = `the check against the database is not complete: ${consumer.failure}`;
    try {
      const drift = (await consumer.verify?.(verification)) ?? NO_DRIFT;
      problems.resolve(failure);
      return drift;
    } catch (error) {
      if (consumer.isAwaited) throw error;
      if (!this.stopped) problems.raise(failure, error as Error);
      return NO_DRIFT;
    }
  }

  private async mend({ description, changes }: Drift, consumer: ChangeConsumer): Promise<void> {
    if (changes.length === 0 || this.stopped) return;
    const { feed, logger } = this.options;
    logger.warn(`related-articles: ${description}`);
    feed.handle(changes);
    const before = feed.position;
    for (const change of changes) {
      if (this.stopped) return;
      await feed.append(change);
    }
    await feed.idle();
    if (feed.position - before === changes.length) consumer.noteMended?.(before, feed.position);
  }
}

/** Returns the milliseconds until the next such time of day, plus up to ten minutes so that instances take turns. */
export function untilTimeOfDay(minutes: number, now: Date, spread = Math.random()): number {
  const next = new Date(now);
  next.setHours(Math.floor(minutes / 60), minutes % 60, 0, 0);
  if (next <= now) next.setDate(next.getDate() + 1);
  return next.getTime() - now.getTime() + spread * 10 * 60_000;
}
