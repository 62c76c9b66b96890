import { appOf } from 'plugin/app';
import { LeftPublished } from 'plugin/cli/left-published';
import { allRowsOf } from 'plugin/content/rows';

import { publishIn, uidOf, writeCircle, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

/* Lifecycle hooks of a project hide entries from visitors who are not logged in. */

const HIDE = "{ const ctx = strapi.requestContext.get(); if (ctx && !ctx.state.user) event.params.where = { $and: [event.params.where ?? {}, { title: { $notContains: 'Premium' } }] }; }"; // prettier-ignore
const [HOOKED, CUT, SHELVED] = [uidOf('hooked'), uidOf('cut'), uidOf('shelved')];

let site: Running;
const day = (count: number) => new Date(Date.UTC(2026, 0, 1 + count)).toISOString();
beforeAll(async () => {
  site = await startSite((config, appDir) => {
    writeType(appDir, {
      name: 'hooked',
      attributes: { day: { type: 'datetime' } },
      lifecycles: `{ beforeFindMany(event) ${HIDE}, beforeFindOne(event) ${HIDE}, beforeCount(event) ${HIDE} }`,
    });
    writeType(appDir, {
      name: 'cut',
      localized: true,
      attributes: {},
      lifecycles: `{ async beforeFindMany({ params }) { const before = strapi.onceBeforeRead; delete strapi.onceBeforeRead; await before?.(); const most = strapi.cappedByHook; if (most) params.limit = Math.min(params.limit ?? most, most); }, afterFindMany({ result }) { if (strapi.thrownByHook) throw strapi.thrownByHook.thrown; const at = result.findIndex(({ title }) => title === 'Embargoed'); if (at >= 0) result.splice(at, 1); if (strapi.sortedByHook) result.sort((a, b) => b.id - a.id); } }`,
    });
    writeType(appDir, {
      name: 'shelved',
      lifecycles: '{ beforeFindMany({ params }) { if (strapi.cappedByHook && (params.populate ?? params.where)?.circle && params.select?.length === 1) params.limit = strapi.cappedByHook; } }', // prettier-ignore
    });
    writeCircle(appDir, ['shelved']);
    config.contentTypes[SHELVED] = {
      title: 'title',
      text: { body: 1 },
      relations: { circle: { weight: 1, label: 'title' } },
      rules: { same: ['circle'] },
    };
    config.contentTypes[CUT] = { title: 'title', text: { body: 1 } };
    config.contentTypes[HOOKED] = { title: 'title', text: { body: 1 }, date: 'day' };
  });
  for (let i = 0; i < 6; i += 1) {
    await publishIn(site.strapi, 'hooked', { title: `Free ${i}`, body: `alpha beta gamma word${i}`, day: day(i) }); // prettier-ignore
  }
  const types = [HOOKED, SHELVED, uidOf('circle')];
  await grantPublic(site.strapi, [RELATED_FIND, ...types.flatMap((uid) => [`${uid}.find`, `${uid}.findOne`])]); // prettier-ignore
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

/** The smallest age limit with which the newest entry's list contains the oldest, with this fallback. */
async function leastAge(fallback: string): Promise<number> {
  const { body: all } = await site.http.get('/api/hookeds?filters[title]=Free 5');
  const source = all.data[0].documentId;
  for (let age = 1; age <= 300; age += 1) {
    const { body } = await site.http.get(
      `/api/hookeds/${source}/related?minScore=${fallback === 'none' ? 0 : 1}&maxAge=${age}&fallback=${fallback}&fields=title&pagination[pageSize]=20`,
    );
    const titles = body.data.map(({ title }: { title: string }) => title);
    expect(titles).not.toContain('Premium');
    if (titles.includes('Free 0')) return age;
  }
  return Infinity;
}

test.each(['none', 'newest'])(
  'ages do not reveal how new a hidden entry is (fallback %s)',
  async (fallback) => {
    const before = await leastAge(fallback);
    expect(before).toBe(5);
    const hidden = await publishIn(site.strapi, 'hooked', { title: 'Premium', body: 'alpha beta', day: day(200) }); // prettier-ignore
    await site.settled();
    expect(await leastAge(fallback)).toBe(before);
    await site.strapi.documents(HOOKED as 'api::article.article').delete({ documentId: hidden });
    await site.settled();
  },
  60_000,
);

async function sizeOfCut(): Promise<number | undefined> {
  const { collections } = await appOf(site.strapi).engine.stats();
  return collections.find(({ type }) => type === CUT)?.documents;
}

test('an entry that a hook takes out of what was read hides no other', async () => {
  const { index } = appOf(site.strapi);
  for (let i = 0; i < 30; i += 1) {
    await publishIn(site.strapi, 'cut', { title: `Cut ${i}`, body: `alpha word${i}` }); // prettier-ignore
  }
  await site.settled();
  expect(await sizeOfCut()).toBe(30);
  const { connection, metadata } = site.strapi.db;
  await connection(metadata.get(CUT).tableName).where({ title: 'Cut 3' }).update({ title: 'Embargoed' }); // prettier-ignore
  await index.reindex();
  await site.settled();
  expect(await sizeOfCut()).toBe(29);
  for (const depth of ['quick', 'deep'] as const) {
    expect((await index.check(depth)).differences).toBe(0);
  }
});

test('a hook that reads fewer than asked hides nothing', async () => {
  const { index, types, reader } = appOf(site.strapi);
  const hooked = site.strapi as { cappedByHook?: number };
  hooked.cappedByHook = 7;
  await index.reindex();
  await site.settled();
  expect(await sizeOfCut()).toBe(29);
  for (const depth of ['quick', 'deep'] as const) {
    expect((await index.check(depth)).differences).toBe(0);
  }
  const rows = await site.strapi.db.query(CUT as never).findMany({ limit: 100 });
  delete hooked.cappedByHook;
  expect(rows.length).toBeLessThanOrEqual(7);
  const ids = (await site.strapi.db.query(CUT as never).findMany({})).map((row) => row.documentId);
  hooked.cappedByHook = 7;
  const found = await reader.published(types.get(CUT) as never, [...new Set(ids)]);
  delete hooked.cappedByHook;
  expect(found).toHaveLength(29);
});

test('a hook that reads one row at a time leaves out no language', async () => {
  const { strapi } = site;
  const { reader, types } = appOf(strapi);
  await strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  const documentId = await publishIn(strapi, 'cut', { title: 'Both', body: 'alpha both' });
  const german = { documentId, locale: 'de', data: { title: 'Beides' }, status: 'published' };
  await strapi.documents(CUT as 'api::article.article').update(german as never);
  await site.settled();
  const hooked = strapi as { cappedByHook?: number };
  hooked.cappedByHook = 1;
  const rows = await reader.published(types.get(CUT) as never, [documentId]);
  delete hooked.cappedByHook;
  expect(rows.map(({ locale }) => locale).sort()).toEqual(['de', 'en']);
});

test('a hook that sorts what was read loses nothing', async () => {
  const { reader, types } = appOf(site.strapi);
  const hooked = site.strapi as { sortedByHook?: boolean };
  hooked.sortedByHook = true;
  const { rows } = await reader.page(types.get(CUT) as never, 0, 10);
  delete hooked.sortedByHook;
  const ids = rows.map(({ id }) => id);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
});

test.each(['away', null, undefined, { code: 1 }])('a hook may throw %p', async (thrown) => {
  const { index } = appOf(site.strapi);
  await site.settled();
  const hooked = site.strapi as { thrownByHook?: { thrown: unknown } };
  hooked.thrownByHook = { thrown };
  await expect(index.check('deep')).rejects.toHaveProperty('message', expect.any(String));
  await site.strapi.db.query(CUT as never).updateMany({ where: { title: 'Cut 5' }, data: { body: 'alpha late' } }); // prettier-ignore
  await new Promise((resolve) => setTimeout(resolve, 300));
  const told = index.health().troubles.map(({ message }) => message);
  delete hooked.thrownByHook;
  expect(told.join()).toMatch(/the index cannot be brought up to date: (?:away|null|undefined|\{ code: 1 \})/); // prettier-ignore
  await site.settled();
  expect((await index.check('quick')).differences).toBe(0);
  // The next check of its own tells that comparing works again.
  const left = index.health().troubles.map(({ what }) => what);
  expect(left).not.toContain('the index cannot be brought up to date');
});

test('rows are found by their ids whatever a hook hides', async () => {
  const { strapi } = site;
  const { reader } = appOf(strapi);
  const rows = await strapi.db.query(CUT as never).findMany({});
  const hooked = strapi as { cappedByHook?: number };
  hooked.cappedByHook = 7;
  const found = await reader.documentsOfRows(CUT, rows.map(({ id }) => Number(id))); // prettier-ignore
  delete hooked.cappedByHook;
  expect(found).toHaveLength(new Set(rows.map(({ documentId }) => documentId)).size);
});

test('an entry that is published again while rows are read is not missing', async () => {
  const { strapi } = site;
  const where = { publishedAt: { $notNull: true }, locale: 'en' };
  const documents = (rows: { documentId: string }[]) => rows.map(({ documentId }) => documentId).sort(); // prettier-ignore
  const before = await strapi.db.query(CUT as never).findMany({ where });
  const hooked = strapi as { onceBeforeRead?: () => Promise<unknown> };
  const { documentId } = before[0];
  const select = ['documentId', 'title'];
  hooked.onceBeforeRead = () => strapi.documents(CUT as 'api::article.article').publish({ documentId }); // prettier-ignore
  const rows = await allRowsOf<{ documentId: string }>(strapi, CUT, { select, where });
  expect(hooked.onceBeforeRead).toBeUndefined();
  expect(documents(rows)).toEqual(documents(before as never));
});

test('an import takes no entry for one that has lost its draft because a hook reads few rows', async () => {
  const { strapi } = site;
  const published = { publishedAt: { $notNull: true }, locale: 'en' };
  // In another order than their drafts.
  const [{ documentId }] = await strapi.db.query(CUT as never).findMany({ where: published });
  await strapi.documents(CUT as 'api::article.article').publish({ documentId });
  const rows = await strapi.db.query(CUT as never).findMany({ where: published });
  const left = new LeftPublished(strapi, appOf(strapi).types.get(CUT) as never);
  for (const row of rows) left.add(row.documentId, 'en');
  const hooked = strapi as { cappedByHook?: number };
  hooked.cappedByHook = 7;
  const deleted = await left.delete();
  delete hooked.cappedByHook;
  expect([rows.length, deleted]).toEqual([29 + 1, []]);
});

test('rules and written categories reach all entries, however few a hook reads', async () => {
  const { strapi, http } = site;
  const { reader, types } = appOf(strapi);
  const shelves: string[] = [];
  for (const title of ['Bottom', 'Top']) shelves.push(await publishIn(strapi, 'circle', { title }));
  const entries: string[][] = [];
  for (const [at, circle] of shelves.entries()) {
    entries.push([]);
    for (const i of [0, 1, 2]) {
      entries[at].push(await publishIn(strapi, 'shelved', { title: `Book ${at}${i}`, body: `word${at}${i}`, circle })); // prettier-ignore
    }
  }
  await site.settled();
  const hooked = strapi as { cappedByHook?: number };
  hooked.cappedByHook = 1;
  const type = types.get(SHELVED) as never;
  const written = await reader.documentsOf(type, 'circle', shelves);
  const { body } = await http.get(`/api/shelveds/${entries[1][0]}/related?minScore=1&fallback=newest&fields=title`); // prettier-ignore
  delete hooked.cappedByHook;
  expect(written.sort()).toEqual(entries.flat().sort());
  expect(body.data.map(({ title }: { title: string }) => title)).toEqual(['Book 12', 'Book 11']);
});

test('a middleware that answers with nothing is a refusal', async () => {
  const { strapi, http } = site;
  const { body } = await http.get('/api/hookeds?filters[title]=Free 5');
  const place = `/api/hookeds/${body.data[0].documentId}/related?minScore=0`;
  expect((await http.get(place)).status).toBe(200);
  strapi.documents.use(({ uid, action }, next) =>
    (uid as string) === HOOKED && action === 'findMany' ? (undefined as never) : next(),
  );
  expect((await http.get(place)).status).toBe(403);
});
