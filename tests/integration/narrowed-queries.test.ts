import fs from 'node:fs';
import path from 'node:path';

import { coreController, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { createToken, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/*
 * Route middlewares and policies that narrow a query, in every way that Koa and Strapi allow: what they hide from `GET`
 * is hidden in suggestions, in totals, and as a source.
 */

const ADD =
  '(ctx) => { ctx.query.filters = { $and: [ctx.query.filters ?? {}, { hidden: false }] }; }';
const WRITTEN = 'filters[$and][9][hidden][$eq]=false';
const middleware = (body: string) =>
  `{ middlewares: [async (ctx, next) => { ${body}; return next(); }] }`;
const where = (condition: string) => middleware(`if (${condition}) (${ADD})(ctx)`);

/** The configuration of each type's routes, by the type's name. */
const NARROWED: Record<string, string> = {
  plain: middleware(`(${ADD})(ctx)`),
  assigned: middleware('Object.assign(ctx.query, { filters: { $and: [ctx.query.filters ?? {}, { hidden: { $eq: false } }] } })'), // prettier-ignore
  request: middleware('ctx.request.query = { ...ctx.request.query, filters: { $and: [ctx.query.filters ?? {}, { hidden: false }] } }'), // prettier-ignore
  querystring: middleware(`ctx.querystring += '&${WRITTEN}'`),
  search: middleware(`ctx.search = (ctx.search || '?') + '&${WRITTEN}'`),
  url: middleware(`ctx.url += (ctx.url.includes('?') ? '&' : '?') + '${WRITTEN}'`),
  policy: "{ policies: ['global::narrow'] }",
  unpaged: middleware(`const { pagination, ...rest } = ctx.query; ctx.query = rest; (${ADD})(ctx)`),
  listed: middleware('ctx.query = { filters: { $and: [ctx.query.filters ?? {}, { hidden: false }] }, pagination: { page: 1, pageSize: 100 } }'), // prettier-ignore
  statusless: middleware(`delete ctx.query.status; (${ADD})(ctx)`),
  whitelist: middleware(`const { fields, filters, populate, sort, pagination, locale } = ctx.query; ctx.query = { fields, filters, populate, sort, pagination, locale }; (${ADD})(ctx)`), // prettier-ignore
  capped: middleware(`const { pagination = {} } = ctx.query; ctx.query.pagination = { ...pagination, pageSize: Math.min(pagination.pageSize ?? 10, 3) }; (${ADD})(ctx)`), // prettier-ignore
  limited: middleware(`ctx.query.pagination = { ...ctx.query.pagination, limit: 3 }; (${ADD})(ctx)`), // prettier-ignore
  counted: `{ middlewares: [async (ctx, next) => { (${ADD})(ctx); await next(); if (ctx.body?.meta) { ctx.body.meta.served = 1; ctx.body.meta.pagination?.pageSize.toFixed(); } }] }`, // prettier-ignore
  unlisted: middleware("Object.defineProperty(ctx.query, 'filters', { value: { $and: [ctx.query.filters ?? {}, { hidden: false }] } })"), // prettier-ignore
  defined: middleware("Object.defineProperty(ctx.request, 'query', { value: { ...ctx.query, filters: { $and: [ctx.query.filters ?? {}, { hidden: false }] } } })"), // prettier-ignore
  // Depending on the caller.
  anonymous: `{ auth: false, middlewares: [async (ctx, next) => { if (!ctx.state.auth) (${ADD})(ctx); return next(); }] }`,
  // Depending on what a global middleware has stored.
  context: where("ctx.tier === 'free'"),
  incoming: where("ctx.request.tier === 'free'"),
  state: where("ctx.state.tier === 'free'"),
  symbol: where("ctx[Symbol.for('tier')] === 'free'"),
  getter: where("ctx.hiddenTier === 'free'"),
  prototype: where("ctx.state.plan === 'free'"),
  host: where("ctx.request.hostname === 'free.example'"),
  // Depending on where the request goes.
  matched: where("ctx._matchedRoute.startsWith('/api/matcheds')"),
  placed: where("[ctx.originalUrl, ctx.req.url, ctx.path, ctx.URL.pathname].every((place) => place.startsWith('/api/placeds'))"), // prettier-ignore
  patterned: where("ctx.params.kind === 'patterneds' && ctx.path.startsWith('/api/patterneds')"),
  optional: where("ctx.path.startsWith('/api/optionals') && !ctx.url.includes('?/')"),
  totalled: `{ middlewares: [async (ctx, next) => { (${ADD})(ctx); await next(); const { pagination } = ctx.body?.meta ?? {}; if (pagination) ctx.set('x-total', pagination.total.toString()); }] }`,
  customised: middleware(`const { pagination = {} } = ctx.query; ctx.query.pagination = { ...pagination, limit: Math.min(pagination.limit ?? 25, 3) }; (${ADD})(ctx)`), // prettier-ignore
  paged: middleware(`const { pagination = {} } = ctx.query; ctx.query.pagination = { ...pagination, pageSize: Math.min(pagination.pageSize ?? 25, 3) }; (${ADD})(ctx)`), // prettier-ignore
  member: `{ auth: false, middlewares: [async (ctx, next) => { if (ctx.state.user?.plan === 'free') (${ADD})(ctx); return next(); }] }`,
  elsewhere: where("ctx.path.startsWith('/api/stories') && ctx.url.startsWith('/api/stories')"),
  ownplain: middleware(`(${ADD})(ctx)`),
  ownpolicy: "{ policies: ['global::narrow'] }",
  ownurl: middleware(`ctx.url += (ctx.url.includes('?') ? '&' : '?') + '${WRITTEN}'`),
};
/** Routes under another path than the type's plural name. */
const PATHS: Record<string, string> = {
  elsewhere: '/stories',
  tenants: '/:tenant/things',
  patterned: '/:kind(patterneds)',
};
const OPTIONAL = ['optional'];
/** Types whose documents the plugin reads itself. */
const READ = ['ownplain', 'ownpolicy', 'ownurl'];
/** Types whose controller is not Strapi's own. */
const CUSTOMISED = ['customised', 'paged'];
const OPEN = 'tenants';
const NAMES = Object.keys(NARROWED);
const pathOf = (name: string) => PATHS[name] ?? `/${name}s`;
const asked = (name: string) =>
  pathOf(name)
    .replace(/^\/:\w+\((\w+)\)/, '/$1')
    .slice(1);

const GLOBAL = "() => async (ctx, next) => { ctx.tier = 'free'; ctx.request.tier = 'free'; ctx.state = Object.assign(Object.create({ plan: 'free' }), ctx.state, { tier: 'free', user: { plan: 'free' } }); Object.defineProperty(ctx.request, 'hostname', { value: 'free.example' }); ctx[Symbol.for('tier')] = 'free'; Object.defineProperty(ctx, 'hiddenTier', { get: () => 'free' }); return next(); }"; // prettier-ignore
const POLICY = `(ctx) => { const { request } = ctx; request.querystring += (request.querystring ? '&' : '') + '${WRITTEN}'; return true; }`;

let site: Running;
let token: string;
const ids: Record<string, { open: string[]; hidden: string }> = {};

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const [name, routeConfig] of [...Object.entries(NARROWED), [OPEN, '{}']]) {
      const route = (place: string, action: string) =>
        `{ method: 'GET', path: '${place}', handler: '${name}.${action}', config: ${routeConfig} }`;
      const routes = `{ routes: [${route(`${pathOf(name)}/:id`, 'findOne')}, ${route(pathOf(name) + (OPTIONAL.includes(name) ? '/:kind?' : ''), 'find')}] }`; // prettier-ignore
      const controller = coreController(name, '{ async find(ctx) { return await super.find(ctx); } }'); // prettier-ignore
      writeType(appDir, { name, routes, ...(CUSTOMISED.includes(name) && { controller }) });
      const file = path.join(appDir, `src/api/${name}/content-types/${name}/schema.json`);
      const schema = JSON.parse(fs.readFileSync(file, 'utf8'));
      delete schema.attributes.circle;
      schema.attributes.slug = { type: 'uid' };
      fs.writeFileSync(file, JSON.stringify(schema));
      config.contentTypes[uidOf(name)] = {
        title: 'title',
        slug: 'slug',
        text: { body: 1 },
        ...(READ.includes(name) && { documentsFrom: 'plugin' }),
      };
    }
    const write = (place: string, text: string) => {
      fs.mkdirSync(path.dirname(path.join(appDir, place)), { recursive: true });
      fs.writeFileSync(path.join(appDir, place), `module.exports = ${text};`);
    };
    write('src/middlewares/tier.js', GLOBAL);
    write('src/policies/narrow.js', POLICY);
    const stock = ['logger', 'errors', 'security', 'cors', 'query', 'body', 'session', 'favicon', 'public']; // prettier-ignore
    write('config/middlewares.js', JSON.stringify([...stock.map((name) => `strapi::${name}`), 'global::tier'])); // prettier-ignore
  });
  const { strapi } = site;
  strapi.log.level = 'silent';
  for (const name of [...NAMES, OPEN]) {
    const documents = strapi.documents(uidOf(name) as never) as unknown as {
      create(params: object): Promise<{ documentId: string }>;
      update(params: object): Promise<unknown>;
    };
    const create = async (data: object) =>
      (await documents.create({ data, status: 'published' })).documentId;
    const open: string[] = [];
    for (const [i, body] of BREAD.entries()) {
      open.push(await create({ title: `Bread ${i}`, slug: `bread-${i}`, body }));
    }
    const hidden = await create({ title: 'Hidden', slug: 'premium', body: `${BREAD[0]} ${BREAD[1]}`, hidden: true }); // prettier-ignore
    for (const documentId of open) {
      await documents.update({ documentId, data: { title: 'zzdraft', body: 'zzdraft sourdough' } });
    }
    ids[name] = { open, hidden };
  }
  await grantPublic(strapi, [
    RELATED_FIND,
    ...[...NAMES, OPEN].flatMap((name) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]),
  ]);
  token = await createToken(strapi, 'full-access');
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

