import { SettingsRepository } from 'plugin/settings/settings-repository';
import type { FindSettingsResponse, PreviewResponse, SiteSettings } from 'shared/settings';

import { Editor, onArticles, onCategories, SEE, type Grant } from '../helpers/editors';
import { ALL_READS, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON, two } from '../helpers/texts';

const ARTICLE = 'api::article.article';
const SETTING = 'plugin::related-articles.setting';
const PATH = `/related-articles/settings/${ARTICLE}`;
const CHANGE: Grant = { action: 'plugin::related-articles.settings.update' };

let running: Running;
let chief: Editor;
const ids: Record<string, string> = {};

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  await grantPublic(strapi, ALL_READS);
  await strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  chief = await Editor.create(running, 'Chief');
  const categories: Record<string, string> = {};
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
  for (const i of [4, 5]) await create(`Bread ${i}`, two(BREAD, i), 'News', i - 3);
  for (const i of [0, 1, 2]) await create(`Moon ${i}`, two(MOON, i), 'News', 20 + i);
  await running.settled();
});
afterAll(() => running.stop());

async function found(editor = chief): Promise<FindSettingsResponse['data']> {
  const { status, body } = await editor.request('get', PATH);
  expect([status, body.error]).toEqual([200, undefined]);
  return body.data;
}

async function save(settings: SiteSettings, revision?: number) {
  const seen = revision ?? (await found()).revision;
  return chief.request('put', PATH, { settings, revision: seen });
}

/** What a visitor gets next to an entry. */
async function served(
  title: string,
  query = '',
): Promise<{ title: string; origin: string; explanation?: { rules?: object[] } }[]> {
  const { status, body } = await running.http.get(`/api/articles/${ids[title]}/related?fields=title${query}`); // prettier-ignore
  expect([status, body.error]).toEqual([200, undefined]);
  return body.data.map((one: { title: string }, at: number) => ({
    title: one.title,
    ...body.meta.related[at],
  }));
}
const titles = async (title: string) => (await served(title)).map((one) => one.title);

async function preview(settings: SiteSettings, documentIds: string[], editor = chief) {
  const { status, body } = await editor.request('post', `${PATH}/preview`, { settings, documentIds }); // prettier-ignore
  expect([status, body.error]).toEqual([200, undefined]);
  return body.data as PreviewResponse['data'];
}

afterEach(async () => {
  const { status } = await save({});
  expect(status).toBe(200);
});

test('readers get saved settings next, ETag included, and the former lists once settings are cleared', async () => {
  const before = await served('Bread 0');
  const url = `/api/articles/${ids['Bread 0']}/related?fields=title`;
  const { headers } = await running.http.get(url);
  expect(before.length).toBeGreaterThan(2);
  expect((await save({ limit: 2 })).status).toBe(200);
  expect(await titles('Bread 0')).toHaveLength(2);
  const again = await running.http.get(url).set('If-None-Match', headers.etag);
  expect(again.status).toBe(200);
  expect((await save({ minScore: 1 })).status).toBe(200);
  expect(await titles('Bread 0')).toEqual([]);
  expect((await save({})).status).toBe(200);
  expect(await served('Bread 0')).toEqual(before);
});

test('a preview shows what saving would do, and changes nothing', async () => {
  const settings = { weights: { text: 0, title: 0, links: 0, taxonomy: 0, date: 5 }, limit: 3 };
  const before = await titles('Bread 0');
  const { lists, sample } = await preview(settings, [ids['Bread 0'], ids['Moon 0']]);
  expect(await titles('Bread 0')).toEqual(before);
  const [bread] = lists;
  expect(bread.before.map(({ title }) => title)).toEqual(before);
  expect(sample.made).toBe(9);
  expect(sample.changed).toBeGreaterThan(0);
  await save(settings);
  expect(await titles('Bread 0')).toEqual(bread.after.map(({ title }) => title));
  const { sample: now } = await preview(settings, []);
  expect(now).toEqual({ made: 9, changed: 0 });
});

