import { withinTime } from '../content/within-time';
import type { ChangeConsumer } from './consumer';
import type { ProblemSink } from './problems';

/** Delays before a failed consumer that others wait for is retried, in milliseconds. */
const RETRY_MS = [100, 1000, 5000, 30_000];
/** A turn that takes longer is told of, and not waited for. */
const LONG_MS = 60_000;

export interface ConsumerTurnsOptions {
  /** In the order in which they get their turns. */
  consumers: readonly ChangeConsumer[];
  problems: ProblemSink;
  /** Called when one that was away may have its turn again, or wants to settle. */
  wake(): void;
}

/** Gives consumers their turns. One that fails is tried again later, one that takes long is let be: neither holds up another. */
export class ConsumerTurns {
  /** Failed consumers with their retry timers, and how often each has failed in a row. */
  private readonly failing = new Map<ChangeConsumer, NodeJS.Timeout | null>();
  private readonly attempts = new Map<ChangeConsumer, number>();
  /** Consumers whose turn takes so long that others get theirs. */
  private readonly overdue = new Set<ChangeConsumer>();
  private settleTimer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(private readonly options: ConsumerTurnsOptions) {}

  stop(): void {
    this.stopped = true;
    if (this.settleTimer) clearTimeout(this.settleTimer);
    for (const timer of this.failing.values()) if (timer) clearTimeout(timer);
  }

  /** Those that get no turn for now. */
  get away(): ChangeConsumer[] {
    return [...this.failing.keys(), ...this.overdue];
  }

  get hasReady(): boolean {
    return this.options.consumers.some((one) => this.isReady(one));
  }

  /** Whether somebody waits for one that has something to do. */
  get hasAwaited(): boolean {
    // What an overdue turn has taken out of its queue is not done.
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

  /** Consumers that nobody waits for are retried with every read of the log. */
  tryAgain(): void {
    for (const [consumer, timer] of this.failing) if (!timer) this.failing.delete(consumer);
  }

  /** Ends with the consumer's turn, or when that takes too long; then it gets none until this one has ended. */
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
   * Has them recalculate what depends on all that is applied.
   *
   * @param isUrgent Whether they do so at once; otherwise when they want to.
   * @param isAwaited Whether somebody waits by now.
   */
  async settle(isUrgent: boolean, isAwaited: () => boolean): Promise<void> {
    const { consumers, problems } = this.options;
    for (const consumer of consumers) {
      if (this.isAway(consumer)) continue;
      try {
        const wait = await consumer.settle?.(isUrgent, isAwaited);
        // Until it is tried again, nothing is known.
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
