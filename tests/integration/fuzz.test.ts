import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { PARAMETERS } from 'plugin/controllers/rest/related-query';

import { ALL_READS, createToken, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';

const REQUESTS = 5000;
const AT_ONCE = 8;
const SEED = 20261125;
/** How much more memory the process may hold at the end than after the first tenth. */
const GROWTH_BYTES = 40e6;

let running: Running;
let token: string;
let ids: string[];
let agent: http.Agent;
let port: number;

beforeAll(async () => {
  running = await startStrapi();
  running.strapi.log.level = 'silent';
  const { strapi } = running;
  await grantPublic(strapi, [...ALL_READS, 'plugin::related-articles.health.find']);
  token = await createToken(strapi, 'full-access');
  ids = [];
  for (const [i, body] of [...BREAD, ...MOON].entries()) {
    const { documentId } = await strapi
      .documents('api::article.article')
      .create({ data: { title: `Article ${i}`, slug: `article-${i}`, body }, status: 'published' });
    ids.push(documentId);
  }
  await running.settled();
  const { httpServer } = strapi.server;
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  ({ port } = httpServer.address() as AddressInfo);
  agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
});
afterAll(async () => {
  agent?.destroy();
  await running.stop();
});

interface Asked {
  method: string;
  path: string;
  body: string | null;
  contentType: string;
  withToken: boolean;
}

const HOSTILE = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '$where',
  '$and',
  '$or',
  '$not',
  '$in',
  '$null',
  '$contains',
  '$between',
  '$jsonSupersetOf',
  'length',
  '',
  '0',
  '-1',
  '99999999999999999999',
  '1e400',
  'NaN',
  'null',
  'undefined',
  'true',
  '*',
  '../../etc/passwd',
  "' or 1=1 --",
  '%00',
  '%ff%fe',
  '%c0%af',
  '%ed%a0%80',
  '\u202e',
  '🍞',
];
const ATTRIBUTES = ['title', 'slug', 'body', 'category', 'tags', 'cover', 'createdBy', 'localizations', 'id', 'documentId', 'name', 'articles', 'on', 'fields', 'filters', 'populate', 'sort', 'count', 'status', 'locale']; // prettier-ignore

const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ATTRIBUTES) },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);
const key = fc
  .tuple(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          ...new Set(Object.values(PARAMETERS).flat()),
          'related',
          'relatedFields',
          'relatedPopulate',
          'relatedExplain',
        ),
      },
      { weight: 1, arbitrary: word },
    ),
    fc.array(word, { maxLength: 6 }),
  )
  .map(([name, path]) => name + path.map((part) => `[${part}]`).join(''));
