import fs from 'node:fs';
import path from 'node:path';

import { coreController, uidOf, writeCircle, writeType, type GuardedType } from '../helpers/guarded-types'; // prettier-ignore
import { startSite } from '../helpers/site';
import {
  createToken,
  FIND_BY_TEXT,
  grantPublic,
  RELATED_FIND,
  type Running,
} from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/*
 * Each type guards its documents in a different way that Strapi offers. Whatever stands between a caller and `GET
 * /api/<type>` must also stand between that caller and the type's suggestions.
 */

const route = (pathName: string, handler: string, config = '{}') =>
  `{ method: 'GET', path: '${pathName}', handler: ${handler}, config: ${config} }`;
const written = (...routes: string[]) => `{ routes: [${routes.join(', ')}] }`;
const short = (name: string, config = '{}') =>
  written(
    route(`/${name}s`, `'${name}.find'`, config),
    route(`/${name}s/:id`, `'${name}.findOne'`, config),
  );
const both = (name: string, condition: string) =>
  coreController(
    name,
    `{
      async find(ctx) {
        ctx.query = { ...ctx.query, filters: { $and: [ctx.query.filters ?? {}, ${condition}] } };
        return super.find(ctx);
      },
      async findOne(ctx) {
        const found = await strapi.documents('${uidOf(name)}').findFirst({ filters: { $and: [{ documentId: ctx.params.id }, ${condition}] }, status: ctx.query.status ?? 'published' });
        return found ? super.findOne(ctx) : ctx.notFound();
      },
    }`,
  );

/** Nobody gets entries of these types. */
const CLOSED: GuardedType[] = [
  { name: 'globally', routes: `require('@strapi/strapi').factories.createCoreRouter('${uidOf('globally')}', { config: { find: { policies: ['global::deny'] } } })` }, // prettier-ignore
  { name: 'shortly', routes: short('shortly', "{ policies: ['global::deny'] }") },
  { name: 'locally', routes: short('locally', "{ policies: ['members'] }"), policies: { members: '() => false' } }, // prettier-ignore
  { name: 'longly', routes: written(route('/longlys', `'${uidOf('longly')}.find'`, "{ policies: [{ name: 'members', config: { a: 1 } }] }")), policies: { members: '() => false' } }, // prettier-ignore
  { name: 'functional', routes: written(route('/functionals', '(ctx) => ctx.forbidden()')) },
  { name: 'twice', routes: written(route('/twices', "'twice.find'", "{ policies: ['global::deny'] }"), route('/open-twices', "'twice.find'")) }, // prettier-ignore
  { name: 'twicely', routes: written(route('/open-twicelys', "'twicely.find'"), route('/twicelys', "'twicely.find'", "{ policies: ['global::deny'] }")) }, // prettier-ignore
  { name: 'prefixed', routes: written(route('/prefixeds', "'prefixed.find'"), route('/prefixeds', "'prefixed.find'", "{ prefix: '', policies: ['global::deny'] }")) }, // prettier-ignore
  { name: 'elsewhere', routes: written(route('/other-path', "'elsewhere.find'", "{ policies: ['global::deny'] }")) }, // prettier-ignore
  { name: 'middled', routes: written(route('/middleds', "'middled.find'", '{ middlewares: [(ctx) => ctx.forbidden()] }')) }, // prettier-ignore
  { name: 'named', routes: written(route('/nameds', "'named.find'", "{ middlewares: ['global::closed'] }")) }, // prettier-ignore
  { name: 'routeless', routes: written() },
  { name: 'several', routes: written(route('/one', "'several.find'"), route('/two', "'several.find'")) }, // prettier-ignore
  { name: 'wrapped', controller: coreController('wrapped', '{ async find(ctx) { const { data } = await super.find(ctx); return { items: data }; } }') }, // prettier-ignore
  { name: 'flat', controller: coreController('flat', '{ async find(ctx) { const { data } = await super.find(ctx); return data; } }') }, // prettier-ignore
  { name: 'nameless', controller: coreController('nameless', '{ async find(ctx) { const { data } = await super.find(ctx); return { data: data.map(({ title }) => ({ title })) }; } }') }, // prettier-ignore
  { name: 'heedless', controller: coreController('heedless', `{ async find() { return { data: await strapi.documents('${uidOf('heedless')}').findMany({ status: 'published' }) }; } }`) }, // prettier-ignore
  { name: 'outer', routes: written(route('/outers', "'outer.find'", "{ middlewares: [async (ctx, next) => { await next(); ctx.body = { ok: true }; }] }")) }, // prettier-ignore
  { name: 'silent', controller: coreController('silent', '{ async find(ctx) { ctx.status = 204; } }') }, // prettier-ignore
];

