import fs from 'node:fs';
import path from 'node:path';

import { appOf } from 'plugin/app';
import { uidOf } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { readsOf } from '../helpers/statements';
import {
  createAdministrator,
  createToken,
  grantPublic,
  RELATED_FIND,
  type Running,
} from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/*
 * What a second attack found on a site with dynamic zones, long texts, unusual routes, private links and near-copies.
 */

const GUARDED = "{ config: { find: { policies: ['plugin::related-articles.published-only'] }, findOne: { policies: ['plugin::related-articles.published-only'] } } }"; // prettier-ignore
const route = (place: string, handler: string, config: string) =>
  `{ method: 'GET', path: '${place}', handler: '${handler}', config: ${config} }`;
const byHand = (...routes: string[]) => `{ routes: [${routes.join(', ')}] }`;
const hand = (name: string, config: string) =>
  byHand(route(`/${name}s`, `${name}.find`, config), route(`/${name}s/:id`, `${name}.findOne`, config)); // prettier-ignore

interface Type {
  name: string;
  attributes?: Record<string, object>;
  draftAndPublish?: boolean;
  /** Default: a core router behind the policy `published-only`. */
  routes?: string;
  controller?: string;
}

const relation = (kind: string, target: string, more: object = {}) => ({
  type: 'relation',
  relation: kind,
  target: uidOf(target),
  ...more,
});
const TYPES: Type[] = [
  {
    name: 'piece',
    attributes: {
      box: relation('manyToOne', 'box', { inversedBy: 'pieces' }),
      friends: relation('manyToMany', 'piece', { inversedBy: 'friendOf' }),
      friendOf: relation('manyToMany', 'piece', { mappedBy: 'friends' }),
      comp: { type: 'component', component: 'comp.rel' },
      comps: { type: 'component', component: 'comp.rel', repeatable: true },
      cover: { type: 'media', multiple: false },
    },
  },
  {
    name: 'box',
    draftAndPublish: false,
    attributes: {
      zone: { type: 'dynamiczone', components: ['comp.rel'] },
      pieces: relation('oneToMany', 'piece', { mappedBy: 'box' }),
      mentions: { type: 'relation', relation: 'morphToMany' },
    },
  },
  { name: 'leaf', attributes: { trees: { type: 'relation', relation: 'morphToMany' } } },
  { name: 'tree', attributes: { leaves: relation('morphMany', 'leaf', { morphBy: 'trees' }) } },
  { name: 'strat', routes: hand('strat', "{ auth: { strategies: ['content-api-token'] } }") },
  { name: 'member', routes: hand('member', "{ auth: { strategies: [{ name: 'members', authenticate: async (ctx) => ({ authenticated: ctx.get('x-member') === 'yes', credentials: { id: 1 } }), verify() {} }] } }") }, // prettier-ignore
  { name: 'rex', routes: byHand(route('/rexs', 'rex.find', '{}'), route('/rexs/:documentId([a-z0-9]{24})', 'rex.findOne', "{ policies: ['global::never'] }"), route('/rexs/:id', 'rex.findOne', '{}')) }, // prettier-ignore
  { name: 'priv', attributes: { note: { type: 'richtext', private: true } } },
  { name: 'twin', controller: "{ async find(ctx) { ctx.query.filters = { $and: [ctx.query.filters ?? {}, { hidden: false }] }; return super.find(ctx); } }" }, // prettier-ignore
];

const LONG = 'sourdough bread '.repeat(600);
let site: Running;
let token: string;
const ids: Record<string, string[]> = {};