test('rules are served, and explanations name them', async () => {
  const rule = { favour: { category: { News: 5 } } };
  await save({ rules: rule });
  const list = await served('Bread 0', '&explain=true&populate=category');
  const [news] = list;
  expect(list[0].title).toMatch(/Bread [45]/);
  const effect = { kind: 'favoured', relation: 'category', name: 'News', factor: 5 };
  expect(news.explanation?.rules).toEqual([effect]);
  const plain = list.find(({ title }) => title === 'Bread 1');
  expect(plain?.explanation).not.toHaveProperty('rules');

  await save({ rules: { never: { category: ['News'] } } });
  expect(await titles('Bread 0')).not.toEqual(expect.arrayContaining(['Bread 4']));
  await save({ rules: { atMost: { category: 1 } } });
  expect((await titles('Bread 0')).length).toBeLessThan(3);
  await save({ rules: { halfLife: 1 } });
  const aged = await served('Bread 0', '&explain=true');
  // The amount would reveal the newest date.
  expect(aged[0].explanation?.rules).toEqual([{ kind: 'aged' }]);

  const place = [{ relation: 'category', name: 'Kitchen', documentId: ids['Moon 0'] }];
  await save({ rules: { place } });
  expect((await served('Bread 0'))[0]).toMatchObject({ title: 'Moon 0', origin: 'placed' });
  expect((await titles('Moon 1'))[0]).not.toBe('Bread 0');
  const { body } = await chief.request('post', `/related-articles/suggestions/${ARTICLE}`, { documentId: ids['Bread 0'] }); // prettier-ignore
  expect(body.data.rows[0]).toMatchObject({ title: 'Moon 0', isPlaced: true, origin: 'suggested' });
  expect(body.data.rows[0].explanation.rules).toEqual([{ kind: 'placed', relation: 'category', name: 'Kitchen' }]); // prettier-ignore
});

test('a reader who may not see a relation learns of no rule that uses it', async () => {
  const place = [{ relation: 'category', name: 'Kitchen', documentId: ids['Moon 0'] }];
  await save({ rules: { place, favour: { category: { News: 5 } }, ignore: ['category'], same: ['category'] } }); // prettier-ignore
  const { strapi } = running;
  const role = await strapi.db.query('plugin::users-permissions.role').findOne({ where: { type: 'public' } }); // prettier-ignore
  const query = strapi.db.query('plugin::users-permissions.permission');
  const where = { role: role.id, action: 'api::category.category.find' };
  const one = { role: role.id, action: 'api::category.category.findOne' };
  await query.deleteMany({ where });
  await query.deleteMany({ where: one });
  try {
    const list = await served('Bread 0', '&explain=true');
    expect(JSON.stringify(list)).not.toMatch(/placed|favoured|Kitchen|News/);
    expect(list[0].title).not.toBe('Moon 0');
    await save({ rules: { ignore: ['category'] } });
    // Neither their order nor what is missing reveals who shares a category.
    expect(list).toEqual(await served('Bread 0', '&explain=true'));
  } finally {
    await query.create({ data: where });
    await query.create({ data: one });
  }
});

test('rules also apply to entries that fill short lists, and to several entries together', async () => {
  const titlesOf = async (query: string) => {
    const { body } = await running.http.get(`/api/related-articles/articles?documentIds=${query}&fields=title`); // prettier-ignore
    return body.data.map((one: { title: string }) => one.title) as string[];
  };
  await save({ fallback: 'newest', limit: 9, minScore: 1 });
  expect(await titles('Bread 0')).toEqual(expect.arrayContaining(['Moon 0', 'Bread 1']));
  await save({
    fallback: 'newest',
    limit: 9,
    minScore: 1,
    rules: { never: { category: ['News'] } },
  });
  expect((await titles('Bread 0')).sort()).toEqual(['Bread 1', 'Bread 2', 'Bread 3']);
  await save({ fallback: 'newest', limit: 9, minScore: 1, rules: { same: ['category'] } });
  expect((await titles('Bread 0')).sort()).toEqual(['Bread 1', 'Bread 2', 'Bread 3']);
  await save({ fallback: 'category', limit: 9, minScore: 1, rules: { different: ['category'] } });
  expect(await titles('Bread 0')).not.toEqual(expect.arrayContaining(['Bread 1']));

  const place = [{ relation: 'category', name: 'Kitchen', documentId: ids['Moon 0'] }];
  await save({ rules: { place } });
  const together = await titlesOf(`${ids['Bread 0']},${ids['Bread 1']}&together=true`);
  expect(together[0]).toBe('Moon 0');

  const both = `${ids['Bread 0']},${ids['Moon 0']}&together=true&minScore=0&fallback=none`;
  for (const name of ['Kitchen', 'News']) {
    await save({ rules: { favour: { category: { [name]: 9 } } } });
    const isFavoured = (title: string) => /Bread [0-3]/.test(title) === (name === 'Kitchen');
    const favoured = (await titlesOf(both)).map(isFavoured);
    expect(favoured).toEqual([...favoured].sort((a, b) => Number(b) - Number(a)));
    expect(new Set(favoured).size).toBe(2);
  }
});

