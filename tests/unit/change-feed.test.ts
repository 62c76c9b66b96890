import { ChangeFeed } from 'plugin/changes/change-feed';
import { LostPosition, type Change, type ChangeLog } from 'plugin/changes/change-log';
import type { ChangeConsumer } from 'plugin/changes/consumer';
import type { Cursor } from 'plugin/changes/cursor';
import { PartProblems, Problems } from 'plugin/changes/problems';

const logger = { warn: jest.fn(), info: jest.fn(), error: jest.fn() } as never;
const FROM = { id: 7, token: 'seven', gaps: [] };

/** A log whose position is lost, and which does not answer for a while. */
class LockedLog {
  isOpen = true;
  refusals = 3;

  async presence(): Promise<'there'> {
    this.refusals -= 1;
    if (this.refusals >= 0) throw new Error('database is locked');
    return 'there';
  }

  async clones() {
    return [];
  }
  async latest() {
    return { id: 1, token: 'one' };
  }

  async missing() {
    return [];
  }

  async read({ position }: Cursor): Promise<{ changes: Change[]; isLast: boolean }> {
    if (position.id !== 1) throw new LostPosition('The change log is empty.');
    return { changes: [], isLast: true };
  }

  async append(): Promise<void> {}
}

class Consumer implements ChangeConsumer {
  readonly keepsPosition = true;
  pending = 1;
  resyncs = 0;
  failures = 0;

  constructor(
    readonly isAwaited: boolean,
    readonly failure = 'it cannot be brought up to date',
  ) {}

  handle(): void {}

  async apply(): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('not now');
    }
    this.pending = 0;
  }

  resync(): void {
    this.resyncs += 1;
  }
}

const feedOf = (log: object, consumers: ChangeConsumer[]) => {
  const problems = new Problems(logger);
  const options = { log: log as ChangeLog, consumers, problems, logger, pollMs: 5, retentionMs: 1000 }; // prettier-ignore
  return { feed: new ChangeFeed(options), problems };
};

test('a lost position and a log that does not answer: the feed goes on, and starts over once it can', async () => {
  const log = new LockedLog();
  const consumer = new Consumer(true);
  const { feed, problems } = feedOf(log, [consumer]);
  feed.start(FROM);
  while (log.refusals > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  while (feed.position !== 1) await feed.idle();
  expect(consumer.resyncs).toBeGreaterThan(0);
  expect(problems.list()).toEqual([]);
  await feed.stop();
});

test('a failing consumer does not hold up others; callers wait only for awaited consumers', async () => {
  const log = new LockedLog();
  log.refusals = 0;
  const failing = new Consumer(false, 'it cannot be listed');
  failing.failures = Infinity;
  const awaited = new Consumer(true);
  awaited.failures = 1;
  const { feed, problems } = feedOf(log, [failing, awaited]);
  feed.start(null);
  await feed.idle();
  expect(awaited.pending).toBe(0);
  expect(failing.pending).toBe(1);
  expect(problems.list()).toHaveLength(1);
  // Only the log holds its work, so a snapshot must not say that it is done.
  expect(feed.applied).toBeNull();
  failing.failures = 0;
  await feed.idle();
  expect(failing.pending).toBe(0);
  expect(feed.applied).toMatchObject({ id: 1 });
  await feed.stop();
});

test('callers do not wait for as long as reads of the log take long and fail', async () => {
  const log = Object.assign(new LockedLog(), {
    refusals: 0,
    async read() {
      // Longer than the feed waits between two reads.
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error('the log is locked');
    },
  });
  const { feed } = feedOf(log, [new Consumer(true)]);
  feed.start(null);
  for (let times = 0; times < 3; times += 1) await feed.idle();
  await feed.stop();
});

test('gives up a question on a connection that was silently cut, and asks the next one anew', async () => {
  let asked = 0;
  const hasNews = () => {
    asked += 1;
    return asked === 1 ? new Promise<boolean>(() => undefined) : Promise.resolve(false);
  };
  const log = Object.assign(new LockedLog(), { hasNews, refusals: 0 });
  const { feed } = feedOf(log, []);
  feed.start(null);
  await feed.idle();
  expect(await Promise.all([feed.isInStep(), feed.isInStep()])).toContain(false);
  await feed.idle();
  expect(await feed.isInStep()).toBe(true);
  await feed.stop();
});

test('reading the log while it is asked for news does not count against being in step', async () => {
  const asked = jest.fn();
  const hasNews = async () => {
    asked();
    if (asked.mock.calls.length === 1) feed.wake();
    return false;
  };
  const log = Object.assign(new LockedLog(), { hasNews, refusals: 0 });
  const { feed } = feedOf(log, []);
  feed.start(null);
  await feed.idle();
  expect([await feed.isInStep(), asked.mock.calls.length]).toEqual([true, 2]);
  await feed.stop();
});

test('asking whether it is in step does not wait for calculations that follow the changes', async () => {
  const consumer = new Consumer(true);
  let isCalculated: () => void = () => undefined;
  const settle = () => new Promise<null>((resolve) => (isCalculated = () => resolve(null)));
  const log = Object.assign(new LockedLog(), { hasNews: async () => false, refusals: 0 });
  const { feed } = feedOf(log, [Object.assign(consumer, { settle })]);
  feed.start(null);
  const asked = feed.isInStep();
  while (consumer.pending > 0) await new Promise(setImmediate);
  const late = new Promise((resolve) => setTimeout(() => resolve('late'), 1000));
  expect(await Promise.race([asked, late])).toBe(false);
  expect(await Promise.race([feed.isInStep(), late])).toBe(false);
  isCalculated();
  await feed.stop();
});

test('while writing goes on, callers who wait get what was there when they asked', async () => {
  /** Work that grows with each turn. */
  class Busy extends Consumer {
    done = 0;
    async apply(): Promise<void> {
      this.done += 1;
      this.pending += 1;
      await new Promise(setImmediate);
    }
    mark(): () => boolean {
      const wanted = this.done + this.pending;
      return () => this.done >= wanted;
    }
  }
  const busy = new Busy(true);
  const { feed } = feedOf(Object.assign(new LockedLog(), { refusals: 0 }), [busy]);
  feed.start(null);
  for (let times = 0; times < 3; times += 1) await feed.idle();
  expect([feed.isIdle, feed.applied?.id, busy.pending > 0]).toEqual([false, 1, true]);
  await feed.stop();
});

test('a turn that does not end does not hold up others', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
  try {
    const log = new LockedLog();
    log.refusals = 0;
    const stuck = new Consumer(false, 'it hangs');
    const other = new Consumer(true);
    let turns = 0;
    let end: () => void = () => undefined;
    stuck.apply = () => {
      turns += 1;
      return new Promise<void>((resolve) => (end = resolve));
    };
    const { feed, problems } = feedOf(log, [stuck, other]);
    feed.start(null);
    await jest.advanceTimersByTimeAsync(59_000);
    expect([other.pending, problems.list().length]).toEqual([1, 0]);
    await jest.advanceTimersByTimeAsync(2000);
    expect([other.pending, turns, feed.applied]).toEqual([0, 1, null]);
    expect(problems.list()).toMatchObject([
      { message: 'it hangs: this takes longer than a minute' },
    ]);
    stuck.pending = 0;
    end();
    await jest.advanceTimersByTimeAsync(100);
    expect([problems.list(), feed.applied]).toMatchObject([[], { id: 1 }]);
    await feed.stop();
  } finally {
    jest.useRealTimers();
  }
});