function write(appDir: string, type: Type): void {
  const { name, attributes = {}, draftAndPublish = true, routes, controller } = type;
  const uid = uidOf(name);
  const file = (place: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(appDir, 'src', place)), { recursive: true });
    fs.writeFileSync(path.join(appDir, 'src', place), text);
  };
  const core = (kind: string, more: string) =>
    `require('@strapi/strapi').factories.createCore${kind}('${uid}', ${more})`;
  const schema = {
    kind: 'collectionType',
    collectionName: `${name}_table`,
    info: { singularName: name, pluralName: `${name}s`, displayName: name },
    options: { draftAndPublish },
    attributes: {
      title: { type: 'string' },
      body: { type: 'richtext' },
      hidden: { type: 'boolean', default: false },
      ...attributes,
    },
  };
  file(`api/${name}/content-types/${name}/schema.json`, JSON.stringify(schema));
  file(`api/${name}/services/${name}.js`, `module.exports = ${core('Service', '{}')};`);
  file(`api/${name}/controllers/${name}.js`, `module.exports = ${core('Controller', `() => (${controller ?? '{}'})`)};`); // prettier-ignore
  file(`api/${name}/routes/${name}.js`, `module.exports = ${routes ?? core('Router', GUARDED)};`);
  const component = {
    collectionName: 'components_comp_rels',
    info: { displayName: 'rel' },
    attributes: { label: { type: 'string' }, pieces: relation('oneToMany', 'piece') },
  };
  file('policies/never.js', 'module.exports = () => false;');
  file('components/comp/rel.json', JSON.stringify(component));
}

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const type of TYPES) write(appDir, type);
    for (const { name } of TYPES) {
      config.contentTypes[uidOf(name)] = {
        title: 'title',
        text: { body: 1, ...(name === 'priv' && { note: 1 }) },
        url: `/${name}s/:documentId`,
        ...(name === 'priv' && { allowPrivate: ['note'] }),
      };
    }
  });
  const { strapi } = site;
  strapi.log.level = 'silent';
  const create = async (name: string, data: object): Promise<string> => {
    const documents = strapi.documents(uidOf(name) as never) as unknown as {
      create(params: object): Promise<{ documentId: string }>;
    };
    const { documentId } = await documents.create({ data, status: 'published' });
    (ids[name] ??= []).push(documentId);
    return documentId;
  };
  for (const { name } of TYPES) {
    if (name === 'box' || name === 'piece') continue;
    for (const [i, body] of BREAD.entries()) await create(name, { title: `Bread ${i}`, body });
  }
  const pieces: string[] = [];
  for (let i = 0; i < 40; i += 1) pieces.push(await create('piece', { title: `Piece ${i}`, body: i === 0 ? 'sourdough' : LONG })); // prettier-ignore
  await create('box', {
    title: 'Box',
    body: 'sourdough bread',
    pieces,
    zone: [{ __component: 'comp.rel', label: 'x', pieces }],
  });
  for (let i = 1; i < 10; i += 1) await create('box', { title: `Box ${i}`, body: 'sourdough' });
  const boxes: { id: number }[] = await strapi.db.query(uidOf('box')).findMany({ select: ['id'] });
  const mentions = boxes.map(({ id }) => ({ id, __type: uidOf('box') }));
  for (const { id } of boxes) await strapi.db.query(uidOf('box')).update({ where: { id }, data: { mentions } as never }); // prettier-ignore
  const [first] = ids.priv;
  await create('priv', { title: 'Walnut trees', body: 'Orchards in spring', note: `[x](/privs/${first})` }); // prettier-ignore
  const words = Array.from({ length: 60 }, (_, i) => `orchard${i} apple${i} ladder`).join(' ');
  await create('twin', { title: 'Apples', body: words.split(' ').reverse().join(' ') });
  await create('twin', { title: 'Orchards', body: `${words} plums` });
  await create('twin', { title: 'Premium', hidden: true, body: `${words} plums and more pears` });
  const names = TYPES.map(({ name }) => name);
  await grantPublic(strapi, [
    RELATED_FIND,
    ...names.flatMap((name) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]),
  ]);
  token = await createToken(strapi, 'full-access');
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

const get = (place: string) => site.http.get(`/api/${place}`);
const places = (name: string) => [`${name}s`, `${name}s/${ids[name][0]}`, `${name}s/${ids[name][0]}/related`]; // prettier-ignore

/** Expects the guard to refuse the query before any entry is asked for. */
async function expectRefused(place: string, query: string): Promise<void> {
  const [name] = place.split(/s(?:\/|$)/);
  const reads = await readsOf(site.strapi, `${name}_table`, async () => {
    const { status, body } = await get(`${place}?${query}`);
    expect({ place, query, status, name: body.error?.name }).toEqual({ place, query, status: 400, name: 'ValidationError' }); // prettier-ignore
  });
  expect({ place, query, reads }).toEqual({ place, query, reads: [] });
}

