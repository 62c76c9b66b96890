import fs from 'node:fs';
import path from 'node:path';

import { coreController, publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { createToken, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

/* Sites on which many documents are hidden from the caller: tenants, paywalls, syndicated copies. */

const NARROW =
  '(ctx, next) => { ctx.query = { ...ctx.query, filters: { $and: [ctx.query.filters ?? {}, { hidden: false }] } }; return next(); }';
const GUARDS = `{ middlewares: [${NARROW}], policies: ['plugin::related-articles.published-only'] }`;
const narrowed = (name: string) =>
  `require('@strapi/strapi').factories.createCoreRouter('${uidOf(name)}', { config: { find: ${GUARDS}, findOne: ${GUARDS} } })`;
/** Hides documents in lists, and refuses single ones in its own way. */
const paywall = (name: string, refuse: string) =>
  coreController(
    name,
    `{
      async find(ctx) {
        ctx.query = { ...ctx.query, filters: { $and: [ctx.query.filters ?? {}, { hidden: false }] } };
        return super.find(ctx);
      },
      async findOne(ctx) {
        const answer = await super.findOne(ctx);
        const found = await strapi.documents('${uidOf(name)}').findOne({ documentId: ctx.params.id, status: 'published' });
        if (found?.hidden) ${refuse};
        return answer;
      },
    }`,
  );
const LISTS_VISIBLE = `{ async find(ctx) { ctx.query = { ...ctx.query, filters: { $and: [ctx.query.filters ?? {}, { hidden: false }] } }; return super.find(ctx); } }`;
const NEVER = (method: string, place: string, action: string) =>
  `{ method: '${method}', path: '${place}', handler: 'secret.${action}', config: { policies: ['never'] } }`;
const REFUSALS = {
  paid: "ctx.throw(402, 'pay first')",
  premium: "throw new (require('@strapi/utils').errors.ApplicationError)('premium')",
  broken: "throw new Error('no subscription')",
};
/** Types without a list, whose single documents are refused in ways that the plugin cannot check. */
const SEALED: Record<string, string> = {
  sealed: `{ method: 'POST', path: '/sealeds/open/:id', handler: 'sealed.findOne', config: { policies: ['never'] } }`,
  nested: `{ method: 'GET', path: '/vault/:folder/:id', handler: 'nested.findOne', config: { policies: ['never'] } }`,
};
const NAMES = ['tenant', 'unlisted', 'secret', ...Object.keys(SEALED), ...Object.keys(REFUSALS)];
const WORDS = 'alpha beta gamma delta epsilon zeta eta theta iota kappa'.split(' ');

let site: Running;

const create = (name: string, data: Record<string, unknown>) => publishIn(site.strapi, name, data);
const related = async (place: string) => {
  const { status, body } = await site.http.get(`/api/${place}`);
  const titles: string[] = body.data?.map(({ title }: { title: string }) => title);
  return { status, total: body.meta?.pagination?.total, titles, body };
};

function addAttributes(appDir: string, name: string): void {
  const file = path.join(appDir, `src/api/${name}/content-types/${name}/schema.json`);
  const schema = JSON.parse(fs.readFileSync(file, 'utf8'));
  delete schema.attributes.circle;
  schema.attributes.slug = { type: 'string' };
  schema.attributes.salary = { type: 'integer', private: true };
  fs.writeFileSync(file, JSON.stringify(schema));
}

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    writeType(appDir, { name: 'tenant', routes: narrowed('tenant') });
    writeType(appDir, { name: 'unlisted', controller: coreController('unlisted', LISTS_VISIBLE) });
    writeType(appDir, {
      name: 'secret',
      routes: `{ routes: [${NEVER('GET', '/secrets/:id', 'findOne')}, ${NEVER('POST', '/secrets/search', 'find')}] }`,
      policies: { never: '() => false' },
    });
    for (const [name, route] of Object.entries(SEALED)) {
      writeType(appDir, {
        name,
        routes: `{ routes: [${route}] }`,
        policies: { never: '() => false' },
      });
    }
    for (const [name, refuse] of Object.entries(REFUSALS)) {
      writeType(appDir, { name, controller: paywall(name, refuse) });
    }
    for (const name of NAMES) {
      addAttributes(appDir, name);
      config.contentTypes[uidOf(name)] = { title: 'title', slug: 'slug', text: { body: 1 }, url: `/${name}s/:slug` }; // prettier-ignore
    }
    for (const name of ['secret', ...Object.keys(SEALED)]) {
      config.contentTypes[uidOf(name)].documentsFrom = 'plugin';
    }
  });
  site.strapi.log.level = 'silent';
  const actions = NAMES.flatMap((name) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]);
  await grantPublic(site.strapi, [RELATED_FIND, ...actions]);
});
afterAll(() => site.stop());

