import fs from 'node:fs';
import path from 'node:path';

import { uidOf, writeType, type GuardedType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/* Strapi keeps attributes out of answers in three ways. With each of them, nothing reveals what they hold. */

const slug = { type: 'string' };
const day = { type: 'date' };
const TYPES: GuardedType[] = [
  {
    name: 'attributed',
    attributes: { slug: { ...slug, private: true }, day: { ...day, private: true } },
  },
  { name: 'optioned', attributes: { slug, day }, privateAttributes: ['slug', 'day'] },
  { name: 'global', attributes: { hushedSlug: slug, hushedDay: day } },
];
const PICTURED: GuardedType = {
  name: 'pictured',
  attributes: { cover: { type: 'media', multiple: false } },
};
/** Gets its attributes while the project registers, after the plugin. */
const LATE: GuardedType = {
  name: 'late',
  attributes: {},
  routes: `require('@strapi/strapi').factories.createCoreRouter('${uidOf('late')}', { config: { find: { policies: ['plugin::related-articles.published-only'] } } })`,
};
const ADDED = `{ pin: { type: 'string', private: true }, friends: { type: 'relation', relation: 'manyToMany', target: '${uidOf('late')}' } }`;
const NAMES = TYPES.map(({ name }) => name);
const attributesOf = (name: string) =>
  name === 'global' ? { slug: 'hushedSlug', date: 'hushedDay' } : { slug: 'slug', date: 'day' };

let site: Running;
const ids: Record<string, string> = {};

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const type of [...TYPES, LATE, PICTURED]) writeType(appDir, type);
    config.contentTypes[uidOf('pictured')] = { title: 'title', text: { body: 1, cover: 1 } };
    // The podcast reads a component that also has a caption.
    delete config.contentTypes['api::podcast.podcast'];
    config.contentTypes[uidOf('late')] = { title: 'title', text: { body: 1 } };
    fs.writeFileSync(
      path.join(appDir, 'src/index.js'),
      `module.exports = { register({ strapi }) { const type = strapi.contentType('${uidOf('late')}'); type.attributes = { ...type.attributes, ...${ADDED} }; } };`,
    );
    fs.writeFileSync(
      path.join(appDir, 'config/api.js'),
      "module.exports = { responses: { privateAttributes: ['hushedSlug', 'hushedDay', 'caption'] } };",
    );
    for (const name of NAMES) {
      const attributes = attributesOf(name);
      config.contentTypes[uidOf(name)] = {
        title: 'title',
        text: { body: 1 },
        ...attributes,
        allowPrivate: Object.values(attributes),
        signals: { hushed: { attributes: [attributes.date], weight: 1, score: () => 1 } },
      };
    }
  });
  site.strapi.log.level = 'silent';
  for (const name of NAMES) {
    const attributes = attributesOf(name);
    for (const [at, body] of BREAD.entries()) {
      const documents = site.strapi.documents(uidOf(name) as 'api::article.article');
      const data = {
        title: `Bread ${at}`,
        body,
        [attributes.slug]: `embargo-quuxville-${at}`,
        // Opposite to the order in which they are made.
        [attributes.date]: `2026-0${BREAD.length - at}-01`,
      };
      const { documentId } = await documents.create({ data, status: 'published' } as never);
      ids[`${name} ${at}`] = documentId;
    }
  }
  await grantPublic(site.strapi, [
    RELATED_FIND,
    FIND_BY_TEXT,
    ...[...NAMES, 'late', 'pictured'].flatMap((name) => [
      `${uidOf(name)}.find`,
      `${uidOf(name)}.findOne`,
    ]),
  ]);
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

