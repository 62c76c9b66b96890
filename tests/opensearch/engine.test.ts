import { EmbeddedEngine } from 'plugin/engine/embedded/embedded-engine';
import {
  EngineUnavailable,
  NO_ENTRY,
  type Engine,
  type EngineDocument,
} from 'plugin/engine/engine';
import { SearchFailure, type SearchAnswer, type SearchClient } from 'plugin/engine/opensearch/client'; // prettier-ignore
import {
  OpenSearchEngine,
  type OpenSearchEngineOptions,
} from 'plugin/engine/opensearch/opensearch-engine';

import { doc, RANKING, tag } from '../helpers/documents';
import { openClient } from './open-client';

/* What several processes do with one index: each engine here stands for one of them. */

const ARTICLES = { type: 'api::article.article', locale: 'en' };
const GERMAN = { ...ARTICLES, locale: 'de' };
const TOPICS = ['bread oven dough crust', 'moon crater orbit sky', 'tulip bulb soil spring'];
const ALL: EngineDocument[] = Array.from({ length: 45 }, (_, at) =>
  doc(`a${at}`, {
    title: `${TOPICS[at % 3].split(' ')[at % 4]} ${at}`,
    body: `${TOPICS[at % 3]} ${TOPICS[at % 3].split(' ').reverse().join(' ')} word${at % 7}`,
    taxonomy: [tag(`t${at % 5}`)],
    links: [`a${(at + 3) % 45}`],
    date: at * 86_400_000,
  }),
);

const { client: transport, close } = openClient();
afterAll(close);

let made = 0;
let prefix: string;
beforeEach(() => {
  made += 1;
  prefix = `engine-${process.pid}-${made}-`;
});

const open = (more: Partial<OpenSearchEngineOptions> = {}) =>
  new OpenSearchEngine({
    client: transport,
    settings: { prefix, shards: 1, replicas: '0-1' },
    optionsOf: () => RANKING,
    ...more,
  });

async function everyList(engine: Engine, collection = ARTICLES): Promise<unknown> {
  const ids = [...(await engine.documentIds(collection))].sort();
  const sources = ids.map((documentId) => ({ documentId }));
  const text = doc(NO_ENTRY, { title: 'Bread unheard', body: 'crust of the moon unknown word3' });
  const tried = { minScore: 0, explain: true, localRarity: true, forgetsLeftOut: true };
  return [
    ids,
    await engine.related(collection, sources, { minScore: 0, explain: true }),
    await engine.related(collection, [{ document: text }], tried),
  ];
}

async function inMemory(
  documents: readonly EngineDocument[],
  collection = ARTICLES,
): Promise<unknown> {
  const engine = new EmbeddedEngine(() => RANKING);
  await engine.upsert(collection, documents);
  await engine.settle();
  return everyList(engine, collection);
}

const without = (...ids: string[]) => ALL.filter(({ id }) => !ids.includes(id));

test('another process makes exactly the lists of an index in memory, change by change', async () => {
  const [writer, reader] = [open(), open()];
  await writer.upsert(ARTICLES, ALL);
  await writer.settle();
  expect(await everyList(reader)).toEqual(await inMemory(ALL));
  const edited = { ...ALL[4], title: 'Crater', links: ['a9'], date: null };
  for (const step of [
    () => writer.upsert(ARTICLES, [edited]),
    () => writer.remove(ARTICLES, ['a7', 'a8']),
  ]) {
    await step();
    await writer.settle();
  }
  await reader.refresh();
  const now = [...without('a4', 'a7', 'a8'), edited];
  expect(await everyList(reader)).toEqual(await inMemory(now));
  expect(reader.revision).toBe(writer.revision);
});