const value = fc.oneof(
  { weight: 3, arbitrary: word },
  { weight: 1, arbitrary: fc.constantFrom('a,b,c', 'title,body', 'category.articles.category.articles.title', 'x'.repeat(9000)) }, // prettier-ignore
  { weight: 1, arbitrary: fc.integer().map(String) },
  { weight: 1, arbitrary: fc.double().map(String) },
);
const part = fc.tuple(key, value, fc.boolean()).map(([name, text, isRaw]) =>
  // Raw parts keep percent signs as they are: they may decode to bytes that are not text.
  isRaw
    ? `${name}=${text}`.replace(/[^\x21-\x7e]|#/g, '')
    : `${encodeURI(wellFormed(name))}=${encodeURIComponent(wellFormed(text))}`,
);
const nested = fc
  .tuple(
    fc.constantFrom('filters', 'populate', 'fields', 'pagination', 'exclude'),
    fc.integer({ min: 5, max: 400 }),
  ) // prettier-ignore
  .map(([name, depth]) => `${name}${'[a]'.repeat(depth)}=1`);
const query = fc
  .array(fc.oneof({ weight: 8, arbitrary: part }, { weight: 1, arbitrary: nested }), {
    maxLength: 8,
  })
  // Node itself refuses more than 16 KB of headers.
  .map((parts) => parts.join('&').slice(0, 10_000));
const reference = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 2).map((i) => () => ids[i]) },
  { weight: 1, arbitrary: fc.constant(() => 'article-1') },
  { weight: 1, arbitrary: word.map((text) => () => encodeURIComponent(wellFormed(text)) || 'x') },
  { weight: 1, arbitrary: fc.constantFrom('%ff', '%', '%00', 'x'.repeat(3000)).map((text) => () => text) }, // prettier-ignore
);
const asked = fc
  .record({
    method: fc.oneof(
      { weight: 9, arbitrary: fc.constant('GET') },
      { weight: 1, arbitrary: fc.constantFrom('POST', 'PUT', 'DELETE', 'PATCH') },
    ),
    reference,
    roll: fc.integer({ min: 0, max: 19 }),
    query,
    body: fc.option(
      fc.oneof(
        fc.json(),
        fc.constantFrom(
          '{"title":"bread","text":"an oven"}',
          '{"text":null}',
          '{"text":"x","locale":"*"}',
          '{',
          '[]',
          '"x"',
          '\u0000',
          '{"__proto__":{"a":1}}',
          '['.repeat(5000),
        ),
        fc.string({ maxLength: 50 }),
      ),
      { freq: 3 },
    ),
    // Not multipart: Strapi itself answers 500 to a malformed multipart body, on any route.
    contentType: fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded', ''), // prettier-ignore
    withToken: fc.boolean(),
  })
  .map(({ reference: of, roll, query: search, ...rest }) => (): Asked => {
    if (roll === 0) return { ...rest, path: `/api/related-articles/health?${search}` };
    if (roll < 4) return { ...rest, path: `/api/related-articles/articles?documentIds=${of()},${of()}&${search}` }; // prettier-ignore
    if (roll < 6) return { ...rest, method: 'POST', path: `/api/related-articles/articles?${search}` }; // prettier-ignore
    if (roll < 9) return { ...rest, path: `/api/articles/${of()}?related=3&${search}` };
    if (roll < 11) return { ...rest, path: `/api/articles?related=2&${search}` };
    return { ...rest, path: `/api/articles/${of()}/related?${search}` };
  });

/** Removes halves of surrogate pairs, which have no encoding. */
function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/g, '');
}

function send({ method, path, body, contentType, withToken }: Asked): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        agent,
        port,
        host: '127.0.0.1',
        method,
        path,
        headers: {
          ...(withToken && { authorization: `Bearer ${token}` }),
          ...(body !== null && {
            'content-type': contentType,
            'content-length': Buffer.byteLength(body),
          }),
        },
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode as number));
        answer.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body ?? undefined);
  });
}

test(`${REQUESTS} hostile requests are answered, and leave the process as it was`, async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const requests = fc.sample(asked, { numRuns: REQUESTS, seed: SEED });
  const statuses = new Map<number, number>();
  let before = 0;
  let next = 0;
  const worker = async () => {
    while (next < requests.length) {
      const mine = next;
      next += 1;
      if (mine === REQUESTS / 10) before = heap();
      const request = requests[mine]();
      const status = await send(request);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // 405 and 413 are Strapi's own answers to a method or a body that it does not accept.
      const expected =
        (status >= 200 && status < 300) || [400, 403, 404].includes(status) ||
        (request.method !== 'GET' && [405, 413].includes(status)); // prettier-ignore
      if (!expected) throw new Error(`Seed ${SEED}, request ${mine}: ${status} for ${JSON.stringify(request)}`); // prettier-ignore
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  expect(heap() - before).toBeLessThan(GROWTH_BYTES);

  // All kinds of answers came, so the requests were not all of one kind.
  for (const status of [200, 400, 404])
    expect(statuses.get(status)).toBeGreaterThan(REQUESTS / 100);
  expect(({} as Record<string, unknown>).a).toBeUndefined();
  expect(await send({ method: 'GET', path: '/_health', body: null, contentType: '', withToken: false })).toBe(204); // prettier-ignore
  const healthy = await send({ method: 'GET', path: `/api/articles/${ids[0]}/related`, body: null, contentType: '', withToken: false }); // prettier-ignore
  expect(healthy).toBe(200);
});
