import { toCsv } from 'plugin/controllers/panel/csv';
import type {
  FindMapResponse,
  FindOverviewResponse,
  OverviewFigures,
  OverviewRow,
} from 'shared/contracts';

import { Editor, onArticles, onCategories, SEE, type Grant } from '../helpers/editors';
import { ALL_READS, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON, two } from '../helpers/texts';

const ARTICLE = 'api::article.article';
const IN_KITCHEN = 'plugin::related-articles.in-kitchen';
const READ: Grant = { action: 'plugin::related-articles.overview.read' };

let running: Running;
let chief: Editor;
const ids: Record<string, string> = {};

beforeAll(async () => {
  running = await startStrapi(undefined, {}, (created) => {
    const bootstrap = created.bootstrap.bind(created);
    created.bootstrap = async () => {
      await created.service('admin::permission').conditionProvider.registerMany([
        {
          name: 'in-kitchen',
          displayName: 'in-kitchen',
          plugin: 'related-articles',
          handler: () => ({ 'category.name': 'Kitchen' }),
        },
      ]);
      return bootstrap();
    };
  });
  const { strapi } = running;
  await grantPublic(strapi, ALL_READS);
  chief = await Editor.create(running, 'Chief');
  const kitchen = await strapi.documents('api::category.category').create({ data: { name: 'Kitchen' } }); // prettier-ignore
  const create = async (title: string, body: string, category?: string) => {
    const { documentId } = await strapi.documents(ARTICLE).create({
      data: { title, body, date: '2026-03-01T00:00:00.000Z', ...(category && { category }) },
      status: 'published',
    } as never);
    ids[title] = documentId;
  };
  for (const i of [0, 1, 2]) {
    await create(`Bread ${i}`, two(BREAD, i), kitchen.documentId);
    await create(`Moon ${i}`, two(MOON, i));
  }
  await create('=Alone', 'Nothing of this shares a word with anything. [gone](/articles/was-here)');
  const long = [...MOON, ...BREAD].join(' ');
  for (const title of ['Everything', 'Everything again']) await create(title, long);
  await running.settled();
});
afterAll(() => running.stop());

