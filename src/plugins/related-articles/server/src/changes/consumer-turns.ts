import { withinTime } from '../content/within-time';
import type { ChangeConsumer } from './consumer';
import type { ProblemSink } from './problems';

/** Delays before a failed consumer that others wait for is retried, in milliseconds. */
const RETRY_MS = [100, 1000, 5000];
/** How long a turn may take before it is reported and no longer waited for, in milliseconds. */
const LONG_MS = 60_000;

export interface ConsumerTurnsOptions {
  /** In the order in which they get their turns. */
  consumers: readonly ChangeConsumer[];
  problems: ProblemSink;
  /** Called when a consumer that was away may have its turn again, or wants to settle. */
  wake(): void;
}

/** Gives consumers their turns. Retries failed ones later and leaves slow ones running, so neither delays others. */
export class ConsumerTurns {
  /** Failed consumers with their retry timers, and how often each has failed in a row. */
  private readonly failing = new Map<ChangeConsumer, NodeJS.Timeout | null>();
  private readonly attempts = new Map<ChangeConsumer, number>();
  /** Consumers whose turn takes so long that the others go on without waiting for it. */
  private readonly overdue = new Set<ChangeConsumer>();
  private settleTimer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(private readonly options: ConsumerTurnsOptions) {}

  stop(): void {
    this.stopped = true;
    if (this.settleTimer) clearTimeout(this.settleTimer);
    for (const timer of this.failing.values()) if (timer) clearTimeout(timer);
  }

  /** Consumers that get no turn for now. */
  get away(): ChangeConsumer[] {
    return [...this.failing.keys(), ...this.overdue];
  }

  get hasReady(): boolean {
    return this.options.consumers.some((one) => this.isReady(one));
  }

  /** Whether a consumer that callers wait for has work to do. */
  get hasAwaited(): boolean {
    // What an overdue turn has taken out of its queue is not done yet.
    return this.options.consumers.some(
      (one) => one.isAwaited && (one.pending > 0 || this.isOverdue(one)),
    );
  }

  /** Whether a consumer can be given its turn. */
  isReady(consumer: ChangeConsumer): boolean {
    return consumer.pending > 0 && !this.isAway(consumer);
  }

  isAway(consumer: ChangeConsumer): boolean {
    return this.failing.has(consumer) || this.isOverdue(consumer);
  }

  isOverdue(consumer: ChangeConsumer): boolean {
    return this.overdue.has(consumer);
  }

  /** Retries failed consumers that nobody waits for; called with every read of the log. */
  tryAgain(): void {
    for (const [consumer, timer] of this.failing) if (!timer) this.failing.delete(consumer);
  }

  /** Gives a consumer its turn. Resolves when it ends or takes too long; until it ends, there is no other turn. */
  async apply(consumer: ChangeConsumer): Promise<void> {
    const turn = this.turnOf(consumer).finally(() => {
      if (this.overdue.delete(consumer)) this.options.wake();
    });
    await withinTime(turn, LONG_MS, () => {
      this.overdue.add(consumer);
      this.options.problems.raise(consumer.failure, new Error('this takes longer than a minute'));
    });
  }

  private async turnOf(consumer: ChangeConsumer): Promise<void> {
    const { problems } = this.options;
    try {
      await consumer.apply();
      this.attempts.delete(consumer);
      problems.resolve(consumer.failure);
    } catch (error) {
      if (this.stopped) return;
      problems.raise(consumer.failure, error as Error);
      this.failing.set(consumer, consumer.isAwaited ? this.retryLater(consumer) : null);
    }
  }

  private retryLater(consumer: ChangeConsumer): NodeJS.Timeout {
    const attempts = this.attempts.get(consumer) ?? 0;
    this.attempts.set(consumer, attempts + 1);
    const wait = RETRY_MS[Math.min(attempts, RETRY_MS.length - 1)];
    const timer = setTimeout(() => {
      this.failing.delete(consumer);
      this.options.wake();
    }, wait);
    timer.unref();
    return timer;
  }

  /**
   * Lets consumers recalculate what depends on all applied changes.
   *
   * @param isUrgent Whether they do so at once; otherwise each decides when.
   * @param isAwaited Whether somebody waits by now.
   */
  async settle(isUrgent: boolean, isAwaited: () => boolean): Promise<void> {
    const { consumers, problems } = this.options;
    for (const consumer of consumers) {
      if (this.isAway(consumer)) continue;
      try {
        const wait = await consumer.settle?.(isUrgent, isAwaited);
        // A postponed recalculation does not show whether the problem is resolved.
        if (typeof wait === 'number') this.settleLater(wait);
        else problems.resolve(consumer.failure);
      } catch (error) {
        problems.raise(consumer.failure, error as Error);
        this.settleLater(RETRY_MS[1]);
      }
    }
  }

  private settleLater(wait: number): void {
    if (this.settleTimer || this.stopped) return;
    this.settleTimer = setTimeout(() => {
      this.settleTimer = null;
      this.options.wake();
    }, wait);
    this.settleTimer.unref();
  }
}