const get = (place: string) => site.http.get(`/api/${place}`);

test.each(NAMES)('entries that the routes of "%s" hide are in no list', async (name) => {
  const [first] = ids[name].open;
  const listed = await get(asked(name));
  expect(listed.body.data.map(({ title }: { title: string }) => title)).not.toContain('Hidden');
  for (const query of [
    '',
    '&fields=title',
    '&fields=title,body',
    '&explain=true',
    '&fields=body&explain=true',
  ]) {
    // prettier-ignore
    const { status, text, body } = await get(`${name}s/${first}/related?minScore=0${query}`);
    expect({ query, status }).toEqual({ query, status: 200 });
    expect(body.data.length).toBe(BREAD.length - 1);
    expect(body.meta.pagination.total).toBe(BREAD.length - 1);
    expect(text).not.toMatch(/Hidden|zzdraft/);
    expect(text).not.toContain(ids[name].hidden);
    // One of the routes leaves no fields in the query.
    if (query === '&fields=title' && name !== 'listed') expect(Object.keys(body.data[0]).sort()).toEqual(['documentId', 'id', 'title']); // prettier-ignore
  }
});

test.each(NAMES)('entries that the routes of "%s" hide are no source', async (name) => {
  const nothing = await get(`${name}s/nothing/related`);
  for (const key of [ids[name].hidden, 'premium']) {
    expect((await get(`${asked(name)}/${key}`)).status).toBe(404);
    const { status, body } = await get(`${name}s/${key}/related?minScore=0`);
    expect({ key, status, body }).toEqual({ key, status: 404, body: nothing.body });
  }
  expect((await get(`${name}s/bread-1/related`)).status).toBe(200);
});

