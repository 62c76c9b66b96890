import { setTimeout } from 'node:timers/promises';

import { appOf } from 'plugin/app';

import { ALL_READS, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, two } from '../helpers/texts';

const ARTICLE = 'api::article.article';
/** How long each ranking takes here, what a request may take, and how often one is sent, in milliseconds. */
const RANKING_MS = 80;
const LIMIT_MS = 2000;
const PAUSE_MS = 30;
/** For how long requests are sent. */
const SECONDS = 10;

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
  'under overload, %s are made as fast as otherwise',
  async (_, place) => {
    const sent: Promise<{ status: number; at: number }>[] = [];
    const begun = performance.now();
    const seconds = () => (performance.now() - begun) / 1000;
    while (seconds() < SECONDS) {
      const at = seconds();
      asked += 1;
      sent.push(running.http.get(place(asked)).then(({ status }) => ({ status, at })));
      await setTimeout(PAUSE_MS);
    }
    const answers = await Promise.all(sent);
    expect(answers.map(({ status }) => status)).toContain(503);
    // In order, each of these would come too late.
    const last = answers.filter(({ at }) => at > SECONDS / 2);
    const { length } = last.filter(({ status }) => status === 200);
    expect(length).toBeGreaterThan(0);
  },
  60_000,
);
