import { appOf } from 'plugin/app';

import { ALL_READS, ARTICLE_FIND, CATEGORY_FIND, createToken, grantPublic, RELATED_FIND, startStrapi, TAG_FIND, type Running } from '../helpers/strapi'; // prettier-ignore
import { statementsOf } from '../helpers/statements';
import { BREAD, MOON, two } from '../helpers/texts';

/* `related=` on the core routes: the entry and its suggestions in one answer. */

const ARTICLE = 'api::article.article';
const ARTICLE_FIND_ONE = 'api::article.article.findOne';
const ids: Record<string, string> = {};
let running: Running;

const articles = () => running.strapi.documents(ARTICLE);
const get = (place: string) => running.http.get(`/api/${place}`);

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  await strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  await grantPublic(strapi, [...ALL_READS, ARTICLE_FIND_ONE]);
  const kitchen = (await strapi.documents('api::category.category').create({ data: { name: 'Kitchen' } })).documentId; // prettier-ignore
  for (const at of [0, 1, 2]) {
    for (const [name, texts] of [
      ['Bread', BREAD],
      ['Moon', MOON],
    ] as const) {
      // prettier-ignore
      const data = { title: `${name} ${at}`, body: two(texts, at), category: kitchen };
      ids[data.title] = (await articles().create({ data, status: 'published' } as never)).documentId; // prettier-ignore
    }
  }
  await articles().update({ documentId: ids['Bread 0'], data: { title: 'zzedit', body: 'zzedit' } } as never); // prettier-ignore
  for (const at of [0, 1]) await articles().update({ documentId: ids[`Bread ${at}`], locale: 'de', data: { title: `Brot ${at}`, body: 'Brot und Teig im heissen Ofen' }, status: 'published' } as never); // prettier-ignore
  await running.settled();
});
afterAll(() => running.stop());

interface Entry {
  documentId: string;
  title: string;
  related?: { title: string; __related: { origin: string } }[];
}

test('one entry with its suggestions, the same as on its own route', async () => {
  const id = ids['Bread 0'];
  const { status, body } = await get(`articles/${id}?related=2&relatedFields=title&relatedExplain=true`); // prettier-ignore
  expect(status).toBe(200);
  const alone = (await get(`articles/${id}/related?pagination[limit]=2&fields=title&explain=true&inline=true`)).body; // prettier-ignore
  expect(body.data.related).toEqual(alone.data);
  expect(body.data.related).toHaveLength(2);
  const { ...entry } = body.data;
  delete entry.related;
  expect(entry).toEqual((await get(`articles/${id}`)).body.data);
});

test('a page of entries, each with its suggestions, in one read', async () => {
  const plain = 'articles?fields=title&sort=title';
  let entries: Entry[] = [];
  const count = (place: string) =>
    statementsOf(running.strapi, async () => (entries = (await get(place)).body.data));
  await count(`${plain}&related=3&relatedFields=title`);
  const one = await count(`${plain}&pagination[limit]=1&related=3&relatedFields=title`);
  expect(await count(`${plain}&related=3&relatedFields=title`)).toBe(one);
  expect(entries).toHaveLength(6);
  for (const entry of entries) {
    const alone = (await get(`articles/${entry.documentId}/related?pagination[limit]=3&fields=title&inline=true`)).body; // prettier-ignore
    expect(entry.related).toEqual(alone.data);
  }
});

test('each entry in its own locale; populated where asked', async () => {
  const { body } = await get('articles?locale=*&fields=title,locale&related=1&relatedPopulate=category&sort=title'); // prettier-ignore
  expect((await get('articles?locale=*&fields=title&related=1')).body.error.message).toMatch(/^related: expected fields to include "locale"/); // prettier-ignore
  const german = body.data.filter(({ title }: Entry) => title.startsWith('Brot'));
  expect(german.map(({ related }: Entry) => related?.[0].title)).toEqual(['Brot 1', 'Brot 0']);
  const english = body.data.find(({ title }: Entry) => title === 'Bread 1');
  expect(english.related[0].category.name).toBe('Kitchen');
});