test('with rules, all lists that contain an entry are still found', async () => {
  const counted = async (title: string) => {
    const lists = await Promise.all(Object.keys(ids).map((source) => titles(source)));
    return lists.filter((list) => list.includes(title)).length;
  };
  const told = async (title: string) => {
    const { body } = await chief.request('get', `/related-articles/appearances/${ARTICLE}/${ids[title]}`); // prettier-ignore
    return body.data.total as number;
  };
  const place = [{ relation: 'category', name: 'Kitchen', documentId: ids['Moon 0'] }];
  for (const rules of [{ place }, { atMost: { category: 1 } }, { same: ['category'] }]) {
    await save({ rules });
    for (const title of ['Moon 0', 'Bread 0', 'Bread 4']) {
      expect([rules, title, await told(title)]).toEqual([rules, title, await counted(title)]);
    }
  }
});

test('pages of a list with limited groups are parts of one list', async () => {
  await save({ minScore: 0, rules: { atMost: { category: 2 } } });
  const pageOf = async (page: number, pageSize: number) => {
    const { body } = await running.http.get(`/api/articles/${ids['Bread 0']}/related?fields=title&pagination[page]=${page}&pagination[pageSize]=${pageSize}`); // prettier-ignore
    return { titles: body.data.map((one: { title: string }) => one.title), total: body.meta.pagination.total }; // prettier-ignore
  };
  const whole = await pageOf(1, 50);
  expect(whole.total).toBe(whole.titles.length);
  const parts = [await pageOf(1, 2), await pageOf(2, 2), await pageOf(3, 2)];
  expect(parts.map(({ total }) => total)).toEqual([whole.total, whole.total, whole.total]);
  expect(parts.flatMap((part) => part.titles)).toEqual(whole.titles);
});

test('an entry dated far in the future does not change the order of the others', async () => {
  const { strapi } = running;
  await save({ rules: { halfLife: 30 } });
  const before = await titles('Bread 0');
  const data = { title: 'Far', body: two(MOON, 1), date: '2926-01-01T00:00:00.000Z' };
  const { documentId } = await strapi.documents(ARTICLE).create({ data, status: 'published' } as never); // prettier-ignore
  await running.settled();
  try {
    const list = await served('Bread 0', '&explain=true');
    expect(list.map(({ title }) => title).sort()).toEqual([...before].sort());
    await save({});
    const plain = await titles('Bread 0');
    // All of them reach the highest age that counts, so their own scores decide.
    expect(list.map(({ title }) => title)).toEqual(plain);
  } finally {
    await strapi.documents(ARTICLE).delete({ documentId });
    await running.settled();
  }
});

test('a write removes a placed entry when its time is over', async () => {
  const until = new Date(Date.now() + 1500).toISOString();
  const place = [{ relation: 'category', name: 'Kitchen', documentId: ids['Moon 0'], until }];
  await save({ rules: { place } });
  expect((await titles('Bread 0'))[0]).toBe('Moon 0');
  await new Promise((resolve) => setTimeout(resolve, 1600));
  const app = running.strapi.plugin('related-articles').service('app');
  // Until then it stays: a list is a function of what is stored.
  await app.index.sweep();
  expect((await titles('Bread 0'))[0]).not.toBe('Moon 0');
  const { settings, history } = await found();
  expect(settings.rules?.place).toEqual([]);
  expect(history[0]).toMatchObject({ editor: null });
});

test('a rule that ends while somebody changes settings costs them nothing', async () => {
  const until = new Date(Date.now() + 1000).toISOString();
  const ends = { relation: 'category', name: 'Kitchen', documentId: ids['Moon 0'], until };
  const stays = { ...ends, name: 'Garden', until: undefined };
  const saveAs = (settings: object, seen: Awaited<ReturnType<typeof found>>) =>
    chief.request('put', PATH, { settings, revision: seen.revision, before: seen.settings });
  await save({ rules: { place: [ends, stays] } });
  const seen = await found();
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await running.strapi.plugin('related-articles').service('app').index.sweep();
  expect((await found()).revision).toBe(seen.revision + 1);
  const saved = await saveAs({ limit: 6, rules: { place: [ends, stays] } }, seen);
  expect([saved.status, saved.body.error?.message]).toEqual([200, undefined]);
  expect((await found()).settings).toMatchObject({ limit: 6, rules: { place: [JSON.parse(JSON.stringify(stays))] } }); // prettier-ignore
  // Now somebody has changed something else.
  expect((await saveAs({ limit: 7, rules: { place: [ends, stays] } }, seen)).status).toBe(409);
});