test('a problem while it settles is resolved once it has settled', async () => {
  const log = new LockedLog();
  log.refusals = 0;
  let failures = 1;
  const consumer = Object.assign(new Consumer(true), {
    settle: async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('not now');
      return null;
    },
  });
  const { feed, problems } = feedOf(log, [consumer]);
  feed.start(null);
  await feed.idle();
  expect(problems.list()).toMatchObject([{ message: 'it cannot be brought up to date: not now' }]);
  // No change comes to resolve it.
  while (failures >= 0) await feed.idle();
  expect(problems.list()).toEqual([]);
  await feed.stop();
});

test('unresolved problems of a piece of work end with it, and no others', () => {
  const problems = new Problems(logger);
  const part = new PartProblems(problems);
  problems.raise('the log cannot be read', new Error('away'));
  part.raise('the index cannot be kept', new Error('lost'));
  part.raise('entries cannot be read', new Error('away'));
  part.resolve('entries cannot be read');
  expect(problems.list()).toHaveLength(2);
  part.end();
  expect(problems.list()).toMatchObject([{ message: 'the log cannot be read: away' }]);
});

test('applies nothing before it knows how far the log was applied before the restart', async () => {
  const log = new LockedLog();
  log.refusals = 0;
  const consumer = new Consumer(true);
  const { feed } = feedOf(log, [consumer]);
  // Something is written while what was saved is still being read.
  feed.wake();
  feed.handle([{ kind: 'type', uid: 'api::article.article' }]);
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  expect([consumer.pending, feed.position]).toEqual([1, 0]);
  feed.start({ id: 1, token: 'one', gaps: [] });
  await feed.idle();
  expect([consumer.pending, feed.position]).toEqual([0, 1]);
  await feed.stop();
});

test('applies everything while consumers settle, however often the log must be read again', async () => {
  const log = Object.assign(new LockedLog(), { refusals: 0, hasNews: async () => false });
  const consumer = new Consumer(true);
  let isSlow = false;
  let go: () => void = () => undefined;
  const settle = async () => {
    if (isSlow) await new Promise<void>((resolve) => (go = resolve));
    return null;
  };
  const { feed } = feedOf(log, [Object.assign(consumer, { settle })]);
  feed.start(null);
  await feed.idle();
  isSlow = true;
  feed.wake();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const asked = performance.now();
  expect([await feed.isInStep(false), await feed.isInStep(false)]).toEqual([true, true]);
  expect(performance.now() - asked).toBeLessThan(1000);
  consumer.pending = 1;
  expect(await feed.isInStep(false)).toBe(false);
  consumer.pending = 0;
  log.hasNews = async () => true;
  expect(await feed.isInStep(false)).toBe(false);
  isSlow = false;
  go();
  await feed.stop();
});
