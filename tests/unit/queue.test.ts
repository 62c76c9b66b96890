import type { RelatedType } from 'plugin/config/resolve';
import { Queue, type Scan } from 'plugin/indexing/queue';

const TYPE = { uid: 'api::article.article' } as RelatedType;
const CHANGE = { kind: 'type' as const, uid: TYPE.uid };

const queueOf = () => new Queue(new Map([[TYPE.uid, TYPE]]), new Map());

/** Reads a page, as the indexer does. */
function read(scan: Scan | undefined): void {
  if (!scan) throw new Error('There is no scan.');
  scan.begunAt ??= 1;
  scan.afterId += 100;
}

test('a type that changes as a whole is read once, however often it changes before the read begins', () => {
  const queue = queueOf();
  for (let times = 0; times < 3; times += 1) queue.add(CHANGE);
  expect(queue.unfinished()).toHaveLength(1);
  const { scan } = queue;
  read(scan);
  queue.finish(scan as Scan);
  expect(queue.isEmpty).toBe(true);
});

test('a read starts over once the log is that of another database, and covers what waited for it', () => {
  const queue = queueOf();
  queue.add(CHANGE);
  const scan = queue.scan as Scan;
  read(scan);
  scan.seen.add('gone');
  queue.add(CHANGE);
  const isDone = queue.mark();
  queue.restartScan(TYPE);
  expect(queue.scan).toBe(scan);
  expect(scan).toMatchObject({ afterId: 0, read: 0, begunAt: null, again: false });
  expect(scan.seen.has('gone')).toBe(false);
  expect(queue.willRead(TYPE, 'any')).toBe(true);
  read(queue.scan);
  expect(isDone()).toBe(false);
  queue.finish(scan);
  expect([queue.isEmpty, isDone()]).toEqual([true, true]);
});

test('a type that changes as a whole while it is read is read to its end, and then once more', () => {
  const queue = queueOf();
  queue.add(CHANGE);
  const { scan } = queue;
  for (let page = 0; page < 5; page += 1) {
    read(queue.scan);
    queue.add(CHANGE);
  }
  expect(queue.scan).toBe(scan);
  expect(scan?.afterId).toBe(500);
  queue.finish(scan as Scan);
  expect(queue.scan).toMatchObject({ type: TYPE, afterId: 0, begunAt: null });
  read(queue.scan);
  queue.finish(queue.scan as Scan);
  expect(queue.isEmpty).toBe(true);
});

test('a mark is past once the work that waited then is done, however much comes in meanwhile', () => {
  const queue = queueOf();
  queue.add(CHANGE);
  queue.addDocuments(TYPE, ['a', 'b']);
  const isPast = queue.mark();
  expect(isPast()).toBe(false);
  for (let page = 0; page < 3; page += 1) {
    read(queue.scan);
    queue.add(CHANGE);
  }
  queue.addDocuments(TYPE, ['b', 'c']);
  expect(queue.takeDocuments()).toMatchObject({ key: TYPE, items: ['a', 'b', 'c'] });
  queue.addDocuments(TYPE, ['a']);
  expect(isPast()).toBe(false);
  queue.finish(queue.scan as Scan);
  // Reading may have taken something from documents that wait now.
  expect([isPast(), queue.unfinished().length]).toEqual([false, 1]);
  queue.takeDocuments();
  queue.addDocuments(TYPE, ['d']);
  expect(isPast()).toBe(false);
  queue.takeDocuments();
  expect([isPast(), queue.isEmpty]).toEqual([true, false]);
});

test('if a type is to be read again when a mark is made, that is done before the mark is past', () => {
  const queue = queueOf();
  queue.add(CHANGE);
  read(queue.scan);
  queue.add(CHANGE);
  const isPast = queue.mark();
  queue.finish(queue.scan as Scan);
  expect(isPast()).toBe(false);
  read(queue.scan);
  queue.add(CHANGE);
  queue.finish(queue.scan as Scan);
  expect([isPast(), queue.isEmpty]).toEqual([true, false]);
});

test('work that failed goes back to its place', () => {
  const queue = queueOf();
  queue.addDocuments(TYPE, ['a', 'b']);
  const isPast = queue.mark();
  const taken = queue.takeDocuments();
  queue.addDocuments(TYPE, ['c', 'a']);
  taken?.putBack();
  expect([isPast(), queue.willRead(TYPE, 'b')]).toEqual([false, true]);
  expect(queue.takeDocuments()?.items).toEqual(['a', 'b', 'c']);
  expect([isPast(), queue.isEmpty]).toEqual([true, true]);
});