test('on a route without authentication, a login changes nothing', async () => {
  const { open, hidden } = ids.anonymous;
  const as = (place: string) => get(place).set('Authorization', `Bearer ${token}`);
  expect((await as(`anonymouss/${hidden}`)).status).toBe(404);
  expect((await as(`anonymouss/${hidden}/related`)).status).toBe(404);
  const { body, text } = await as(`anonymouss/${open[0]}/related?minScore=0`);
  expect(body.data.length).toBe(BREAD.length - 1);
  expect(text).not.toContain('Hidden');
});

test('a list whose path has parameters cannot be asked', async () => {
  expect((await get('a/things')).status).toBe(200);
  expect((await get(`${OPEN}s/${ids[OPEN].open[0]}/related`)).status).toBe(403);
});

test('gives the fields that the caller asked for, and no others', async () => {
  const keysOf = async (query: string) => {
    const { body } = await get(`plains/${ids.plain.open[0]}/related?minScore=0&${query}`);
    return Object.keys(body.data[0]).sort();
  };
  expect(await keysOf('fields=publishedAt')).toEqual(['documentId', 'id', 'publishedAt']);
  expect(await keysOf('fields[]=documentId&fields[]=publishedAt')).toEqual(['documentId', 'id', 'publishedAt']); // prettier-ignore
  expect(await keysOf('fields=title')).toEqual(['documentId', 'id', 'title']);
  for (const query of ['fields[a]=title', 'fields[]=title&fields[a]=b']) {
    expect((await get(`plains/${ids.plain.open[0]}/related?${query}`)).status).toBe(400);
  }
});