test('a late writer overwrites nothing, and brings nothing back', async () => {
  const [late, right] = [open(), open()];
  late.position = () => 100;
  right.position = () => 200;
  await late.upsert(ARTICLES, ALL.slice(0, 3));
  await late.settle();
  await right.upsert(ARTICLES, [{ ...ALL[0], title: 'Right' }]);
  await right.remove(ARTICLES, ['a1', 'a9']);
  await right.settle();
  const refused = { status: 409 };
  await expect(late.upsert(ARTICLES, [ALL[0], ALL[1], ALL[9]])).rejects.toMatchObject(refused);
  await expect(late.remove(ARTICLES, ['a0'])).rejects.toMatchObject(refused);
  // This is refused too, unless a slow machine had time to see what was published meanwhile, and to count again.
  await late.settle().catch((error) => expect(error).toMatchObject({ status: 409 }));
  const reader = open();
  expect(new Set(await reader.documentIds(ARTICLES))).toEqual(new Set(['a0', 'a2']));
  const [sources] = [[{ documentId: 'a2' }]];
  const [list] = await reader.related(ARTICLES, sources, { minScore: 0 });
  expect(list?.map(({ documentId }) => documentId)).toEqual(['a0']);
  const state = { database: 'one', cursor: null, details: {} };
  await right.writeState({ ...state, cursor: 200 }, 200);
  await expect(late.writeState({ ...state, cursor: 100 }, 100)).rejects.toMatchObject({ status: 409 }); // prettier-ignore
  expect((await reader.readState())?.state.cursor).toBe(200);
});

test('a rightful writer goes on from what another one has published without it', async () => {
  const [one, other] = [open(), open()];
  await one.upsert(ARTICLES, ALL.slice(0, 20));
  await one.settle();
  await other.refresh();
  await one.upsert(ARTICLES, ALL.slice(20, 30));
  await other.upsert(ARTICLES, ALL.slice(30, 40));
  await one.settle();
  await expect(other.settle()).rejects.toMatchObject({ status: 409 });
  await other.settle();
  expect(other.isSettled).toBe(true);
  expect(await everyList(open())).toEqual(await inMemory(ALL.slice(0, 40)));
});

test('a writer whose new index was not published asks for a rebuild', async () => {
  const [one, other] = [open(), open()];
  await one.upsert(ARTICLES, ALL.slice(0, 20));
  await other.upsert(ARTICLES, ALL.slice(20));
  await one.settle();
  await expect(other.settle()).rejects.toMatchObject({ status: 409 });
  expect(await other.isWhole()).toBe(false);
  expect(await other.findLost()).toEqual([ARTICLES.type]);
  await other.beginRebuild(ARTICLES.type);
  await other.upsert(ARTICLES, ALL);
  await other.finishRebuild(ARTICLES.type);
  expect(await other.isWhole()).toBe(true);
  expect(await everyList(open())).toEqual(await inMemory(ALL));
});

test('an entry that a cluster remembers as deleted is published again, without a rebuild', async () => {
  const writer = open();
  await writer.upsert(ARTICLES, ALL.slice(0, 20));
  await writer.upsert(GERMAN, ALL.slice(20));
  await writer.settle();
  await writer.beginRebuild(ARTICLES.type);
  await writer.upsert(ARTICLES, ALL.slice(0, 20));
  await writer.finishRebuild(ARTICLES.type);
  await writer.upsert(GERMAN, ALL.slice(20));
  await expect(writer.settle()).rejects.toMatchObject({ status: 409 });
  expect(await writer.isWhole()).toBe(true);
  await writer.settle();
  expect(await everyList(open(), GERMAN)).toEqual(await inMemory(ALL.slice(20), GERMAN));
});

test('a catalog that lists nothing for a while takes nothing away; one that stays so is rebuilt', async () => {
  let isEmpty = false;
  const request: SearchClient['request'] = async (asked) => {
    if (isEmpty && asked.path.endsWith('catalog/_search')) {
      const { body } = asked as { body: object };
      return transport.request({ ...asked, body: { ...body, query: { match_none: {} } } });
    }
    return transport.request(asked);
  };
  const [writer, reader] = [open({ client: { ...transport, request } }), open({ client: { ...transport, request } })]; // prettier-ignore
  writer.position = () => 1;
  await writer.upsert(ARTICLES, ALL.slice(0, 20));
  await writer.settle();
  await reader.refresh();
  const before = await everyList(reader);
  isEmpty = true;
  for (const one of [writer, reader]) await one.refresh();
  expect(await everyList(reader)).toEqual(before);
  await writer.upsert(ARTICLES, ALL.slice(20));
  await writer.settle();
  expect(await writer.isWhole()).toBe(true);
  isEmpty = false;
  for (const one of [writer, reader]) await one.refresh();
  expect(await everyList(reader)).toEqual(await inMemory(ALL));
  expect(await writer.isWhole()).toBe(true);

  isEmpty = true;
  await writer.refresh();
  const now = performance.now.bind(performance);
  const later = jest.spyOn(performance, 'now').mockImplementation(() => now() + 20_000);
  try {
    await writer.refresh();
    expect(await writer.isWhole()).toBe(false);
    expect(await writer.findLost()).toEqual([ARTICLES.type]);
  } finally {
    later.mockRestore();
  }
});