test('a placed entry whose time has long been over is saved with other changes until it is removed', async () => {
  const place = [{ relation: 'category', name: 'Kitchen', documentId: ids['Moon 0'], until: '2020-01-01T00:00:00.000Z' }]; // prettier-ignore
  await save({});
  const row = { where: { targetType: ARTICLE }, data: { settings: { rules: { place } } } };
  await running.strapi.db.query(SETTING as never).update(row as never);
  await running.settled();
  expect((await save({ limit: 6, rules: { place } })).status).toBe(200);
  await running.strapi.plugin('related-articles').service('app').index.sweep();
  const { settings } = await found();
  expect(settings).toMatchObject({ limit: 6, rules: { place: [] } });
});

test('what somebody else has changed is not overwritten, and the history says who changed what', async () => {
  const { revision } = await found();
  expect((await save({ limit: 3 }, revision)).status).toBe(200);
  const refused = await save({ limit: 4 }, revision);
  expect([refused.status, refused.body.error.details]).toEqual([409, expect.objectContaining({ revision: revision + 1, editor: 'Chief' })]); // prettier-ignore
  const both = await Promise.all([save({ limit: 6 }, revision + 1), save({ limit: 7 }, revision + 1)]); // prettier-ignore
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  const { settings, history } = await found();
  expect(history[0]).toMatchObject({ editor: 'Chief', settings });
  expect(history[1]).toMatchObject({ settings: { limit: 3 } });
});

test('refuses settings that no list can be made with, by name', async () => {
  const wrong: [unknown, RegExp][] = [
    [{ limit: 0 }, /settings\.limit: expected at least 1/],
    [{ minScore: 'much' }, /settings\.minScore: expected a number from 0 to 1/],
    [{ weights: { text: 11 } }, /settings\.weights\.text: expected at most 10/],
    [{ weights: { words: 1 } }, /there is no field words/],
    [{ colour: 1 }, /there is no field colour/],
    [{ rules: { never: { author: ['Ada'] } } }, /"author" is not configured under relations/],
    [{ rules: { place: [{ relation: 'category', name: 'A\0', documentId: 'x' }] } }, /control characters/], // prettier-ignore
    [{ rules: { never: { category: ['\ud800'] } } }, /control characters/],
    [{ rules: { place: [{ relation: 'category', name: 'News', documentId: 'x', until: '2020-01-01T00:00:00Z' }] } }, /expected a date in the future/], // prettier-ignore
    [{ rules: { favour: { category: { News: 0 } } } }, /settings\.rules\.favour\.category\.News/],
    [null, /settings/],
    [JSON.parse(`${'{"rules":'.repeat(30)}1${'}'.repeat(30)}`), /at most 20 levels/],
    [JSON.parse(`${'{"rules":'.repeat(3000)}1${'}'.repeat(3000)}`), /at most 100 levels/],
  ];
  for (const [settings, message] of wrong) {
    const { status, body } = await save(settings as SiteSettings);
    expect([settings, status]).toEqual([settings, 400]);
    expect(body.error.message).toMatch(message);
  }
});

test('settings need a permission of their own, and titles that an editor may not read stay hidden', async () => {
  const reader = await Editor.create(running, 'Reader', [
    ...onArticles(['read']),
    ...onCategories(['read']),
    { action: SEE },
    { action: 'plugin::related-articles.overview.read' },
  ]);
  for (const [method, path] of [
    ['get', PATH],
    ['put', PATH],
    ['post', `${PATH}/preview`],
    ['post', `${PATH}/tuning`],
  ] as const) {
    // prettier-ignore
    expect((await reader.request(method, path, {})).status).toBe(403);
  }
  const tuner = await Editor.create(running, 'Tuner', [CHANGE]);
  expect((await tuner.request('get', PATH)).status).toBe(403);
  const own = await Editor.create(running, 'Own', [
    ...onArticles(['read', 'create', 'update'], { conditions: ['admin::is-creator'] }),
    CHANGE,
  ]);
  const { lists } = await preview({ limit: 3 }, [ids['Bread 0']], own);
  expect(lists).toEqual([]);
  const settings = await found(own);
  expect(settings.relations).toEqual([
    { attribute: 'category', names: [], hasMore: false },
    { attribute: 'tags', names: [], hasMore: false },
  ]);
  expect((await found()).relations[0]).toEqual({
    attribute: 'category',
    names: ['Kitchen', 'News'],
    hasMore: false,
  });
});

