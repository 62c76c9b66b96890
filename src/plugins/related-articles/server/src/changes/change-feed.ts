import { AsyncLocalStorage } from 'node:async_hooks';
import type { Core } from '@strapi/strapi';

import { withinTime } from '../content/within-time';
import type { Change, ChangeLog } from './change-log';
import type { ChangeConsumer } from './consumer';
import { ConsumerTurns } from './consumer-turns';
import { rangesOf, type CursorState, type IdRange } from './cursor';
import { LogReader } from './log-reader';
import type { ProblemSink } from './problems';
import { SharedLook } from './shared-look';

/** How long callers wait for the running loop, or for the query that many of them share, in milliseconds. */
const LONGEST_LOOK_MS = 2000;
const LOOP_FAILURE = 'changes cannot be followed';

export interface ChangeFeedOptions {
  log: ChangeLog;
  /** In the order in which they get their turns. */
  consumers: readonly ChangeConsumer[];
  problems: ProblemSink;
  logger: Core.Strapi['log'];
  /** How often the log is read, in milliseconds. */
  pollMs: number;
  /** How long rows of the log are kept, and so how long a transaction may stay open, in milliseconds. */
  retentionMs: number;
}

/** The work that was pending when the log had been read to its end. */
interface Step {
  /** When that was, as `performance.now()`, and how far the log was read. */
  at: number;
  cursor: CursorState;
  /** Tells whether a consumer has done its part. */
  isDone: Map<ChangeConsumer, () => boolean>;
  /** Resolvers of the callers that had asked before. */
  waiting: (() => void)[];
}

/** Reads the change log in one loop and gives its changes to all consumers, a bounded batch at a time. */
export class ChangeFeed {
  /** Called whenever everything that was read is applied. */
  onInStep: () => void = () => undefined;
  /** Called with each change that could not be written to the log. */
  onUnlogged: (change: Change) => void = () => undefined;
  private readonly reader: LogReader;
  private readonly turns: ConsumerTurns;
  /** Runs work outside the caller's async context: it may be in a transaction, or be a tenant of the project. */
  private readonly apart = AsyncLocalStorage.snapshot();
  private readonly startedAt = performance.now();
  private inStep: { at: number; cursor: CursorState } | null = null;
  /** Whether anything was read from the database before the position in the log was known. */
  private hasApplied = false;
  /** Whether `start` was called. Until then, the state that an earlier process saved is still being read. */
  private hasStarted = false;
  private running = false;
  /** Whether consumers are recalculating what depends on all applied changes. */
  private isSettling = false;
  /** When the loop began, as `performance.now()`. */
  private loopsSince = 0;
  /** Settles when the loop ends. */
  private looping: Promise<void> = Promise.resolve();
  /** Settles when the loop ends or has applied anything. */
  private looking: Promise<void> = Promise.resolve();
  private noteLook: () => void = () => undefined;
  private stopped = false;
  private pollDue = false;
  private pollTimer: NodeJS.Timeout | null = null;
  private waiting: (() => void)[] = [];
  /** Under constant writes, work never ends: callers are answered once all from before their call is applied. */
  private step: Step | null = null;

  constructor(private readonly options: ChangeFeedOptions) {
    const { log, consumers, problems, logger, retentionMs } = options;
    const listener = {
      handle: (changes: readonly Change[]) => this.handle(changes),
      resync: () => {
        this.dropStep();
        for (const consumer of consumers) consumer.resync();
      },
      hasApplied: () => this.hasApplied,
    };
    this.reader = new LogReader({ log, listener, problems, logger, retentionMs });
    this.turns = new ConsumerTurns({ consumers, problems, wake: () => this.wake() });
  }

  /** @param from How far an earlier process had applied the log; `null` when nothing is known. */
  start(from: CursorState | null): void {
    this.hasStarted = true;
    if (from) this.reader.resume(from);
    this.pollTimer = setInterval(() => this.wake(), this.options.pollMs);
    this.pollTimer.unref();
    this.wake();
  }

  /** Resolves when no query of the feed or its consumers is under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.reader.stop();
    if (this.pollTimer) clearInterval(this.pollTimer);
    this.turns.stop();
    this.release();
    await this.looping;
  }

  /** Reads the log soon, because something was committed. */
  wake(): void {
    this.pollDue = true;
    this.run();
  }

  /** Applies changes in this process, whether or not they are in the log. */
  handle(changes: readonly Change[]): void {
    for (const consumer of this.options.consumers) consumer.handle(changes);
    this.run();
  }

  /** Writes a change to the log. If that fails, applies it in this process and writes it later. */
  async append(change: Change): Promise<void> {
    await this.options.log.append(change).catch((error: Error) => this.addUnlogged(change, error));
  }