describe.each(NAMES)('%s', (name) => {
  const ask = (place: string) => site.http.get(`/api/${name}s/${place}`);

  test('serves lists without it', async () => {
    const { status, body } = await ask(`${ids[`${name} 0`]}/related?minScore=0&explain=true`);
    expect([status, body.data.length]).toEqual([200, BREAD.length - 1]);
    expect(JSON.stringify(body)).not.toMatch(/quuxville|2026-0\d-01"/);
  });

  test('it affects neither the order nor the scores that callers see', async () => {
    const { body } = await ask(`${ids[`${name} 0`]}/related?minScore=0&explain=true`);
    for (const { explanation } of body.meta.related) {
      const { signals }: { signals: Record<string, number> } = explanation;
      expect(signals).toMatchObject({ date: 0, hushed: 0 });
      // If the sum were below 1, the difference would be the hidden share.
      const sum = Object.values(signals).reduce((all, share) => all + share, 0);
      expect(sum).toBeCloseTo(1, 2);
    }
    const newest = await ask(`${ids[`${name} 0`]}/related?minScore=1&fallback=newest`);
    const titles = newest.body.data.map(({ title }: { title: string }) => title);
    expect(titles).toEqual(['Bread 2', 'Bread 1']);
  });

  test('an entry is not found by a private slug', async () => {
    expect((await ask('embargo-quuxville-0/related')).status).toBe(404);
    const { body } = await site.http.get(
      `/api/related-articles/${name}s?documentIds=embargo-quuxville-0`,
    );
    expect(body.data).toMatchObject([{ documentId: null, related: [] }]);
  });

  test('refuses an age limit if the date is private', async () => {
    const { status, body } = await ask(`${ids[`${name} 0`]}/related?maxAge=20`);
    expect([status, body.error.message]).toEqual([400, expect.stringMatching(/^maxAge: /)]);
  });

  test('refuses texts if private attributes count as words', async () => {
    const { status } = await site.http
      .post(`/api/related-articles/${name}s`)
      .send({ title: 'quuxville' });
    expect(status).toBe(403);
  });

  test('filters and searches of guarded routes do not reach it', async () => {
    const { slug: attribute } = attributesOf(name);
    const place = `${ids[`${name} 0`]}/related?filters[${attribute}][$contains]=quux`;
    expect((await ask(place)).status).toBe(400);
  });
});

test('private captions are not read', async () => {
  const file = await site.strapi.db.query('plugin::upload.file').create({
    data: {
      ...{ documentId: 'file', name: 'a.png', hash: 'a', ext: '.png', mime: 'image/png', size: 1 },
      ...{ url: '/a.png', provider: 'local', caption: 'Zorblax', alternativeText: 'An orchard' },
    },
  });
  const documents = site.strapi.documents(uidOf('pictured') as 'api::article.article');
  for (const [at, body] of BREAD.entries()) {
    const data = { title: `Bread ${at}`, body, ...(at === 0 && { cover: file.id }) };
    await documents.create({ data, status: 'published' } as never);
  }
  await site.settled();
  const find = async (title: string) => {
    const place = '/api/related-articles/pictureds?fallback=none&minScore=0&explain=true';
    const { status, body } = await site.http.post(place).send({ title });
    expect(status).toBe(200);
    return (body.data as { title: string }[]).map((one) => one.title);
  };
  expect(await find('zorblax')).toEqual([]);
  expect(await find('orchard')).toEqual(['Bread 0']);
});

test('attributes that a project adds while it registers are guarded like any other', async () => {
  const documents = site.strapi.documents(uidOf('late') as 'api::article.article');
  const late: string[] = [];
  for (let i = 0; i < 12; i += 1) {
    const data = { title: `Late ${i}`, body: BREAD[i % 3], pin: `hush${i}quux`, friends: late };
    late.push((await documents.create({ data, status: 'published' } as never)).documentId);
  }
  await site.settled();
  const deep = 'populate[friends][populate][friends][populate][friends][populate]=friends';
  for (const query of ['_q=hush3quux', deep]) {
    expect({ query, status: (await site.http.get(`/api/lates?${query}`)).status }).toEqual({ query, status: 400 }); // prettier-ignore
  }
  expect((await site.http.get(`/api/lates/${late[11]}/related?${deep}`)).status).toBe(400);
  expect((await site.http.get('/api/lates?populate=friends')).status).toBe(200);
});

test('refuses the configuration unless private attributes are allowed', async () => {
  const refused = startSite((config, appDir) => {
    writeType(appDir, TYPES[1]);
    config.contentTypes[uidOf('optioned')] = { title: 'title', ...attributesOf('optioned') };
  });
  await expect(refused).rejects.toThrow(/slug: attribute "slug" is private/);
}, 60_000);