/** The figures, once nothing is being calculated. */
async function figuresOf(editor: Editor): Promise<OverviewFigures> {
  for (let tries = 0; tries < 60; tries += 1) {
    const { status, body } = await editor.request('get', '/related-articles/overview');
    expect(status).toBe(200);
    const { collections } = body.data as FindOverviewResponse['data'];
    const [figures] = collections;
    if (figures?.counts && figures.progress === null) return figures;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error('There are no figures.');
}

async function rowsOf(editor: Editor, query: string): Promise<OverviewRow[]> {
  const { status, body } = await editor.request(
    'get',
    `/related-articles/overview/${ARTICLE}?${query}`,
  );
  expect([status, body.error?.message]).toEqual([200, undefined]);
  return body.data;
}

/** Every list, one by one, as a visitor gets it. */
async function served(): Promise<Map<string, string[]>> {
  const lists = new Map<string, string[]>();
  for (const [title, documentId] of Object.entries(ids)) {
    const { body } = await running.http.get(`/api/articles/${documentId}/related?fields=title`);
    lists.set(
      title,
      body.data.map((one: { title: string }) => one.title),
    );
  }
  return lists;
}

test('figures equal a count over all lists, before and after writes', async () => {
  const compare = async () => {
    const lists = await served();
    const titles = [...lists.keys()];
    const appearsOn = (title: string) =>
      [...lists.values()].filter((list) => list.includes(title)).length;
    const { counts } = await figuresOf(chief);
    expect(counts).toMatchObject({
      all: titles.length,
      orphans: titles.filter((title) => appearsOn(title) === 0).length,
      empty: titles.filter((title) => lists.get(title)?.length === 0).length,
    });
    for (const row of await rowsOf(chief, 'pageSize=100')) {
      expect([row.title, row.length, row.appearsOn]).toEqual([
        row.title,
        lists.get(row.title)?.length,
        appearsOn(row.title),
      ]);
    }
  };
  await compare();
  const { strapi } = running;
  const { documentId } = await strapi.documents(ARTICLE).create({
    data: { title: 'Bread 9', body: two(BREAD, 1) },
    status: 'published',
  } as never);
  ids['Bread 9'] = documentId;
  await running.settled();
  await compare();
  await strapi.documents(ARTICLE).delete({ documentId });
  delete ids['Bread 9'];
  await running.settled();
  await compare();
});

test('broken links, near-duplicates and lost pins are found', async () => {
  const { counts } = await figuresOf(chief);
  expect(counts).toMatchObject({ deadLinks: 1, lostPins: 0 });
  const [alone] = await rowsOf(chief, 'list=deadLinks');
  expect([alone.title, alone.deadLinks]).toEqual(['=Alone', ['was-here']]);
  const twins = await rowsOf(chief, 'list=duplicates');
  expect(twins.map(({ title }) => title)).toEqual(['Everything', 'Everything again']);
  expect(twins[0].duplicates.map(({ title }) => title)).toEqual(['Everything again']);

  await chief.pin(ids['Bread 0'], ids['Moon 2']);
  await running.strapi.documents(ARTICLE).unpublish({ documentId: ids['Moon 2'] });
  await running.settled();
  expect((await figuresOf(chief)).counts).toMatchObject({ pinned: 1, lostPins: 1 });
  expect((await rowsOf(chief, 'list=lostPins')).map(({ title }) => title)).toEqual(['Bread 0']);
  await running.strapi.documents(ARTICLE).publish({ documentId: ids['Moon 2'] });
  await running.settled();
});

test('the content manager\u2019s list gets facts of some entries', async () => {
  await figuresOf(chief);
  const documentIds = [ids['=Alone'], ids['Moon 0'], 'nothing'];
  const { body } = await chief.request('post', `/related-articles/overview/${ARTICLE}/facts`, { documentIds }); // prettier-ignore
  const lists = await served();
  const isIn = [...lists.values()].filter((list) => list.includes('Moon 0')).length;
  expect(Object.keys(body.data)).toHaveLength(2);
  expect(body.data[ids['Moon 0']]).toEqual({ appearsOn: isIn, length: lists.get('Moon 0')?.length, isHidden: false, lostPins: 0, deadLinks: 0 }); // prettier-ignore
  expect(body.data[ids['=Alone']]).toMatchObject({ deadLinks: 1 });
});

test('one decision about many entries', async () => {
  const decide = (editor: Editor, decision: string, ...titles: string[]) =>
    editor.request('post', `/related-articles/overview/${ARTICLE}/decisions`, {
      decision,
      documentIds: titles.map((title) => ids[title] ?? title),
    });
  const { body } = await decide(chief, 'never', 'Moon 1', 'Bread 1', 'nothing');
  expect(body.data).toEqual({ done: [ids['Moon 1'], ids['Bread 1']], refused: ['nothing'] });
  expect((await figuresOf(chief)).counts).toMatchObject({ hidden: 2 });
  const lists = await served();
  expect([...lists.values()].flat()).not.toContain('Moon 1');
  await decide(chief, 'allow', 'Moon 1', 'Bread 1');
  await decide(chief, 'automatic', 'Bread 0');
  expect((await figuresOf(chief)).counts).toMatchObject({ hidden: 0, pinned: 0 });
  const reader = await Editor.create(running, 'Reader', [READ, ...onArticles(['read'])]);
  expect((await decide(reader, 'never', 'Moon 1')).status).toBe(403);
});

test('a decision that is sent again leaves alone what others have decided since', async () => {
  const [documentId, pin] = [ids['Bread 1'], ids['Moon 2']];
  const automatic = async (sentBefore?: number) => {
    const place = `/related-articles/overview/${ARTICLE}/decisions`;
    const asked = { decision: 'automatic', documentIds: [documentId], sentBefore };
    const { status, body } = await chief.request('post', place, asked);
    return status === 200 ? body.data : body.error.message;
  };
  const done = { done: [documentId], refused: [] };
  await chief.pin(documentId, pin);
  expect(await automatic(60_000)).toEqual(done);
  const other = await Editor.create(running, 'Other');
  await other.pin(documentId, pin);
  expect(await automatic(60_000)).toEqual({ done: [], refused: [documentId] });
  expect((await figuresOf(chief)).counts).toMatchObject({ pinned: 1 });
  expect(await automatic()).toEqual(done);
  expect(await automatic(-1)).toMatch(/sentBefore/);
});

test('an editor who may read one category sees only its entries, in every figure and row', async () => {
  const cook = await Editor.create(running, 'Cook', [
    { action: SEE },
    READ,
    ...onArticles(['read'], { conditions: [IN_KITCHEN] }),
    ...onCategories(['read']),
  ]);
  const figures = await figuresOf(cook);
  expect(figures.isPartial).toBe(true);
  expect(figures.counts).toMatchObject({ all: 3, weak: null, lostPins: null, hidden: 0 });
  const rows = await rowsOf(cook, 'pageSize=100');
  expect(rows.map(({ title }) => title)).toEqual(['Bread 0', 'Bread 1', 'Bread 2']);
  const lists = await served();
  const kitchen = ['Bread 0', 'Bread 1', 'Bread 2'];
  for (const row of rows) {
    const seen = kitchen.filter((title) => lists.get(title)?.includes(row.title));
    expect([row.appearsOn, row.strength]).toEqual([seen.length, null]);
    expect(row.length).toBe(lists.get(row.title)?.filter((one) => kitchen.includes(one)).length);
  }
  expect(await rowsOf(cook, 'search=moon')).toEqual([]);
  const nobody = await Editor.create(running, 'Nobody', [{ action: SEE }, ...onArticles(['read'])]);
  expect((await nobody.request('get', '/related-articles/overview')).status).toBe(403);
  expect((await nobody.request('post', '/related-articles/rebuild', {})).status).toBe(403);
});

test('bad questions are refused with the parameter’s name', async () => {
  for (const [query, message] of [
    ['list=odd', /^list: expected one of all, orphans/],
    ['sort=price', /^sort: expected one of title/],
    ['page=0', /^page: expected at least 1/],
    ['pageSize=1000', /^pageSize: expected at most 100/],
    ['format=xml', /^format: expected "json" or "csv"/],
    ['locale=xx', /^locale: there is no locale "xx"/],
    ['odd=1', /there is no field odd/],
  ] as const) {
    const { status, body } = await chief.request(
      'get',
      `/related-articles/overview/${ARTICLE}?${query}`,
    );
    expect([query, status]).toEqual([query, 400]);
    expect(body.error.message).toMatch(message);
  }
  const { status } = await chief.request('post', `/related-articles/overview/${ARTICLE}/decisions`, { decision: 'never', documentIds: [] }); // prettier-ignore
  expect(status).toBe(400);
  expect(
    (await chief.request('get', '/related-articles/overview/api::nothing.nothing')).status,
  ).toBe(404);
});

test('a file holds all entries, and no text in it becomes a formula', async () => {
  await figuresOf(chief);
  const { body } = await chief.request('get', `/related-articles/overview/${ARTICLE}?format=csv`);
  expect(body.data.csv.trimEnd().split('\r\n')).toHaveLength(Object.keys(ids).length + 1);
  expect(body.data.csv).toContain(`,'=Alone,`);
  expect(toCsv([['a,"b"', 1, '@x']])).toBe(`\ufeff"a,""b""",1,'@x\r\n`);
});

/** The titles that the content manager lists. */
async function managed(editor: Editor, query: string) {
  const { status, body } = await editor.request(
    'get',
    `/content-manager/collection-types/${ARTICLE}?sort=title:ASC&${query}`,
  );
  return {
    status,
    message: body.error?.message,
    titles: (body.results ?? []).map(({ title }: { title: string }) => title) as string[],
    total: body.pagination?.total as number | undefined,
  };
}
const by = (list: string) => `filters[$and][0][related-articles][$eq]=${list}`;

test('the list of the content manager can be filtered, with its own sorting, search and pages', async () => {
  await figuresOf(chief);
  const orphans = (await rowsOf(chief, 'list=orphans&pageSize=100')).map(({ title }) => title);
  expect(orphans.length).toBeGreaterThan(0);
  const { titles, total } = await managed(chief, by('orphans'));
  expect(titles.sort()).toEqual([...orphans].sort());
  expect(total).toBe(orphans.length);
  const page = await managed(chief, `${by('deadLinks')}&page=1&pageSize=1`);
  expect(page).toMatchObject({ titles: ['=Alone'], total: 1 });
  const searched = await managed(chief, `${by('orphans')}&_q=Nothing of this`);
  expect(searched.titles.every((title) => orphans.includes(title))).toBe(true);
  const both = await managed(chief, `${by('orphans')}&filters[$and][1][title][$eq]=no such title`);
  expect(both).toMatchObject({ titles: [], total: 0 });
  const inOne = await managed(chief, `${by('all')}&filters[$and][0][title][$eq]=Bread 1`);
  expect(inOne).toMatchObject({ titles: ['Bread 1'], total: 1 });
  const twice = await managed(
    chief,
    `${by('all')}&filters[$and][1][related-articles][$eq]=deadLinks`,
  );
  expect(twice).toMatchObject({ titles: ['=Alone'], total: 1 });
  for (const wrong of ['everything', '']) {
    const { status, message } = await managed(chief, by(wrong));
    expect([wrong, status]).toEqual([wrong, 400]);
    expect(message).toMatch(/filters\.related-articles: expected \{ \$eq: one of all, orphans/);
  }
  const { status } = await managed(chief, 'filters[$and][0][related-articles][$ne]=orphans');
  expect(status).toBe(400);
});

test('the filter gives an editor no more than the overview does', async () => {
  const cook = await Editor.create(running, 'Filtering cook', [
    ...onArticles(['read'], { conditions: [IN_KITCHEN] }),
    ...onCategories(['read']),
    { action: SEE },
    READ,
  ]);
  await figuresOf(cook);
  const { titles } = await managed(cook, by('all'));
  expect(titles.every((title) => title.startsWith('Bread'))).toBe(true);
  // Lost pins would reveal entries that may not be read.
  expect(await managed(cook, by('lostPins'))).toMatchObject({ status: 200, titles: [] });
  const stranger = await Editor.create(running, 'Stranger', [...onArticles(['read']), { action: SEE }]); // prettier-ignore
  expect((await managed(stranger, by('orphans'))).status).toBe(403);
});

test('the map has every entry that the editor may read, and what each one suggests', async () => {
  await figuresOf(chief);
  const mapOf = async (editor: Editor) => {
    const { status, body } = await editor.request('get', `/related-articles/overview/${ARTICLE}/map`); // prettier-ignore
    expect(status).toBe(200);
    return body as FindMapResponse;
  };
  const { data, meta } = await mapOf(chief);
  const lists = await served();
  expect(data.nodes.map(({ title }) => title).sort()).toEqual([...lists.keys()].sort());
  expect(meta.total).toBe(data.nodes.length);
  const titleAt = (at: number) => data.nodes[at].title;
  const edges = data.edges.map(([from, to]) => `${titleAt(from)} > ${titleAt(to)}`).sort();
  const expected = [...lists].flatMap(([from, list]) => list.map((to) => `${from} > ${to}`));
  expect(edges).toEqual(expected.sort());
  const kitchen = data.nodes.filter(({ group }) => group === 'Kitchen');
  expect(kitchen.map(({ title }) => title).sort()).toEqual(['Bread 0', 'Bread 1', 'Bread 2']);
  const cook = await Editor.create(running, 'Mapping cook', [
    ...onArticles(['read'], { conditions: [IN_KITCHEN] }),
    { action: SEE },
    READ,
  ]);
  await figuresOf(cook);
  const own = await mapOf(cook);
  expect(own.data.nodes.map(({ title }) => title).sort()).toEqual([
    'Bread 0',
    'Bread 1',
    'Bread 2',
  ]);
  // Without the right to read categories, none is named.
  expect(own.data.nodes.map(({ group }) => group)).toEqual([null, null, null]);
  expect(JSON.stringify(own)).not.toMatch(/Moon/);
});
