import { appOf } from 'plugin/app';
import { guardQuery } from 'plugin/permissions/query-guard';

import { readsOf } from '../helpers/statements';
import { ALL_READS, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

const CATEGORY = 'api::category.category';
const TAG = 'api::tag.tag';
const ARTICLE = 'api::article.article';

let running: Running;
let source: string;
let category: string;

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  await grantPublic(strapi, [
    ...ALL_READS,
    ...[ARTICLE, CATEGORY, TAG].map((uid) => `${uid}.findOne`),
  ]);
  category = (await strapi.documents(CATEGORY).create({ data: { name: 'Kitchen' } })).documentId;
  const tags: string[] = [];
  for (let i = 0; i < 20; i += 1) {
    tags.push((await strapi.documents(TAG).create({ data: { name: `tag ${i}` } })).documentId);
  }
  const create = (data: object, status: 'draft' | 'published') =>
    strapi.documents(ARTICLE).create({ data, status } as never);
  for (let i = 0; i < 60; i += 1) {
    const body = `${BREAD[i % 3]} ${i}`;
    const { documentId } = await create({ title: `Bread ${i}`, body, category, tags }, 'published');
    source = documentId;
  }
  await create({ title: 'zzsecret', slug: 'zzsecret', body: 'zzsecret', category, tags }, 'draft');
  await running.settled();
});
afterAll(() => running.stop());

const get = (place: string) => running.http.get(`/api/${place}`);

describe('drafts cannot be read from a type without them', () => {
  const PLACES = () => ['categories', 'tags', `categories/${category}`];
  const QUESTIONS = [
    'filters[articles][title][$startsWith]=zz',
    'filters[articles][slug][$contains]=zz',
    'filters[articles][body][$containsi]=ZZ',
    'filters[$and][0][articles][title][$startsWith]=zz',
    'filters[$or][0][$not][articles][title][$startsWith]=zz',
    'filters[articles][$not][title][$startsWith]=zz',
    'filters[articles][id][$gt]=0',
    'filters[articles][publishedAt][$null]=true',
    'sort=articles.title',
    'sort[0]=articles.title:desc',
    'sort[articles][title]=desc',
    'filters[articles][tags][articles][title][$startsWith]=zz',
    'populate[articles][filters][category][articles][title][$startsWith]=zz',
    'populate[articles][sort]=category.articles.title',
    'populate[articles][populate][tags][filters][articles][title][$startsWith]=zz',
  ];

  test.each(QUESTIONS)('%s', async (question) => {
    for (const place of PLACES()) {
      const { status, body } = await get(`${place}?${question}`);
      expect({ place, status, name: body.error?.name }).toEqual({
        place,
        status: 400,
        name: 'ValidationError',
      });
    }
  });

  test('honest questions are answered', async () => {
    for (const question of [
      'filters[name][$startsWith]=K',
      'populate=articles',
      'populate[articles][fields][0]=title&populate[articles][filters][title][$contains]=Bread',
      'sort=name:desc',
      'pagination[pageSize]=5&fields[0]=name',
    ]) {
      const { status, text } = await get(`categories?${question}`);
      expect({ question, status }).toEqual({ question, status: 200 });
      expect(text).not.toContain('zzsecret');
    }
    const article = `articles/${source}/related`;
    for (const question of [
      'filters[category][name]=Kitchen',
      'filters[tags][name]=tag 1',
      'filters[category][name]=Kitchen&filters[tags][name]=tag 1&populate[category][fields][0]=name',
      'populate[tags]=true&populate[category]=true',
      'filters[title][$contains]=Bread&filters[date][$gt]=2000-01-01',
    ]) {
      expect({ question, status: (await get(`${article}?${question}`)).status }).toEqual({
        question,
        status: 200,
      });
      expect({ question, status: (await get(`articles?${question}`)).status }).toEqual({
        question,
        status: 200,
      });
    }
  });
});