test('what a writer left unfinished is counted again by the next one', async () => {
  const [ended, next] = [open(), open()];
  await ended.upsert(ARTICLES, ALL.slice(0, 30));
  await ended.settle();
  // This writer ends before it publishes.
  await ended.upsert(ARTICLES, ALL.slice(30));
  await ended.remove(ARTICLES, ['a0']);
  await next.recover();
  expect(next.isSettled).toBe(true);
  expect(await everyList(next)).toEqual(await inMemory(without('a0')));
  expect(await everyList(open())).toEqual(await inMemory(without('a0')));
});

test('what a writer left unfinished of a type that is no longer configured is removed', async () => {
  const ended = open();
  await ended.upsert(ARTICLES, ALL.slice(0, 35));
  await ended.settle();
  await ended.upsert(ARTICLES, ALL.slice(35));
  const next = open({
    optionsOf: () => {
      throw new Error('is not configured');
    },
  });
  await next.keepOnly(new Set(['api::page.page']));
  await next.recover();
  expect([await next.collections(), await open().collections()]).toEqual([[], []]);
});

test('an unfinished index that is red is counted when that is over, and holds up no other', async () => {
  const ended = open();
  await ended.upsert(ARTICLES, ALL.slice(0, 30));
  await ended.upsert(GERMAN, ALL.slice(0, 5));
  await ended.settle();
  await ended.upsert(ARTICLES, ALL.slice(30));
  let isRed = true;
  const client: SearchClient = {
    async request<Answer>(request: Parameters<SearchClient['request']>[0]) {
      const isAway = isRed && /article-en.*_refresh$/.test(request.path);
      if (isAway) throw new SearchFailure(503, 'shards_failed', '');
      return transport.request<Answer>(request);
    },
  };
  const next = open({ client });
  await next.recover();
  await next.upsert(GERMAN, ALL.slice(5, 10));
  await expect(next.settle()).rejects.toThrow(SearchFailure);
  expect(await everyList(open(), GERMAN)).toEqual(await inMemory(ALL.slice(0, 10), GERMAN));
  expect(next.isPublished).toBe(false);
  isRed = false;
  await next.settle();
  expect(next.isPublished).toBe(true);
  expect(await everyList(open())).toEqual(await inMemory(ALL));
});

test('what documents were made from is read from the cluster, and known at once', async () => {
  const [writer, next] = [open(), open()];
  const noted = ALL.map((one, at) => ({
    ...one,
    note: `made of ${one.id}`,
    places: [`tags t${at % 5}`, `files ${at}`],
  }));
  const pagesOf = async (places?: string[]) => {
    const found: string[] = [];
    for await (const page of next.idsByPage(ARTICLES, places)) found.push(...page);
    return found.sort();
  };
  await writer.upsert(ARTICLES, noted);
  await writer.settle();
  await writer.upsert(ARTICLES, [{ ...noted[3], note: 'anew', places: ['tags t9'] }]);
  await writer.remove(ARTICLES, ['a8']);
  // Not settled: looking something up does not wait for that.
  const notes = await next.notes(ARTICLES, ['a3', 'a8', 'a9', 'nothing']);
  expect(notes).toEqual(
    new Map([
      ['a3', 'anew'],
      ['a9', 'made of a9'],
    ]),
  );
  expect(await pagesOf(['tags t3', 'tags t9'])).toEqual(
    ALL.filter((_, at) => at % 5 === 3 && at !== 8).map(({ id }) => id).sort(), // prettier-ignore
  );
  expect(await pagesOf(['tags'])).toEqual([]);
  expect(await pagesOf()).toEqual(without('a8').map(({ id }) => id).sort()); // prettier-ignore
  expect(await writer.size(ARTICLES)).toBe(44);
  expect(await next.size(GERMAN)).toBe(0);
  expect(await next.notes(GERMAN, ['a1'])).toEqual(new Map());
});

