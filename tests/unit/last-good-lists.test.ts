import { setTimeout as pause } from 'node:timers/promises';

import { SearchFailure } from 'plugin/engine/opensearch/client';
import { ListMaker } from 'plugin/engine/opensearch/list-maker';
import { findVisible } from 'plugin/services/visible-suggestions';
import { emptyWhenAway, Outages } from 'plugin/services/when-away';

const STALE_MS = 300;
/** What is needed of an engine. */
const CLUSTER = { storage: 'shared' as const, linked: async () => [] };

/** Lists of x, y and z from a cluster some of whose indexes may be red, and which may be slow. */
function setUp(more: object = {}) {
  const cluster = { red: new Set<string>(), version: 1, options: {}, slowMs: 0, asked: 0 };
  const remoteOf = ({ type }: { type: string }) => ({
    name: type,
    isDirty: false,
    counts: { size: 9 },
    numbers: {},
    entry: { index: type, version: cluster.version, type, full: { parts: [] }, changes: [] },
  });
  const all = {
    silenceMs: 0,
    refresh: async () => undefined,
    peek: remoteOf,
    get: async (collection: { type: string }) => remoteOf(collection),
  };
  const reader = {
    async sources({ name }: { name: string }, ids: string[]) {
      cluster.asked += 1;
      if (ids.length > 0 && cluster.red.has(name)) throw new SearchFailure(503, 'x', 'red');
      await pause(cluster.slowMs);
      return ids.map((id) => ({ document: { id, picked: [] } }));
    },
    run: async () => ['x', 'y', 'z'].map((id) => ({ id, pinned: false, score: 1, fusedScore: 1 })),
  };
  const maker = new ListMaker({
    ...{ all, reader, optionsOf: () => cluster.options, analysisOf: () => ({}) },
    ...{ serveStaleMs: STALE_MS, ...more },
  } as never);
  const related = async (
    type: string,
    documentId: string,
    query: object = {},
    from: Pick<ListMaker, 'related'> = maker,
  ) => (await from.related({ type, locale: null }, [{ documentId }], query))[0] ?? [];
  const ask = (...asked: [type: string, documentId: string, query?: object]) =>
    related(...asked).then(
      (list) => list.map(({ documentId }) => documentId).join(''),
      () => 'an error',
    );
  return { cluster, all, maker, related, ask };
}

test.each([
  ['another type is fine', ['other', 'new'] as const],
  ['other lists of the type are in memory', ['one', 'popular'] as const],
])('a type whose index is red gives last good lists for a while, though %s', async (_, beside) => {
  const { cluster, ask } = setUp();
  await ask('one', 'old');
  cluster.version = 2;
  await ask(beside[0], beside[1]);
  cluster.red.add('one');
  expect(await ask('one', 'old')).toBe('xyz');
  for (let waited = 0; waited < 2 * STALE_MS; waited += 100) {
    await ask(beside[0], beside[1]);
    await ask('one', 'old');
    await pause(100);
  }
  expect(await ask('one', 'old')).toBe('an error');
  cluster.red.clear();
  // The cluster is left alone for two seconds.
  await pause(2100);
  expect(await ask('one', 'old')).toBe('xyz');
});

test('a failure that is over no longer counts', async () => {
  const { cluster, ask } = setUp();
  await ask('one', 'old');
  cluster.version = 2;
  cluster.red.add('one');
  expect(await ask('one', 'old')).toBe('xyz');
  await pause(2 * STALE_MS);
  expect(await ask('one', 'old')).toBe('xyz');
});

test('does not give lists that were made with other settings', async () => {
  const { cluster, ask } = setUp();
  await ask('one', 'old');
  cluster.options = { rules: { never: { tags: ['x'] } } };
  cluster.red.add('one');
  expect(await ask('one', 'old')).toBe('an error');
});

