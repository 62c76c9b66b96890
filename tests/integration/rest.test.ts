import type { Modules } from '@strapi/strapi';

import {
  ALL_READS,
  ARTICLE_FIND,
  CATEGORY_FIND,
  createToken,
  grantPublic,
  RELATED_FIND,
  startStrapi,
  TAG_FIND,
  type Running,
} from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';

const ARTICLE = 'api::article.article';

let running: Running;
let bread: Modules.Documents.AnyDocument[];
let moon: Modules.Documents.AnyDocument[];
let draft: Modules.Documents.AnyDocument;
let german: Modules.Documents.AnyDocument;

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  await strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  const kitchen = await strapi
    .documents('api::category.category')
    .create({ data: { name: 'Kitchen' } });
  const sky = await strapi.documents('api::category.category').create({ data: { name: 'Sky' } });
  const baking = await strapi.documents('api::tag.tag').create({ data: { name: 'baking' } });
  const create = (title: string, body: string, more: object = {}) =>
    strapi.documents(ARTICLE).create({ data: { title, body, ...more }, status: 'published' });

  bread = [];
  for (const [i, body] of BREAD.entries()) {
    bread.push(
      await create(`Bread ${'ABC'[i]}`, body, {
        category: kitchen.documentId,
        tags: [baking.documentId],
      }),
    );
  }
  moon = [];
  for (const [i, body] of MOON.entries()) {
    moon.push(await create(`Moon ${'ABC'[i]}`, body, { category: sky.documentId }));
  }
  draft = await strapi
    .documents(ARTICLE)
    .create({ data: { title: 'Secret bread', slug: 'secret-bread', body: BREAD.join(' ') } });
  // Published with one text, edited since: the edit must not show.
  await strapi.documents(ARTICLE).update({
    documentId: moon[2].documentId,
    data: { body: BREAD.join(' '), slug: 'draft-slug' },
  });
  const translate = (source: Modules.Documents.AnyDocument, title: string, body: string) =>
    strapi.documents(ARTICLE).update({
      documentId: source.documentId,
      locale: 'de',
      data: { title, body },
      status: 'published',
    });
  german = (await translate(
    bread[0],
    'Brot A',
    'Sauerteig aus Roggenmehl und Wasser im Ofen',
  )) as Modules.Documents.AnyDocument;
  await translate(bread[1], 'Brot B', 'Ein Laib aus Sauerteig und Roggenmehl, im Ofen gebacken');
  await running.settled();
  await grantPublic(strapi, ALL_READS);
});
afterAll(() => running.stop());

const related = (reference: string, query = '', token?: string) => {
  const request = running.http.get(`/api/articles/${reference}/related${query && `?${query}`}`);
  return token ? request.set('Authorization', `Bearer ${token}`) : request;
};
const titles = (response: { body: { data: { title: string }[] } }) =>
  response.body.data.map(({ title }) => title);

describe('the list', () => {
  test('holds related articles in Strapi’s format, with score and origin next to them', async () => {
    const response = await related(bread[0].documentId);
    expect(response.status).toBe(200);
    expect(titles(response).sort()).toEqual(['Bread B', 'Bread C']);
    const { data, meta } = response.body;
    expect(meta.pagination).toEqual({ page: 1, pageSize: 5, pageCount: 1, total: 2 });
    expect(meta.related.map((entry: { documentId: string }) => entry.documentId)).toEqual(
      data.map((entry: { documentId: string }) => entry.documentId),
    );
    for (const { origin, score } of meta.related) {
      expect(origin).toBe('suggested');
      expect(score).toBeGreaterThan(0.13);
      expect(score).toBeLessThanOrEqual(1);
    }
  });

  test('gives each document exactly as GET /api/articles would', async () => {
    for (const query of [
      '',
      'fields[0]=title',
      'populate=category',
      'populate[tags][fields][0]=name',
      'populate=*',
    ]) {
      const { body } = await related(bread[0].documentId, query);
      for (const document of body.data) {
        const filter = `filters[documentId][$eq]=${document.documentId}`;
        const plain = await running.http.get(`/api/articles?${filter}&${query}`);
        expect(document).toEqual(plain.body.data[0]);
      }
    }
  });

  test('is found by slug as by documentId', async () => {
    const byId = await related(bread[0].documentId);
    const bySlug = await related('bread-a');
    expect(bySlug.body).toEqual(byId.body);
  });

  test('stays within its locale', async () => {
    const response = await related(german.documentId, 'locale=de');
    expect(titles(response)).toEqual(['Brot B']);
    expect(titles(await related('brot-a', 'locale=de'))).toEqual(['Brot B']);
    expect((await related('brot-a')).status).toBe(404);
    expect((await related(moon[0].documentId, 'locale=de')).status).toBe(404);
    expect((await related(bread[0].documentId, 'locale=fr')).status).toBe(404);
  });

  test('explains itself', async () => {
    const { body } = await related('bread-a', 'explain=true');
    const [{ explanation }] = body.meta.related;
    const shares = Object.values<number>(explanation.signals).reduce((a, b) => a + b, 0);
    expect(shares).toBeCloseTo(1, 6);
    expect(explanation.terms).toEqual(expect.arrayContaining(['sourdough', 'flour']));
    expect(explanation.taxonomy).toEqual({ category: ['Kitchen'], tags: ['baking'] });
    expect(explanation.links).toEqual({
      toSuggestion: false,
      fromSuggestion: false,
      cocited: 0,
      coupled: 0,
    });
  });
});

