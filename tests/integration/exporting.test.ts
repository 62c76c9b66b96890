import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { appOf } from 'plugin/app';
import { allOrNothing } from 'plugin/cli/curation-rows';
import { exportedCurations } from 'plugin/cli/curations';

import { runCommand } from '../helpers/command';
import { startStrapi, testEnvironment, type Running } from '../helpers/strapi';

/* What export-curations writes besides lists, and what it says about rows that import-curations would refuse. */

const ARTICLE = 'api::article.article';
const CURATION = 'plugin::related-articles.curation';
const EVENT = 'plugin::related-articles.curation-event';
const SETTING = 'plugin::related-articles.setting';

let folder: string;
let file: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-export-'));
  file = path.join(folder, 'curations.json');
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const command = (...args: string[]) => runCommand([...args, '--file', file], testEnvironment(folder)); // prettier-ignore
const read = () => JSON.parse(fs.readFileSync(file, 'utf8'));

async function running<T>(work: (site: Running) => Promise<T>): Promise<T> {
  const site = await startStrapi(folder);
  try {
    await site.settled();
    return await work(site);
  } finally {
    await site.strapi.destroy();
  }
}

const settings = { limit: 7, rules: { never: { category: ['Embargoed'] } } };
const history = [{ at: '2026-01-02T00:00:00.000Z', editor: 'Chief', settings }];

test('a decision that is made meanwhile is not exported as one that was taken back', async () => {
  await running(async ({ strapi }) => {
    const source = { sourceType: ARTICLE, sourceId: 'one', sourceLocale: 'en' };
    const query = strapi.db.query.bind(strapi.db);
    const decide = async (revision: number) => {
      const data = { ...source, revision, pins: [`pin${revision}`], exclusions: [] };
      await query(CURATION).deleteMany({ where: {} });
      await query(CURATION).create({ data });
      await query(EVENT).create({ data: { ...data, action: 'changed' } });
    };
    await decide(1);
    let reads = 0;
    const spy = jest.spyOn(strapi.db, 'query').mockImplementation(((uid: string) => {
      const own = query(uid as never);
      const findMany = async (params: never) => {
        const rows = await own.findMany(params);
        if ((reads += 1) === 1) await decide(2);
        return rows;
      };
      return { ...own, findMany };
    }) as never);
    const { curations, events } = await exportedCurations(strapi);
    spy.mockRestore();
    expect(reads).toBeGreaterThan(1);
    expect(curations).toMatchObject([{ revision: 2, pins: ['pin2'] }]);
    expect(events).toMatchObject([{ revision: 1 }]);
    await query(CURATION).deleteMany({ where: {} });
    await query(EVENT).deleteMany({ where: {} });
  });
});

test('settings and rules are exported too, and imported once', async () => {
  await running(({ strapi }) =>
    strapi.db
      .query(SETTING)
      .create({ data: { targetType: ARTICLE, settings, revision: 3, history } }),
  );
  expect((await command('export-curations')).stdout).toMatch(
    /0 curations and 0 events written, with settings of api::article\.article/,
  );
  expect(read().settings).toEqual([{ targetType: ARTICLE, settings, revision: 3, history }]);
  await running(({ strapi }) => strapi.db.query(SETTING).deleteMany({ where: {} }));
  expect((await command('import-curations')).stdout).toMatch(/1 created, 0 replaced, 0 unchanged/);
  await running(async ({ strapi }) => {
    const { limit, ranking } = appOf(strapi).options.of(ARTICLE);
    expect(limit).toBe(7);
    expect(ranking.rules).toMatchObject(settings.rules);
    const row = await strapi.db.query(SETTING).findOne({ where: { targetType: ARTICLE } });
    expect(row).toMatchObject({ revision: 3, history });
    const own = { at: '2026-02-02T00:00:00.000Z', editor: 'Second', settings: { limit: 9 } };
    const data = { settings: { limit: 9 }, revision: 8, history: [own, ...history] };
    await strapi.db.query(SETTING).update({ where: { id: row.id }, data });
  });
  expect((await command('import-curations')).stdout).toMatch(/0 created, 1 replaced, 0 unchanged/);
  expect((await command('import-curations')).stdout).toMatch(/0 created, 0 replaced, 1 unchanged/);
  await running(async ({ strapi }) => {
    const rows = await strapi.db.query(SETTING).findMany();
    expect(rows).toMatchObject([{ revision: 9 }]);
    expect(appOf(strapi).options.of(ARTICLE).limit).toBe(7);
    const told = rows[0].history as { editor: string | null }[];
    expect(told.map(({ editor }) => editor)).toEqual([null, 'Second', 'Chief']);
  });
}, 120_000);

