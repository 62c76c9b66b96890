import { setTimeout as pause } from 'node:timers/promises';

import { SearchFailure } from 'plugin/engine/opensearch/client';
import { ListMaker } from 'plugin/engine/opensearch/list-maker';
import { findVisible } from 'plugin/services/visible-suggestions';

const STALE_MS = 300;

/** Lists of x, y and z from a cluster some of whose indexes may be red. */
function setUp(more: object = {}) {
  const cluster = { red: new Set<string>(), version: 1, options: {} };
  const all = {
    silenceMs: 0,
    refresh: async () => undefined,
    get: async ({ type }: { type: string }) => ({
      name: type,
      isDirty: false,
      counts: { size: 9 },
      numbers: {},
      entry: { index: type, version: cluster.version, type },
    }),
  };
  const reader = {
    async sources({ name }: { name: string }, ids: string[]) {
      if (ids.length > 0 && cluster.red.has(name)) throw new SearchFailure(503, 'x', 'red');
      return ids.map((id) => ({ document: { id, picked: [] } }));
    },
    run: async () => ['x', 'y', 'z'].map((id) => ({ id, pinned: false, score: 1, fusedScore: 1 })),
  };
  const maker = new ListMaker({
    ...{ all, reader, optionsOf: () => cluster.options, analysisOf: () => ({}) },
    ...{ serveStaleMs: STALE_MS, whenAway: 'error', ...more },
  } as never);
  const related = async (type: string, documentId: string, query: object = {}) =>
    (await maker.related({ type, locale: null }, [{ documentId }], query))[0] ?? [];
  const ask = (...asked: [type: string, documentId: string, query?: object]) =>
    related(...asked).then(
      (list) => list.map(({ documentId }) => documentId).join(''),
      () => 'an error',
    );
  return { cluster, related, ask };
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
  expect(await ask('one', 'old')).toBe('xyz');
});

test('a failure that is over counts for nothing', async () => {
  const { cluster, ask } = setUp();
  await ask('one', 'old');
  cluster.version = 2;
  cluster.red.add('one');
  expect(await ask('one', 'old')).toBe('xyz');
  await pause(2 * STALE_MS);
  expect(await ask('one', 'old')).toBe('xyz');
});

test('lists that were made with other settings are not given', async () => {
  const { cluster, ask } = setUp();
  await ask('one', 'old');
  cluster.options = { rules: { never: { tags: ['x'] } } };
  cluster.red.add('one');
  expect(await ask('one', 'old')).toBe('an error');
});

test.each(['error', 'empty'])(
  'what is withdrawn is taken out of them (whenAway %s)',
  async (whenAway) => {
    const { cluster, related } = setUp({ whenAway, serveStaleMs: 60_000 });
    let gone = '';
    const search = async (isGuarded = false) => {
      const { visible } = await findVisible(
        {
          query: { pinned: [], maxCandidates: 100 },
          rank: (query) => related('one', 'old', query),
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
    // Who may not have all is told nothing by it.
    const guarded = search(true).catch(() => 'an error');
    expect(await guarded).toBe(whenAway === 'error' ? 'an error' : '');
  },
);
