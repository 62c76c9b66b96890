import { CURATE, Editor, type Grant, onArticles, onCategories, SEE } from '../helpers/editors';
import { startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON, two } from '../helpers/texts';

const ARTICLE = 'api::article.article';
const CATEGORY = 'api::category.category';
const IN_KITCHEN = 'plugin::related-articles.in-kitchen';
const NAMED_KITCHEN = 'plugin::related-articles.named-kitchen';

const condition = (name: string, filters: object) => ({
  name,
  displayName: name,
  plugin: 'related-articles',
  handler: () => filters,
});

let running: Running;
let chief: Editor;
const ids: Record<string, string> = {};
const categories: Record<string, string> = {};

beforeAll(async () => {
  running = await startStrapi(undefined, {}, (created) => {
    const bootstrap = created.bootstrap.bind(created);
    created.bootstrap = async () => {
      // Conditions of a site builder's own, as their project would register them.
      await created
        .service('admin::permission')
        .conditionProvider.registerMany([
          condition('in-kitchen', { 'category.name': 'Kitchen' }),
          condition('named-kitchen', { name: 'Kitchen' }),
        ]);
      return bootstrap();
    };
  });
  const { strapi } = running;
  await strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  chief = await Editor.create(running, 'Chief');
  for (const name of ['Kitchen', 'Night Sky']) {
    const { documentId } = await strapi.documents(CATEGORY).create({ data: { name } });
    categories[name] = documentId;
  }
  const create = async (title: string, data: object) => {
    const { documentId } = await strapi.documents(ARTICLE).create({
      data: { title, date: '2026-03-01T00:00:00.000Z', ...data },
      status: 'published',
    } as never);
    ids[title] = documentId;
  };
  for (const i of [0, 1, 2]) {
    await create(`Bread ${i}`, { body: two(BREAD, i), category: categories.Kitchen });
    await create(`Moon ${i}`, { body: two(MOON, i), category: categories['Night Sky'] });
  }
  await strapi.documents(ARTICLE).update({
    documentId: ids['Bread 0'],
    data: { body: `${two(BREAD, 0)} [one](/articles/bread-1)` },
    status: 'published',
  });
  await running.settled();
});
afterAll(() => running.stop());

test('an editor who may create but not read sees nothing', async () => {
  const writer = await Editor.create(running, 'Writer', [
    { action: SEE },
    { action: CURATE },
    ...onArticles(['create', 'update']),
  ]);
  const values = { title: 'New', body: MOON.join(' ') };
  expect((await writer.suggestions({ values })).status).toBe(403);
  expect((await writer.suggestions({ documentId: ids['Moon 0'] })).status).toBe(403);
  expect((await writer.suggestions({ documentId: ids['Moon 0'], locale: 'de' })).status).toBe(403);
  expect((await writer.appearances(ids['Moon 0'])).status).toBe(403);
  expect((await writer.events(ids['Moon 0'])).status).toBe(403);
  expect((await writer.entries('query=moon')).body.data).toEqual([]);
});

test('conditions over relations apply to the draft and to the published version', async () => {
  const cook = await Editor.create(running, 'Cook', [
    { action: SEE },
    { action: CURATE },
    ...onArticles(['read', 'update'], { conditions: [IN_KITCHEN] }),
    ...onCategories(['read']),
  ]);
  const { data, meta } = await cook.list({ documentId: ids['Bread 0'] });
  expect(data.rows.map(({ title }) => title).sort()).toEqual(['Bread 1', 'Bread 2']);
  expect(meta.curation.mayCurate).toBe(true);
  expect((await cook.suggestions({ documentId: ids['Moon 0'] })).status).toBe(403);
  const { body } = await cook.appearances(ids['Bread 0']);
  expect(body.data).toMatchObject({ total: 2, isPartial: true });
  // The draft is now in the kitchen, so it is theirs; its published version is not.
  const documentId = ids['Moon 2'];
  await running.strapi
    .documents(ARTICLE)
    .update({ documentId, data: { category: categories.Kitchen } as never });
  expect((await cook.suggestions({ documentId })).status).toBe(200);
  expect((await cook.suggestions({ documentId, status: 'published' })).status).toBe(403);
  await running.strapi.documents(ARTICLE).discardDraft({ documentId });
});