test.each([
  [{ limit: 0 }, /settings\.0\.settings\.limit: expected at least 1/],
  [{ rules: { ignore: ['\0'] } }, /settings\.0\.settings: expected texts without control/],
  [{ colour: 'red' }, /settings\.0\.settings: there is no field "colour"/],
])('an import refuses settings such as %j', async (broken, reason) => {
  const content = { plugin: 'related-articles', format: 1, curations: [], events: [] };
  const line = { targetType: ARTICLE, settings: broken, revision: 1, history: [] };
  fs.writeFileSync(file, JSON.stringify({ ...content, settings: [line] }));
  const { code, stderr } = await command('import-curations');
  expect(stderr).toMatch(reason);
  expect(code).toBe(1);
});

test('an import names settings that do not fit, and settings of a type that does not exist', async () => {
  const content = { plugin: 'related-articles', format: 1, curations: [], events: [] };
  const rules = { ignore: ['colour'] };
  const lineOf = (targetType: string) => ({ targetType, settings: { rules }, revision: 1, history: [] }); // prettier-ignore
  fs.writeFileSync(file, JSON.stringify({ ...content, settings: [lineOf(ARTICLE), lineOf('api::post.post')] })); // prettier-ignore
  const { code, stderr } = await command('import-curations');
  expect(stderr).toMatch(
    /article: 1 of its settings do not fit the content type.*"colour" is not configured/,
  );
  expect(stderr).toMatch(/api::post\.post is not configured: its settings have no effect/);
  expect(code).toBe(0);
}, 60_000);

test('move-curations gives a list without a locale the default one, and names lists of entries that do not exist', async () => {
  const documentId = await running(async ({ strapi }) => {
    const documents = strapi.documents(ARTICLE);
    await strapi.db.query(SETTING).deleteMany({ where: {} });
    const one = await documents.create({ data: { title: 'One', body: 'Bread' }, locale: 'en' });
    for (const [sourceType, sourceId, sourceLocale, pins] of [
      ['api::post.post', one.documentId, '', ['two']],
      ['api::post.post', 'gone', 'de', ['two']],
      // Somebody has pinned again, because the pins seemed to be gone.
      [ARTICLE, one.documentId, 'en', ['three']],
      ['api::post.post', 'full', 'de', ['beyond']],
      [ARTICLE, 'full', 'de', Array.from({ length: 50 }, (_, at) => `pin${at}`)],
    ]) {
      const source = { sourceType, sourceId, sourceLocale };
      await strapi.db.query(CURATION).create({ data: { ...source, revision: 1, pins, exclusions: [] } }); // prettier-ignore
    }
    return one.documentId;
  });
  const { stdout, stderr } = await runCommand(['move-curations', '--from', 'api::post.post', '--to', ARTICLE], testEnvironment(folder)); // prettier-ignore
  expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringMatching(/3 curations and 0 events moved[^]*2 of them belong to entries that already had a curation/) }); // prettier-ignore
  expect(stderr).toMatch(/1 pins and exclusions did not fit[^]*2 of 3 curations belong to entries that do not exist in that locale, such as "gone" in "de"/); // prettier-ignore
  await running(async ({ strapi }) => {
    const where = { sourceId: documentId };
    expect(await strapi.db.query(CURATION).findMany({ where })).toMatchObject([
      { sourceType: ARTICLE, sourceLocale: 'en', pins: ['three', 'two'] },
    ]);
    await strapi.db.query(CURATION).deleteMany({ where: {} });
  });
}, 60_000);

test('writes an export that an import would refuse, and says so', async () => {
  const pins = Array.from({ length: 60 }, (_, i) => `pin${i}`);
  await running(({ strapi }) =>
    strapi.db.query(CURATION).create({
      data: { sourceType: ARTICLE, sourceId: 'one', sourceLocale: 'en', revision: 1, pins, exclusions: [] }, // prettier-ignore
    }),
  );
  const { code, stderr } = await command('export-curations');
  expect(stderr).toMatch(/was written, but import-curations would refuse it: curations\.0\.pins: expected at most 50/); // prettier-ignore
  expect(code).toBe(1);
  expect(read().curations).toMatchObject([{ sourceId: 'one', pins }]);
}, 60_000);

test('a large import does not lock out readers before its commit', async () => {
  await running(async ({ strapi }) => {
    const { filename } = strapi.config.get<{ filename: string }>('database.connection.connection');
    const reader = new Database(filename, { readonly: true, timeout: 0 });
    const count = () => reader.prepare('select count(*) as rows from articles').get();
    const before = count();
    const data = { sourceType: ARTICLE, sourceLocale: 'en', revision: 1, exclusions: ['x'] };
    const pins = ['x'.repeat(100_000)];
    // Ten times as much as SQLite keeps in memory before it writes to the file.
    const work = async () => {
      for (let at = 0; at < 200; at += 1) {
        await strapi.db.query(CURATION).create({ data: { ...data, sourceId: `large${at}`, pins } });
      }
      expect(count()).toEqual(before);
      throw new Error('Enough');
    };
    await expect(allOrNothing(strapi, work)).rejects.toThrow('Enough').finally(() => reader.close()); // prettier-ignore
  });
});
