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

interface Lists {
  isPending: boolean;
  locale: string | null;
  hasFailed: boolean;
  takeChanged(): Promise<object>;
  takeWritten(): Map<string, Set<string>>;
}

/** The lists of a locale, of which one article changes at a time. */
function listsOf(locale: string | null, takesMs: number): Lists {
  const lists: Lists = {
    isPending: false,
    locale,
    hasFailed: false,
    async takeChanged() {
      lists.isPending = false;
      await pause(takesMs);
      if (lists.hasFailed) throw new Error('out of memory');
      return { documentIds: ['article'], slugsBefore: new Map(), isPartial: false };
    },
    takeWritten: () => {
      lists.isPending = false;
      return new Map(locale === null ? [['article', new Set<string>()]] : []);
    },
  };
  return lists;
}

/** A process that reports one article at a time, with a database where everything has been reported so far. */
async function site(pollMs = 500, { isAway = false, takesMs = 50 } = {}) {
  const sent: (Sent & { locale: string | null })[] = [];
  const noted: number[] = [];
  const lists = listsOf(null, takesMs);
  const german = listsOf('de', 0);
  let learnsUntil = 0;
  const lease = { isAway, isHeld: false, takesMs: 0 };
  let write: (to?: Lists) => void = () => undefined;
  const settings = { version: 1 };
  const decisions = { version: 0, isReadable: true, noted: 0 };
  const problems = new Problems(logger);
  const event = { send: async (...[, locale, changed]: [unknown, string | null, Sent]) => (sent.push({ ...changed, locale }), { late: null }) }; // prettier-ignore
  const one = new ChangedLists({
    strapi: { server: { httpServer: { listening: true } } },
    types: new Map([[TYPE.uid, TYPE]]),
    engine: { isSettled: true },
    writer: {
      followWrites: (follow: () => void) => {
        write = (to = lists) => {
          to.isPending = true;
          follow();
        };
        return () => undefined;
      },
    },
    watches: {
      reset: () => undefined,
      async noteDecided() {
        if (!decisions.isReadable) throw new Error('Some table is away');
        decisions.noted += 1;
      },
      note: () => undefined,
      all: () => [lists, german].map((of) => ({ type: TYPE, lists: of })),
      async learn(isInterrupted: () => boolean) {
        while (performance.now() < learnsUntil && !isInterrupted()) await pause(50);
      },
    },
    versions: { of: () => decisions.version },
    site: settings,
    log: { hasWritesSince: async () => false },
    feed: { position: POSITION, lateAt: -Infinity, isInStep: async () => true },
    lease: {
      hold: async () => {
        if (lease.isAway) throw new Error('The database does not answer');
        await pause(lease.takesMs);
        return (lease.isHeld = true);
      },
      position: async () => 3,
      advance: async (position: number) => noted.push(position),
      release: async () => void (lease.isHeld = false),
    },
    outbox: new Outbox({ event: event as never, problems }),
    pollMs,
  } as never);
  one.start();
  await pause(700);
  noted.length = 0;
  return {
    ...{ one, sent, noted, lists, german, settings, decisions, problems, lease },
    write: (to?: Lists) => write(to),
    learnFor: (ms: number) => (learnsUntil = performance.now() + ms),
  };
}

test('notes at once how far it has reported, even while lists are being learnt', async () => {
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

test('reports changed settings and earlier writes while writing goes on', async () => {
  const { one, sent, write, settings } = await site();
  const writing = setInterval(write, 100);
  await pause(300);
  settings.version = 2;
  const partial = () => sent.filter(({ isPartial }) => isPartial);
  for (let times = 0; partial().length === 0 && times < 100; times += 1) await pause(100);
  clearInterval(writing);
  expect(partial()).toMatchObject([{ documentIds: ['article'] }]);
  await one.stop();
}, 20_000);

test('if it cannot find out what has changed, it reports that anything may have', async () => {
  const { one, sent, lists, problems, write } = await site();
  lists.hasFailed = true;
  write();
  for (let times = 0; sent.length === 0 && times < 100; times += 1) await pause(100);
  await pause(600);
  expect(sent).toMatchObject([{ documentIds: [], isPartial: true }]);
  expect(problems.list()).toEqual([]);
  await one.stop();
}, 20_000);

test('reports what it found once other processes know of the change, but not when it stops', async () => {
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
  // The next process reports that there may be more.
  expect([sent.length, noted]).toEqual([1, []]);
}, 20_000);

test('reports what was decided while other decisions cannot be noted once other processes know of it', async () => {
  const { one, sent, lists, decisions } = await site(2000);
  decisions.isReadable = false;
  decisions.version = 1;
  await pause(1200);
  // Noting one succeeds, another fails.
  lists.isPending = true;
  decisions.version = 2;
  const decided = performance.now();
  while (sent.length === 0) await pause(20);
  expect(performance.now() - decided).toBeGreaterThan(2900);
  await one.stop();
}, 20_000);

test('keeps a lease that cannot be reached, with what is to be reported', async () => {
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

test('reports a problem while the lease cannot be reached, and no longer', async () => {
  const { one, problems, lease } = await site(500, { isAway: true });
  const told = () => problems.list().map(({ message }) => message);
  expect(told()).toEqual([expect.stringContaining('related.changed cannot be sent')]);
  lease.isAway = false;
  for (let times = 0; told().length > 0 && times < 100; times += 1) await pause(100);
  expect(told()).toEqual([]);
  await one.stop();
}, 20_000);

test('reports do not wait until all lists are learnt', async () => {
  const { one, sent, write, settings, learnFor } = await site();
  for (const change of [() => write(), () => (settings.version += 1)]) {
    sent.length = 0;
    learnFor(8000);
    await pause(600);
    const changed = performance.now();
    change();
    while (sent.length === 0) await pause(20);
    expect(performance.now() - changed).toBeLessThan(5000);
  }
  await one.stop();
}, 30_000);

test('a write during other lists is also reported only once other processes know of it', async () => {
  const { one, sent, lists, german, write } = await site(1000, { takesMs: 2000 });
  write(lists);
  while (lists.isPending) await pause(10);
  await pause(1800);
  write(german);
  const written = performance.now();
  while (!sent.some(({ locale }) => locale === 'de')) await pause(10);
  expect(performance.now() - written).toBeGreaterThan(1400);
  await one.stop();
}, 20_000);

test('stopping gives the lease back for good, and leaves nothing behind', async () => {
  const { one, lease } = await site();
  const { renew } = one as unknown as { renew: () => Promise<void> };
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  lease.takesMs = 300;
  void renew.call(one);
  await one.stop();
  // On a busy machine, what earlier tests have left may still be going on.
  for (let tries = 0; timers() > before && tries < 50; tries += 1) await pause(100);
  expect(timers()).toBeLessThanOrEqual(before);
  await pause(500);
  expect(lease.isHeld).toBe(false);
}, 20_000);

test('decisions that cannot be noted hold up no other event', async () => {
  const { one, sent, decisions, problems, write } = await site();
  Object.assign(decisions, { version: 1, isReadable: false });
  write();
  await pause(2500);
  expect([sent.length, decisions.noted]).toEqual([1, 0]);
  expect(problems.list().map(({ message }) => message)).toEqual([
    expect.stringMatching(/: Some table is away$/),
  ]);
  decisions.isReadable = true;
  await pause(2500);
  expect([decisions.noted, problems.list()]).toEqual([1, []]);
  await one.stop();
});
