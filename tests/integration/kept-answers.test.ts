import type { Context } from 'koa';
import type { Response } from 'supertest';
import { appOf } from 'plugin/app';
import { WritesAround } from '../../soak/writes-around';
import { afresh } from '../helpers/fresh-answers';
import { ALL_READS, createToken, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, two } from '../helpers/texts';

/* Answers that are reused without being made again: never an outdated one, whatever they depend on. */

const ARTICLE = 'api::article.article';
/** Fewer with a search cluster, where each write takes a while to reach the index. */
const WRITES = process.env.RELATED_ARTICLES_SEARCH_NODES ? 100 : 120;
/** A minute on a quiet machine; next to other suites, more than twice that. */
const WRITING_MS = 400_000;

let running: Running;
let token: string;

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  await grantPublic(strapi, ALL_READS);
  token = await createToken(strapi, 'read-only');
  for (const at of [0, 1, 2, 3, 4, 5]) {
    const data = { title: `Bread ${at}`, body: two(BREAD, at) };
    await strapi.documents(ARTICLE).create({ data, status: 'published' } as never);
  }
  await appOf(strapi).index.check('deep');
  await running.settled();
});
afterAll(() => running.stop());

interface Question {
  place: string;
  token?: boolean;
}

const EVERYTHING: Question = {
  place: 'related-articles/articles?documentIds=bread-0,bread-1,bread-2,bread-3&populate=*',
};
const QUESTIONS: Question[] = [
  { place: 'articles/bread-0/related' },
  { place: 'articles/bread-1/related?populate=*&explain=true' },
  {
    place: 'articles/bread-2/related?populate[category][fields]=name&fields=title&fallback=newest',
  },
  { place: 'articles/bread-3/related?filters[category][name][$contains]=o', token: true },
  { place: 'articles/bread-4/related?populate[cover]=true&locale=en', token: true },
  { place: 'related-articles/articles?documentIds=bread-0,bread-5&populate=cover' },
];

function ask({ place, token: hasToken }: Question, tag?: string): Promise<Response> {
  const request = running.http.get(`/api/${place}`);
  if (hasToken) request.set('Authorization', `Bearer ${token}`);
  if (tag) request.set('If-None-Match', tag);
  return request.then((response) => response);
}

test('an answer that a hook of the project makes for one caller goes to nobody else', async () => {
  const { strapi } = running;
  const place = 'articles/bread-0/related?fields=excerpt';
  const asTenant = (name: string) => running.http.get(`/api/${place}`).set('x-tenant', name);
  expect((await asTenant('alice')).headers['cache-control']).toBe('public, no-cache');
  const remove = strapi.db.lifecycles.subscribe({
    models: [ARTICLE],
    afterFindMany({ result }: { result: { excerpt?: string }[] }) {
      const tenant = strapi.requestContext.get()?.get('x-tenant');
      for (const row of result) if ('excerpt' in row) row.excerpt = `for ${tenant}`;
    },
  } as never) as unknown as () => void;
  for (const tenant of ['alice', 'bob']) {
    const { body, headers } = await asTenant(tenant);
    expect(body.data[0].excerpt).toBe(`for ${tenant}`);
    expect(headers['cache-control']).toBe('private, no-cache');
  }
  remove();
  expect((await asTenant('alice')).headers['cache-control']).toBe('public, no-cache');
});

test('an answer is public only if the address contains everything that was asked', async () => {
  const { strapi } = running;
  const place = 'articles/bread-1/related';
  expect((await running.http.get(`/api/${place}`)).headers['cache-control']).toBe('public, no-cache'); // prettier-ignore
  let isOn = true;
  // Like a project that narrows queries by a cookie.
  strapi.server.app.middleware.unshift(async (ctx: Context, next: () => Promise<unknown>) => {
    if (isOn && ctx.get('x-tenant')) {
      const { query } = ctx;
      query.filters = { excerpt: ctx.get('x-tenant') } as never;
    }
    await next();
  });
  const asTenant = await running.http.get(`/api/${place}?fields=title`).set('x-tenant', 'alice');
  isOn = false;
  expect(asTenant.headers['cache-control']).toBe('private, no-cache');
});

test(
  `${WRITES} random writes: no 304 for an answer that has changed, and one for each that has not`,
  async () => {
    const { strapi } = running;
    const writes = new WritesAround(strapi, 20261126);
    const tags = new Map<Question, string>();
    const told = { unchanged: 0, changed: 0, kept: 0, remade: 0 };
    for (let write = 0; write < WRITES; write += 1) {
      await writes.one();
      // One of all possible questions, and the one that depends on most.
      for (const question of new Set([QUESTIONS[write % QUESTIONS.length], EVERYTHING])) {
        const before = tags.get(question);
        const first = await ask(question, before);
        await running.settled();
        const truth = await afresh(strapi, () => ask(question));
        const tag = truth.headers.etag;
        if (first.status === 304) expect([write, before]).toEqual([write, tag]);
        if (truth.status !== 200) {
          expect((await ask(question, before)).status).toBe(truth.status);
          continue;
        }
        if (before) told[before === tag ? 'unchanged' : 'changed'] += 1;
        tags.set(question, tag);
        const ranked = jest.spyOn(appOf(strapi).engine, 'related');
        const again = await ask(question, tag);
        const whole = await ask(question, '"another"');
        // Now and then the log is being read, and the answer is made again.
        const isKept = again.status === 304 && ranked.mock.calls.length === 0;
        told[isKept ? 'kept' : 'remade'] += 1;
        if (isKept) expect([write, again.headers.etag, again.text]).toEqual([write, tag, '']);
        expect([write, whole.status, whole.headers.etag]).toEqual([write, 200, tag]);
        expect(whole.body).toEqual(truth.body);
        expect(whole.headers['cache-control']).toBe(truth.headers['cache-control']);
        ranked.mockRestore();
      }
    }
    // The test would prove nothing if answers were always the same, or never.
    expect(told.changed).toBeGreaterThan(WRITES / 10);
    expect(told.unchanged).toBeGreaterThan(WRITES / 10);
    expect(told.remade).toBeLessThan(0.03 * told.kept);
  },
  WRITING_MS,
);
