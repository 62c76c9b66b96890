import { RetryQueue } from 'plugin/indexing/retry-queue';

const type = { uid: 'api::page.page' } as never;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('what cannot be indexed is tried again, soon at first, and every ten minutes for good', async () => {
  const problems = { raise: jest.fn(), resolve: jest.fn() };
  const tries: string[] = [];
  const start = Date.now();
  let isBroken = true;
  const queue: RetryQueue = new RetryQueue(problems, (refs) => {
    const ids = refs.map(({ documentId }) => documentId);
    tries.push(`${ids.join()} after ${Math.round((Date.now() - start) / 1000)} s`);
    attempt(ids);
  });
  const attempt = (ids: string[]) => {
    const broken = ids.filter(() => isBroken);
    queue.tried(type, ids, broken.map((documentId) => ({ documentId, error: new Error('no') }))); // prettier-ignore
  };
  attempt(['a']);
  await jest.advanceTimersByTimeAsync(1_300_000);
  expect(tries).toEqual(['a after 0 s', 'a after 1 s', 'a after 11 s', 'a after 71 s', 'a after 671 s', 'a after 1271 s']); // prettier-ignore
  // What is new does not wait for it, nor it for what is new.
  tries.length = 0;
  attempt(['b']);
  await jest.advanceTimersByTimeAsync(1500);
  expect(tries).toEqual(['b after 1300 s', 'b after 1301 s']);
  isBroken = false;
  await jest.advanceTimersByTimeAsync(700_000);
  expect(tries.slice(2)).toEqual(['b after 1311 s', 'a after 1911 s']);
  expect(queue.refs).toEqual([]);
  expect(problems.resolve).toHaveBeenCalledTimes(1);
});

test('a document of which one locale fails is tried again, though another one was read since', async () => {
  const problems = { raise: jest.fn(), resolve: jest.fn() };
  const tries: string[] = [];
  const queue = new RetryQueue(problems, (refs) =>
    tries.push(...refs.map(({ documentId }) => documentId)),
  );
  queue.tried(type, ['a'], [{ documentId: 'a', error: new Error('no') }], false);
  queue.tried(type, ['a'], [], false);
  expect(queue.refs).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(150);
  expect(tries).toEqual(['a']);
  queue.tried(type, ['a'], []);
  expect(queue.refs).toEqual([]);
  queue.stop();
});