describe('callers cannot ask about what they may not list', () => {
  const setFind = async (uid: string, isAllowed: boolean) => {
    const { strapi } = running;
    const role = await strapi.db.query('plugin::users-permissions.role').findOne({ where: { type: 'public' } }); // prettier-ignore
    const query = strapi.db.query('plugin::users-permissions.permission');
    await query.deleteMany({ where: { role: role.id, action: `${uid}.find` } });
    if (isAllowed) await query.create({ data: { role: role.id, action: `${uid}.find` } });
  };

  test.each([
    'filters[tags][name][$startsWith]=t',
    'populate[category][populate][articles][filters][tags][name][$startsWith]=t',
    'populate[category][populate][articles][filters][tags][id]=1',
    'populate[category][populate][articles][filters][$or][0][tags][documentId]=x',
    'populate[category][populate][articles][filters][tags]=1',
  ])('%s', async (question) => {
    const places = [`articles/${source}/related`, 'articles'];
    for (const isAllowed of [true, false]) {
      await setFind(TAG, isAllowed);
      for (const place of places) {
        const { status, body } = await get(`${place}?${question}`);
        expect([place, isAllowed, status]).toEqual([place, isAllowed, isAllowed ? 200 : 400]);
        if (!isAllowed) expect(body.error.details.key).toBe('tags');
      }
    }
    await setFind(TAG, true);
  });
});

test('nor on a route without authentication, where nobody has rights', async () => {
  const { guard } = appOf(running.strapi);
  const filters = { tags: { name: { $startsWith: 't' } } };
  const populate = { category: { populate: { articles: { filters } } } };
  for (const query of [{ filters }, { populate }]) {
    const asked = guardQuery(guard, ARTICLE, query, { roots: 1, page: 1, auth: undefined });
    await expect(asked).rejects.toThrow('Invalid key tags');
  }
  const fine = guardQuery(guard, ARTICLE, { populate: 'category' }, { roots: 1, page: 1, auth: undefined }); // prettier-ignore
  await expect(fine).resolves.toBeUndefined();
});

test('creators can be used in queries as in Strapi, if a type shows them', async () => {
  const schema = running.strapi.contentType(ARTICLE) as unknown as {
    options: { populateCreatorFields?: boolean };
    attributes: Record<string, { private?: boolean }>;
  };
  const { createdBy } = schema.attributes;
  const statuses = async () => {
    const question = 'filters[createdBy][firstname][$startsWith]=A';
    const asked = [`articles/${source}/related`, 'articles'].map((place) => get(`${place}?${question}`)); // prettier-ignore
    return (await Promise.all(asked)).map(({ status }) => status);
  };
  expect(await statuses()).toEqual([400, 400]);
  // As Strapi does if the option is set.
  schema.options.populateCreatorFields = true;
  schema.attributes.createdBy = { ...createdBy, private: false };
  try {
    expect(await statuses()).toEqual([200, 200]);
  } finally {
    delete schema.options.populateCreatorFields;
    schema.attributes.createdBy = createdBy;
  }
});

