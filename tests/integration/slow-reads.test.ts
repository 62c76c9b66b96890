import { setTimeout as pause } from 'node:timers/promises';

import { appOf } from 'plugin/app';
import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import {
  createToken,
  FIND_BY_TEXT,
  grantPublic,
  RELATED_FIND,
  type Running,
} from '../helpers/strapi';

/* A hook of the project that waits for something elsewhere, for one draft. */

const HOLD = "{ const rows = [event.result].flat();  if (strapi.held && rows.some((one) => one && one.title === 'Slow')) await new Promise((go) => strapi.held.push(go)); }"; // prettier-ignore
const HOOKED = uidOf('hooked');
/** A type with a policy that asks another service, which takes a while. */
const POLICED = uidOf('policed');
const ASK_MS = 100;
const PLAIN = uidOf('plain');
const plain: string[] = [];

let site: Running;
let held: (() => void)[];
let token: string;
let slow: string;
const free: string[] = [];

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    const lifecycles = `{ async afterFindMany(event) ${HOLD}, async afterFindOne(event) ${HOLD} }`;
    writeType(appDir, { name: 'hooked', attributes: {}, lifecycles });
    const ask = `async (_context, _config, { strapi }) => { strapi.asked?.push(performance.now()); await new Promise((go) => setTimeout(go, ${ASK_MS})); return true; }`; // prettier-ignore
    const routes = `require('@strapi/strapi').factories.createCoreRouter('${POLICED}', { config: { find: { policies: ['ask'] } } })`; // prettier-ignore
    writeType(appDir, { name: 'policed', attributes: {}, policies: { ask }, routes });
    writeType(appDir, { name: 'plain', attributes: {} });
    for (const uid of [HOOKED, POLICED, PLAIN])
      config.contentTypes[uid] = { title: 'title', text: { body: 1 } };
  });
  for (let at = 0; at < 4; at += 1) {
    free.push(await publishIn(site.strapi, 'hooked', { title: `Free ${at}`, body: `alpha beta gamma word${at}` })); // prettier-ignore
  }
  for (const title of ['One', 'Two', 'Three'])
    plain.push(await publishIn(site.strapi, 'plain', { title, body: 'alpha beta gamma' }));
  const draft = { title: 'Slow', body: 'alpha beta gamma' };
  const documents = site.strapi.documents(HOOKED as 'api::article.article');
  slow = (await documents.create({ data: draft as never })).documentId;
  const readable = [HOOKED, POLICED, PLAIN].flatMap((uid) => [`${uid}.find`, `${uid}.findOne`]);
  await grantPublic(site.strapi, [RELATED_FIND, FIND_BY_TEXT, ...readable]);
  token = await createToken(site.strapi, 'full-access');
  await site.settled();
  held = [];
  Object.assign(site.strapi, { held });
}, 120_000);
afterAll(() => site?.stop());

test('a draft that takes long to read does not delay other lists', async () => {
  let reads = 0;
  let isDone = false;
  const preview = site.http
    .get(`/api/hookeds/${slow}/related?status=draft&minScore=0`)
    .set('Authorization', `Bearer ${token}`)
    .then((answer) => ((isDone = true), answer));
  // If the test fails, this request fails with the site.
  void preview.catch(() => undefined);
  while (!isDone) {
    if (held.length === 0) {
      await pause(10);
      continue;
    }
    // One read of the draft after the other.
    reads += 1;
    const list = await site.http.get(`/api/hookeds/${free[0]}/related?minScore=0`).timeout(5000);
    expect(list.status).toBe(200);
    held.splice(0).forEach((go) => go());
  }
  expect((await preview).status).toBe(200);
  expect(reads).toBeGreaterThan(0);
}, 60_000);

