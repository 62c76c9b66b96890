import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/** Ways in which a queue learns that a request is over; each calls `once`. */
const WAYS: Record<string, string> = {
  finish: `ctx.res.once('finish', once)`,
  prefinish: `ctx.res.on('prefinish', once)`,
  'stream.finished': `require('node:stream').finished(ctx.res, once)`,
  'on-finished': `require('on-finished')(ctx.res, once)`,
  'its own end': `const { end } = ctx.res;
    ctx.res.end = function (...args) { once(); return end.apply(this, args); }`,
  'close of the request': `ctx.req.once('close', once)`,
  'events.once of the request': `require('node:events').once(ctx.req, 'close').then(once, once)`,
  'stream.finished of the request': `require('node:stream').finished(ctx.req, once)`,
  'on-finished of the request': `require('on-finished')(ctx.req, once)`,
};
const NAMES = Object.keys(WAYS).map((way, at) => ({ way, name: `queue${'abcdefghijk'[at]}` }));

/** Routes that let two requests in at a time; the others wait. */
const routesOf = (name: string, letsGo: string) => `(() => {
  let free = 2;
  const waiting = [];
  const release = () => { const next = waiting.shift(); if (next) next(); else free += 1; };
  const queue = async (ctx, next) => {
    if (free > 0) free -= 1;
    else await new Promise((go) => waiting.push(go));
    let isOver = false;
    const once = () => { if (!isOver) { isOver = true; release(); } };
    ${letsGo};
    await next();
  };
  const config = { find: { middlewares: [queue] }, findOne: { middlewares: [queue] } };
  return require('@strapi/strapi').factories.createCoreRouter('${uidOf(name)}', { config });
})()`;

let site: Running;

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const { way, name } of NAMES) {
      const attributes = { slug: { type: 'string' } };
      writeType(appDir, { name, routes: routesOf(name, WAYS[way]), attributes });
      config.contentTypes[uidOf(name)] = { title: 'title', slug: 'slug', text: { body: 1 } };
    }
  });
  for (const { name } of NAMES) {
    for (let at = 0; at < 6; at += 1) {
      const body = `${BREAD[0]} zeppelin${at} ${BREAD[1]}`;
      await publishIn(site.strapi, name, { title: `En ${at}`, slug: `s-${at}`, body });
    }
  }
  const finds = NAMES.flatMap(({ name }) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]);
  await grantPublic(site.strapi, [RELATED_FIND, ...finds]);
  await site.settled();
  await new Promise<void>((go) => site.strapi.server.httpServer.listen(0, go));
}, 60_000);
afterAll(() => site?.stop());

async function statusOf(path: string): Promise<number> {
  const { port } = site.strapi.server.httpServer.address() as { port: number };
  const answer = await fetch(`http://127.0.0.1:${port}/api/${path}`);
  await answer.text();
  return answer.status;
}

test.each(NAMES)('lists do not block a queue that is released by $way', async ({ name }) => {
  const all = (path: string) => Promise.all(Array.from({ length: 8 }, () => statusOf(path)));
  expect(await all(`${name}s`)).toEqual(Array(8).fill(200));
  expect(await statusOf(`${name}s/s-3/related`)).toBe(200);
  expect(await all(`${name}s/s-3/related`)).toEqual(Array(8).fill(200));
  expect(await all(`${name}s`)).toEqual(Array(8).fill(200));
});
