import { CURATE, Editor, onArticles, onCategories, SEE } from '../helpers/editors';
import { startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON, two } from '../helpers/texts';

const ARTICLE = 'api::article.article';

let running: Running;
let chief: Editor;
let author: Editor;
const ids: Record<string, string> = {};
const categories: Record<string, string> = {};

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  await strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  chief = await Editor.create(running, 'Chief');
  author = await Editor.create(running, 'Author', [
    { action: SEE },
    { action: CURATE },
    ...onArticles(['read', 'update', 'create'], {
      fields: ['title', 'body', 'slug'],
      conditions: ['admin::is-creator'],
      locales: ['en'],
    }),
  ]);
  for (const name of ['Kitchen', 'Night Sky']) {
    const { documentId } = await strapi
      .documents('api::category.category')
      .create({ data: { name } });
    categories[name] = documentId;
  }
  const create = async (title: string, data: object, by = chief) => {
    const { documentId } = await strapi.documents(ARTICLE).create({
      data: { title, createdBy: by.id, date: '2026-03-01T00:00:00.000Z', ...data },
      status: 'published',
    } as never);
    ids[title] = documentId;
  };
  for (const i of [0, 1, 2]) {
    await create(`Bread ${i}`, { body: two(BREAD, i), category: categories.Kitchen });
    await create(`Moon ${i}`, { body: two(MOON, i), category: categories['Night Sky'] });
  }
  await create('Own', { body: two(BREAD, 0) }, author);
  await create('Also own', { body: two(BREAD, 1) }, author);
  await running.strapi.documents(ARTICLE).update({
    documentId: ids['Bread 0'],
    data: { slug: 'bread-0', excerpt: 'Starter' },
    status: 'published',
  });
  await running.settled();
});
afterAll(() => running.stop());

const titles = async (body: object = {}, editor = chief) =>
  (await editor.list(body)).data.rows.map(({ title }) => title);

test('a saved entry: rows with what readers get, their category, date, address, strength and reasons', async () => {
  const { data, meta } = await chief.list({ documentId: ids['Bread 0'] });
  expect(data.rows.map(({ title }) => title).sort()).toEqual([
    'Also own',
    'Bread 1',
    'Bread 2',
    'Own',
  ]);
  const row = data.rows.find(({ title }) => title === 'Bread 1');
  expect(row).toMatchObject({
    reference: ids['Bread 1'],
    origin: 'suggested',
    state: 'published',
    groups: ['Kitchen'],
    date: '2026-03-01T00:00:00.000Z',
    url: '/articles/bread-1',
    explanation: { taxonomy: { category: ['Kitchen'] } },
  });
  expect(row?.explanation?.terms).toEqual(expect.arrayContaining(['sourdough']));
  expect(row?.strength).toMatch(/^(?:strong|good)$/);
  expect(meta).toEqual({
    // What the list shows can be put into the field of picks.
    picked: {
      attribute: 'relatedArticles',
      ids: Object.fromEntries(data.rows.map(({ reference }) => [reference, expect.any(Number)])),
    },
    unread: null,
    limit: 5,
    fallback: 'none',
    total: 4,
    body: { attribute: 'body', format: 'markdown' },
    missing: ['tags'],
    isLive: true,
    isPartial: false,
    curation: {
      revision: 0,
      stamp: expect.any(String),
      editor: null,
      updatedAt: null,
      isHidden: false,
      mayCurate: true,
      undoes: null,
      redoes: null,
    },
  });
});

test('the types that have a panel, and the attributes that it watches', async () => {
  const { body } = await chief.request('get', '/related-articles/types');
  expect(body.data).toEqual({
    [ARTICLE]: {
      values: ['title', 'slug', 'excerpt', 'body', 'date'],
      relations: ['category', 'tags', 'relatedArticles'],
      isLocalized: true,
    },
  });
});

test('the published version has a list of its own', async () => {
  const documentId = ids['Moon 2'];
  await running.strapi.documents(ARTICLE).update({ documentId, data: { body: BREAD.join(' ') } });
  expect(await titles({ documentId })).toContain('Bread 2');
  expect(await titles({ documentId, status: 'published' })).not.toContain('Bread 2');
  await running.strapi.documents(ARTICLE).discardDraft({ documentId });
});