  /** Applies a change in this process that could not be logged, and writes it when the log accepts rows again. */
  addUnlogged(change: Change, error: Error): void {
    this.reader.addUnlogged(change, error);
    this.onUnlogged(change);
    this.handle([change]);
    this.wake();
  }

  /** Resolves when everything that was committed before the call is applied. */
  idle(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    const done = new Promise<void>((resolve) => this.waiting.push(resolve));
    this.wake();
    return done;
  }

  /** Whether there is no known work. */
  get isIdle(): boolean {
    return this.stopped || !(this.running || this.isDue);
  }

  /** Waits for a read of the log that is under way, then returns `isIdle`. */
  async comesToRest(): Promise<boolean> {
    for (let round = 0; round < 2 && !this.isIdle && this.pending === 0; round += 1) {
      await this.longestLook(this.looping);
    }
    return this.isIdle;
  }

  /**
   * Asks the database whether everything that is committed is applied here.
   *
   * @param isSettled Whether consumers must also have recalculated what depends on all of it. Default: true.
   */
  async isInStep(isSettled = true): Promise<boolean> {
    // If the log was read while the database was asked, that does not mean that the feed is behind: ask once more.
    for (let round = 0; round < 2; round++) {
      // A running loop usually only looks for work, which is quick. Doing the work takes long.
      const isLooking = this.running && !(this.isSettling && !isSettled);
      if (isLooking && this.pending === 0) await this.longestLook(this.looking);
      if (!this.isAtRest(isSettled)) continue;
      if (await this.news.ask()) {
        this.wake();
        return false;
      }
      if (this.isAtRest(isSettled)) return true;
    }
    return false;
  }

  private isAtRest(isSettled: boolean): boolean {
    if (this.stopped || this.turns.away.length > 0) return false;
    // A pending read does not mean that the log has anything new.
    if (this.isSettling && !isSettled) return this.pending === 0;
    return this.isIdle;
  }

  /** Waits for a loop, but not for long: the database may not answer, and no caller should wait for that. */
  private async longestLook(loop: Promise<void>): Promise<void> {
    const left = LONGEST_LOOK_MS - (performance.now() - this.loopsSince);
    if (left > 0) await withinTime(loop, left, () => undefined);
  }

  /** Lets one request ask the database for all that ask at the same time. */
  private readonly news = new SharedLook(async () => {
    const cursor = this.reader.state();
    if (!cursor) return true;
    const look = this.options.log.hasNews(cursor).catch(() => true);
    // The limit includes waiting for a free connection: all callers would wait for it.
    return withinTime(look, LONGEST_LOOK_MS, () => true);
  });

  /** How far the log is applied; `null` before the first time. */
  get applied(): CursorState | null {
    return this.inStep?.cursor ?? null;
  }

  /** The last row of the log that was read. */
  get position(): number {
    return this.reader.position;
  }

  /** When a row that had been missing was last read, as `performance.now()`; -Infinity before that. */
  get lateAt(): number {
    return this.reader.lateAt;
  }

  /** The ids below `position` that are missing and still looked for. */
  get missing(): IdRange[] {
    const state = this.reader.state();
    return state ? rangesOf(state) : [];
  }

  get pending(): number {
    return this.options.consumers.reduce((sum, { pending }) => sum + pending, 0);
  }

  /** Seconds since the feed was last known to be in step with the log. */
  get lag(): number {
    return (performance.now() - (this.inStep?.at ?? this.startedAt)) / 1000;
  }

  /** Whether all that is left to apply is what a consumer that others wait for, the index, cannot read for now. */
  get isHeldUp(): boolean {
    const { away } = this.turns;
    const isRest = this.options.consumers.every((one) => one.isAwaited || one.pending === 0);
    return isRest && away.length > 0 && away.every(({ isAwaited }) => isAwaited);
  }

  /** Whether every consumer has applied all that was committed at that time. */
  hasAppliedSince(asked: number): boolean {
    const isWhole = this.turns.away.length === 0;
    return isWhole && this.inStep !== null && this.inStep.at >= asked;
  }

  private get isDue(): boolean {
    return this.pollDue || this.turns.hasReady || this.turns.hasAwaited;
  }

  /** Whether there is something to read or to apply now. */
  private get hasWork(): boolean {
    return !this.stopped && (this.pollDue || this.turns.hasReady);
  }

  private run(): void {
    if (this.running || this.stopped || !this.hasStarted) return;
    this.running = true;
    this.loopsSince = performance.now();
    this.looping = new Promise((resolve) => {
      setImmediate(() => void this.apart(() => this.guardedLoop()).then(resolve));
    });
    const applied = new Promise<void>((resolve) => {
      this.noteLook = resolve;
    });
    this.looking = Promise.race([this.looping, applied]);
  }

