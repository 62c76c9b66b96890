import { setTimeout } from 'node:timers/promises';

import { FORMAT } from 'plugin/indexing/shared/shared-state';
import { typeFingerprints } from 'plugin/indexing/type-fingerprints';
import { SharedLifecycle } from 'plugin/indexing/shared/shared-lifecycle';

/** An index that another process keeps, published at row 900 of the log, which this process has read up to row 5. */
function lifecycle(isInLog: boolean, { latest = 5, hasNews = true, configured = {} } = {}) {
  const cursor = { id: 900, token: 'some', gaps: [], ranges: [] };
  const types = new Map([['a', configured]]);
  const details = {
    isReady: true,
    isFinal: true,
    at: 1,
    format: FORMAT,
    types: typeFingerprints(new Map([['a', {}]]) as never),
  };
  const state = { database: 'one', cursor, details };
  const engine = {
    isPublished: true,
    refresh: async () => undefined,
    readState: async () => {
      if (is.isKept) details.at += 1;
      await setTimeout(is.delay);
      return { state, version: 1 };
    },
  };
  const feed = {
    idle: async () => undefined,
    isInStep: async () => true,
    hasAppliedSince: () => true,
    position: 5,
    missing: [],
    applied: { id: 5 },
    pending: 0,
  };
  // While writing goes on, there always is some.
  const log = {
    identity: async () => 'one',
    hasNews: async () => is.hasNews,
    holds: async () => isInLog,
    latest: async () => ({ id: latest }),
  };
  const is = { hasNews, cursor, isKept: true, delay: 0 };
  const problems = { raise: jest.fn(), resolve: () => undefined, list: () => [] };
  const keeper = { current: null };
  const one = new SharedLifecycle({ types, keeper, engine, feed, log, problems } as never);
  Object.assign(one as object, { database: 'one', startsAt: latest });
  const poll = () => (one as unknown as { poll(): Promise<void> }).poll();
  return { one, is, feed, problems, details, poll };
}

test.each([
  ['goes up to a row of the log', true, 'answered'],
  ['is that of a log before an older dump was restored', false, 'waits'],
])('a caller who waits for an index that %s', async (_name, isInLog, expected) => {
  const { one } = lifecycle(isInLog);
  const answer = one.idle().then(() => 'answered');
  expect(await Promise.race([answer, setTimeout(1500, 'waits')])).toBe(expected);
  Object.assign(one as object, { stopping: Promise.resolve() });
  await answer;
});

test('is ready once the index has everything from before the start', async () => {
  const { one, is, poll } = lifecycle(true, { latest: 901 });
  await poll();
  await poll();
  expect(one.progress().ready).toBe(false);
  is.cursor.id = 901;
  await poll();
  expect(one.progress().ready).toBe(true);
});

test('readers do not wait for a slow cluster to learn whether the index has everything', async () => {
  const { one, is, poll } = lifecycle(true, { hasNews: false });
  await poll();
  await poll();
  expect(await one.freshness()).toBe('fresh');
  is.delay = 5000;
  const began = performance.now();
  expect(await one.freshness()).toBe('behind');
  expect(performance.now() - began).toBeLessThan(4000);
});

test('is not ready by what a process has told that may have ended', async () => {
  const { one, is, poll } = lifecycle(true);
  is.isKept = false;
  for (let time = 0; time < 3; time += 1) await poll();
  expect(one.progress().ready).toBe(false);
  is.isKept = true;
  await poll();
  expect(one.progress().ready).toBe(true);
});

test('a type that another configuration keeps is not ready, but waits for no other', async () => {
  const { one, problems, poll } = lifecycle(true, { configured: { title: 'other' } });
  await poll();
  await poll();
  expect([one.progress().ready, one.progress('a').ready]).toEqual([true, false]);
  expect(problems.raise.mock.calls[0]).toMatchObject([expect.stringMatching(/another configuration/), { message: expect.stringMatching(/lists of a / ) }]); // prettier-ignore
});

test('the lag is the time since the log was read as far as the index is now, however much is written', async () => {
  const { one, is, feed, poll } = lifecycle(true);
  let now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  is.cursor.id = 0;
  for (let second = 1; second <= 60; second += 1) {
    now += 1000;
    feed.position = 10 * second;
    is.cursor.id = 10 * (second - 3);
    await poll();
  }
  expect(one.progress().lag).toBeCloseTo(3, 1);
  jest.restoreAllMocks();
});

test('counts as watched only while a process that keeps it has told so', async () => {
  const { one, is, details, poll } = lifecycle(true);
  let now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  is.isKept = false;
  await poll();
  await poll();
  expect(one.wasWatched).toBe(false);
  is.isKept = true;
  details.isReady = false;
  await poll();
  expect(one.wasWatched).toBe(false);
  details.isReady = true;
  await poll();
  expect(one.wasWatched).toBe(true);
  now += 61_000;
  expect(one.wasWatched).toBe(false);
  jest.restoreAllMocks();
});