describe('no query makes the database multiply rows', () => {
  const conditions = (count: number, condition: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => condition(i)).join('&');
  const deep = (...names: string[]) => names.map((name) => `[populate][${name}]`).join('');

  test.each([
    ['conditions on a relation to many', conditions(10, (i) => `filters[$and][${i}][tags][name][$notNull]=true`)], // prettier-ignore
    ['three of them', conditions(4, (i) => `filters[$and][${i}][tags][name][$notNull]=true`)],
    ['in an or', conditions(12, (i) => `filters[$or][${i}][tags][name][$notNull]=true`)],
    ['each in a not', conditions(12, (i) => `filters[$and][${i}][$not][tags][name][$null]=true`)],
    ['nested ands', conditions(6, (i) => `filters${'[$and][0]'.repeat(i)}[$and][1][tags][name][$notNull]=true`)], // prettier-ignore
    ['relations to many one after the other', 'filters[tags][articles][tags][name][$notNull]=true'],
    ['sorts', conditions(6, (i) => `sort[${i}]=tags.name`)],
    ['conditions and sorts', `${conditions(3, (i) => `filters[$and][${i}][tags][name][$notNull]=true`)}&sort[0]=tags.name`], // prettier-ignore
    ['sixty conditions', conditions(60, (i) => `filters[$and][${i}][title][$ne]=${i}`)],
    ['populated rows of rows', `populate${deep('category', 'articles', 'tags', 'articles').slice('[populate]'.length)}[fields][0]=id`], // prettier-ignore
    ['populates in a string', 'populate=category.articles.tags.articles'],
    ['populates in a list', 'populate[0]=tags.articles.tags'],
    ['everything of everything', 'populate[tags][populate][articles][populate]=*'],
    ['conditions within a populate', `populate[tags][filters][$and][0][articles][id][$gt]=0&${conditions(3, (i) => `populate[category][filters][$and][${i}][articles][tags][id][$gt]=0`)}`], // prettier-ignore
    ['nesting', `filters${'[$and][0]'.repeat(25)}[title]=a`],
    ['values', `filters[id][$in]=${'1'.repeat(3)}&${conditions(90, (i) => `filters[$and][${i}][id][$gt]=${i}`)}`], // prettier-ignore
  ])('%s', async (_, question) => {
    for (const place of ['articles', `articles/${source}/related`]) {
      const path = place.endsWith('related')
        ? question.replace(/&?sort\[\d\]=[\w.]+/g, '')
        : question;
      if (path === '') continue;
      const reads = await readsOf(running.strapi, 'articles', async () => {
        const { status, body } = await get(`${place}?${path}`);
        expect({ place, status, error: body.error?.name }).toMatchObject({ place, status: 400 });
      });
      expect({ place, reads }).toEqual({ place, reads: [] });
    }
  });
});

test('numbers, dates and names that no database accepts are a 400', async () => {
  for (const question of [
    'filters[id]=abc',
    'filters[id]=1.5',
    'filters[id]=',
    'filters[id][$gt]=99999999999999999999',
    'filters[id][$in][0]=1&filters[id][$in][1]=2147483648',
    'filters[id][$contains]=1',
    'filters[category]=abc',
    'filters[category][id]=abc',
    'filters[category][id][$eqi]=1',
    'filters[tags][$in][0]=x',
    'filters[date]=yesterday',
    'filters[date][$lt]=-271821-04-20',
    'filters[date][$between][0]=2020-01-01',
    'filters[createdAt][$contains]=2020',
    'filters[title]=%00',
    'filters[title][$contains]=a%00b',
    'filters[title][$null]=maybe',
    'filters[cover][formats][$contains]=a',
    'filters[cover][size]=big',
    'filters[title][$between]=a',
    'filters[title][$eq][0]=a&filters[title][$eq][1]=b',
    'filters[$eq]=1',
    'filters=abc',
    'filters[title][$regex]=a',
    'fields[0]=title%00',
    'locale=en%00',
    'populate[category][limit]=abc',
  ]) {
    for (const place of ['articles', `articles/${source}/related`]) {
      const { status, body } = await get(`${place}?${question}`);
      expect({ place, question, status, message: body.error?.message }).toMatchObject({
        status: 400,
      });
    }
  }
  for (const date of [
    '2026-02-30',
    '2026-02-30T00:00:00Z',
    '2026-03-01T12:00',
    '2026-03-01t12:00:00z',
  ]) {
    const { body } = await get(`articles?filters[date]=${date}`);
    expect(body.error?.message).toMatch(/^filters\[date\]: expected a date/);
  }
  for (const date of ['2024-02-29', '2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000%2B02:00']) {
    expect((await get(`articles?filters[date]=${date}`)).status).toBe(200);
  }
});

test('sorts and pages that no database accepts are a 400', async () => {
  for (const question of [
    'sort=title:sideways',
    'sort[title]=1',
    'sort=category',
    'pagination[start]=99999999999999999999',
    'pagination[page]=abc',
    'pagination=1',
  ]) {
    const { status } = await get(`articles?${question}`);
    expect({ question, status }).toEqual({ question, status: 400 });
  }
  for (const name of ['start', 'limit', 'page', 'pageSize']) {
    const { status, body } = await get(`articles/${source}?${name}=99999999999999999999`);
    expect([status, body.error.message]).toEqual([400, `${name}: expected a number below 1000000000`]); // prettier-ignore
  }
});