test('a rebuild shows at once and completely, and an interrupted one is cleaned up', async () => {
  let failsAt = /^$/;
  const flaky: SearchClient = {
    async request(request) {
      if (failsAt.test(request.path)) throw new SearchFailure(null, '', 'out of order');
      return transport.request(request);
    },
  };
  const [writer, reader] = [open({ client: flaky }), open()];
  await writer.upsert(ARTICLES, ALL);
  await writer.upsert(GERMAN, [ALL[0]]);
  await writer.settle();
  const before = await everyList(reader);
  const indexes = async () =>
    Object.keys(await transport.request({ method: 'GET', path: `/${prefix}*/_settings` })).length;
  expect(await indexes()).toBe(3);

  const interrupted = open();
  await interrupted.beginRebuild(ARTICLES.type);
  await interrupted.upsert(ARTICLES, ALL.slice(0, 5));
  await interrupted.settle();
  expect(await indexes()).toBe(4);
  await writer.recover();
  expect(await indexes()).toBe(3);

  await writer.beginRebuild(ARTICLES.type);
  await writer.upsert(ARTICLES, without('a3'));
  await writer.upsert(GERMAN, [ALL[1]]);
  await writer.settle();
  await reader.refresh();
  expect(await everyList(reader)).toEqual(before);
  // The second collection fails after the first one has taken its place.
  failsAt = /_doc\/api.*%20de$/;
  await expect(writer.finishRebuild(ARTICLES.type)).rejects.toThrow('out of order');
  failsAt = /^$/;
  // What is written before the next try goes into the index that has taken its place.
  await writer.upsert(ARTICLES, [ALL[7]]);
  await writer.settle();
  await writer.finishRebuild(ARTICLES.type);
  await reader.refresh();
  expect(await everyList(reader)).toEqual(await inMemory(without('a3')));
  expect([...(await reader.documentIds(GERMAN))]).toEqual(['a1']);

  await writer.beginRebuild(ARTICLES.type);
  await writer.upsert(ARTICLES, ALL);
  await writer.finishRebuild(ARTICLES.type);
  await reader.refresh();
  // The German collection is empty now.
  expect(await reader.collections()).toEqual([ARTICLES]);
  expect(await everyList(reader)).toEqual(await inMemory(ALL));
  expect(await indexes()).toBe(2);
});

test('what others have in the cluster is left alone, whatever its name', async () => {
  const writer = open();
  await writer.upsert(ARTICLES, ALL.slice(0, 3));
  await writer.settle();
  await transport.request({ method: 'PUT', path: `/${prefix}logs` });
  const settings = { prefix: `${prefix}staging-`, shards: 1, replicas: '0-1' };
  const other = open({ settings });
  await other.upsert(ARTICLES, ALL.slice(0, 2));
  await writer.recover();
  await other.settle();
  expect([...(await other.documentIds(ARTICLES))]).toHaveLength(2);
  await transport.request({ method: 'GET', path: `/${prefix}logs/_settings` });
});

test('an index that somebody has deleted is not made again with another mapping', async () => {
  const writer = open();
  await writer.upsert(ARTICLES, ALL.slice(0, 3));
  await writer.settle();
  await transport.request({ method: 'DELETE', path: `/${prefix}api*` });
  await expect(writer.upsert(ARTICLES, ALL)).rejects.toMatchObject({ status: 404 });
  await expect(writer.related(ARTICLES, [{ documentId: 'a1' }])).rejects.toThrow(EngineUnavailable);
  await writer.beginRebuild(ARTICLES.type);
  await writer.upsert(ARTICLES, ALL);
  await writer.finishRebuild(ARTICLES.type);
  expect(await everyList(open())).toEqual(await inMemory(ALL));
});

test('a publication, or a bulk, whose answer is lost is counted once', async () => {
  let isLost: (path: string) => boolean = () => false;
  const lossy: SearchClient = {
    async request<Answer>(request: Parameters<SearchClient['request']>[0]) {
      const answer = await transport.request<Answer>(request);
      if (!isLost(request.path)) return answer;
      // The client asks a second time, then gives up.
      isLost = () => false;
      if (request.method === 'PUT') return transport.request<Answer>(request);
      throw new SearchFailure(null, '', 'socket hang up');
    },
  };
  const writer = open({ client: lossy });
  await writer.upsert(ARTICLES, ALL.slice(0, 20));
  isLost = (path) => /_doc\/api/.test(path);
  await writer.settle();
  await writer.upsert(ARTICLES, ALL.slice(20, 30));
  await writer.settle();
  isLost = (path) => path === '/_bulk';
  await expect(writer.upsert(ARTICLES, ALL.slice(30, 40))).rejects.toThrow('socket hang up');
  await writer.upsert(ARTICLES, ALL.slice(30, 40));
  await writer.settle();
  expect(writer.isSettled).toBe(true);
  expect(await everyList(open())).toEqual(await inMemory(ALL.slice(0, 40)));
});