  /** Consumers and the log handle their own failures; any other error must not end the process. */
  private async guardedLoop(): Promise<void> {
    try {
      await this.loop();
      this.options.problems.resolve(LOOP_FAILURE);
    } catch (error) {
      this.options.problems.raise(LOOP_FAILURE, error as Error);
      this.running = false;
    }
  }

  private async loop(): Promise<void> {
    const { consumers } = this.options;
    while (this.hasWork) {
      /** How many callers had asked before a read that failed. */
      let failed = 0;
      if (this.pollDue) {
        this.pollDue = false;
        this.turns.tryAgain();
        const { length } = this.waiting;
        const before = this.reader.readAt;
        if (await this.reader.read()) {
          this.pollDue = true;
          // It starts over: what is read from the database before that would be read twice.
          if (!this.reader.state()) continue;
        }
        // A failed read tells nothing.
        else if (this.reader.readAt !== before) this.beginStep(length);
        else failed = length;
      }
      for (const consumer of consumers) {
        if (this.stopped || !this.turns.isReady(consumer)) continue;
        if (!this.reader.state()) this.hasApplied = true;
        await this.turns.apply(consumer);
        this.noteLook();
      }
      // If each read takes long to fail, as where the log is locked, they would wait for as long as that lasts.
      if (failed > 0 && !this.turns.hasReady && !this.turns.hasAwaited) await this.giveUp(failed);
      if (this.hasWork) await this.endStep();
    }
    const last = this.step;
    await this.settle(this.waiting.length + (this.step?.waiting.length ?? 0) > 0);
    this.running = false;
    const { readAt } = this.reader;
    const cursor = this.reader.state();
    if (readAt !== null && cursor) this.noteStep(readAt, cursor);
    if (this.isIdle) this.release();
    // The feed was woken while it settled. Under constant writes that may happen every time.
    else if (last && last === this.step && this.isDone(last)) this.answer(last);
    // New work arrived while settling.
    if (this.hasWork) this.run();
  }

  /** @param asked How many of the waiting callers had asked before the log was read. */
  private beginStep(asked: number): void {
    const { readAt } = this.reader;
    const cursor = this.reader.state();
    if (this.step || readAt === null || !cursor) return;
    const marks = this.options.consumers.map((one) => [one, one.mark?.() ?? (() => one.pending === 0)] as const); // prettier-ignore
    this.step = {
      at: readAt,
      cursor,
      isDone: new Map(marks),
      waiting: this.waiting.splice(0, asked),
    };
  }

  /** Lets the first of the waiting callers go on with what is applied. */
  private async giveUp(count: number): Promise<void> {
    await this.settle(true);
    for (const resolve of this.waiting.splice(0, count)) resolve();
  }

  /** Drops the step, whose position may not exist in the log that is read now; its callers keep waiting. */
  private dropStep(): void {
    this.waiting.unshift(...(this.step?.waiting ?? []));
    this.step = null;
  }

  /** Completes a step that is done, although there is more to do by now. */
  private async endStep(): Promise<void> {
    const { step } = this;
    if (!step || this.stopped || !this.isDone(step)) return;
    await this.settle(step.waiting.length > 0);
    this.noteStep(step.at, step.cursor);
    this.answer(step);
  }

  private isDone(step: Step): boolean {
    return [...step.isDone].every(([consumer, isDone]) => {
      if (this.turns.isAway(consumer) && !consumer.isAwaited) return true;
      return !this.turns.isOverdue(consumer) && isDone();
    });
  }

  private answer(step: Step): void {
    this.step = null;
    for (const resolve of step.waiting) resolve();
    // Callers that have asked since need another read of the log.
    if (this.waiting.length > 0) this.pollDue = true;
  }

  /** Settles at once during a start or when somebody waits; otherwise when the consumers ask for it. */
  private async settle(isAwaited: boolean): Promise<void> {
    if (this.stopped) return;
    this.isSettling = true;
    const isUrgent = isAwaited || this.inStep === null;
    await this.turns
      .settle(isUrgent, () => isUrgent || this.hasWork)
      .finally(() => {
        this.isSettling = false;
      });
  }

  private noteStep(at: number, cursor: CursorState): void {
    if (this.stopped || this.turns.away.some(({ keepsPosition }) => keepsPosition)) return;
    if (this.inStep && at < this.inStep.at) return;
    this.inStep = { at, cursor };
    this.onInStep();
  }

  private release(): void {
    this.dropStep();
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