test('neither scores, shares and links nor tried words reveal anything about a hidden text', async () => {
  const reader = await Editor.create(running, 'Reader', [
    { action: SEE },
    ...onArticles(['read', 'update'], { fields: ['title', 'slug', 'category'] }),
    ...onCategories(['read']),
  ]);
  const asked = { documentId: ids['Bread 0'] };
  const saved = await reader.list(asked);
  expect(saved.data.rows.length).toBeGreaterThan(0);
  for (const row of saved.data.rows) {
    expect(row.strength).toBeNull();
    expect(row.explanation).toMatchObject({
      signals: {},
      taxonomy: { category: ['Kitchen'] },
      links: { toSuggestion: false, fromSuggestion: false, cocited: 0, coupled: 0 },
    });
  }
  expect(saved.meta).toMatchObject({ isLive: false, missing: [] });
  const tried = await reader.list({ ...asked, values: { title: 'telescope eclipse moon' } });
  expect(tried.data).toEqual(saved.data);
  // Names of what it is related to count as words.
  const connected = await reader.list({
    ...asked,
    relations: {
      category: { connect: [{ documentId: categories['Night Sky'] }], disconnect: [] },
    },
  });
  expect(connected.data).toEqual(saved.data);
  // Someone who may read everything gets them.
  const { data, meta } = await chief.list(asked);
  expect(meta.isLive).toBe(true);
  expect(data.rows.some(({ explanation }) => explanation?.links.toSuggestion)).toBe(true);
  expect(data.rows[0].strength).toMatch(/^(?:strong|good|weak)$/);
});

test('the words of a slug that an editor may not read cannot be tried either', async () => {
  const all = Object.keys(running.strapi.contentType(ARTICLE).attributes);
  const asked = { documentId: ids['Bread 0'] };
  const liveWith = async (name: string, fields: string[]) => {
    const editor = await Editor.create(running, name, [
      { action: SEE },
      ...onArticles(['read', 'update'], { fields }),
      ...onCategories(['read']),
    ]);
    return (await editor.list(asked)).meta.isLive;
  };
  expect(await liveWith('Reader of all', all)).toBe(true);
  const others = all.filter((field) => field !== 'slug');
  expect(await liveWith('Reader without addresses', others)).toBe(false);
});

test('names that an editor may not read cannot be found by trying words or entries', async () => {
  const nameless = await Editor.create(running, 'Nameless writer', [
    { action: SEE },
    ...onArticles(['read', 'update']),
    ...onCategories(['read']).filter(({ subject }) => subject !== CATEGORY),
  ]);
  const asked = { documentId: ids['Bread 0'] };
  const saved = await nameless.list(asked);
  expect(saved.data.rows.length).toBeGreaterThan(0);
  expect(saved.meta.isLive).toBe(false);
  expect(saved.data.rows.every(({ strength }) => strength === null)).toBe(true);
  const tried = await nameless.list({ ...asked, values: { title: 'Night Sky' } });
  expect(tried.data).toEqual(saved.data);
  const connected = await nameless.list({
    ...asked,
    relations: {
      category: { connect: [{ documentId: categories['Night Sky'] }], disconnect: [] },
    },
  });
  expect(connected.data.rows.map(({ reference }) => reference)).toEqual(
    saved.data.rows.map(({ reference }) => reference),
  );
});

test('a link is not inserted into a text that the editor may not read', async () => {
  const blind = await Editor.create(running, 'Blind', [
    { action: SEE },
    ...onArticles(['read'], { fields: ['title', 'slug'] }),
    ...onArticles(['update']),
  ]);
  const { meta } = await blind.list({ documentId: ids['Bread 0'] });
  expect(meta.body).toBeNull();
});

