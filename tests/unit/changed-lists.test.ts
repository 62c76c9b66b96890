import { setTimeout as pause } from 'node:timers/promises';

import { Problems } from 'plugin/changes/problems';
import { ChangedLists } from 'plugin/revalidation/changed-lists';
import { Outbox } from 'plugin/revalidation/outbox';

const logger = { warn: jest.fn(), info: jest.fn(), error: jest.fn() } as never;
const TYPE = { uid: 'api::article.article', relations: [] };
const POSITION = 7;

interface Sent {
  documentIds: string[];
  isPartial: boolean;
}

/** A process that tells of one article at a time, with a database that has always told all. */
async function site(pollMs = 500, isAway = false) {
  const sent: Sent[] = [];
  const noted: number[] = [];
  const lists = {
    isPending: false,
    locale: null,
    hasFailed: false,
    async takeChanged() {
      lists.isPending = false;
      await pause(50);
      if (lists.hasFailed) throw new Error('out of memory');
      return { documentIds: ['article'], slugsBefore: new Map(), isPartial: false };
    },
    takeWritten: () => {
      lists.isPending = false;
      return new Map([['article', new Set<string>()]]);
    },
  };
  let learning: Promise<void> | null = null;
  const lease = { isAway };
  let write: () => void = () => undefined;
  const settings = { version: 1 };
  const problems = new Problems(logger);
  const event = { send: async (...[, , changed]: [unknown, unknown, Sent]) => (sent.push(changed), { late: null }) }; // prettier-ignore
  const one = new ChangedLists({
    strapi: { server: { httpServer: { listening: true } } },
    types: new Map([[TYPE.uid, TYPE]]),
    engine: { isSettled: true },
    writer: {
      followWrites: (follow: () => void) => {
        write = () => {
          lists.isPending = true;
          follow();
        };
        return () => undefined;
      },
    },
    watches: {
      reset: () => undefined,
      note: () => undefined,
      all: () => [{ type: TYPE, lists }],
      learn: async () => learning,
    },
    versions: { of: () => 0 },
    site: settings,
    log: { hasWritesSince: async () => false },
    feed: { position: POSITION, lateAt: -Infinity, isInStep: async () => true },
    lease: {
      hold: async () => {
        if (lease.isAway) throw new Error('The database does not answer');
        return true;
      },
      position: async () => 3,
      advance: async (position: number) => noted.push(position),
      release: async () => undefined,
    },
    outbox: new Outbox({ event: event as never, problems }),
    pollMs,
  } as never);
  one.start();
  await pause(700);
  noted.length = 0;
  return {
    ...{ one, sent, noted, lists, settings, problems, lease },
    write: () => write(),
    learnFor: (ms: number) => (learning = pause(ms)),
  };
}

test('how far is told is noted at once, though lists are still being learnt', async () => {
  const { one, sent, noted, write, learnFor } = await site();
  write();
  Object.assign(one, { notedAt: null });
  noted.length = 0;
  await pause(900);
  learnFor(5000);
  for (let times = 0; noted.length === 0 && times < 40; times += 1) await pause(100);
  expect(sent).toHaveLength(1);
  expect(noted).toEqual([POSITION]);
  await one.stop();
});

test('other settings are told of, and what was written before, while writing goes on', async () => {
  const { one, sent, write, settings } = await site();
  const writing = setInterval(write, 100);
  await pause(300);
  settings.version = 2;
  const partial = () => sent.filter(({ isPartial }) => isPartial);
  for (let times = 0; partial().length < 2 && times < 100; times += 1) await pause(100);
  clearInterval(writing);
  expect(partial().map(({ documentIds }) => documentIds)).toEqual([['article'], []]);
  await one.stop();
}, 20_000);

test('where it cannot be found out what has changed, anything may have', async () => {
  const { one, sent, lists, problems, write } = await site();
  lists.hasFailed = true;
  write();
  for (let times = 0; sent.length === 0 && times < 100; times += 1) await pause(100);
  await pause(600);
  expect(sent).toMatchObject([{ documentIds: [], isPartial: true }]);
  expect(problems.list()).toEqual([]);
  await one.stop();
}, 20_000);

test('what is found out is told once other processes know of the change, and not at the end', async () => {
  const { one, sent, noted, write } = await site(2000);
  write();
  const written = performance.now();
  while (sent.length === 0) await pause(20);
  expect(performance.now() - written).toBeGreaterThan(2900);
  await pause(1000);
  write();
  noted.length = 0;
  await one.stop();
  await pause(3500);
  // Whoever comes next says that there may be more.
  expect([sent.length, noted]).toEqual([1, []]);
}, 20_000);

test('a lease that cannot be asked for is kept, with what is to be told', async () => {
  const { one, sent, write, lease } = await site();
  write();
  lease.isAway = true;
  await pause(3000);
  expect(sent).toEqual([]);
  lease.isAway = false;
  while (sent.length === 0) await pause(20);
  expect(sent).toMatchObject([{ documentIds: ['article'], isPartial: false }]);
  await one.stop();
}, 20_000);

test('a lease that can never be asked for is told of, and that it can again', async () => {
  const { one, problems, lease } = await site(500, true);
  const told = () => problems.list().map(({ message }) => message);
  expect(told()).toEqual([expect.stringContaining('related.changed cannot be sent')]);
  lease.isAway = false;
  for (let times = 0; told().length > 0 && times < 100; times += 1) await pause(100);
  expect(told()).toEqual([]);
  await one.stop();
}, 20_000);