/** Nobody may see entries with `hidden`. */
const FILTERED: GuardedType[] = [
  { name: 'plain', controller: both('plain', '{ hidden: false }') },
  { name: 'undrafted', draftAndPublish: false, controller: both('undrafted', '{ hidden: false }') },
  { name: 'curtain', routes: short('curtain'), controller: both('curtain', '{ hidden: false }') },
  { name: 'documented' },
  { name: 'lately', draftAndPublish: false },
  { name: 'picky', controller: coreController('picky', '{ async find(ctx) { const answer = await super.find(ctx); const hidden = await strapi.documents(\'api::picky.picky\').findMany({ filters: { hidden: true }, status: \'published\' }); const ids = new Set(hidden.map(({ documentId }) => documentId)); return { ...answer, data: answer.data.filter(({ documentId }) => !ids.has(documentId)) }; }, async findOne(ctx) { const { data } = (await super.findOne(ctx)) ?? {}; const hidden = await strapi.documents(\'api::picky.picky\').findOne({ documentId: ctx.params.id, status: \'published\' }); return { data: hidden?.hidden ? null : data }; } }') }, // prettier-ignore
];

const CIRCLE = 'circle';
const names = [...CLOSED, ...FILTERED].map(({ name }) => name);
/** Two types that the site builder told the plugin to read itself. */
const DECLARED: GuardedType[] = [
  { name: 'declared', controller: coreController('declared', '{ async find(ctx) { const { data } = await super.find(ctx); return { items: data }; } }') }, // prettier-ignore
  { name: 'guarded', routes: short('guarded', "{ policies: ['global::deny'] }") },
];
const SEARCHED: GuardedType[] = [
  { name: 'searched', routes: short('searched', "{ policies: ['plugin::related-articles.published-only'] }") }, // prettier-ignore
];
const RESHAPED: GuardedType[] = [
  { name: 'reshaped', controller: coreController('reshaped', '{ async find(ctx) { const answer = await super.find(ctx); return { ...answer, data: answer.data.map(({ body, ...rest }) => ({ ...rest, ...(body && { body: body.slice(0, 20) }), teaser: true })) }; } }') }, // prettier-ignore
];
/** Types asked for texts, so no private attributes count: one cuts what exceeds the second text, one adds markup. */
const mapped = (body: string) => `{ async find(ctx) { const answer = await super.find(ctx); return { ...answer, data: answer.data.map((entry) => ({ ...entry, ...(entry.body && { body: ${body} }) })) }; } }`; // prettier-ignore
const FOR_TEXTS: GuardedType[] = [
  { name: 'teased', controller: coreController('teased', mapped('entry.body.slice(0, 88)')) },
  { name: 'marked', controller: coreController('marked', mapped("'<p>' + entry.body + '</p>'")) },
];

interface Context {
  action: string;
  uid: string;
  params: object;
}

let site: Running;
let token: string;
const ids: Record<string, { open: string[]; hidden: string; draft: string }> = {};