test('documents that the caller may not see take no place and count in no total', async () => {
  const source = await create('tenant', { title: 'Source', slug: 'crowd', body: WORDS.join(' ') });
  for (let i = 0; i < 30; i += 1) {
    await create('tenant', { title: `Seen ${i}`, body: `${WORDS.slice(0, 5).join(' ')} word${i}` });
  }
  await site.settled();
  const before = await related(`tenants/${source}/related?minScore=0&pagination[limit]=100`);
  expect(before.total).toBe(30);
  for (let i = 0; i < 200; i += 1) {
    const body = `${WORDS.join(' ')} ${WORDS[i % 10]} w${i}`;
    await create('tenant', { title: `Hidden ${i}`, hidden: true, body });
  }
  await site.settled();
  const after = await related(`tenants/${source}/related?minScore=0&pagination[limit]=100`);
  expect(after.total).toBe(30);
  expect(new Set(after.titles)).toEqual(new Set(before.titles));
  // Filters select among what the caller may see.
  const filtered = `tenants/${source}/related?minScore=0&pagination[limit]=100&filters[title][$startsWith]=Seen`;
  expect((await related(filtered)).total).toBe(30);
});

test('however many hidden copies there are, the visible one is suggested', async () => {
  const long = Array.from({ length: 60 }, (_, i) => `orchard${i} apple${i} ladder`).join(' ');
  const body = long.split(' ').reverse().join(' ');
  const source = await create('tenant', { title: 'Apple source', body });
  for (let i = 0; i < 12; i += 1) {
    const title = i === 0 ? 'The visible one' : 'Apples';
    await create('tenant', { title, hidden: i > 0, body: `${long} plums` });
  }
  await site.settled();
  expect((await related(`tenants/${source}/related`)).titles).toContain('The visible one');
});

test('hidden copies of visible documents take no place', async () => {
  const source = await create('tenant', { title: 'Harvest source', body: 'harvest barley sickle' });
  for (let i = 0; i < 25; i += 1) {
    const own = Array.from({ length: 60 }, (_, at) => `sheaf${i}x${at}`).join(' ');
    for (let copy = 0; copy < 8; copy += 1) {
      await create('tenant', {
        title: `Harvest ${i}`,
        hidden: copy > 0,
        body: `harvest barley sickle ${own}`,
      });
    }
  }
  await site.settled();
  const place = `tenants/${source}/related?minScore=0&pagination[limit]=100`;
  const { titles } = await related(place);
  expect(titles.filter((title) => /^Harvest \d/.test(title))).toHaveLength(25);
  expect((await related(`${place}&filters[title][$startsWith]=Harvest`)).total).toBe(25);
});

test('documents behind a route middleware are not counted as linking to both', async () => {
  const source = await create('tenant', { title: 'Tulips', slug: 'a', body: 'tulips garden spring bulbs soil' }); // prettier-ignore
  await create('tenant', { title: 'Bulbs', slug: 'b', body: 'tulips garden spring bulbs sun' });
  for (let i = 0; i < 3; i += 1) {
    const body = `zzz yyy [x](/tenants/a) and [y](/tenants/b) qqq${i}`;
    await create('tenant', { title: `Hub ${i}`, hidden: true, body });
  }
  await site.settled();
  const { titles, body } = await related(`tenants/${source}/related?explain=true&minScore=0`);
  const place = titles.indexOf('Bulbs');
  expect(place).toBeGreaterThanOrEqual(0);
  expect(body.meta.related[place].explanation.links.cocited).toBe(0);
});

