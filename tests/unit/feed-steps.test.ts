import { ChangeFeed } from 'plugin/changes/change-feed';
import type { Change, ChangeLog } from 'plugin/changes/change-log';
import type { ChangeConsumer } from 'plugin/changes/consumer';
import type { Cursor } from 'plugin/changes/cursor';
import { Problems } from 'plugin/changes/problems';
import type { RelatedType } from 'plugin/config/resolve';
import { Queue } from 'plugin/indexing/queue';
import { ChangedLists } from 'plugin/revalidation/changed-lists';

const logger = { warn: jest.fn(), info: jest.fn(), error: jest.fn() } as never;

/** A log that has one more row at each read. */
class GrowingLog {
  isOpen = true;
  isLocked = false;
  reads = 0;

  async open(): Promise<void> {}

  async clones() {
    return [];
  }
  async latest() {
    return { id: 1, token: 'one' };
  }

  async missing() {
    return [];
  }

  async hasNews(): Promise<boolean> {
    return this.isLocked;
  }

  async read(cursor: Cursor): Promise<{ changes: Change[]; isLast: boolean }> {
    if (this.isLocked) throw new Error('database is locked');
    this.reads += 1;
    await new Promise(setImmediate);
    cursor.advance({ id: cursor.position.id + 1, token: 'one' });
    return { changes: [], isLast: true };
  }
}

class Consumer implements ChangeConsumer {
  readonly failure = 'it cannot be brought up to date';
  pending = 0;
  settle?: () => Promise<number | null>;
  mark?: () => () => boolean;

  constructor(
    readonly isAwaited = true,
    readonly keepsPosition = true,
  ) {}

  handle(): void {}

  async apply(): Promise<void> {
    this.pending = 0;
  }

  resync(): void {}
}

const feedOf = (log: object, consumers: ChangeConsumer[]) =>
  new ChangeFeed({
    log: log as ChangeLog,
    consumers,
    problems: new Problems(logger),
    logger,
    pollMs: 10_000,
    retentionMs: 1000,
  });

test('does not count as caught up while pins or the log cannot be read', async () => {
  const log = new GrowingLog();
  const pins = new Consumer(false, false);
  pins.pending = 1;
  const read = pins.apply.bind(pins);
  pins.apply = async () => {
    throw new Error('the table is locked');
  };
  const feed = feedOf(log, [pins]);
  feed.start(null);
  await feed.idle();
  const caughtUp = () => {
    const lists = new ChangedLists({ engine: { isSettled: true }, feed } as never);
    // As if it had been out of step for so long that it stops waiting.
    Object.assign(lists, { caughtUpAt: -Infinity });
    return (lists as unknown as { hasCaughtUp(): Promise<boolean> }).hasCaughtUp();
  };
  expect(await caughtUp()).toBe(false);
  pins.apply = read;
  await feed.idle();
  expect(await caughtUp()).toBe(true);
  log.isLocked = true;
  expect(await caughtUp()).toBe(false);
  await feed.stop();
});

test('while work goes on, a failed look at the log answers nobody', async () => {
  const log = new GrowingLog();
  const busy = new Consumer();
  let done = 0;
  busy.pending = 1;
  busy.apply = async () => {
    done += 1;
    busy.pending += 1;
    await new Promise(setImmediate);
  };
  busy.mark = () => {
    const wanted = done + 1;
    return () => done >= wanted;
  };
  const feed = feedOf(log, [busy]);
  feed.start(null);
  await feed.idle();
  log.isLocked = true;
  const { reads } = log;
  let isAnswered = false;
  void feed.idle().then(() => (isAnswered = true));
  const before = done;
  while (done < before + 100) await new Promise(setImmediate);
  expect([isAnswered, log.reads]).toEqual([false, reads]);
  await feed.stop();
});

test('callers who wait are answered even if something is written during each settling', async () => {
  const consumer = new Consumer();
  const feed = feedOf(new GrowingLog(), [consumer]);
  let isOver = false;
  consumer.settle = async () => {
    await new Promise(setImmediate);
    if (!isOver) feed.wake();
    await new Promise(setImmediate);
    return null;
  };
  feed.start(null);
  const late = new Promise((resolve) => setTimeout(() => resolve('late'), 5000).unref());
  expect(await Promise.race([feed.idle().then(() => 'answered'), late])).toBe('answered');
  isOver = true;
  await feed.stop();
});

test('the reported position never goes back', async () => {
  const consumer = new Consumer();
  const feed = feedOf(new GrowingLog(), [consumer]);
  let settled = 0;
  consumer.settle = async () => {
    settled += 1;
    if (settled > 2) return null;
    consumer.pending = settled - 1;
    feed.wake();
    return null;
  };
  let applied = 0;
  consumer.apply = async () => {
    applied += 1;
    consumer.pending = 0;
    if (applied === 1) feed.wake();
    await new Promise(setImmediate);
  };
  const told: number[] = [];
  feed.onInStep = () => told.push(feed.applied?.id ?? 0);
  feed.start(null);
  while (settled < 3) await feed.idle();
  await feed.stop();
  expect(told.length).toBeGreaterThan(1);
  expect(told).toEqual([...told].sort((a, b) => a - b));
});

test('does not report work as done that an overdue turn is still reading', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
  try {
    const queue = new Queue(new Map(), new Map());
    queue.addDocuments({ uid: 'api::article.article' } as RelatedType, ['one']);
    const index = new Consumer();
    Object.defineProperty(index, 'pending', { get: () => queue.pending });
    index.mark = () => queue.mark();
    let end: () => void = () => undefined;
    index.apply = async () => {
      if (queue.takeDocuments()) await new Promise<void>((resolve) => (end = resolve));
    };
    const feed = feedOf(new GrowingLog(), [index]);
    feed.start(null);
    let isAnswered = false;
    void feed.idle().then(() => (isAnswered = true));
    const turns = async () => {
      for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    };
    await turns();
    feed.wake();
    await jest.advanceTimersByTimeAsync(61_000);
    await turns();
    expect(isAnswered).toBe(false);
    end();
    await turns();
    expect(isAnswered).toBe(true);
    await feed.stop();
  } finally {
    jest.useRealTimers();
  }
});