test('refuses to sort by many or by long columns', async () => {
  const many = (term: string, count: number) => Array(count).fill(term).join(',');
  for (const place of ['pieces', `pieces/${ids.piece[0]}`]) {
    await expectRefused(place, `sort=${many('id', 2500)}`);
    await expectRefused(place, `sort=friends.title,${many('title', 10)}`);
    await expectRefused(place, 'sort=body');
    await expectRefused(place, Array.from({ length: 11 }, (_, i) => `sort[${i}]=id`).join('&'));
  }
  for (const place of places('piece')) {
    await expectRefused(place, `populate[friends][sort]=${many('id', 900)}`);
    await expectRefused(place, 'populate[friends][sort]=box.title');
  }
  expect((await get('pieces?sort=title,createdAt:desc')).status).toBe(200);
});

test('a published entry does not lead to drafts that point at it', async () => {
  for (const place of places('tree')) {
    await expectRefused(place, 'filters[leaves][title][$startsWith]=zz');
    await expectRefused(place, 'filters[$or][0][$not][leaves][publishedAt][$null]=true');
    await expectRefused(place, 'sort=leaves.title');
    expect((await get(`${place}?populate[leaves][fields][0]=title`)).status).toBe(200);
  }
});

test('refuses queries that search long texts again and again', async () => {
  const conditions = (count: number, needle = 'zq') =>
    Array.from({ length: count }, (_, i) => `filters[$or][${i}][body][$containsi]=${needle}${i}`).join('&'); // prettier-ignore
  const { limits } = appOf(site.strapi).config;
  const before = limits.joinedRows;
  // Stands for more rows than a test can afford to make: 80 rows of 9,600 characters count as 770.
  limits.joinedRows = 2000;
  await expectRefused('pieces', `${conditions(5)}&filters[$or][49][friends][title]=zz`);
  await expectRefused('pieces', conditions(6));
  await expectRefused('pieces', conditions(4, 'z'.repeat(70)));
  await expectRefused('pieces', conditions(1, 'z'.repeat(101)));
  await expectRefused('pieces', `${conditions(4)}&_q=${'z'.repeat(40)}`);
  for (const query of [conditions(3), `_q=${'z'.repeat(90)}`, conditions(1, 'z'.repeat(99))]) {
    expect((await get(`pieces?${query}`)).status).toBe(200);
  }
  limits.joinedRows = before;
  expect((await get('pieces?filters[$or][0][body][$containsi]=a&filters[$or][1][title][$containsi]=a')).status).toBe(200); // prettier-ignore
});

test('an empty name of a field is refused', async () => {
  for (const place of places('piece')) {
    for (const query of ['fields=', 'fields[]=', 'fields[0]=title&fields[1]=']) {
      await expectRefused(place, query);
    }
    for (const query of ['fields=title,', 'fields=,']) {
      expect((await get(`${place}?${query}`)).status).toBeLessThan(500);
    }
  }
});

test('counts what is populated through a dynamic zone', async () => {
  const deep = 'pieces.box.pieces.box.pieces.box.pieces';
  for (const place of places('box')) {
    await expectRefused(place, `populate=zone.${deep}`);
    await expectRefused(place, 'populate=zone.nothing.pieces');
    await expectRefused(place, 'populate[zone][populate][pieces][populate][box][populate][pieces][populate][box][populate]=pieces'); // prettier-ignore
    await expectRefused(place, 'populate[zone][on][comp.rel][populate][pieces][populate][box][populate][pieces][populate][box]=true'); // prettier-ignore
  }
  for (const query of [
    'populate=zone.pieces',
    'populate[zone][populate]=*',
    'populate[zone]=true',
    'populate[zone][on][comp.rel][populate]=pieces',
  ]) {
    // prettier-ignore
    const { status, text } = await get(`boxs?${query}&fields=id`);
    expect({ query, status }).toEqual({ query, status: 200 });
    expect(text).toContain('"label":"x"');
  }
});