test('nobody can find out by trying which entries are pinned that they may not read', async () => {
  const { strapi } = running;
  const author = await Editor.create(running, 'Author', [
    { action: SEE },
    { action: CURATE },
    ...onArticles(['read', 'update'], { conditions: ['admin::is-creator'] }),
  ]);
  const { documentId } = await strapi.documents(ARTICLE).create({
    data: { title: 'Mine', body: BREAD[0], createdBy: author.id },
    status: 'published',
  } as never);
  const [hidden, other] = [ids['Moon 0'], ids['Moon 1']];
  expect((await chief.curate(documentId, { pins: [hidden] })).status).toBe(200);
  for (const id of [hidden, other]) {
    expect((await author.pin(documentId, id)).status).toBe(404);
    expect((await author.curate(documentId, { pins: [id], revision: 1 })).status).toBe(404);
  }
  const { body } = await author.events(documentId);
  expect(body.data[0].pinned).toEqual([
    { reference: expect.stringMatching(/^masked:/), title: null, state: 'masked' },
  ]);
  // They can keep, move and remove the mask that they see.
  const { data } = await author.list({ documentId });
  const pins = [data.rows[0].reference];
  expect((await author.curate(documentId, { pins, revision: 1 })).status).toBe(200);
});

test('names of related entries show as far as those may be read: type, field and entry', async () => {
  const grants = [{ action: SEE }, ...onArticles(['read'])];
  const names = async (name: string, category: Partial<Grant>) => {
    const editor = await Editor.create(running, name, [
      ...grants,
      { action: 'plugin::content-manager.explorer.read', subject: CATEGORY, ...category },
    ]);
    const rows: object[] = [];
    for (const title of ['Bread 0', 'Moon 0']) {
      const { data } = await editor.list({ documentId: ids[title] });
      rows.push({
        groups: [...new Set(data.rows.flatMap(({ groups }) => groups))],
        taxonomy: [
          ...new Set(data.rows.flatMap((row) => row.explanation?.taxonomy.category ?? [])),
        ],
      });
    }
    return rows;
  };
  expect(await names('Whole', { fields: ['name'], locales: ['en'] })).toEqual([
    { groups: ['Kitchen'], taxonomy: ['Kitchen'] },
    { groups: ['Night Sky'], taxonomy: ['Night Sky'] },
  ]);
  const nothing = { groups: [], taxonomy: [] };
  expect(await names('Nameless', { fields: ['articles'], locales: ['en'] })).toEqual([
    nothing,
    nothing,
  ]);
  expect(
    await names('Narrow', { fields: ['name'], locales: ['en'], conditions: [NAMED_KITCHEN] }),
  ).toEqual([{ groups: ['Kitchen'], taxonomy: [] }, nothing]);
});

test('names a locale that does not exist, whatever it is called', async () => {
  for (const locale of ['fr', 'constructor', 'EN', '__proto__']) {
    const { status, body } = await chief.suggestions({ locale, values: { title: 'x' } });
    expect(`${status} ${body.error.message}`).toBe(`400 locale: there is no locale "${locale}"`);
    expect((await chief.appearances(ids['Moon 0'], `?locale=${locale}`)).status).toBe(400);
    expect((await chief.entries(`query=a&locale=${locale}`)).status).toBe(400);
  }
});

test('an editor whose name is long can curate', async () => {
  const editor = await Editor.create(running, 'N'.repeat(300), [
    { action: SEE },
    { action: CURATE },
    ...onArticles(['read', 'update']),
  ]);
  const { status, body } = await editor.curate(ids['Moon 1'], { pins: [ids['Bread 1']] });
  expect(status).toBe(200);
  expect(body.data.editor).toHaveLength(255);
});

test('a preview of settings shows no list of a locale that the editor may not read', async () => {
  const { strapi } = running;
  const [source, other] = [ids['Bread 0'], ids['Bread 1']];
  for (const documentId of [source, other]) {
    await strapi.documents(ARTICLE).update({
      documentId,
      locale: 'de',
      data: { title: `Brot ${documentId}`, body: 'Ein Sauerteig im Ofen' },
      status: 'published',
    } as never);
  }
  await running.settled();
  const german = await Editor.create(running, 'German', [
    { action: 'plugin::related-articles.settings.update' },
    ...onArticles(['read'], { locales: ['de'] }),
    ...onCategories(['read']),
  ]);
  const preview = async (locale: string) => {
    const body = { locale, settings: { minScore: 0 }, documentIds: [source] };
    const place = `/related-articles/settings/${ARTICLE}/preview`;
    const answer = await german.request('post', place, body);
    expect(answer.status).toBe(200);
    return answer.body.data.lists;
  };
  expect(await preview('en')).toEqual([]);
  expect((await preview('de'))[0].after[0]).toMatchObject({ reference: other });
});