test.each([
  ['related=0', /^related: expected a whole number from 1 to \d+, got "0"/],
  ['related=x', /^related: expected a whole number/],
  ['related[a]=1', /expected string/],
  ['related=101', /^related: expected a whole number from 1 to 100/],
  ['relatedFields=title', /^related: expected the number/],
  ['related=1&relatedFields=', /^relatedFields: expected names/],
  [
    'related=1&relatedFields=titel',
    /^relatedFields: there is no attribute "titel"\. Did you mean "title"/,
  ],
  ['related=1&relatedFields=createdBy', /createdBy/],
  ['related=1&relatedExplain=perhaps', /^relatedExplain: expected true or false/],
  [
    'related=1&relatedPopulate=category.articles.category.articles.category.articles',
    /^relatedPopulate/,
  ],
])('%s: 400', async (query, message) => {
  for (const place of ['articles', `articles/${ids['Bread 0']}`]) {
    const { status, body } = await get(`${place}?${query}`);
    expect([status, body.error?.message]).toEqual([400, expect.stringMatching(message)]);
    expect(body.data).toBeNull();
  }
});

test('needs the same rights as the plugin’s route, and gives drafts to the same tokens only', async () => {
  const { strapi } = running;
  const id = ids['Bread 0'];
  await grantPublic(strapi, [ARTICLE_FIND, ARTICLE_FIND_ONE]);
  expect((await get(`articles/${id}`)).status).toBe(200);
  expect((await get(`articles/${id}?related=2`)).status).toBe(403);
  await grantPublic(strapi, [RELATED_FIND, ARTICLE_FIND, ARTICLE_FIND_ONE]);
  const stranger = (await get(`articles/${id}?related=3&relatedExplain=true`)).body.data.related;
  expect(JSON.stringify(stranger)).not.toContain('Kitchen');
  const populated = await get(`articles/${id}?related=3&relatedPopulate=category`);
  const alone = await get(`articles/${id}/related?populate[0]=category`);
  expect(populated.status).toBe(alone.status);
  expect(populated.text).not.toContain('Kitchen');
  const ask = (token: string) => get(`articles/${id}?related=3&status=draft`).set('Authorization', `Bearer ${token}`); // prettier-ignore
  const custom = await createToken(strapi, 'custom', [RELATED_FIND, ARTICLE_FIND, ARTICLE_FIND_ONE, CATEGORY_FIND, TAG_FIND]); // prettier-ignore
  expect((await ask(custom)).status).not.toBe(200);
  const full = await ask(await createToken(strapi, 'full-access'));
  expect(full.status).toBe(200);
  expect(full.body.data.title).toBe('zzedit');
  expect(JSON.stringify(full.body.data.related)).not.toContain('zzedit');
  await grantPublic(strapi, [...ALL_READS, ARTICLE_FIND_ONE]);
});

test('leaves other routes and missing entries as they were', async () => {
  expect((await get('articles/nonsense?related=3')).status).toBe(404);
  const categories = await get('categories?related=3');
  expect([categories.status, categories.body.error.message]).toEqual([400, 'Invalid key related']);
  expect((await get(`articles/${ids['Bread 0']}`)).body.data.related).toBeUndefined();
});

test('applies the policies of the plugin’s own route, and shared caches keep nothing', async () => {
  const { strapi } = running;
  const type = appOf(strapi).types.get(ARTICLE) as { policies: string[] };
  const id = ids['Bread 0'];
  expect((await get(`articles/${id}?related=1`)).headers).toMatchObject({ 'cache-control': 'private, no-cache', vary: expect.stringMatching(/Authorization/) }); // prettier-ignore
  const policies = strapi.get('policies') as unknown as { add(namespace: string, policies: object): void }; // prettier-ignore
  policies.add('global::', { never: () => false });
  type.policies = ['global::never'];
  try {
    expect((await get(`articles/${id}?related=1`)).status).toBe(403);
    expect((await get(`articles/${id}`)).status).toBe(200);
  } finally {
    type.policies = [];
  }
});

test('refuses too many at once, and supports the v4 response format', async () => {
  const { status, body } = await get('articles?related=100&pagination[pageSize]=6');
  expect([status, body.error.message]).toEqual([400, expect.stringMatching(/^pagination: expected at most 500 suggestions/)]); // prettier-ignore
  const former = await get(`articles/${ids['Bread 0']}?related=2`).set(
    'Strapi-Response-Format',
    'v4',
  );
  expect(former.body.data.attributes.related).toHaveLength(2);
});