test('the length of what is populated counts', async () => {
  const { limits } = appOf(site.strapi).config;
  const before = limits.populatedRows;
  limits.populatedRows = 100;
  for (const place of places('box')) {
    await expectRefused(place, 'populate=pieces');
    for (const fields of ['%20body', 'title,body%20', 'nothing']) {
      const { status } = await get(`${place}?populate[pieces][fields]=${fields}`);
      expect({ place, fields, status }).toEqual({ place, fields, status: 400 });
    }
    // Ten times ten times ten mentions.
    const mentions = (inner: string) => `[mentions][on][api::box.box]${inner}`;
    await expectRefused(
      place,
      `populate${mentions(`[populate]${mentions(`[populate]${mentions('[fields][0]=title')}`)}`)}`,
    );
  }
  expect((await get('boxs?populate[pieces][fields][0]=title')).status).toBe(200);
  // A token that reads drafts may ask for all types at once: each row counts as one of the longest.
  const withToken = (query: string) => site.http.get(`/api/boxs?${query}`).set('Authorization', `Bearer ${token}`); // prettier-ignore
  expect((await withToken('populate=mentions&pagination[pageSize]=5')).status).toBe(400);
  limits.populatedRows = before;
  expect((await withToken('populate=mentions&pagination[pageSize]=1')).status).toBe(200);
});

test('refuses conditions behind a relation that Strapi cannot express', async () => {
  for (const place of places('piece')) {
    for (const query of [
      'filters[box][$not][title]=x',
      'filters[friends][$eq]=1&filters[friends][$ne]=2',
      'filters[box][$null]=true&filters[box][title]=x',
      'filters[friends][$and][0][title]=x&filters[friends][title]=x',
      'filters[friends][$and][0][title]=x&filters[friends][$or][0][title]=y',
      'filters[friends][$and][0][$eq]=1',
      'filters[friends][$and][0][box][$not][title]=1',
      'filters[comp][$not][label]=x',
      'filters[cover][$not][name]=x',
      'filters[0][title]=x',
      'populate[comps][sort]=pieces.title',
      'populate[friends][filters][box][$not][title]=x',
    ]) {
      await expectRefused(place, query);
    }
    for (const query of [
      'filters[friends][$and][0][title]=x',
      'filters[friends][$or][0][title]=x&filters[friends][$or][1][title]=y',
      'filters[$not][box][title]=x',
      'filters[box][$null]=true',
      'filters[box][title][$not][$eq]=x',
    ]) {
      const { status } = await get(`${place}?${query}`);
      expect({ place, query, status: status === 500 }).toEqual({ place, query, status: false });
    }
  }
});

test('a type without locales can be searched', async () => {
  expect((await get('pieces?_q=sourdough')).status).toBe(200);
});

test('applies a route’s own way of authenticating callers', async () => {
  for (const name of ['strat', 'member']) {
    for (const place of places(name)) {
      const { status, text } = await get(`${place}?pagination[limit]=5`);
      expect({ place, status }).toEqual({ place, status: 401 });
      expect(text).not.toContain('Bread');
    }
  }
  const [source] = ids.member;
  const members = await get(`members/${source}/related?minScore=0`).set('x-member', 'yes');
  expect(members.body.data.length).toBe(BREAD.length - 1);
  const tokens = await get(`strats/${ids.strat[0]}/related?minScore=0`).set('Authorization', `Bearer ${token}`); // prettier-ignore
  expect(tokens.body.data.length).toBe(BREAD.length - 1);
});

test('checks the route that answers for a documentId', async () => {
  expect((await get(`rexs/${ids.rex[0]}`)).status).toBe(403);
  expect((await get(`rexs/${ids.rex[0]}/related`)).status).toBe(403);
});

test('a link in a private field puts nothing into a list', async () => {
  const { body } = await get(`privs/${ids.priv[0]}/related?minScore=1&explain=true`);
  expect(body.data).toEqual([]);
  const all = await get(`privs/${ids.priv[0]}/related?minScore=0&explain=true`);
  for (const { explanation } of all.body.meta.related) expect(explanation.signals.links ?? 0).toBe(0); // prettier-ignore
});

test('a hidden entry does not suppress its visible copy', async () => {
  const source = ids.twin[BREAD.length];
  const { body } = await get(`twins/${source}/related?minScore=0`);
  const titles = (body.data as { title: string }[]).map(({ title }) => title);
  expect(titles).toContain('Orchards');
  expect(titles).not.toContain('Premium');
  expect(body.meta.pagination.total).toBe(body.data.length);
});

test('internal tables are closed however their address is written', async () => {
  const { token: admin } = await createAdministrator(site);
  for (const uid of ['curation', 'curation-event']) {
    const place = `/Content-Manager/Collection-types/plugin::related-articles.${uid}`;
    const { status } = await site.http.get(place).set('Authorization', `Bearer ${admin}`);
    expect({ place, status }).toEqual({ place, status: 404 });
  }
});