test('of two entries with one slug, the one that the caller may see is the source', async () => {
  await create('tenant', { title: 'About', slug: 'about', hidden: true, body: WORDS.join(' ') });
  await create('tenant', { title: 'About', slug: 'about', body: WORDS.join(' ') });
  await site.settled();
  expect((await related('tenants/about/related')).status).toBe(200);
});

test('guessing the slug of an entry that only its documentId opens reveals nothing', async () => {
  for (let i = 0; i < 3; i += 1) await create('unlisted', { title: `Open ${i}`, body: BODY(i) });
  const data = { title: 'Takeover', slug: 'takeover', hidden: true, body: BODY(9) };
  const documentId = await create('unlisted', data);
  await site.settled();
  expect((await related('unlisteds/takeover/related')).status).toBe(404);
  expect((await related(`unlisteds/${documentId}/related`)).status).toBe(200);
});

test('policies of findOne, and of lists that use POST, apply where the plugin reads documents itself', async () => {
  const documentId = await create('secret', { title: 'Secret', body: BODY(1) });
  await create('secret', { title: 'Secret too', body: BODY(2) });
  await site.settled();
  expect((await related(`secrets/${documentId}/related`)).status).toBe(403);
});

test.each(Object.keys(SEALED))(
  'refuses every caller for a type without a list whose policies cannot be checked: %s',
  async (name) => {
    const documentId = await create(name, { title: 'Secret', body: BODY(1) });
    await create(name, { title: 'Secret too', body: BODY(2) });
    await site.settled();
    const token = await createToken(site.strapi, 'full-access');
    const { status, body } = await site.http
      .get(`/api/${name}s/${documentId}/related`)
      .set('Authorization', `Bearer ${token}`);
    expect({ status, data: body.data }).toEqual({ status: 403, data: null });
  },
);

test('private attributes are refused like attributes that do not exist', async () => {
  for (const place of ['tenants', `tenants/about/related`]) {
    const refusalOf = async (question: string, name: string) => {
      const { status, body } = await related(`${place}?${question}`);
      return { status, message: body.error?.message.replaceAll(name, 'X') };
    };
    const unknown = await refusalOf('filters[nosuch][$eq]=abc', 'nosuch');
    expect(unknown.status).toBe(400);
    expect(await refusalOf('filters[salary][$eq]=abc', 'salary')).toEqual(unknown);
    expect(await refusalOf('filters[salary][$contains]=1', 'salary')).toEqual(unknown);
    const many = (name: string) => Array.from({ length: 30 }, (_, i) => `filters[$or][${i}][${name}][$contains]=${'z'.repeat(90)}`).join('&'); // prettier-ignore
    expect(await refusalOf(many('note'), 'note')).toEqual(
      await refusalOf(many('nosuch'), 'nosuch'),
    );
    const creator = await refusalOf('filters[createdBy][id]=abc', 'createdBy');
    expect(await refusalOf('filters[createdBy][blocked]=x', 'createdBy')).toEqual(creator);
  }
});

test.each(Object.keys(REFUSALS))(
  'guessing the slug of a hidden document reveals nothing: %s',
  async (name) => {
    for (let i = 0; i < 3; i += 1) await create(name, { title: `Open ${i}`, body: BODY(i) });
    await create(name, { title: 'Secret', slug: 'secret', hidden: true, body: BODY(9) });
    await site.settled();
    const guessed = await related(`${name}s/secret/related`);
    const unknown = await related(`${name}s/nosuch/related`);
    expect(guessed).toEqual(unknown);
    expect(guessed.status).toBe(404);
  },
);
const BODY = (i: number) => `tulips garden spring ${i}`;