test('an entry that takes long to read does not delay lists for several other entries', async () => {
  Object.assign(site.strapi, { held: null });
  const near: string[] = [];
  for (const title of ['Slow', 'Near 1', 'Near 2'])
    near.push(await publishIn(site.strapi, 'hooked', { title, body: 'omega psi chi phi' }));
  await site.settled();
  Object.assign(site.strapi, { held });
  const listsOf = (ids: readonly string[]) =>
    site.http.get(`/api/related-articles/hookeds?documentIds=${ids.join()}&minScore=0`);
  const pages = [1, 2, 3].map(() => listsOf(near.slice(1)).then(({ status }) => status));
  while (held.length === 0) await pause(10);
  for (let time = 0; time < 3; time += 1) {
    const { status } = await listsOf(free).timeout(5000);
    expect(status).toBe(200);
  }
  const statuses = Promise.all(pages);
  let isDone = false;
  void statuses.then(() => (isDone = true));
  while (!isDone) {
    held.splice(0).forEach((go) => go());
    await pause(10);
  }
  expect(await statuses).toEqual([200, 200, 200]);
  Object.assign(site.strapi, { held: null });
}, 60_000);

test('a policy that waits for another service does not make requests wait for each other', async () => {
  const ids: string[] = [];
  for (let at = 0; at < 10; at += 1)
    ids.push(await publishIn(site.strapi, 'policed', { title: `Entry ${at}`, body: `alpha beta gamma word${at}` })); // prettier-ignore
  await site.settled();
  const several = `/api/related-articles/policeds?documentIds=${ids.slice(0, 5).join()}&minScore=0`;
  for (const path of [several, '/api/policeds?related=3&pagination[limit]=5']) {
    const asked = Array.from({ length: 20 }, () => site.http.get(path));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  }
}, 60_000);

test('single lists with a slow policy take turns, also where they are filled', async () => {
  const ids: string[] = [];
  for (let at = 0; at < 3; at += 1)
    ids.push(await publishIn(site.strapi, 'policed', { title: `One ${at}`, body: `chi psi omega word${at}` })); // prettier-ignore
  await site.settled();
  for (const query of ['minScore=0', 'fallback=newest&minScore=1']) {
    const asked: number[] = [];
    Object.assign(site.strapi, { asked });
    const lists = Array.from({ length: 90 }, (_, at) => site.http.get(`/api/policeds/${ids[at % 3]}/related?${query}`)); // prettier-ignore
    const statuses = (await Promise.all(lists)).map(({ status }) => status);
    Object.assign(site.strapi, { asked: null });
    expect(new Set(statuses)).toEqual(new Set([200]));
    const within = (from: number) => asked.filter((at) => at >= from && at < from + ASK_MS).length;
    expect(asked.length).toBeGreaterThanOrEqual(lists.length);
    expect(Math.max(...asked.map(within))).toBeLessThan(40);
  }
}, 60_000);

test.each([
  ['/api/plains/:id/related?', 'suggestions', 'find'],
  ['/api/related-articles/plains?documentIds=:id&', 'batch', 'lists'],
  ['/api/related-articles/plains?documentIds=:id,:other&together=true&', 'batch', 'together'],
  // For a text.
  ['/api/related-articles/plains?', 'suggestions', 'find'],
] as const)(
  'lists with filters take turns: %s',
  async (path, service, method) => {
    let running = 0;
    let most = 0;
    let calls = 0;
    const allAsked = pause(3000);
    const made = appOf(site.strapi)[service] as unknown as Record<string, (...asked: unknown[]) => Promise<unknown>>; // prettier-ignore
    const real = made[method].bind(made);
    const spy = jest.spyOn(made, method).mockImplementation(async (...asked) => {
      calls += 1;
      running += 1;
      most = Math.max(most, running);
      await allAsked;
      return real(...asked).finally(() => (running -= 1));
    });
    const text = { title: 'Free', text: 'alpha beta gamma' };
    const url = `${path.replace(':id', plain[0]).replace(':other', plain[1])}minScore=0&filters[title][$ne]=None`; // prettier-ignore
    const ask = () =>
      path.endsWith('plains?') ? site.http.post(url).send(text) : site.http.get(url);
    try {
      const answers = await Promise.all(Array.from({ length: 60 }, ask));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    } finally {
      spy.mockRestore();
    }
    expect(calls).toBe(60);
    expect(most).toBeLessThan(40);
  },
  60_000,
);