describe('parameters', () => {
  test('filters reach down the whole ranking, not only the first page', async () => {
    const all = titles(await related('bread-a', 'minScore=0'));
    expect(all.length).toBeGreaterThan(1);
    const last = all[all.length - 1];
    const response = await related(
      'bread-a',
      `minScore=0&pagination[limit]=1&filters[title][$eq]=${last}`,
    );
    expect(titles(response)).toEqual([last]);
    expect(response.body.meta.pagination.total).toBe(1);
  });

  test('pages follow each other without gap or overlap', async () => {
    const all = titles(await related('bread-a', 'minScore=0&pagination[limit]=100'));
    const paged: string[] = [];
    for (let page = 1; page <= all.length; page += 1) {
      const response = await related(
        'bread-a',
        `minScore=0&pagination[page]=${page}&pagination[pageSize]=1`,
      );
      expect(response.body.meta.pagination).toEqual({
        page,
        pageSize: 1,
        pageCount: all.length,
        total: all.length,
      });
      paged.push(...titles(response));
    }
    expect(paged).toEqual(all);
    const window = await related('bread-a', 'minScore=0&pagination[start]=1&pagination[limit]=2');
    expect(titles(window)).toEqual(all.slice(1, 3));
  });

  test("Strapi's maxLimit holds, and withCount may be left out", async () => {
    const { body } = await related(
      'bread-a',
      'pagination[limit]=100000&pagination[withCount]=false',
    );
    expect(body.meta.pagination).toEqual({ start: 0, limit: 100 });
  });

  test('exclude and minScore', async () => {
    const response = await related('bread-a', `exclude=${bread[1].documentId}`);
    expect(titles(response)).toEqual(['Bread C']);
    expect(titles(await related('bread-a', 'minScore=1'))).toEqual([]);
  });

  test.each([
    ['foo=1', /^foo: there is no such parameter/],
    ['sort=title', /^sort: there is no such parameter/],
    ['_q=x', /^_q: there is no such parameter/],
    ['hasPublishedVersion=true', /^hasPublishedVersion: there is no such parameter/],
    ['minScore=high', /^minScore: expected a number from 0 to 1.*, got "high"/],
    ['pagination[limit]=many', /^pagination\[limit\]: expected .*, got "many"/],
    ['pagination[page]=1&pagination[start]=1', /^pagination: /],
    ['locale=*', /^locale: /],
    ['fields=nope', /nope/],
    ['populate=nope', /nope/],
    ['filters[nope]=1', /nope/],
    ['filters=foo', /^filters: expected filters\[attribute\].*, got "foo"/],
    ['fields=', /^fields: expected names of attributes.*, got ""/],
    ['populate=', /^populate: expected names of attributes.*, got ""/],
    ['filters[$and]=x', /^filters\[\$and\]: expected a list of conditions/],
    ['filters[$not]=x', /^filters\[\$not\]: expected a condition/],
    ['filters[title][$between]=1', /^filters\[title\]\[\$between\]: expected two values/],
    [
      'filters[body][$jsonSupersetOf]=1',
      /^filters\[body\]\[\$jsonSupersetOf\]: "\$jsonSupersetOf" cannot be used here/,
    ],
    ['fields=constructor', /^fields: there is no "constructor"/],
    [
      `populate=${Array(50).fill('category.articles').join('.')}`,
      /^populate: expected at most 4 nested relations/,
    ],
    [`filters${'[category][articles]'.repeat(9)}[title]=x`, /^filters/],
    ['status=any', /^status: expected .*, got "any"/],
    ['pagination=3', /^pagination: expected pagination\[page\].*, got "3"/],
    ['pagination[limt]=3', /Did you mean "pagination\[limit\]"/],
    ['pagination[limit]=0', /^pagination\[limit\]: expected .*, got "0"/],
  ])('%s is a 400 that names it', async (query, message) => {
    const { status, body } = await related('bread-a', query);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      status: 400,
      name: 'ValidationError',
      message: expect.stringMatching(message),
    });
  });
});

