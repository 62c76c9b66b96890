import { appOf } from 'plugin/app';

import { publishIn, uidOf, writeMiddleware, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/** A middleware of the whole application: visitors get the beginning, members everything. */
const PAYWALL = `module.exports = () => async (ctx, next) => {
  await next();
  if (/member=1/.test(ctx.get('cookie')) || !ctx.path.startsWith('/api/')) return;
  for (const one of [(ctx.body || {}).data || []].flat()) if (one.body) one.body = 'Members only';
};`;

let site: Running;
let place = '';

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    writeType(appDir, { name: 'story', attributes: {} });
    config.contentTypes[uidOf('story')] = { title: 'title', text: { body: 1 } };
    writeMiddleware(appDir, 'paywall', PAYWALL);
  });
  for (let at = 0; at < 6; at += 1) {
    const body = `${BREAD[0]} word${at} ${BREAD[1]}`;
    const id = await publishIn(site.strapi, 'story', { title: `En ${at}`, body });
    place = `/api/storys/${id}/related?fields=title,body`;
  }
  const finds = [`${uidOf('story')}.find`, `${uidOf('story')}.findOne`];
  await grantPublic(site.strapi, [RELATED_FIND, ...finds]);
  await site.settled();
  await appOf(site.strapi).index.check('deep');
}, 120_000);
afterAll(() => site?.stop());

test('what a member gets is kept for nobody if middlewares of the application may cut it', async () => {
  const member = await site.http.get(place).set('Cookie', 'member=1');
  expect(member.body.data[0].body).toContain('word');
  expect(member.headers['cache-control']).toBe('private, no-cache');
  // It would be the tag of the answer before it was cut.
  expect(member.headers.etag).toBeUndefined();
  const visitor = await site.http.get(place).set('If-None-Match', '*');
  expect([visitor.status, visitor.body.data?.[0]?.body]).toEqual([200, 'Members only']);
});

test('a site builder whose middlewares do not change lists can say so', async () => {
  const { cache } = appOf(site.strapi).config;
  cache.shared = true;
  try {
    const first = await site.http.get(place);
    expect(first.headers['cache-control']).toBe('public, no-cache');
    expect((await site.http.get(place).set('If-None-Match', first.headers.etag)).status).toBe(304);
  } finally {
    delete cache.shared;
  }
});