test('unsaved text counts, and nothing of it is kept', async () => {
  const unsaved = {
    documentId: ids['Bread 0'],
    values: { title: 'Eclipse', body: MOON.join(' ') },
  };
  const list = await chief.list(unsaved);
  expect(list.data.rows.map(({ title }) => title)).toEqual(
    expect.arrayContaining(['Moon 0', 'Moon 1', 'Moon 2']),
  );
  expect(list.data.rows[0].explanation?.terms).toEqual(expect.arrayContaining(['moon']));
  expect(await titles({ documentId: ids['Bread 0'] })).not.toContain('Moon 0');
  const draft = await running.strapi.documents(ARTICLE).findOne({ documentId: ids['Bread 0'] });
  expect(draft?.title).toBe('Bread 0');
});

test('an unsaved change of category and tags counts', async () => {
  const empty = { title: 'Untitled', body: 'sourdough telescope' };
  const relations = (connect: string[], disconnect: string[] = []) => ({
    category: {
      connect: connect.map((documentId) => ({ documentId })),
      disconnect: disconnect.map((documentId) => ({ documentId })),
    },
  });
  const reasons = async (body: object) =>
    (await chief.list(body)).data.rows.flatMap(
      ({ explanation }) => explanation?.taxonomy.category ?? [],
    );
  const source = { documentId: ids['Bread 0'], values: empty };
  expect(new Set(await reasons(source))).toEqual(new Set(['Kitchen']));
  const moved = relations([categories['Night Sky']], [categories.Kitchen]);
  expect(new Set(await reasons({ ...source, relations: moved }))).toEqual(new Set(['Night Sky']));
  // An article has one category, so a new one replaces it, whether or not the form says so.
  const replaced = relations([categories['Night Sky']]);
  expect(new Set(await reasons({ ...source, relations: replaced }))).toEqual(
    new Set(['Night Sky']),
  );
  const { meta } = await chief.list({ ...source, relations: relations([], [categories.Kitchen]) });
  expect(meta.missing).toEqual(['text', 'category', 'tags']);
});

test('a new entry has a list before it is saved', async () => {
  const { data, meta } = await chief.list({
    values: { title: 'New', body: MOON.join(' ') },
    relations: {
      category: { connect: [{ documentId: categories['Night Sky'] }], disconnect: [] },
    },
  });
  expect(data.rows.map(({ title }) => title)).toContain('Moon 1');
  expect(data.rows[0].explanation?.taxonomy).toEqual({ category: ['Night Sky'] });
  expect(meta.curation.mayCurate).toBe(false);
  expect(await titles({})).toEqual([]);
});

test('a document that exists only in another locale is a new entry in this one', async () => {
  const { data } = await chief.list({ documentId: ids['Bread 0'], locale: 'de' });
  expect(data.rows).toEqual([]);
});

test('values of the wrong type in the form are not an error', async () => {
  const withNothing = await chief.suggestions({
    documentId: ids['Bread 0'],
    values: { body: null, title: 12, excerpt: { a: [1] } },
  });
  expect(withNothing.status).toBe(200);
});

test('answers 401 without a session, 403 without the permission or entry, 404 for what does not exist', async () => {
  const path = `/related-articles/suggestions/${ARTICLE}`;
  expect((await running.http.post(path).send({})).status).toBe(401);
  const guest = await Editor.create(running, 'Guest', onArticles(['read']));
  expect((await guest.suggestions({ documentId: ids['Bread 0'] })).status).toBe(403);
  const seeing = await Editor.create(running, 'Seeing', [{ action: SEE }]);
  expect((await seeing.suggestions({ documentId: ids['Bread 0'] })).status).toBe(403);
  expect((await seeing.suggestions({})).status).toBe(403);
  expect((await chief.suggestions({}, 'api::category.category')).status).toBe(404);
  expect((await chief.suggestions({ documentId: 'nothing' })).status).toBe(404);
});

