import { setTimeout } from 'node:timers/promises';

import { SharedLifecycle } from 'plugin/indexing/shared/shared-lifecycle';

/** An index that another process keeps, published at row 900 of the log, which this process has read up to row 5. */
function lifecycle(isInLog: boolean) {
  const cursor = { id: 900, token: 'some', gaps: [], ranges: [] };
  const state = { database: 'one', cursor, details: { isReady: true, isFinal: true } };
  const engine = {
    isPublished: true,
    refresh: async () => undefined,
    readState: async () => ({ state, version: 1 }),
  };
  const feed = {
    idle: async () => undefined,
    hasAppliedSince: () => true,
    position: 5,
    missing: [],
    applied: { id: 5 },
    pending: 0,
  };
  // While writing goes on, there always is some.
  const log = { identity: async () => 'one', hasNews: async () => true, holds: async () => isInLog }; // prettier-ignore
  const problems = { raise: () => undefined, resolve: () => undefined, list: () => [] };
  const types = new Map([['a', {}]]);
  const keeper = { current: null };
  const one = new SharedLifecycle({ types, keeper, engine, feed, log, problems } as never);
  Object.assign(one as object, { database: 'one' });
  return one;
}

test.each([
  ['goes up to a row of the log', true, 'answered'],
  ['is that of a log before an older dump was restored', false, 'waits'],
])('a caller who waits for an index that %s', async (_name, isInLog, expected) => {
  const one = lifecycle(isInLog);
  const answer = one.idle().then(() => 'answered');
  expect(await Promise.race([answer, setTimeout(1500, 'waits')])).toBe(expected);
  Object.assign(one as object, { stopping: Promise.resolve() });
  await answer;
});