describe('who may ask', () => {
  afterEach(() => grantPublic(running.strapi, ALL_READS));

  test.each([
    ['without find on articles', [RELATED_FIND, CATEGORY_FIND, TAG_FIND]],
    ['without find on related', [ARTICLE_FIND]],
    ['without any', []],
  ])('%s: 403, whether the article exists or not', async (_who, actions) => {
    await grantPublic(running.strapi, [...actions, 'plugin::users-permissions.user.me']);
    const existing = await related('bread-a');
    const missing = await related('nothing-here');
    expect([existing.status, missing.status]).toEqual([403, 403]);
    expect(existing.body).toEqual(missing.body);
  });

  test('without find on categories, they appear neither populated nor in the explanation', async () => {
    await grantPublic(running.strapi, [RELATED_FIND, ARTICLE_FIND]);
    const { body } = await related('bread-a', 'populate=category&explain=true');
    expect(body.data[0].category).toBeUndefined();
    expect(body.meta.related[0].explanation.taxonomy).toEqual({});
    expect(JSON.stringify(body)).not.toMatch(/Kitchen/);
    expect((await related('bread-a', 'filters[category][name][$eq]=Kitchen')).status).toBe(400);
  });

  test('tokens: a custom one needs both actions', async () => {
    await grantPublic(running.strapi, []);
    const half = await createToken(running.strapi, 'custom', [RELATED_FIND]);
    const both = await createToken(running.strapi, 'custom', [RELATED_FIND, ARTICLE_FIND]);
    const readOnly = await createToken(running.strapi, 'read-only');
    expect((await related('bread-a', '', half)).status).toBe(403);
    expect((await related('bread-a', '', both)).status).toBe(200);
    expect((await related('bread-a', '', readOnly)).status).toBe(200);
  });
});

describe('drafts', () => {
  test('never come out: not as suggestion, source, slug or text', async () => {
    const { body } = await related('bread-a', 'minScore=0&pagination[limit]=100');
    expect(JSON.stringify(body)).not.toMatch(/Secret/);
    expect((await related(draft.documentId)).status).toBe(404);
    expect((await related('secret-bread')).status).toBe(404);
    expect((await related('draft-slug')).status).toBe(404);
    expect((await related('moon-c')).status).toBe(200);
    expect(titles(await related('bread-a'))).not.toContain('Moon C');
  });

  test('a missing article and one that may not be seen give the same answer', async () => {
    const hidden = await related(draft.documentId);
    const missing = await related('nothing-here');
    expect(hidden.body).toEqual(missing.body);
  });

  test('status=draft is for read-only and full-access tokens: the draft is the source, answers stay published', async () => {
    const custom = await createToken(running.strapi, 'custom', [RELATED_FIND, ARTICLE_FIND]);
    expect((await related(draft.documentId, 'status=draft')).status).toBe(403);
    expect((await related(draft.documentId, 'status=draft', custom)).status).toBe(403);
    for (const type of ['read-only', 'full-access'] as const) {
      const token = await createToken(running.strapi, type);
      const response = await related(draft.documentId, 'status=draft', token);
      expect(response.status).toBe(200);
      expect(titles(response).sort()).toEqual(['Bread A', 'Bread B', 'Bread C']);
      for (const { publishedAt } of response.body.data) expect(publishedAt).toBeTruthy();
      // The edited text of a published article, asked for by its published slug.
      const edited = titles(await related('moon-c', 'status=draft', token));
      expect(edited).toEqual(expect.arrayContaining(['Bread A']));
    }
  });

  test.each([
    'filters[category][articles][title][$startsWith]=Secret',
    'filters[category][articles][body][$contains]=dough',
    'filters[$or][0][tags][articles][title][$startsWith]=Secret',
    'filters[category][$not][articles][title][$startsWith]=Secret',
    'filters[localizations][title][$startsWith]=Secret',
    'populate[tags][filters][articles][title][$startsWith]=Secret',
    'populate[category][sort]=articles.title',
  ])('their text cannot be guessed: %s is a 400, here and on core routes', async (query) => {
    for (const url of ['/api/articles/bread-a/related', '/api/articles']) {
      const { status, body } = await running.http.get(`${url}?${query}`);
      expect({ url, status }).toEqual({ url, status: 400 });
      expect(body.error.message).toMatch(
        /would look at unpublished entries|expected \$not before|attribute of the entry itself/,
      );
    }
  });

  test('filters and population over relations without unpublished entries still work', async () => {
    const filtered = await related(
      'bread-a',
      'filters[category][name][$eq]=Kitchen&filters[tags][name][$in][0]=baking',
    );
    expect(filtered.body.data).toHaveLength(2);
    const populated = await related(
      'bread-a',
      'populate[category][populate][articles][fields][0]=title',
    );
    expect(populated.body.data[0].category.articles.length).toBeGreaterThan(0);
    expect(JSON.stringify(populated.body)).not.toMatch(/Secret/);
  });

  test.each(['/api/articles?publicationFilter=modified', '/api/articles?hasPublishedVersion=true'])(
    '%s does not tell which articles have edits',
    async (url) => expect((await running.http.get(url)).status).toBe(403),
  );

  test("the project's own routes give no drafts to the public either", async () => {
    for (const url of [
      '/api/articles?status=draft',
      '/api/categories?populate[articles][status]=draft',
      '/api/categories?status=draft&populate=articles',
    ]) {
      const { status, body } = await running.http.get(url);
      expect(status).toBe(403);
      expect(JSON.stringify(body)).not.toMatch(/Secret/);
    }
    const token = await createToken(running.strapi, 'read-only');
    const allowed = await running.http
      .get('/api/articles?status=draft')
      .set('Authorization', `Bearer ${token}`);
    expect(allowed.status).toBe(200);
  });
});
