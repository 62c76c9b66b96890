import fs from 'node:fs';

import { appOf } from 'plugin/app';
import { uidOf, writeType, type GuardedType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD, two } from '../helpers/texts';

/* A type whose list is open and whose single entries are guarded: nobody else gets what a member was given. */

const MEMBER = `async (ctx, next) => (ctx.get('x-member') === 'yes' ? next() : ctx.notFound())`;
const core = (name: string, config: string) =>
  `require('@strapi/strapi').factories.createCoreRouter('${uidOf(name)}', { config: ${config} })`;

const TYPES: GuardedType[] = [
  { name: 'open' },
  { name: 'member', routes: core('member', `{ findOne: { middlewares: [${MEMBER}] } }`) },
  { name: 'policed', routes: core('policed', `{ findOne: { policies: ['members'] } }`), policies: { members: `(ctx) => Object.keys(ctx.request.body).length === 0 && ctx.request.header['x-member'] === 'yes'` } }, // prettier-ignore
  {
    name: 'handmade',
    routes: `{ routes: [
      { method: 'GET', path: '/handmades', handler: 'handmade.find', config: {} },
      { method: 'GET', path: '/handmades/:id', handler: async (ctx) => {
          if (ctx.get('x-member') !== 'yes') return ctx.notFound();
          return { data: await strapi.documents('${uidOf('handmade')}').findOne({ documentId: ctx.params.id, status: 'published' }) };
        }, config: { auth: false } },
    ] }`,
  },
];

let site: Running;
const ids: Record<string, string> = {};

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const type of TYPES) {
      writeType(appDir, type);
      const file = `${appDir}/src/api/${type.name}/content-types/${type.name}/schema.json`;
      withoutCircle(file);
      config.contentTypes[uidOf(type.name)] = { title: 'title', text: { body: 1 } };
    }
  });
  const { strapi } = site;
  const actions = TYPES.flatMap(({ name }) => ['find', 'findOne'].map((one) => `${uidOf(name)}.${one}`)); // prettier-ignore
  await grantPublic(strapi, [RELATED_FIND, ...actions]);
  for (const { name } of TYPES) {
    for (const at of [0, 1, 2, 3]) {
      const data = { title: `Bread ${at}`, body: two(BREAD, at) };
      const made = await strapi.documents(uidOf(name) as never).create({ data, status: 'published' } as never); // prettier-ignore
      ids[name] ??= (made as unknown as { documentId: string }).documentId;
    }
  }
  await site.settled();
  // Before, lists may be partial.
  await appOf(site.strapi).index.check('deep');
});
afterAll(() => site.stop());

function withoutCircle(file: string): void {
  const schema = JSON.parse(fs.readFileSync(file, 'utf8'));
  delete schema.attributes.circle;
  fs.writeFileSync(file, JSON.stringify(schema));
}

const ask = (name: string, headers: Record<string, string> = {}) =>
  site.http.get(`/api/${name}s/${ids[name]}/related?explain=true`).set(headers);

test('an unguarded type is public', async () => {
  const { status, headers, body } = await ask('open');
  expect([status, headers['cache-control'], body.data.length > 0]).toEqual([200, 'public, no-cache', true]); // prettier-ignore
});

test.each([
  ['member', 404],
  ['policed', 403],
  ['handmade', 404],
])('%s: gives others neither the body nor a 304', async (name, refusal) => {
  expect((await ask(name)).status).toBe(refusal);
  const given = await ask(name, { 'x-member': 'yes' });
  expect([given.status, given.headers['cache-control']]).toEqual([200, 'private, no-cache']);
  expect(given.body.data.length).toBeGreaterThan(0);
  expect((await ask(name)).status).toBe(refusal);
  expect((await ask(name, { 'if-none-match': given.headers.etag })).status).toBe(refusal);
});