describe('while the cluster does not answer', () => {
  let isAway = false;
  let asked = 0;
  const failing: SearchClient = {
    async request(request) {
      asked += 1;
      if (isAway) throw new SearchFailure(null, '', 'connect ECONNREFUSED');
      return transport.request(request);
    },
  };
  const source = [{ documentId: 'a1' }];
  const fill = async (engine: OpenSearchEngine) => {
    isAway = false;
    await engine.upsert(ARTICLES, ALL);
    await engine.settle();
  };

  test('lists are the last good ones for a while, then there is an error', async () => {
    const engine = open({ client: failing, serveStaleMs: 60_000 });
    await fill(engine);
    const [list] = await engine.related(ARTICLES, source);
    isAway = true;
    // After a write, the list would have to be made again.
    await engine.upsert(ARTICLES, [ALL[2]]).catch(() => undefined);
    expect(await engine.related(ARTICLES, source)).toEqual([list]);
    await expect(engine.related(ARTICLES, [{ documentId: 'a5' }])).rejects.toThrow(EngineUnavailable); // prettier-ignore
  });

  test('they are given however long ago they were made, without what editors have excluded since', async () => {
    const engine = open({ client: failing, serveStaleMs: 4000 });
    await fill(engine);
    const [list] = await engine.related(ARTICLES, source);
    const names = list?.map(({ documentId }) => documentId) ?? [];
    expect(names.length).toBeGreaterThan(3);
    await new Promise((resolve) => setTimeout(resolve, 4500));
    await engine.refresh();
    isAway = true;
    const first = { uid: ARTICLES.type, documentId: names[0] };
    const asked = { exclude: [first], limit: 2 };
    const { revision } = engine;
    const [left] = await engine.related(ARTICLES, source, asked);
    expect(left?.map(({ documentId }) => documentId)).toEqual(names.slice(1, 3));
    expect(engine.revision).not.toBe(revision);
    // But not longer, even if nothing was written.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    for (const query of [{}, asked]) {
      await expect(engine.related(ARTICLES, source, query)).rejects.toThrow(EngineUnavailable);
    }
    isAway = false;
    await new Promise((resolve) => setTimeout(resolve, 2200));
    expect(await engine.related(ARTICLES, source)).toEqual([list]);
  }, 40_000);

  test('slow answers count too, and old lists do not pass for current ones', async () => {
    let isSlow = false;
    const slow: SearchClient = {
      async request(request) {
        if (isSlow) await new Promise((resolve) => setTimeout(resolve, 1200));
        return transport.request(request);
      },
    };
    const engine = open({ client: slow, serveStaleMs: 60_000 });
    await fill(engine);
    const [list] = await engine.related(ARTICLES, source);
    await engine.upsert(ARTICLES, [{ ...ALL[2], title: 'Something else' }]);
    isSlow = true;
    const { revision } = engine;
    const started = performance.now();
    expect(await engine.related(ARTICLES, source)).toEqual([list]);
    expect(performance.now() - started).toBeLessThan(2200);
    expect(engine.revision).not.toBe(revision);
    // A list that was never made is waited for.
    expect(await engine.related(ARTICLES, [{ documentId: 'a5' }])).not.toEqual([null]);
  });

  test('after some failures the cluster is left alone, and comes back by itself', async () => {
    const engine = open({ client: failing });
    await fill(engine);
    isAway = true;
    for (let time = 0; time < 3; time += 1) {
      await expect(engine.related(ARTICLES, source)).rejects.toThrow(EngineUnavailable);
    }
    asked = 0;
    for (let time = 0; time < 20; time += 1) {
      await expect(engine.related(ARTICLES, source)).rejects.toThrow(EngineUnavailable);
    }
    expect(asked).toBeLessThan(3);
    isAway = false;
    await new Promise((resolve) => setTimeout(resolve, 2200));
    const [list] = await engine.related(ARTICLES, source);
    expect(list?.length).toBeGreaterThan(0);
  });
});

test('an index that accepts nothing is not the documents’ fault', async () => {
  const writer = open();
  await writer.upsert(ARTICLES, ALL.slice(0, 5));
  await writer.settle();
  const block = (isOn: boolean) =>
    transport.request({
      method: 'PUT',
      path: `/${prefix}*/_settings`,
      body: { 'index.blocks.read_only_allow_delete': isOn || null },
    });
  await block(true);
  await expect(writer.upsert(ARTICLES, ALL.slice(5, 10))).rejects.toMatchObject({ status: 429 });
  expect((await writer.related(ARTICLES, [{ documentId: 'a0' }]))[0]).not.toBeNull();
  await block(false);
  expect(await writer.upsert(ARTICLES, ALL.slice(5, 10))).toEqual([]);
  await writer.settle();
  expect(await everyList(open())).toEqual(await inMemory(ALL.slice(0, 10)));
});