test('says when there are more names than can be offered, and takes a rule with another one', async () => {
  const { strapi } = running;
  const TAG = 'api::tag.tag';
  const name = (at: number) => `Zone ${String(at).padStart(3, '0')}`;
  const { tableName } = strapi.db.metadata.get(TAG);
  const rows = Array.from({ length: 501 }, (_, at) => ({ document_id: `zone${at}`, name: name(at), locale: "en", published_at: new Date() })); // prettier-ignore
  await strapi.db.connection.batchInsert(tableName, rows, 100);
  const tags = (await found()).relations[1];
  expect(tags).toMatchObject({ attribute: 'tags', hasMore: true });
  expect(tags.names).toHaveLength(500);
  expect(tags.names).not.toContain(name(500));
  expect((await save({ rules: { never: { tags: [name(500)] } } })).status).toBe(200);
  expect((await found()).settings.rules).toMatchObject({ never: { tags: [name(500)] } });
  await strapi.db.connection(tableName).where('document_id', 'like', 'zone%').delete();
  await save({});
});

test('names a placed entry that is published in another locale only', async () => {
  const data = { title: 'Nur auf Deutsch', body: two(MOON, 9) };
  const documents = running.strapi.documents(ARTICLE);
  const { documentId } = await documents.create({ data, locale: 'de', status: 'published' } as never); // prettier-ignore
  await running.settled();
  const place = [{ relation: 'category', name: 'News', documentId }];
  expect((await save({ rules: { place } })).status).toBe(200);
  expect((await found()).placed[documentId]).toEqual({
    reference: documentId,
    title: 'Nur auf Deutsch',
    state: 'published',
  });
  const reader = await Editor.create(running, 'German', [
    ...onArticles(['read'], { locales: ['de'] }),
    { action: SEE },
    CHANGE,
  ]);
  expect((await found(reader)).placed[documentId].title).toBe('Nur auf Deutsch');
  // An English draft makes no difference.
  await documents.update({ documentId, locale: 'en', data: { title: 'Draft' } } as never);
  expect((await found(reader)).placed[documentId].title).toBe('Nur auf Deutsch');
  await save({});
  await documents.delete({ documentId, locale: '*' } as never);
  await running.settled();
});

test('reports that there are too few pins to fit weights to, and changes nothing', async () => {
  const { status, body } = await chief.request('post', `${PATH}/tuning`, {});
  expect([status, body.data]).toEqual([200, { state: 'too few', judged: 0, needed: 50 }]);
});

