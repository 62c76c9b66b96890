import type { FindSuggestionsResponse } from 'shared/contracts';
import type { PreviewResponse, SiteSettings } from 'shared/settings';

import { Editor, onArticles, SEE } from '../helpers/editors';
import { ALL_READS, createToken, grantPublic, startStrapi, type Running } from '../helpers/strapi'; // prettier-ignore
import { BREAD, MOON, two } from '../helpers/texts';

const ARTICLE = 'api::article.article';
const PATH = `/related-articles/settings/${ARTICLE}`;
/** No match scores this high, so everything but pins is there to fill the list. */
const NONE = { minScore: 1 };

let running: Running;
let chief: Editor;
const ids: Record<string, string> = {};
const categories: Record<string, string> = {};

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  await grantPublic(strapi, ALL_READS);
  chief = await Editor.create(running, 'Chief');
  for (const name of ['Kitchen', 'News']) {
    const data = { name };
    const { documentId } = await strapi.documents('api::category.category').create({ data });
    categories[name] = documentId;
  }
  const create = async (title: string, body: string, category: string, day: number) => {
    const date = new Date(Date.UTC(2026, 2, day)).toISOString();
    const data = { title, body, date, category: categories[category] };
    const { documentId } = await strapi.documents(ARTICLE).create({ data, status: 'published' } as never); // prettier-ignore
    ids[title] = documentId;
  };
  for (const i of [0, 1, 2, 3]) await create(`Bread ${i}`, two(BREAD, i), 'Kitchen', 10 + i);
  for (const i of [0, 1, 2]) await create(`Moon ${i}`, two(MOON, i), 'News', 20 + i);
  await running.settled();
});
afterAll(() => running.stop());

async function save(settings: SiteSettings) {
  const { body } = await chief.request('get', PATH);
  const saved = await chief.request('put', PATH, { settings, revision: body.data.revision });
  expect(saved.status).toBe(200);
}

/** What a visitor gets next to an entry. */
async function served(title: string): Promise<{ title: string; origin: string }[]> {
  const { status, body } = await running.http.get(`/api/articles/${ids[title]}/related?fields=title`); // prettier-ignore
  expect(status).toBe(200);
  return body.data.map((one: { title: string }, at: number) => ({
    title: one.title,
    origin: body.meta.related[at].origin,
  }));
}

async function panel(title: string, editor = chief, asked = {}): Promise<FindSuggestionsResponse> {
  const body = { documentId: ids[title], ...asked };
  const answer = await editor.request('post', `/related-articles/suggestions/${ARTICLE}`, body);
  expect([answer.status, answer.body.error]).toEqual([200, undefined]);
  return answer.body;
}

/** The rows of the panel as readers would get them. */
const asServed = ({ data }: FindSuggestionsResponse) =>
  [...data.rows, ...data.filled].map(({ title, origin }) => ({ title, origin }));

test('the panel shows what fills the list for readers', async () => {
  await save(NONE);
  expect((await panel('Bread 0')).data).toMatchObject({ rows: [], filled: [] });
  for (const fallback of ['newest', 'category'] as const) {
    await save({ ...NONE, fallback });
    const list = await panel('Bread 0');
    expect([fallback, asServed(list)]).toEqual([fallback, await served('Bread 0')]);
    expect(list.data.rows).toEqual([]);
    expect(list.data.filled).toHaveLength(5);
    // None of these entries is related.
    expect(list.meta.total).toBe(0);
    expect(list.data.filled[0]).toMatchObject({ strength: null, explanation: null, state: 'published' }); // prettier-ignore
  }
  expect((await panel('Bread 0')).data.filled[0].title).toBe('Bread 3');
});

test('a pin replaces an entry that fills the list, and an excluded one makes room for another', async () => {
  await save({ ...NONE, fallback: 'category' });
  const { meta } = await panel('Bread 0');
  const { revision, stamp } = meta.curation;
  const body = { pins: [ids['Moon 0']], exclusions: [ids['Bread 3']], hidden: false, revision, stamp }; // prettier-ignore
  const path = `/related-articles/curations/${ARTICLE}/${ids['Bread 0']}`;
  expect((await chief.request('put', path, body)).status).toBe(200);
  const list = await panel('Bread 0');
  expect(asServed(list)).toEqual(await served('Bread 0'));
  expect(asServed(list)).toEqual([
    { title: 'Moon 0', origin: 'pinned' },
    { title: 'Bread 2', origin: 'fallback' },
    { title: 'Bread 1', origin: 'fallback' },
    { title: 'Moon 2', origin: 'fallback' },
    { title: 'Moon 1', origin: 'fallback' },
  ]);
});

test('entries that fill a draft’s list come from the draft’s own category', async () => {
  await save({ ...NONE, fallback: 'category', limit: 3 });
  const [kitchen, news] = ['Kitchen', 'News'].map((name) => categories[name]);
  const relations = {
    category: { connect: [{ documentId: news }], disconnect: [{ documentId: kitchen }] },
  };
  const list = await panel('Bread 1', chief, { relations });
  expect(list.data.filled.map(({ title }) => title)).toEqual(['Moon 2', 'Moon 1', 'Moon 0']);
});

test('rules count a draft’s own category for entries that fill its list', async () => {
  const [documentId, token] = [ids['Bread 2'], await createToken(running.strapi, 'read-only')];
  const titles = async (status: string) => {
    const { body } = await running.http
      .get(`/api/articles/${documentId}/related?fields=title&status=${status}`)
      .set('Authorization', `Bearer ${token}`);
    return (body.data as { title: string }[]).map(({ title }) => title);
  };
  const data = { category: categories.News };
  await running.strapi.documents(ARTICLE).update({ documentId, data } as never);
  await running.settled();
  const bread = ['Bread 3', 'Bread 1', 'Bread 0'];
  const moon = ['Moon 2', 'Moon 1', 'Moon 0'];
  await save({ ...NONE, fallback: 'newest', rules: { same: ['category'] } });
  expect([await titles('published'), await titles('draft')]).toEqual([bread, moon]);
  await save({ ...NONE, fallback: 'newest', rules: { different: ['category'] } });
  expect([await titles('published'), await titles('draft')]).toEqual([moon, bread]);
  await running.strapi.documents(ARTICLE).discardDraft({ documentId } as never);
});

test('an editor who may not read everything sees no entries that fill lists', async () => {
  await save({ ...NONE, fallback: 'newest' });
  const some = await Editor.create(running, 'Some', [
    { action: SEE },
    ...onArticles(['read'], { fields: ['title', 'body'] }),
  ]);
  const { data, meta } = await panel('Bread 1', some);
  expect([meta.isLive, data.filled]).toEqual([false, []]);
});

test('the preview of settings counts entries that fill lists', async () => {
  await save(NONE);
  const settings: SiteSettings = { ...NONE, fallback: 'newest', limit: 4, rules: { never: { category: ['News'] } } }; // prettier-ignore
  const asked = { settings, documentIds: [ids['Bread 1']] };
  const { body } = await chief.request('post', `${PATH}/preview`, asked);
  const { lists, sample } = body.data as PreviewResponse['data'];
  expect(lists[0].before).toEqual([]);
  expect(sample).toEqual({ made: 7, changed: 7 });
  await save(settings);
  const titles = (await served('Bread 1')).map(({ title }) => title);
  expect(titles).toEqual(['Bread 3', 'Bread 2', 'Bread 0']);
  expect(lists[0].after.map(({ title }) => title)).toEqual(titles);
});
