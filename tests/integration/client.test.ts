import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import vm from 'node:vm';
import { gzipSync } from 'node:zlib';
import { strapi as strapiClient } from '@strapi/client';
import { transformSync } from 'esbuild';
import { related, RelatedError, type Remembered } from 'strapi-plugin-related-articles/client';

import {
  ALL_READS,
  createToken,
  FIND_BY_TEXT,
  grantPublic,
  RELATED_FIND,
  startStrapi,
  type Running,
} from '../helpers/strapi';
import { BREAD, MOON, two } from '../helpers/texts';

/* The typed client: alone, next to @strapi/client, and without Node. */

const FILE = path.resolve('src/plugins/related-articles/dist/client/index.mjs');

interface Article {
  documentId: string;
  title: string;
  slug: string;
}

let running: Running;
let baseURL: string;
const ids: Record<string, string> = {};

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  await grantPublic(strapi, [...ALL_READS, FIND_BY_TEXT]);
  for (const [name, texts] of Object.entries({ Bread: BREAD, Moon: MOON })) {
    for (const at of [0, 1, 2]) {
      const data = { title: `${name} ${at}`, body: two(texts, at) };
      const { documentId } = await strapi.documents('api::article.article').create({ data, status: 'published' } as never); // prettier-ignore
      ids[data.title] = documentId;
    }
  }
  await running.settled();
  await strapi.plugin('related-articles').service('app').index.check('deep');
  const { httpServer } = strapi.server;
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  baseURL = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}/api`;
});
afterAll(() => running.stop());

const get = async (place: string) => (await fetch(`${baseURL}/${place}`)).json();

describe.each([
  ['by fetch alone', () => related({ baseURL: `${baseURL}/` })],
  ['with @strapi/client', () => related(strapiClient({ baseURL }))],
])('%s', (_name, open) => {
  test('gives the same answers as REST', async () => {
    const client = open();
    const one = await client.related<Article>('articles', 'bread-0', {
      fields: ['title'],
      populate: ['category'],
      pagination: { limit: 2 },
      explain: true,
      filters: { title: { $startsWith: 'Bread', $in: ['Bread 1', 'Bread 2'] } },
      exclude: [ids['Moon 0'], ids['Moon 1']],
    });
    expect(one).toEqual(
      await get(
        `articles/bread-0/related?fields=title&populate=category&pagination[limit]=2&explain=true&filters[title][$startsWith]=Bread&filters[title][$in][0]=Bread 1&filters[title][$in][1]=Bread 2&exclude=${ids['Moon 0']},${ids['Moon 1']}`,
      ),
    );
    expect(one.data.map(({ title }) => title).sort()).toEqual(['Bread 1', 'Bread 2']);
    const inline = await client.related<Article>('articles', ids['Moon 0'], { inline: true });
    expect(inline.data[0].__related.origin).toBe('suggested');

    const many = await client.relatedMany<Article>('articles', ['bread-0', 'moon-0'], { distinct: true }); // prettier-ignore
    expect(many).toEqual(await get('related-articles/articles?documentIds=bread-0,moon-0&distinct=true')); // prettier-ignore
    const together = await client.relatedMany<Article>('articles', ['bread-0', 'bread-1'], { together: true }); // prettier-ignore
    expect(together.data.map(({ title }) => title)).toEqual(['Bread 2']);
    const text = await client.relatedToText<Article>('articles', { text: BREAD.join(' ') }, { fields: ['title'] }); // prettier-ignore
    expect(text.data.map(({ title }) => title).sort()).toEqual(['Bread 0', 'Bread 1', 'Bread 2']);
  });

  test('a refusal by the server is an error with the server’s message', async () => {
    const client = open();
    const refused = (promise: Promise<unknown>) => promise.then(() => null, (error: RelatedError) => error); // prettier-ignore
    const wrong = await refused(client.related('articles', 'bread-0', { minScore: 7 }));
    expect(wrong).toBeInstanceOf(RelatedError);
    expect(wrong).toMatchObject({ status: 400, name: 'ValidationError', message: 'minScore: expected a number from 0 to 1, got "7"' }); // prettier-ignore
    expect(await refused(client.related('articles', 'nothing'))).toMatchObject({ status: 404, name: 'NotFoundError' }); // prettier-ignore
    expect(await refused(client.related('no/such', 'nothing'))).toMatchObject({ status: 404 });
    for (const name of ['', '.', '..', '\ud800']) {
      expect(await refused(client.related('articles', name))).toBeInstanceOf(TypeError);
    }
    // The server would read them as other entries, or none, and lists would not be those of the ids beside them.
    for (const name of ['', ' ', ' bread-0', 'bread-0,bread-1', '\udc00']) {
      expect(await refused(client.relatedMany('articles', ['moon-0', name]))).toBeInstanceOf(TypeError); // prettier-ignore
    }
    await grantPublic(running.strapi, [RELATED_FIND]);
    expect(await refused(client.related('articles', 'bread-0'))).toMatchObject({ status: 403, name: 'ForbiddenError' }); // prettier-ignore
    await grantPublic(running.strapi, [...ALL_READS, FIND_BY_TEXT]);
  });

  test('an aborted request rejects with the reason', async () => {
    const controller = new AbortController();
    const asked = open().related('articles', 'bread-0', {}, { signal: controller.signal });
    controller.abort(new Error('No longer wanted'));
    await expect(asked).rejects.toThrow('No longer wanted');
    await expect(open().related('articles', 'bread-0', {}, { signal: controller.signal })).rejects.toThrow('No longer wanted'); // prettier-ignore
  });
});

test.each([
  ['by fetch alone', (cache: Map<string, Remembered>) => related({ baseURL }, { cache })],
  [
    'with @strapi/client',
    (cache: Map<string, Remembered>) => related(strapiClient({ baseURL }), { cache }),
  ],
])('remembers answers if it is given a cache: %s', async (_name, open) => {
  const cache = new Map<string, Remembered>();
  const client = open(cache);
  const first = await client.related<Article>('articles', 'bread-0');
  const [[, { tag }]] = cache;
  const sent: (string | null)[] = [];
  const status: number[] = [];
  const original = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    sent.push(request.headers.get('if-none-match'));
    const response = await original(request);
    status.push(response.status);
    return response;
  };
  try {
    const again = await client.related<Article>('articles', 'bread-0');
    expect(again).toEqual(first);
    // The caller's copy: emptying it does not change the cached one.
    again.data.length = 0;
    expect(await client.related<Article>('articles', 'bread-0')).toEqual(first);
  } finally {
    globalThis.fetch = original;
  }
  expect(sent).toEqual([tag, tag]);
  expect(status).toEqual([304, 304]);
});

test('rejects a truncated answer and does not remember it; sends headers of any form', async () => {
  const cache = new Map<string, Remembered>();
  const cut = related({ baseURL, fetch: async () => new Response('{"data": [', { headers: { etag: '"x"' } }) }, { cache }); // prettier-ignore
  await expect(cut.related('articles', 'bread-0')).rejects.toThrow(/JSON/);
  expect(cache.size).toBe(0);
  const html = related({ baseURL, fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' }) }); // prettier-ignore
  await expect(html.related('articles', 'bread-0')).rejects.toMatchObject({ status: 502, message: 'Bad Gateway' }); // prettier-ignore
  const sent: Record<string, string>[] = [];
  const client = related({
    baseURL,
    auth: 'of the connection',
    headers: { 'x-own': 'a' },
    fetch: async (_url, init) => {
      const headers: Record<string, string> = {};
      new Headers(init?.headers).forEach((value, name) => (headers[name] = value));
      sent.push(headers);
      return Response.json({ data: [], meta: {} });
    },
  });
  await client.related('articles', 'x', {}, { init: { headers: new Headers({ authorization: 'mine' }) } }); // prettier-ignore
  await client.relatedToText('articles', { text: 'x' }, {}, { init: { headers: [['x-other', 'b']] } }); // prettier-ignore
  expect(sent).toEqual([
    { authorization: 'mine', 'x-own': 'a' },
    { authorization: 'Bearer of the connection', 'content-type': 'application/json', 'x-other': 'b', 'x-own': 'a' }, // prettier-ignore
  ]);
  for (const [query, said] of [
    [
      { filters: { title: { $in: [] } } },
      'filters[title][$in]: expected a value, got an empty list',
    ],
    [
      { filters: { title: { $in: [undefined] } } },
      'filters[title][$in][0]: expected a value, got undefined',
    ],
    [{ filters: { title: { $eq: null } } }, 'filters[title][$eq]: expected a value, got null'],
    [
      { filters: { title: new Set(['x']) } },
      'filters[title]: expected a value, got an empty object',
    ],
    [{ populate: { tags: { filters: { name: { $in: [] } } } } }, 'populate[tags][filters][name][$in]: expected a value, got an empty list'], // prettier-ignore
  ] as const) {
    await expect(client.related('articles', 'x', query as never)).rejects.toThrow(said);
  }
  await client.related('articles', 'x', { filters: {}, populate: undefined } as never);
});

test('a token gives access to what callers without one may not read', async () => {
  const auth = await createToken(running.strapi, 'read-only');
  await grantPublic(running.strapi, []);
  await expect(related({ baseURL }).related('articles', 'bread-0')).rejects.toThrow('Forbidden');
  const { data } = await related({ baseURL, auth }).related('articles', 'bread-0');
  expect(data).toHaveLength(2);
  await grantPublic(running.strapi, [...ALL_READS, FIND_BY_TEXT]);
});

test('a frontend that installs the package does not get Strapi with it', () => {
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(fs.readFileSync('src/plugins/related-articles/package.json', 'utf8')); // prettier-ignore
  expect(Object.keys(peerDependencies)).toContain('@strapi/strapi');
  for (const name of Object.keys(peerDependencies)) {
    expect([name, peerDependenciesMeta[name]]).toEqual([name, { optional: true }]);
  }
});

test('runs without anything from Node, and is small', async () => {
  const source = fs.readFileSync(FILE, 'utf8');
  // Only what browsers and edge runtimes have: no process, no Buffer, no require.
  const { code } = transformSync(source, { format: 'iife', globalName: 'client', minify: true });
  const context = vm.createContext({ fetch, Headers, Request, Response, URL, AbortController, structuredClone }); // prettier-ignore
  const ask = `${code}; client.related({ baseURL: ${JSON.stringify(baseURL)} }).related('articles', 'bread-0', { fields: ['title'] }).then(JSON.stringify)`; // prettier-ignore
  const answer = JSON.parse(await vm.runInContext(ask, context));
  expect(answer).toEqual(await get('articles/bread-0/related?fields=title'));
  const minified = transformSync(source, { format: 'esm', minify: true }).code;
  expect(gzipSync(minified).length).toBeLessThan(2048);
});
