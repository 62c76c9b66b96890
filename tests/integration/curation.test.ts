import { appOf } from 'plugin/app';
import type { RelatedType } from 'plugin/config/resolve';
import { CurationMaintenance } from 'plugin/curations/curation-maintenance';
import { CurationCache } from 'plugin/curations/curation-cache';

import { CURATE, Editor, onArticles, onCategories, SEE } from '../helpers/editors';
import { refill, servedTo } from '../helpers/bread-and-moon';
import { ALL_READS, createToken, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';

const ARTICLE = 'api::article.article';

let running: Running;
let chief: Editor;
let source: string;
let bread: string[];
let moon: string[];

beforeAll(async () => {
  running = await startStrapi();
  await grantPublic(running.strapi, ALL_READS);
  await running.strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  chief = await Editor.create(running, 'Chief');
});
afterAll(() => running.stop());

const articles = () => running.strapi.documents(ARTICLE);
const create = async (title: string, body: string, status: 'draft' | 'published' = 'published') =>
  (await articles().create({ data: { title, body }, status } as never)).documentId;

beforeEach(async () => {
  ({ source, bread, moon } = await refill(running));
});

/** What visitors get: documentIds with a star for pins. */
const served = (documentId = source, query = '') => servedTo(running, documentId, query);
const curate = async (body: object, documentId = source) => {
  const answer = await chief.curate(documentId, body);
  expect([answer.status, answer.body.error?.message]).toEqual([200, undefined]);
  return answer.body.data;
};

test('pins come first in their order, exclusions never; filters and exclude hold for both', async () => {
  const before = await served();
  expect(before.every((id: string) => bread.includes(id))).toBe(true);
  await curate({ pins: [moon[1], before[1]], exclusions: [before[0]] });
  expect(await served()).toEqual([`*${moon[1]}`, `*${before[1]}`, ...before.slice(2)]);
  expect(await served(source, 'filters[title][$startsWith]=Bread')).toEqual([
    `*${before[1]}`,
    ...before.slice(2),
  ]);
  expect(await served(source, `exclude=${moon[1]}`)).toEqual([`*${before[1]}`, ...before.slice(2)]);
  expect(await served(source, 'pagination[limit]=1&pagination[start]=1')).toEqual([
    `*${before[1]}`,
  ]);
  expect(await served(source, 'minScore=1')).toEqual([`*${moon[1]}`, `*${before[1]}`]);
  const { body } = await running.http.get(`/api/articles/${source}/related?explain=true`);
  expect(body.meta.related[1].explanation.terms.length).toBeGreaterThan(0);
  expect(body.meta.pagination.total).toBe(before.length);
});

test('the panel shows pins in their places, and says which are not served', async () => {
  const draft = await create('Draft', MOON[0], 'draft');
  const gone = await create('Gone', MOON[0]);
  await curate({ pins: [gone, draft, moon[0]], exclusions: [bread[0]] });
  await articles().delete({ documentId: gone, locale: '*' });
  await running.settled();
  const { data, meta } = await chief.list({ documentId: source });
  expect(data.rows.slice(0, 4)).toMatchObject([
    { reference: gone, origin: 'pinned', state: 'deleted', title: null, strength: null },
    { reference: draft, origin: 'pinned', state: 'unpublished', title: 'Draft', strength: null },
    { reference: moon[0], origin: 'pinned', state: 'published', title: 'Moon 0' },
    { origin: 'suggested' },
  ]);
  expect(data.exclusions).toEqual([{ reference: bread[0], title: 'Bread 0', state: 'published' }]);
  expect(meta.curation).toMatchObject({ revision: 1, editor: 'Chief', mayCurate: true });
  expect(await served()).toEqual([`*${moon[0]}`, expect.any(String), expect.any(String)]);
});

test('a pin has the title that readers see, also while its draft has another', async () => {
  await articles().update({ documentId: bread[0], data: { title: 'Not yet published' } });
  await curate({ pins: [bread[0]] });
  const { data } = await chief.list({ documentId: source });
  expect(data.rows[0]).toMatchObject({ reference: bread[0], origin: 'pinned', title: 'Bread 0' });
});

test('marks pins that do not fit into the list', async () => {
  const more = await Promise.all([0, 1].map((i) => create(`More ${i}`, MOON[0])));
  await curate({ pins: [...moon, ...more, bread[0]] });
  await running.settled();
  const { data } = await chief.list({ documentId: source });
  expect(data.rows.map(({ state }) => state)).toEqual([...Array(5).fill('published'), 'beyond']);
});

test('survives publish, re-publish, unpublish and discard; a clone gets a copy; locales are separate', async () => {
  await curate({ pins: [moon[0]] });
  const pinned = async (documentId = source) => (await served(documentId))[0];
  await articles().update({ documentId: source, data: { title: 'Edited' } });
  await articles().publish({ documentId: source });
  expect(await pinned()).toBe(`*${moon[0]}`);
  await articles().update({ documentId: source, data: { title: 'Edited again' } });
  await articles().discardDraft({ documentId: source });
  expect(await pinned()).toBe(`*${moon[0]}`);
  await articles().unpublish({ documentId: source });
  await running.settled();
  await appOf(running.strapi).index.sweep();
  await articles().publish({ documentId: source });
  expect(await pinned()).toBe(`*${moon[0]}`);

  const clone = await articles().clone({ documentId: source, data: { title: 'Clone' } } as never);
  const { documentId } = clone as { documentId: string };
  await articles().publish({ documentId });
  expect(await pinned(documentId)).toBe(`*${moon[0]}`);
  await curate({ revision: 1 }, documentId);
  expect(await pinned(documentId)).not.toBe(`*${moon[0]}`);
  expect(await pinned()).toBe(`*${moon[0]}`);

  for (const id of [source, moon[0], moon[1]]) {
    await articles().update({
      documentId: id,
      locale: 'de',
      data: { title: `deutsch ${id}`, body: 'Mond und Krater' },
      status: 'published',
    } as never);
  }
  const german = await chief.curate(source, { locale: 'de', pins: [moon[1]] });
  expect(german.status).toBe(200);
  expect((await served(source, 'locale=de'))[0]).toBe(`*${moon[1]}`);
  expect(await pinned()).toBe(`*${moon[0]}`);

  // A clone of one locale gets what was decided in that one.
  const half = await articles().clone({ documentId: source, locale: 'de' } as never);
  await running.settled();
  const copies = await running.strapi.db
    .query('plugin::related-articles.curation')
    .findMany({ where: { sourceId: (half as { documentId: string }).documentId } });
  expect(copies.map(({ sourceLocale, pins }) => [sourceLocale, pins])).toEqual([['de', [moon[1]]]]);
});

test('a clone gets the pins from when it was made, however late the log reports it', async () => {
  const { strapi } = running;
  const indexing = appOf(strapi);
  await curate({ pins: [moon[0]] });
  const { documentId } = (await articles().clone({ documentId: source } as never)) as {
    documentId: string;
  };
  await running.settled();
  await curate({ pins: [moon[1]], revision: 1 });
  const query = strapi.db.query('plugin::related-articles.curation');
  const replay = async (to: string, isNew = true) => {
    await query.delete({ where: { sourceId: to } });
    if (isNew) await strapi.db.query('plugin::related-articles.curation-event').deleteMany({ where: { sourceId: to } }); // prettier-ignore
    const store = new CurationCache(strapi);
    await store.apply();
    const { types, repository } = indexing;
    const maintenance = new CurationMaintenance({
      clock: { now: async () => new Date() },
      strapi,
      types,
      cache: store,
      repository,
      retentionMs: 1e9,
      historyMs: null,
      heartbeats: { isYoungest: async () => true },
    });
    const ref = { uid: ARTICLE, documentId: to };
    maintenance.handle([{ kind: 'clone', ref, clonedFrom: source }]);
    await maintenance.apply();
    return query.findMany({ where: { sourceId: to } }).then((rows) => rows.map(({ pins }) => pins));
  };
  expect(await replay(documentId)).toEqual([[moon[0]]]);
  // Decisions made about the clone since then stay: here, that it has no pins.
  expect(await replay(documentId, false)).toEqual([]);
  // An entry that is older than the decisions gets nothing.
  expect(await replay(bread[0])).toEqual([]);
});

test('a translation that was added to a clone gets no pins, even if the log reports the clone again', async () => {
  const { strapi } = running;
  const { maintenance } = appOf(strapi);
  await curate({ pins: [moon[0]] });
  const { documentId } = (await articles().clone({ documentId: source, locale: 'en' } as never)) as { documentId: string }; // prettier-ignore
  await running.settled();
  await articles().update({ documentId, locale: 'de', data: { title: 'Another' } } as never);
  const later = new Date(Date.now() + 3_600_000);
  await strapi.db.query(ARTICLE).updateMany({ where: { documentId, locale: 'de' }, data: { createdAt: later } }); // prettier-ignore
  const query = strapi.db.query('plugin::related-articles.curation');
  await query.create({ data: { sourceType: ARTICLE, sourceId: source, sourceLocale: 'de', pins: [moon[1]], exclusions: [], revision: 1 } }); // prettier-ignore
  maintenance.handle([{ kind: 'clone', ref: { uid: ARTICLE, documentId }, clonedFrom: source }]);
  await maintenance.apply();
  const rows = await query.findMany({ where: { sourceId: documentId } });
  expect(rows.map(({ sourceLocale }) => sourceLocale)).toEqual(['en']);
});

test('if locales are switched on or off for a type, pins stay with the default locale', async () => {
  await curate({ pins: [moon[0]] });
  const { strapi } = running;
  const indexing = appOf(strapi);
  const rows = () =>
    strapi.db
      .query('plugin::related-articles.curation')
      .findMany({ where: { sourceId: source } })
      .then((found) => found.map(({ sourceLocale, pins }) => [sourceLocale, pins]));
  /** An instance with the type as it is configured in its release. */
  const instance = (
    localized: boolean,
    isYoungest: boolean | { now: boolean } = true,
    retentionMs = 0,
  ) => {
    const type = { ...(indexing.types.get(ARTICLE) as RelatedType), localized };
    const types = new Map([[ARTICLE, type]]);
    const cache = new CurationCache(strapi);
    const maintenance = new CurationMaintenance({
      clock: { now: async () => new Date() },
      strapi,
      types,
      cache,
      repository: indexing.repository,
      retentionMs,
      historyMs: null,
      heartbeats: { isYoungest: async () => (typeof isYoungest === 'boolean' ? isYoungest : isYoungest.now) }, // prettier-ignore
    });
    const sweep = async () => {
      await cache.apply();
      for (let times = 0; times < 3; times += 1) await maintenance.sweep();
    };
    return { start: () => maintenance.followLocalization(), sweep };
  };
  await instance(false).start();
  expect(await rows()).toEqual([['', [moon[0]]]]);
  await instance(true).start();
  expect(await rows()).toEqual([['en', [moon[0]]]]);
  // During a rolling deploy, older instances do not move the list, whatever seems to be gone.
  await instance(false, false).sweep();
  expect(await rows()).toEqual([['en', [moon[0]]]]);
  // Nor do they remove the list of a translation, which they do not know of.
  const lists = strapi.db.query('plugin::related-articles.curation');
  const [row] = await lists.findMany({ where: { sourceId: source } });
  const french = await lists.create({ data: { ...row, id: undefined, sourceLocale: 'fr' } });
  await instance(false, false).sweep();
  expect((await rows()).map(([locale]) => locale).sort()).toEqual(['en', 'fr']);
  // Nor if they are the youngest for a moment, now and then.
  const youngest = { now: true };
  const older = instance(false, youngest, 1000);
  for (const now of [true, false, true]) {
    youngest.now = now;
    await older.sweep();
    await new Promise((resolve) => setTimeout(resolve, 600));
  }
  expect((await rows()).map(([locale]) => locale)).toContain('fr');
  await instance(true).start();
  await lists.delete({ where: { id: french.id } });
  await instance(false).sweep();
  expect(await rows()).toEqual([['', [moon[0]]]]);
  await instance(true, false).sweep();
  expect(await rows()).toEqual([['', [moon[0]]]]);
  // They serve it anyway.
  await running.settled();
  expect(await served()).toContain(`*${moon[0]}`);
  await instance(true).sweep();
  expect(await rows()).toEqual([['en', [moon[0]]]]);
  expect((await chief.events(source)).body.data).toMatchObject([{ pinned: [{ title: 'Moon 0' }] }]);
  expect(await served()).toContain(`*${moon[0]}`);

  // Somebody pins meanwhile, on a site that has not moved its lists: both pins are kept.
  await instance(false).start();
  await running.settled();
  await curate({ pins: [moon[1]], exclusions: [bread[1]] });
  await instance(true).start();
  await running.settled();
  expect(await rows()).toEqual([['en', [moon[1], moon[0]]]]);
  expect((await served()).slice(0, 2)).toEqual([`*${moon[1]}`, `*${moon[0]}`]);
  const told = (await chief.events(source)).body.data;
  // Recorded as a change of the list with the longer history.
  expect(told[0]).toMatchObject({
    action: 'changed',
    editor: null,
    pinned: [{ title: 'Moon 1' }],
    unpinned: [],
    excluded: [{ title: 'Bread 1' }],
  });
});

test('two editors at once: changes to different entries are merged', async () => {
  const second = await Editor.create(running, 'Second');
  await curate({ pins: [moon[0]] });
  expect((await second.curate(source, { exclusions: [bread[1]], revision: 0 })).status).toBe(200);
  const answer = await second.curate(source, { pins: [moon[1]], revision: 0 });
  expect(answer.body.data).toMatchObject({ revision: 3, editor: 'Second' });
  expect((await served()).slice(0, 2)).toEqual([`*${moon[0]}`, `*${moon[1]}`]);
  expect(await served()).not.toContain(bread[1]);
  const fresh = await create('Fresh', BREAD[2]);
  const firsts = await Promise.all(
    [0, 1, 2].map((i) => chief.curate(fresh, { pins: [moon[i]], revision: 0 })),
  );
  expect(firsts.map(({ status }) => status)).toEqual([200, 200, 200]);
  // A pin from elsewhere goes after the existing ones.
  const pins = await Promise.all([0, 1].map((i) => second.pin(fresh, bread[i])));
  expect(pins.map(({ status }) => status)).toEqual([200, 200]);
  expect((await served(fresh)).filter((id: string) => id.startsWith('*'))).toHaveLength(5);
});

test('two editors who decide differently about one entry: the second gets a conflict, nothing is overwritten', async () => {
  const second = await Editor.create(running, 'Second');
  await curate({ pins: [moon[0]] });
  const answer = await second.curate(source, { exclusions: [moon[0]], revision: 0 });
  expect(answer.status).toBe(409);
  expect(answer.body.error.details).toMatchObject({ revision: 1, editor: 'Chief' });
  expect((await served())[0]).toBe(`*${moon[0]}`);
  await curate({ pins: [moon[0], moon[1]], revision: 1 });
  const answers = [
    await second.curate(source, { pins: [moon[0]], exclusions: [moon[1]], revision: 2 }),
    await chief.curate(source, { pins: [moon[0]], revision: 2 }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 409]);
});

test('a save that changes nothing makes no revision and no event', async () => {
  await curate({ pins: [moon[0], moon[1]], exclusions: [bread[1], bread[2]] });
  for (const exclusions of [
    [bread[1], bread[2]],
    [bread[2], bread[1]],
  ]) {
    const again = await chief.curate(source, { pins: [moon[0], moon[1]], exclusions, revision: 1 });
    expect(again.body.data.revision).toBe(1);
  }
  expect((await chief.events(source)).body.data).toHaveLength(1);
});

test('the audit trail keeps who changed what, even after the document is gone', async () => {
  await curate({ pins: [moon[0]] });
  await curate({ pins: [moon[0]], exclusions: [bread[1], bread[2]], revision: 1 });
  const { body } = await chief.events(source);
  expect(body.data).toMatchObject([
    {
      action: 'changed',
      editor: 'Chief',
      pinned: [],
      excluded: [{ title: 'Bread 1' }, { title: 'Bread 2' }],
      reordered: false,
    },
    { action: 'changed', editor: 'Chief', pinned: [{ title: 'Moon 0' }], excluded: [] },
  ]);
  const rows = () =>
    running.strapi.db
      .query('plugin::related-articles.curation')
      .count({ where: { sourceId: source } });
  await articles().delete({ documentId: source, locale: '*' });
  await running.settled();
  await appOf(running.strapi).index.sweep();
  // Not yet: the project's configuration leaves a day.
  expect(await rows()).toBe(1);
  await appOf(running.strapi).index.sweep(0);
  expect(appOf(running.strapi).index.health().troubles).toEqual([]);
  expect(await rows()).toBe(0);
  const events = await running.strapi.db
    .query('plugin::related-articles.curation-event')
    .findMany({ where: { sourceId: source }, orderBy: { id: 'asc' } });
  expect(events.map(({ action, editor }) => [action, editor])).toEqual([
    ['changed', 'Chief'],
    ['changed', 'Chief'],
    ['removed', null],
  ]);
  expect(events[2].pins).toEqual([moon[0]]);
  await running.settled();
  expect(appOf(running.strapi).curations.ofDocument({ uid: ARTICLE, documentId: source })).toEqual(
    [],
  );
});

test('names what cannot be pinned or excluded', async () => {
  const message = async (body: object) => {
    const answer = await chief.curate(source, body);
    return `${answer.status} ${answer.body.error?.message}`;
  };
  expect(await message({ pins: ['nothing'] })).toMatch(/^404 There is no entry "nothing"/);
  expect(await message({ pins: [source] })).toMatch(/^400 An entry cannot be pinned to its own/);
  expect(await message({ pins: [moon[0], moon[0]] })).toMatch(/^400 pins: ".+" is named twice/);
  expect(await message({ pins: [moon[0]], exclusions: [moon[0]] })).toMatch(/^400 .* both pinned/);
  expect(await message({ pins: moon[0] })).toMatch(/^400 pins: expected a list/);
  expect(await message({ revision: -1 })).toMatch(/^400 revision/);
  expect(await message({ pins: Array.from({ length: 51 }, (_, i) => `p${i}`) })).toMatch(
    /^400 pins: expected at most 50, got 51/,
  );
  expect(await message({ pins: ['masked:p7'] })).toMatch(/^400 pins: "masked:p7" does not name/);
  expect((await chief.curate('nothing', {})).status).toBe(404);
  expect((await chief.curate(source, { locale: 'de' })).status).toBe(404);
  expect((await chief.curate(source, {}, 'api::category.category')).status).toBe(404);
});

test('curating needs the permission and update on the entry; titles that may not be read are masked', async () => {
  const grants = [
    { action: SEE },
    ...onArticles(['read', 'update'], { conditions: ['admin::is-creator'] }),
    ...onCategories(['read']),
  ];
  const seeing = await Editor.create(running, 'Seeing', grants);
  const author = await Editor.create(running, 'Author', [...grants, { action: CURATE }]);
  const own = async (title: string, editor: Editor) =>
    (
      await articles().create({
        data: { title, body: BREAD[0], createdBy: editor.id },
        status: 'published',
      } as never)
    ).documentId;
  const mine = await own('Mine', author);
  const other = await own('Mine too', author);
  const theirs = await own('Theirs', seeing);
  await running.settled();

  expect((await seeing.curate(theirs, {})).status).toBe(403);
  expect((await seeing.pin(theirs, mine)).status).toBe(403);
  expect((await author.curate(theirs, {})).status).toBe(403);
  expect((await author.curate(mine, { pins: [moon[0]] })).body.error.message).toMatch(
    /There is no entry .* that you may read/,
  );

  await curate({ pins: [moon[0], other], exclusions: [bread[0]] }, mine);
  const { data, meta } = await author.list({ documentId: mine });
  expect(data.rows.slice(0, 2)).toMatchObject([
    { state: 'masked', title: null, strength: null, explanation: null },
    { reference: other, state: 'published', title: 'Mine too' },
  ]);
  expect(data.exclusions).toMatchObject([{ state: 'masked', title: null }]);
  expect(JSON.stringify({ data, meta })).not.toContain(moon[0]);
  // Reordering keeps pins that they cannot see.
  const pin = data.rows[0].reference;
  const exclusions = [data.exclusions[0].reference];
  const statusOf = async (body: object) => (await author.curate(mine, body)).status;
  expect(await statusOf({ pins: [other, pin], exclusions, revision: 1 })).toBe(200);
  expect((await served(mine)).slice(0, 2)).toEqual([`*${other}`, `*${moon[0]}`]);
  // They can put back what they removed.
  expect(await statusOf({ pins: [other], exclusions, revision: 2 })).toBe(200);
  expect(await statusOf({ pins: [other, pin], exclusions, revision: 3 })).toBe(200);
  expect((await served(mine)).slice(0, 2)).toEqual([`*${other}`, `*${moon[0]}`]);
});

test('pins give no caller more than the list of articles does', async () => {
  const draft = await create('Draft', MOON[0], 'draft');
  await articles().update({ documentId: moon[0], data: { title: 'Edited in a draft' } });
  await curate({ pins: [draft, moon[0], moon[1]] });
  await articles().unpublish({ documentId: moon[1] });
  await running.settled();
  const token = await createToken(running.strapi, 'full-access');
  for (const call of [
    running.http.get(`/api/articles/${source}/related?explain=true`),
    running.http
      .get(`/api/articles/${source}/related?status=draft`)
      .set('Authorization', `Bearer ${token}`),
  ]) {
    const { body } = await call;
    expect(body.data[0]).toMatchObject({ documentId: moon[0], title: 'Moon 0' });
    expect(JSON.stringify(body)).not.toContain(draft);
    expect(JSON.stringify(body)).not.toContain('Edited in a draft');
    expect(JSON.stringify(body)).not.toContain(moon[1]);
  }
});