beforeAll(async () => {
  const types = [...CLOSED, ...FILTERED, ...DECLARED, ...RESHAPED, ...SEARCHED, ...FOR_TEXTS];
  site = await startSite((config, appDir) => {
    for (const type of types) writeType(appDir, type);
    writeCircle(
      appDir,
      types.map(({ name }) => name),
    );
    const file = (place: string, text: string) => {
      fs.mkdirSync(path.dirname(path.join(appDir, 'src', place)), { recursive: true });
      fs.writeFileSync(path.join(appDir, 'src', place), `module.exports = ${text};`);
    };
    file('policies/deny.js', '() => false');
    file('middlewares/closed.js', '() => (ctx) => ctx.unauthorized()');
    for (const { name } of types) {
      config.contentTypes[uidOf(name)] = {
        title: 'title',
        ...(FOR_TEXTS.some((type) => type.name === name)
          ? { text: { body: 1 } }
          : { text: { body: 1, note: 1 }, allowPrivate: ['note'] }),
        relations: { circle: 1 },
        url: `/${name}s/:documentId`,
        ...(DECLARED.some((type) => type.name === name) && { documentsFrom: 'plugin' }),
      };
    }
    config.contentTypes[uidOf(CIRCLE)] = { title: 'title', text: { body: 1 } };
  });
  const { strapi } = site;
  strapi.log.level = 'silent';
  strapi.documents.use((async (context: Context, next: () => Promise<unknown>) => {
    const { action, uid, params } = context;
    if (
      uid === uidOf('documented') &&
      ['findMany', 'findFirst', 'findOne', 'count'].includes(action)
    ) {
      const { filters = {} } = params as { filters?: object };
      Object.assign(params, { filters: { $and: [filters, { hidden: false }] } });
    }
    const result = await next();
    // This middleware filters results, differently for each action.
    if (uid !== uidOf('lately')) return result;
    const isShown = (entry: { hidden?: boolean } | null) => !entry?.hidden;
    if (action === 'findOne') return isShown(result as never) ? result : null;
    if (action !== 'findMany') return result;
    const hidden = await strapi.db.query(uidOf('lately')).findMany({ where: { hidden: true } });
    const gone = new Set(hidden.map(({ documentId }: { documentId: string }) => documentId));
    return (result as { documentId: string }[]).filter(({ documentId }) => !gone.has(documentId));
  }) as never);
  const circle = (await strapi
    .documents(uidOf(CIRCLE) as never)
    .create({ data: { title: 'Circle', body: 'round' } } as never)) as unknown as {
    documentId: string;
  };
  for (const { name, draftAndPublish = true } of types) {
    const create = async (data: object, status = 'published'): Promise<string> =>
      (
        await strapi.documents(uidOf(name) as never).create({
          data: { circle: circle.documentId, ...data },
          ...(draftAndPublish && { status }),
        } as never)
      ).documentId as string;
    const open: string[] = [];
    for (const [i, body] of BREAD.entries()) open.push(await create({ title: `Bread ${i}`, body, note: `zzprivate [x](/${name}s/${open[0]})` })); // prettier-ignore
    const hidden = await create({ title: 'Hidden', hidden: true, body: `${BREAD.join(' zzhidden ')} [to](/${name}s/${open[0]})` }); // prettier-ignore
    const draft = draftAndPublish
      ? await create({ title: 'zzdraft', body: BREAD.join(' zzdraft ') }, 'draft')
      : 'none';
    ids[name] = { open, hidden, draft };
  }
  const all = [...types.map(({ name }) => name), CIRCLE];
  await grantPublic(strapi, [
    RELATED_FIND,
    FIND_BY_TEXT,
    ...all.flatMap((name) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]),
  ]);
  token = await createToken(strapi, 'full-access');
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

const get = (place: string, withToken = false) => {
  const request = site.http.get(`/api/${place}`);
  return withToken ? request.set('Authorization', `Bearer ${token}`) : request;
};

test('a list that answers other spellings of what is asked is not asked again and again', async () => {
  const { open, hidden } = ids.heedless;
  const spelled = [...open, hidden].map((id) => id.toUpperCase()).join();
  const started = performance.now();
  const several = await get(`related-articles/heedlesss?documentIds=${spelled}`);
  expect([200, 403, 404]).toContain(several.status);
  const one = await get(`heedlesss/${open[0]}/related?exclude=${spelled}`);
  expect([200, 400, 403, 404]).toContain(one.status);
  // As long as a request may take.
  expect(performance.now() - started).toBeLessThan(10_000);
});

const QUERIES = ['', '?explain=true&minScore=0', '?populate=*', '?fields[0]=title', '?filters[title][$contains]=a', '?pagination[limit]=100&minScore=0']; // prettier-ignore

test.each(CLOSED.map(({ name }) => name))('%s: nobody gets suggestions', async (name) => {
  for (const query of QUERIES) {
    for (const id of [ids[name].open[0], ids[name].hidden, 'nothing']) {
      for (const withToken of [false, true]) {
        const { status, text } = await get(`${name}s/${id}/related${query}`, withToken);
        // For an id that does not exist, a type whose answers are unclear may answer 404.
        const refused = id === 'nothing' ? [401, 403, 404] : [401, 403];
        expect({ query, id, status: refused.includes(status) || status }).toMatchObject({
          status: true,
        });
        expect(text).not.toMatch(/Bread|crust|zz/);
      }
    }
  }
});

test.each(FILTERED.map(({ name }) => name))('%s: hidden entries show nowhere', async (name) => {
  const { open, hidden, draft } = ids[name];
  for (const query of QUERIES) {
    for (const withToken of [false, true]) {
      const place = `${name}s/${open[0]}/related${query}`;
      const { status, body, text } = await get(place, withToken);
      expect({ place, status }).toEqual({ place, status: 200 });
      expect(text).not.toMatch(/Hidden|zzhidden|zzdraft|zzprivate/);
      expect(text).not.toContain(hidden);
      expect(body.meta.pagination.total).toBe(body.data.length);
      expect(body.data.length).toBeGreaterThan(0);
      for (const { explanation } of body.meta.related) {
        if (!explanation) continue;
        expect(explanation.terms.length).toBeGreaterThan(0);
        // The only links are in a private field and in a hidden entry.
        expect(explanation.links).toEqual({ toSuggestion: false, fromSuggestion: false, cocited: 0, coupled: 0 }); // prettier-ignore
      }
    }
  }
  const nothing = await get(`${name}s/nothing/related`);
  for (const id of [hidden, draft]) {
    const { status, body } = await get(`${name}s/${id}/related?explain=true`);
    expect({ id, status, body }).toEqual({ id, status: 404, body: nothing.body });
  }
});

test('suggestions and their reasons reflect what a controller adds or cuts', async () => {
  const { open } = ids.reshaped;
  const { body } = await get(`reshapeds/${open[0]}/related?explain=true&minScore=0`);
  expect(body.data.length).toBeGreaterThan(1);
  for (const entry of body.data) {
    expect(entry.teaser).toBe(true);
    if (entry.title !== 'Hidden') expect(entry.body.length).toBeLessThanOrEqual(20);
  }
  const words = BREAD.map((text) => text.slice(0, 20).toLowerCase()).join(' ');
  for (const { explanation } of body.meta.related) {
    for (const term of explanation.terms) {
      const isShown = words.includes(term.toLowerCase()) || /bread|hidden/i.test(term);
      expect({ term, isShown }).toEqual({ term, isShown: true });
    }
  }
});

test('a word that a controller cuts from a text finds nothing', async () => {
  const ask = async (name: string, text: string) => {
    const { status, body } = await site.http
      .post(`/api/related-articles/${name}s?minScore=0&fallback=none`)
      .send({ text });
    expect({ name, status }).toEqual({ name, status: 200 });
    expect(body.meta.pagination.total).toBe(body.data.length);
    return body.data.map(({ title }: { title: string }) => title).sort();
  };
  // "crackles" is cut from the third text; the second keeps all its words.
  for (const text of ['crackles', 'crackles bread', 'oven', BREAD[2]]) {
    expect(await ask('teased', text)).not.toContain('Bread 2');
  }
  expect(await ask('teased', BREAD[1])).toContain('Bread 1');
  expect(await ask('marked', 'the crust crackles')).toContain('Bread 2');
});

test('a type that the plugin was told to read is served, behind its policies', async () => {
  const served = await get(`declareds/${ids.declared.open[0]}/related`);
  expect(served.status).toBe(200);
  expect(served.body.data.length).toBeGreaterThan(0);
  expect(served.text).not.toMatch(/zzdraft|zzprivate/);
  expect((await get(`guardeds/${ids.guarded.open[0]}/related`)).status).toBe(403);
});

test('no draft can be reached from any type', async () => {
  const circles = await get('circles?fields[0]=documentId');
  const from = circles.body.data[0].documentId;
  for (const name of names) {
    for (const query of [
      `filters[${name}s][title][$startsWith]=zz`,
      `filters[${name}s][title][$contains]=a`,
      `filters[$or][0][${name}s][body][$contains]=zz`,
      `populate[${name}s][filters][circle][${name}s][title][$startsWith]=zz`,
    ]) {
      const isDrafted = [...CLOSED, ...FILTERED].find((type) => type.name === name)?.draftAndPublish; // prettier-ignore
      const { status, text } = await get(`circles/${from}/related?${query}`);
      if (isDrafted ?? true) expect({ query, status }).toEqual({ query, status: 400 });
      expect(text).not.toContain('zzdraft');
    }
  }
});

test('a search of a guarded route does not read private fields', async () => {
  for (const search of ['zzp', 'zzprivate', 'zzprivatx']) {
    expect((await get(`searcheds?_q=${search}`)).status).toBe(400);
  }
});