test.each(['error', 'empty'])(
  'withdrawn entries are taken out of last good lists (whenAway %s)',
  async (whenAway) => {
    const { cluster, maker, related } = setUp({ serveStaleMs: 60_000 });
    const engine = whenAway === 'error' ? maker : emptyWhenAway({ ...CLUSTER, related: (of, sources, query = {}) => maker.related(of, sources, query) }, new Outages()); // prettier-ignore
    let gone = '';
    const search = async (isGuarded = false) => {
      const { visible } = await findVisible(
        {
          query: { pinned: [], maxCandidates: 100 },
          rank: (query) => related('one', 'old', query, engine),
          pageSize: 100,
          linked: async () => [],
          find: async () =>
            ({ has: (id: string) => id !== gone, read: async () => new Map() }) as never,
          ...{ isFiltered: false, isGuarded, isTried: false },
        },
        { maxCandidates: 100, unseen: new Map() },
      );
      return visible.map(({ documentId }) => documentId).join('');
    };
    expect(await search()).toBe('xyz');
    cluster.red.add('one');
    cluster.version = 2;
    gone = 'x';
    expect(await search()).toBe('yz');
    // A caller who may not see everything learns nothing from it.
    const guarded = search(true).catch(() => 'an error');
    expect(await guarded).toBe(whenAway === 'error' ? 'an error' : '');
  },
);

test('a type whose index is whole is served while that of another one is red', async () => {
  const { cluster, ask } = setUp();
  await ask('whole', 'known');
  cluster.red.add('one');
  const given: string[] = [];
  for (let waited = 0; waited < 4 * STALE_MS; waited += 50) {
    for (const id of ['a', 'b', 'c', 'd']) await ask('one', id);
    given.push(await ask('whole', 'known'), await ask('whole', `new ${waited}`));
    await pause(50);
  }
  expect(new Set(given)).toEqual(new Set(['xyz']));
});

test('a cluster that fails is left alone, whatever is in memory', async () => {
  const { cluster, ask } = setUp({ serveStaleMs: 0 });
  await ask('one', 'popular');
  cluster.red.add('one');
  cluster.asked = 0;
  for (let n = 0; n < 20; n += 1) {
    expect(await ask('one', 'popular')).toBe('xyz');
    expect(await ask('one', `other ${n}`)).toBe('an error');
  }
  expect(cluster.asked).toBe(3);
});

test('a slow cluster gives no list of other settings, and none that becomes too old meanwhile', async () => {
  const { cluster, ask } = setUp({ serveStaleMs: 2000 });
  await ask('one', 'old');
  await ask('one', 'older');
  cluster.version = 2;
  cluster.slowMs = 2200;
  await pause(1000);
  // Not "it is in no index", which makes others wait for the cluster again.
  const older = ask('one', 'older');
  cluster.options = { rules: { never: { tags: ['x'] } } };
  const started = performance.now();
  await ask('one', 'old');
  expect(performance.now() - started).toBeGreaterThan(2000);
  expect(await older).toBe('xyz');
});

test('one request finds out for all if the cluster has not been heard of for a while', async () => {
  const { cluster, all, ask } = setUp({ serveStaleMs: 60_000 });
  await ask('one', 'popular');
  all.silenceMs = 6000;
  cluster.asked = 0;
  cluster.slowMs = 50;
  const lists = await Promise.all(Array.from({ length: 20 }, () => ask('one', 'popular')));
  expect(new Set(lists)).toEqual(new Set(['xyz']));
  expect(cluster.asked).toBe(1);
});

test('readers get empty lists if that is configured, and others get an error', async () => {
  const { cluster, maker } = setUp();
  const outages = new Outages();
  const related: typeof maker.related = (of, sources, query = {}) => maker.related(of, sources, query); // prettier-ignore
  const engine = emptyWhenAway({ ...CLUSTER, related }, outages);
  const asked = [{ type: 'one', locale: null }, [{ documentId: 'a' }, { documentId: 'b' }], { explain: true }] as const; // prettier-ignore
  await engine.related(...asked);
  expect(outages.hasBeenSince(0)).toBe(false);
  cluster.red.add('one');
  expect(await engine.related(...asked)).toEqual([[], []]);
  expect(outages.hasBeenSince(0)).toBe(true);
  await expect(maker.related(...asked)).rejects.toThrow(/is not available: red/);
});
