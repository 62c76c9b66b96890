import fs from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { appOf } from 'plugin/app';
import { publishIn, uidOf, writeMiddleware, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/* What shared caches may keep: nothing that holds only for a moment, or only for some callers. */

const TYPES = ['story', 'club'];
/** Only members see what is related to a club. */
const MEMBERS = `(ctx, next) => (/member=1/.test(ctx.get('cookie')) ? next() : ctx.forbidden())`;
const REGISTER = `module.exports = {
  register({ strapi }) {
    for (const route of strapi.plugin('related-articles').routes['content-api'].routes) {
      if (route.path.includes('club')) route.config = { ...route.config, middlewares: [${MEMBERS}] };
    }
  },
  bootstrap() {},
};`;
/** Records requests in the database, as many projects do. */
const AUDIT = `module.exports = () => async (ctx, next) => {
  await next();
  for (let at = 0; at < 5; at += 1) await strapi.db.query('api::story.story').count();
};`;
const TIME_MS = 1000;

let site: Running;
const ids: Record<string, string> = {};

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const name of TYPES) {
      writeType(appDir, { name, attributes: {} });
      config.contentTypes[uidOf(name)] = { title: 'title', text: { body: 1 } };
    }
    const cache = {
      maxAge: 600,
      staleWhileRevalidate: 600,
      middlewaresOnlyWrite: true,
      shared: true,
    };
    Object.assign(config, { cache, limits: { ...config.limits, requestTime: TIME_MS } });
    writeMiddleware(appDir, 'audit', AUDIT);
    fs.writeFileSync(path.join(appDir, 'src/index.js'), REGISTER);
  });
  for (const name of TYPES) {
    for (let at = 0; at < 6; at += 1) {
      // So long that not everything in the lists is kept in memory.
      const text = `${BREAD[0]} zeppelin${at} ${BREAD[1]} `;
      const body = name === 'story' ? text.repeat(3000).slice(0, 450_000) : text;
      ids[`${name} ${at}`] = await publishIn(site.strapi, name, { title: `En ${at}`, body });
    }
  }
  const finds = TYPES.flatMap((name) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]);
  await grantPublic(site.strapi, [RELATED_FIND, ...finds]);
  await site.settled();
  await appOf(site.strapi).index.check('deep');
}, 120_000);
afterAll(() => site?.stop());

const placeOf = (one: string, query = '') => {
  const [name] = one.split(' ');
  return `/api/${name}s/${ids[one]}/related${query}`;
};

async function asked(place: string, headers: Record<string, string> = {}) {
  const { status, headers: got, body } = await site.http.get(place).set(headers);
  return { status, cacheControl: String(got['cache-control']), tag: got.etag, body };
}

test('a list with nothing in front of it may be kept', async () => {
  expect(await asked(placeOf('story 0', '?fields=title'))).toMatchObject({
    status: 200,
    cacheControl: 'public, max-age=600, stale-while-revalidate=600',
  });
});

test('an answer that does not come in time is not kept, though its tag is known', async () => {
  const place = placeOf('story 1');
  const { tag } = await asked(place);
  const { suggestions } = appOf(site.strapi);
  const find = suggestions.findSource.bind(suggestions);
  const slow = jest.spyOn(suggestions, 'findSource').mockImplementation(async (...args) => {
    await setTimeout(1.5 * TIME_MS);
    return find(...args);
  });
  const late = await asked(place);
  slow.mockRestore();
  expect([late.status, late.cacheControl, late.tag]).toEqual([503, 'no-store', undefined]);
  await setTimeout(TIME_MS);
  expect((await asked(place, { 'If-None-Match': tag })).status).toBe(304);
});

test('an answer that comes after the 503 does not change it', async () => {
  const { answers } = appOf(site.strapi);
  const basisOf = answers.basisOf.bind(answers);
  const spy = jest.spyOn(answers, 'basisOf').mockImplementation(async (...args) => {
    const basis = await basisOf(...args);
    // What follows waits for this transaction, as SQLite has one connection.
    void site.strapi.db.transaction(() => setTimeout(1.3 * TIME_MS));
    return basis;
  });
  const late = await asked(placeOf('story 2', '?fields=title'));
  expect(spy).toHaveBeenCalledTimes(1);
  spy.mockRestore();
  expect([late.status, late.cacheControl, late.tag]).toEqual([503, 'no-store', undefined]);
  expect(late.body.error.name).toBe('ServiceUnavailableError');
});

test('a 404 is not kept, as the entry may exist a moment later', async () => {
  const missing = await asked('/api/storys/not-yet/related');
  expect([missing.status, missing.cacheControl, missing.tag]).toEqual([404, 'private, no-cache', undefined]); // prettier-ignore
});

test('a list that is partial while the index is being built is not kept', async () => {
  const { index } = appOf(site.strapi);
  const progress = jest
    .spyOn(index, 'progress')
    .mockReturnValue({ ...index.progress(), ready: false, indexed: 1, total: 12 });
  const partial = await asked(placeOf('story 3', '?fields=title'));
  progress.mockRestore();
  expect(partial.body.meta.index).toEqual({ ready: false, percent: 8 });
  expect([partial.status, partial.cacheControl]).toEqual([200, 'private, no-cache']);
  // Where the index as a whole is ready, but another instance keeps it without this type.
  const whole = index.progress();
  const lacking = jest
    .spyOn(index, 'progress')
    .mockImplementation((uid) => (uid ? { ...whole, ready: false, indexed: 0, total: 0 } : whole));
  for (let times = 0; times < 3; times += 1) {
    const one = await asked(placeOf('story 3', '?fields=title'));
    expect([one.body.meta.index?.ready, one.cacheControl]).toEqual([false, 'private, no-cache']);
  }
  lacking.mockRestore();
});

test('a list that is empty because the index is away is not kept', async () => {
  const { outages } = appOf(site.strapi);
  const away = jest.spyOn(outages, 'hasBeenSince').mockReturnValue(true);
  const place = placeOf('story 5', '?fields=title');
  const states = [(await asked(place)).cacheControl, (await asked(place)).cacheControl];
  away.mockRestore();
  states.push((await asked(place)).cacheControl);
  expect(states).toEqual(['private, no-cache', 'private, no-cache', expect.stringMatching(/^public/)]); // prettier-ignore
});

test('a list behind a middleware of the project is not kept', async () => {
  const place = placeOf('club 0', '?fields=title');
  expect((await asked(place)).status).toBe(403);
  expect(await asked(place, { cookie: 'member=1' })).toMatchObject({
    status: 200,
    cacheControl: 'private, no-cache',
  });
  // Another caller may have got something else under the same tag.
  const again = await asked(place, { cookie: 'member=1', 'If-None-Match': '*' });
  expect([again.status, again.tag]).toEqual([200, undefined]);
});