test('bad bodies are told apart: 400, 413 and, with too many, 429', async () => {
  const message = async (body: object) => {
    const answer = await chief.suggestions(body);
    return `${answer.status} ${answer.body.error?.message}`;
  };
  expect(await message({ locale: ['en'] })).toMatch(/^400 locale: expected a locale code/);
  expect(await message({ documentId: 5 })).toMatch(/^400 documentId: expected a documentId/);
  expect(await message({ secret: 1 })).toMatch(/^400 body: there is no field secret/);
  expect(await message({ relations: { category: { connect: 'x' } } })).toMatch(
    /^400 relations.category.connect: expected a list/,
  );
  expect(await message({ values: { body: 'x'.repeat(600_000) } })).toMatch(
    /^413 values: expected at most 500000 characters, got 6000\d\d/,
  );
  const eager = await Editor.create(running, 'Eager');
  const answers = new Set<number>();
  // A long form counts as many requests.
  const values = { body: 'bread '.repeat(80_000) };
  for (let i = 0; i < 40; i += 1) answers.add((await eager.suggestions({ values })).status);
  expect([...answers]).toEqual([200, 429]);
  // One editor does not hold up others.
  expect((await chief.suggestions({})).status).toBe(200);
});

test('an author who may read own entries only sees those, in every list and count', async () => {
  const { data, meta } = await author.list({ documentId: ids.Own });
  expect(data.rows.map(({ title }) => title)).toEqual(['Also own']);
  expect(meta.total).toBe(1);
  expect((await author.suggestions({ documentId: ids['Bread 0'] })).status).toBe(403);
  expect((await author.suggestions({ documentId: ids.Own, locale: 'de' })).status).toBe(200);
  // Neither the category nor the date are theirs to read, nor words of a field that is not.
  expect(data.rows[0]).toMatchObject({ groups: [], date: null });
  const terms = data.rows[0].explanation?.terms ?? [];
  expect(terms).toEqual(expect.arrayContaining(['sourdough']));
});

test('fields that an editor may not write do not count, and fields that they may not read do not show', async () => {
  const reader = await Editor.create(running, 'Reader', [
    { action: SEE },
    ...onArticles(['read'], { fields: ['title', 'slug'] }),
    ...onCategories(['read']),
  ]);
  const { data, meta } = await reader.list({
    documentId: ids['Bread 0'],
    values: { body: MOON.join(' ') },
  });
  expect(data.rows.map(({ title }) => title)).toContain('Bread 1');
  // Words of titles, which they may read, and none of bodies.
  const terms = data.rows.flatMap(({ explanation }) => explanation?.terms ?? []);
  expect(terms).not.toContain('sourdough');
  expect(terms).toContain('Bread');
  expect(data.rows.flatMap(({ explanation }) => Object.keys(explanation?.taxonomy ?? {}))).toEqual(
    [],
  );
  expect(meta.curation.mayCurate).toBe(false);
  expect(meta.body).toBeNull();
});

test('entries are found by their title, as far as they may be read', async () => {
  const found = async (editor: Editor, query: string) =>
    (await editor.entries(query)).body.data?.map(({ title }: { title: string }) => title);
  expect(await found(chief, 'query=bread')).toEqual(['Bread 0', 'Bread 1', 'Bread 2']);
  expect(await found(author, 'query=bread')).toEqual([]);
  expect(await found(author, 'query=own')).toEqual(['Own', 'Also own']);
  expect(await found(chief, 'query=0 bread')).toEqual(['Bread 0']);
  expect(await found(chief, 'query=bread moon')).toEqual([]);
  expect(await found(chief, 'query=bread&locale=de')).toEqual([]);
  // The best ones come first, however many others have the words.
  const documents = running.strapi.documents('api::article.article');
  for (let at = 0; at < 60; at += 1) await documents.create({ data: { title: `A steady team ${at}` } } as never); // prettier-ignore
  for (const title of ['Teak', 'Tea']) await documents.create({ data: { title } } as never);
  expect((await found(chief, 'query=tea')).slice(0, 3)).toEqual(['Tea', 'Teak', 'A steady team 0']);
  expect(await found(chief, 'query=team')).toHaveLength(10);
  expect((await chief.entries('query=')).status).toBe(400);
  expect((await chief.entries('query=a&limit=100')).status).toBe(400);
});