test('a copy of an index that has its alias keeps no documents out', async () => {
  const writer = open();
  await writer.upsert(ARTICLES, ALL.slice(0, 5));
  await writer.settle();
  const found = await transport.request<Record<string, object>>({ method: 'GET', path: `/${prefix}api*/_alias` }); // prettier-ignore
  const [name] = Object.keys(found);
  const alias = `${name}.write`;
  const copy = `copy-of-${prefix}1`;
  await transport.request({ method: 'PUT', path: `/${copy}`, body: { aliases: { [alias]: {} } } });
  try {
    expect(await writer.upsert(ARTICLES, ALL.slice(5, 10))).toEqual([]);
    // As an earlier version has made it.
    await transport.request({ method: 'PUT', path: `/${name}/_alias/${alias}`, body: {} });
    await expect(writer.upsert(ARTICLES, ALL.slice(10, 15))).rejects.toMatchObject({ status: 400 });
  } finally {
    await transport.request({ method: 'DELETE', path: `/${copy}` });
  }
  expect(await writer.upsert(ARTICLES, ALL.slice(10, 15))).toEqual([]);
  await writer.settle();
  expect(await everyList(open())).toEqual(await inMemory(ALL.slice(0, 15)));
});

describe('indexes that are gone', () => {
  const indexes = async () => {
    const path = `/${prefix}*/_settings`;
    const found = await transport.request<Record<string, unknown>>({ method: 'GET', path });
    return Object.keys(found).sort();
  };
  const drop = (name: string) => transport.request({ method: 'DELETE', path: `/${name}` });
  const make = (name: string) => transport.request({ method: 'PUT', path: `/${name}` });

  /** Does what a keeper does with a type whose index is lost. */
  async function rebuild(
    engine: OpenSearchEngine,
    documents: readonly EngineDocument[],
    meanwhile: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    await engine.recover();
    await engine.beginRebuild(ARTICLES.type);
    await meanwhile();
    await engine.upsert(ARTICLES, documents);
    await engine.finishRebuild(ARTICLES.type);
  }

  test('are recognised by what is there, including what has taken their names', async () => {
    const writer = open();
    expect(await writer.findLost()).toEqual([]);
    expect(await writer.isWhole()).toBe(true);
    await writer.upsert(ARTICLES, ALL.slice(0, 5));
    await writer.settle();
    expect(await writer.isWhole()).toBe(true);
    const [articles, catalog] = await indexes();
    expect([articles, catalog]).toEqual([expect.stringContaining('article-en'), `${prefix}catalog`]); // prettier-ignore
    await drop(articles);
    expect(await writer.isWhole()).toBe(false);
    // Like an index restored from a backup.
    await make(articles);
    expect(await writer.isWhole()).toBe(false);
    expect(await writer.findLost()).toEqual([ARTICLES.type]);
    await drop(articles);
    const next = open();
    expect(await next.findLost()).toEqual([ARTICLES.type]);
    await rebuild(next, ALL.slice(0, 5));
    expect(await next.isWhole()).toBe(true);
    expect([...(await next.documentIds(ARTICLES))]).toHaveLength(5);
    // While nobody looked.
    const rebuilt = (await indexes()).find((name) => name !== catalog) as string;
    await drop(rebuilt);
    await make(rebuilt);
    expect(await open().findLost()).toEqual([ARTICLES.type]);
    // A backup may be restored without aliases.
    const drops = async (index: string) => {
      const remove = { index, alias: `${index}.write` };
      await transport.request({
        method: 'POST',
        path: '/_aliases',
        body: { actions: [{ remove }] },
      });
    };
    const reading = open();
    expect(await reading.findLost()).toEqual([ARTICLES.type]);
    await rebuild(reading, ALL.slice(0, 5));
    expect([await reading.isWhole(), await reading.findLost()]).toEqual([true, []]);
    await drops((await indexes()).find((name) => name !== catalog) as string);
    expect(await reading.isWhole()).toBe(false);
    expect(await open().findLost()).toEqual([ARTICLES.type]);
    await drops(catalog);
    const after = open();
    await after.findLost();
    await rebuild(after, ALL.slice(0, 5));
    expect(await after.isWhole()).toBe(true);
    await drops(catalog);
    expect(await after.isWhole()).toBe(false);
    expect(await after.findLost()).toEqual([]);
    expect(await after.isWhole()).toBe(true);
    await drop(catalog);
    expect(await next.isWhole()).toBe(false);
    await make(catalog);
    expect(await next.isWhole()).toBe(false);
    for (const name of await indexes()) await drop(name);
  });

  test('documents that an index has lost are recognised by the counts, once', async () => {
    const writer = open();
    await writer.upsert(ARTICLES, ALL.slice(0, 10));
    await writer.remove(ARTICLES, ['a1']);
    await writer.settle();
    expect([await writer.isWhole(), await writer.findLost()]).toEqual([true, []]);
    const [articles] = await indexes();
    const path = `/${articles}/_doc/a3`;
    await transport.request({ method: 'DELETE', path, query: { refresh: 'true' } });
    const next = open();
    expect(await next.findLost()).toEqual([ARTICLES.type]);
    const nine = ALL.slice(0, 10).filter(({ id }) => id !== 'a1');
    await rebuild(next, nine);
    expect(await everyList(next)).toEqual(await inMemory(nine));
    expect([await next.isWhole(), await open().findLost()]).toEqual([true, []]);
    for (const name of await indexes()) await drop(name);
  });

  test('changes that an index has lost are recognised, although it has as many documents', async () => {
    const writer = open();
    const ten = ALL.slice(0, 10);
    await writer.upsert(ARTICLES, ten);
    await writer.settle();
    const [articles] = await indexes();
    const path = `/${articles}/_doc/a3`;
    const before = (await transport.request({ method: 'GET', path })) as {
      _source: object;
    };
    await writer.upsert(ARTICLES, [{ ...ALL[3], title: 'Crater' }]);
    await writer.settle();
    expect(await open().findLost()).toEqual([]);
    // As a node has it that went back to an earlier state of its disk.
    await transport.request({
      method: 'PUT',
      path,
      query: { refresh: 'true' },
      body: before._source,
    });
    const next = open();
    expect(await next.findLost()).toEqual([ARTICLES.type]);
    await rebuild(next, ten);
    expect(await everyList(next)).toEqual(await inMemory(ten));
    expect(await open().findLost()).toEqual([]);
    for (const name of await indexes()) await drop(name);
  });

  test('counts that are gone are made again', async () => {
    const writer = open();
    const ten = ALL.slice(0, 10);
    await writer.upsert(ARTICLES, ten);
    await writer.settle();
    const before = open();
    await before.refresh();
    const catalog = `${prefix}catalog`;
    await transport.request({ method: 'POST', path: `/${catalog}/_refresh` });
    const { hits } = await transport.request<SearchAnswer>({ method: 'POST', path: `/${catalog}/_search`, body: { query: { term: { kind: 'counts' } } } }); // prettier-ignore
    for (const { _id } of hits.hits) await transport.request({ method: 'DELETE', path: `/${catalog}/_doc/${encodeURIComponent(_id)}` }); // prettier-ignore
    expect(await writer.isWhole()).toBe(false);
    // Those who have read them go on.
    expect(await everyList(before)).toEqual(await inMemory(ten));
    const next = open();
    await expect(next.related(ARTICLES, [{ documentId: 'a1' }])).rejects.toThrow(EngineUnavailable);
    expect(await next.findLost()).toEqual([ARTICLES.type]);
    // What is being mended does not count as lost again.
    await rebuild(next, ten, async () => expect(await next.isWhole()).toBe(true));
    const later = open();
    for (const engine of [next, later])
      expect(await everyList(engine)).toEqual(await inMemory(ten));
    expect([await later.findLost(), await next.isWhole()]).toEqual([[], true]);
    for (const name of await indexes()) await drop(name);
  });

  test('after the cluster has gone back in time, others forget what came after', async () => {
    let ahead = 0;
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
    const [writer, reader] = [open(), open()];
    await writer.upsert(ARTICLES, ALL.slice(0, 10));
    await writer.settle();
    const [articles, catalog] = await indexes();
    const search = (index: string, query: object) => transport.request<SearchAnswer<{ kind: string }>>({ method: 'POST', path: `/${index}/_search`, body: { query } }); // prettier-ignore
    await transport.request({ method: 'POST', path: `/${catalog}/_refresh` });
    const { hits } = await search(catalog, { term: { kind: 'collection' } });
    // Enough that counts have changed, and not so many that they are replaced.
    await writer.upsert(ARTICLES, [ALL[10]]);
    await writer.settle();
    await reader.refresh();
    expect(await everyList(reader)).toEqual(await inMemory(ALL.slice(0, 11)));
    // As a disk has it that was copied before.
    const query = { refresh: 'true' };
    for (const { _id, _source } of hits.hits) await transport.request({ method: 'PUT', path: `/${catalog}/_doc/${encodeURIComponent(_id)}`, query, body: _source }); // prettier-ignore
    await transport.request({ method: 'DELETE', path: `/${articles}/_doc/a10`, query });
    await reader.refresh();
    expect(await reader.documentIds(ARTICLES)).toHaveLength(10);
    ahead += 11_000;
    await reader.refresh();
    jest.restoreAllMocks();
    expect(await everyList(reader)).toEqual(await inMemory(ALL.slice(0, 10)));
    for (const name of await indexes()) await drop(name);
  });

  describe('counts that newer ones replace do not count as lost', () => {
    test('while a gate is published', async () => {
      let ahead = 0;
      const now = performance.now.bind(performance);
      jest.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
      const looks: { isWhole: boolean; isPublished: boolean }[] = [];
      const client: SearchClient = {
        async request<Answer>(request: Parameters<SearchClient['request']>[0]) {
          const answer = await transport.request<Answer>(request);
          const deletesCounts = JSON.stringify(request.lines ?? '').includes(' 0"}}');
          if (!deletesCounts) return answer;
          // It looks once in 15 s.
          ahead += 20_000;
          const { isPublished } = engine;
          looks.push({ isWhole: await engine.isWhole(), isPublished });
          return answer;
        },
      };
      const engine = open({ client });
      await engine.upsert(ARTICLES, ALL.slice(0, 10));
      await engine.settle();
      // Until counts are deleted when only a gate is published.
      for (let at = 10; at < 100 && !looks.some(({ isPublished }) => isPublished); at += 1) {
        await engine.upsert(ARTICLES, [{ ...ALL[at % 45], title: `Bread ${at}` }]);
        await engine.settle(false);
        await engine.settle();
      }
      jest.restoreAllMocks();
      expect(looks).toContainEqual({ isWhole: true, isPublished: true });
      expect(looks.filter(({ isWhole }) => !isWhole)).toEqual([]);
      for (const name of await indexes()) await drop(name);
    });

    test('while a rebuilt type takes its place', async () => {
      let meanwhile: (() => Promise<void>) | null = null;
      const client: SearchClient = {
        async request<Answer>(request: Parameters<SearchClient['request']>[0]) {
          const looks = request.path.endsWith('/_mget') && request.query?._source === false;
          const [work] = looks ? [meanwhile] : [];
          if (work) meanwhile = null;
          await work?.();
          return transport.request<Answer>(request);
        },
      };
      const engine = open({ client });
      await engine.upsert(ARTICLES, ALL.slice(0, 10));
      await engine.settle();
      meanwhile = () => rebuild(engine, ALL);
      expect(await engine.isWhole()).toBe(true);
      expect(meanwhile).toBeNull();
      expect(await everyList(open())).toEqual(await inMemory(ALL));
      for (const name of await indexes()) await drop(name);
    });
  });

  test('others follow their replacements, even if they never saw that they were gone', async () => {
    const [writer, reader] = [open(), open()];
    for (const count of [10, 20, 30]) {
      await writer.upsert(ARTICLES, ALL.slice(0, count));
      await writer.settle();
    }
    await reader.refresh();
    expect(await everyList(reader)).toEqual(await inMemory(ALL.slice(0, 30)));
    for (const name of await indexes()) await drop(name);
    const next = open();
    expect(await next.findLost()).toEqual([]);
    await rebuild(next, ALL.slice(0, 12));
    await reader.refresh();
    expect(await everyList(reader)).toEqual(await inMemory(ALL.slice(0, 12)));
    // Also after all counts of the replacement were published again.
    for (let at = 12; at < 45; at += 1) {
      await next.upsert(ARTICLES, [ALL[at]]);
      await next.settle();
      if (at % 4 === 0) await reader.refresh();
    }
    await reader.refresh();
    expect(await everyList(reader)).toEqual(await inMemory(ALL));
    for (const name of await indexes()) await drop(name);
  });
});
