import { setTimeout } from 'node:timers/promises';

import { appOf } from 'plugin/app';

import { ALL_READS, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, two } from '../helpers/texts';

const ARTICLE = 'api::article.article';
/** How long each ranking takes here, and what a request may take, in milliseconds. */
const RANKING_MS = 60;
const LIMIT_MS = 3000;

let running: Running;
const ids: string[] = [];

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  await grantPublic(strapi, ALL_READS);
  for (let at = 0; at < 4; at += 1) {
    const data = { title: `Bread ${at}`, body: two(BREAD, at) };
    const { documentId } = await strapi.documents(ARTICLE).create({ data, status: 'published' } as never); // prettier-ignore
    ids.push(documentId);
  }
  await running.settled();
  const { engine, config } = appOf(strapi);
  config.limits.requestTime = LIMIT_MS;
  const related = engine.related.bind(engine);
  jest.spyOn(engine, 'related').mockImplementation(async (...of) => {
    await setTimeout(RANKING_MS);
    return related(...of);
  });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await running.stop();
});

/** Addresses of several lists; each number gives another one, so that no answer is kept. */
const places = {
  'lists of several entries': (at: number) =>
    `/api/related-articles/articles?documentIds=${ids[0]},${ids[1]}&minScore=${at / 100_000}`,
  'entries with their lists': (at: number) =>
    `/api/articles?fields=title&related=2&relatedFields=title&filters[title][$ne]=${at}`,
};
let asked = 0;

test.each(Object.entries(places))(
  'under overload, some %s are made, and the rest is refused at once',
  async (_, place) => {
    const ask = async () => {
      asked += 1;
      const { status, body, headers } = await running.http.get(place(asked));
      return { status, message: body.error?.message, retry: headers['retry-after'] };
    };
    for (let at = 0; at < 10; at += 1) expect((await ask()).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 60 }, ask));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(4);
    expect(refused.length).toBeGreaterThan(0);
    for (const { status, retry } of refused) expect([status, retry]).toEqual([503, '5']);
    const atOnce = refused.filter(({ message }) => message === 'Too many lists are waiting');
    expect(atOnce.length).toBeGreaterThan(refused.length / 2);
    expect((await ask()).status).toBe(200);
  },
);