test('settings are not a content type for anybody else, and imported ones are checked', async () => {
  const { strapi } = running;
  const { status } = await chief.request('get', `/content-manager/collection-types/${SETTING}`);
  expect(status).toBe(404);
  const before = await titles('Bread 0');
  await save({ limit: 2 });
  await strapi.db.query(SETTING as never).update({
    where: { targetType: ARTICLE } as never,
    data: { settings: { limit: 'everything' } } as never,
  });
  await running.settled();
  expect(await titles('Bread 0')).toEqual(before);
  // The page still opens, so that the settings can be fixed there, and nothing else stops.
  await strapi.db.query(SETTING as never).update({
    where: { targetType: ARTICLE } as never,
    data: { settings: { rules: { place: {} } } } as never,
  });
  await running.settled();
  expect((await found()).settings).toEqual({});
  const app = strapi.plugin('related-articles').service('app');
  await Promise.all([app.index.sweep(), app.index.sweep()]);
  const troubles = () => app.index.health().troubles.map(({ message }: { message: string }) => message); // prettier-ignore
  expect(troubles()).toEqual([expect.stringMatching(/some settings of api::article\.article have no effect: rules\.place: /)]); // prettier-ignore
  // Settings that this version knows apply, whatever another version has written next to them.
  const never = { category: ['News'] };
  await strapi.db.query(SETTING as never).update({
    where: { targetType: ARTICLE } as never,
    data: { settings: { limit: 1, later: true, rules: { never, later: 1, atMost: 'one' } } } as never, // prettier-ignore
  });
  await running.settled();
  expect((await found()).settings).toEqual({ limit: 1, rules: { never } });
  expect((await found()).mistake).toMatch(/^rules\.atMost: /);
  expect(await titles('Bread 0')).toHaveLength(1);
  expect(troubles()).toEqual([expect.stringMatching(/rules\.atMost: .*; rules: there is no field "later"/)]); // prettier-ignore
  // Neither a placement that ends nor a save removes what could not be read.
  const stored = async () => (await strapi.db.query(SETTING as never).findOne({ where: { targetType: ARTICLE } as never })) as unknown as { settings: object; revision: number }; // prettier-ignore
  const due = { relation: 'category', name: 'News', documentId: 'one', until: '2020-01-01T00:00:00.000Z' }; // prettier-ignore
  const odd = { ...due, until: undefined, later: 1 };
  await strapi.db.query(SETTING as never).update({
    where: { targetType: ARTICLE } as never,
    data: { settings: { limit: 1, later: true, rules: { never: { category: ['News'], tags: ['x', 5] }, place: [due, odd] } } } as never, // prettier-ignore
  });
  await running.settled();
  expect((await found()).settings).toMatchObject({ rules: { never: { category: ['News'], tags: ['x'] } } }); // prettier-ignore
  await app.index.sweep();
  await running.settled();
  const left = { later: true, rules: { never: { category: ['News'], tags: ['x', 5] }, place: [{ ...odd, until: undefined }] } }; // prettier-ignore
  expect((await stored()).settings).toEqual(JSON.parse(JSON.stringify({ limit: 1, ...left })));
  const { settings: shown } = await found();
  await save({ ...shown, limit: 2 });
  expect((await stored()).settings).toMatchObject(
    JSON.parse(JSON.stringify({ limit: 2, ...left })),
  );
  expect(troubles()).toHaveLength(1);
  await save({});
  expect((await stored()).settings).toEqual(JSON.parse(JSON.stringify({ later: true, rules: { never: { tags: [5] }, place: [odd] } }))); // prettier-ignore
  // A list that is too long applies up to its limit, and a new name is among those that apply.
  const names = Array.from({ length: 501 }, (_, at) => `Name ${at}`);
  await strapi.db.query(SETTING as never).update({
    where: { targetType: ARTICLE } as never,
    data: { settings: { rules: { never: { category: names } } } } as never,
  });
  await running.settled();
  expect((await found()).settings).toEqual({ rules: { never: { category: names.slice(0, 500) } } });
  await save({ rules: { never: { category: ['News'] } } });
  expect((await found()).settings.rules?.never?.category).toContain('News');
  // Complete nonsense has no effect, and holds nobody up.
  const deep = `${'{"rules":'.repeat(8000)}1${'}'.repeat(8000)}`;
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`name${at}`, at]));
  for (const [settings, mistake] of [
    [deep, /nested too deeply/],
    [many, /expected at most 100000 characters and 20 levels, got \d+/],
    [{ rules: { ...many, name1: 1 } }, /expected at most/],
    [Object.fromEntries(Object.entries(many).slice(0, 3000)), /^there is no field .{0,250}$/],
  ] as const) {
    const { tableName } = strapi.db.metadata.get(SETTING);
    await strapi.db.connection(tableName).where({ target_type: ARTICLE }).update({ settings: typeof settings === 'string' ? settings : JSON.stringify(settings) }); // prettier-ignore
    await app.index.check('quick');
    await running.settled();
    const answer = await found();
    expect(answer.settings).toEqual({});
    expect(answer.mistake).toMatch(mistake);
    expect(troubles()).toHaveLength(1);
  }
  await strapi.db.query(SETTING as never).update({
    where: { targetType: ARTICLE } as never,
    data: { settings: {} } as never,
  });
  await running.settled();
  expect(troubles()).toEqual([]);
  await save({ limit: 1 });
  expect(await titles('Bread 0')).toHaveLength(1);
});

test('a save deletes no history, whatever its clock says; the sweep does', async () => {
  const repository = new SettingsRepository({ strapi: running.strapi, historyMs: 0 });
  const historyOf = async () => (await repository.find(ARTICLE)).history.length;
  await repository.sweep(new Date());
  for (const count of [1, 2]) {
    const { settings, revision } = await repository.find(ARTICLE);
    await repository.save(ARTICLE, settings, { seen: revision, editor: 'Ahead' });
    expect(await historyOf()).toBe(count);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await repository.sweep(new Date());
  expect(await historyOf()).toBe(0);
});
