import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { createStrapi, type Core } from '@strapi/strapi';
import { appOf } from 'plugin/app';
import { keepTables } from 'plugin/content-types/kept-tables';

import { until } from '../../soak/processes';
import { requireOutside } from '../environment/outside';
import { runCommand } from '../helpers/command';
import { Editor } from '../helpers/editors';
import { startSite } from '../helpers/site';
import { ALL_READS, grantPublic, startStrapi, testEnvironment, type Running } from '../helpers/strapi'; // prettier-ignore
import { BREAD, MOON } from '../helpers/texts';

const CURATION = 'plugin::related-articles.curation';
const SETTING = 'plugin::related-articles.setting';
const EVENT = 'plugin::related-articles.curation-event';
const ARTICLE = 'api::article.article';
const root = process.cwd();

/** A command of the plugin on a test's database. */
async function command(folder: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await runCommand(args, testEnvironment(folder));
  return `${stdout}${stderr}`;
}

const rowsOf = async (strapi: Core.Strapi) => ({
  curations: await strapi.db.query(CURATION).findMany({ orderBy: { id: 'asc' } }),
  events: await strapi.db.query(EVENT).findMany({ orderBy: { id: 'asc' } }),
});

test('one start with the plugin switched off loses no pin, exclusion or history', async () => {
  const site = await startSite();
  const appDir = site.folder;
  const plugins = requireOutside(path.join(appDir, 'config/plugins.js')).default;
  const start = async () => {
    const strapi = createStrapi({ appDir, distDir: appDir });
    strapi.log.level = 'error';
    return strapi.load();
  };
  let { strapi } = site;
  try {
    const data = { sourceType: 'api::fact.fact', sourceId: 'one', sourceLocale: '', revision: 1 };
    await strapi.db.query(CURATION).create({ data: { ...data, pins: ['two'], exclusions: ['x'] } });
    await strapi.db.query(EVENT).create({ data: { ...data, action: 'changed', pins: ['two'] } });
    const before = await rowsOf(strapi);
    await strapi.destroy();

    plugins['related-articles'].enabled = false;
    for (let i = 0; i < 2; i += 1) {
      strapi = await start();
      expect(strapi.plugins['related-articles']).toBeUndefined();
      await strapi.destroy();
    }

    plugins['related-articles'].enabled = true;
    strapi = await start();
    expect(await rowsOf(strapi)).toEqual(before);
    // Strapi still keeps everything else that it was told to keep.
    const store = { type: 'core', key: 'persisted_tables' } as const;
    await strapi.store(store).set({ value: ['other', { name: 'audit', dependsOn: [] }] });
    await keepTables(strapi);
    await keepTables(strapi);
    expect(await strapi.store(store).get({})).toEqual([
      'other',
      { name: 'audit', dependsOn: [] },
      'related_articles_curations',
      'related_articles_curation_events',
      'related_articles_settings',
    ]);
  } finally {
    plugins['related-articles'].enabled = true;
    await strapi.destroy();
    fs.rmSync(appDir, { recursive: true, force: true });
  }
});

/* One small database for each release that changed the layout or the ranking. They are never deleted. */
describe.each([
  { release: 'fe2e4d0', hasSameRanking: false, isNewest: false },
  { release: 'bb0d8df', hasSameRanking: true, isNewest: true },
])('a database and a snapshot of $release', ({ release, hasSameRanking, isNewest }) => {
  const kept = path.join(root, 'tests/upgrade', release);
  const lists: Record<string, string[]> = JSON.parse(
    fs.readFileSync(path.join(kept, 'lists.json'), 'utf8'),
  );
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-upgrade-'));
    fs.writeFileSync(path.join(folder, 'test.db'), gunzipSync(fs.readFileSync(path.join(kept, 'test.db.gz')))); // prettier-ignore
    fs.mkdirSync(path.join(folder, 'index'));
    fs.copyFileSync(path.join(kept, 'index.snapshot'), path.join(folder, 'index/index.snapshot'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('are opened: pins, history and lists are as they were', async () => {
    const warnings: string[] = [];
    const site = await startStrapi(folder, {}, ({ log }) => {
      log.warn = ((text: string) => void warnings.push(text)) as never;
    });
    await site.settled();
    expect(warnings.filter((text) => /earlier version/.test(text))).toHaveLength(1);
    const { curations, events } = await rowsOf(site.strapi);
    expect(curations).toHaveLength(2);
    expect(events).toHaveLength(2);
    for (const [documentId, slugs] of Object.entries(lists)) {
      const { body } = await site.http.get(`/api/articles/${documentId}/related?fields[0]=slug`);
      // The formula has changed since: the order may differ, and the weakest suggestions may be gone.
      const found = (body.data as { slug: string }[]).map(({ slug }) => slug);
      expect(found.length).toBeGreaterThan(1);
      if (hasSameRanking) expect(found).toEqual(slugs);
      expect(slugs).toEqual(expect.arrayContaining(found));
      if (curations.some((row) => row.sourceId === documentId && row.pins.length > 0)) {
        expect(found[0]).toBe((slugs as string[])[0]);
      }
    }
    const [{ sourceId }] = curations;
    const chief = await Editor.create(site, 'Second');
    const saved = await chief.curate(sourceId, { pins: [], exclusions: [], revision: 1 });
    expect(saved.status).toBe(200);
    await site.strapi.destroy();
    // What is saved now is opened by the next start.
    const again = await startStrapi(folder);
    await again.settled();
    expect(appOf(again.strapi).index.health().from).toBe('snapshot');
    await again.stop();
  });

  // Commands start Strapi a dozen times, so they run on one release only.
  if (!isNewest) return;

  test('status names curations of a renamed type, and move-curations moves them to the new name', async () => {
    const site = await startStrapi(folder);
    await site.strapi.db
      .query(CURATION)
      .updateMany({ where: {}, data: { sourceType: 'api::post.post' } });
    await site.strapi.db.query(EVENT).updateMany({ where: {}, data: { sourceType: 'api::post.post' } }); // prettier-ignore
    const rules = { never: { category: ['Embargoed'] } };
    await site.strapi.db.query(SETTING).create({
      data: { targetType: 'api::post.post', settings: { rules }, revision: 3, history: [] },
    });
    await site.strapi.destroy();
    const said = await command(folder, 'status');
    expect(said).toMatch(/2 curations belong to api::post\.post/);
    expect(said).toMatch(/settings and rules belong to api::post\.post/);
    expect(await command(folder, 'move-curations', '--from', 'api::post.post', '--to', 'api::nope.nope')).toMatch(/^error: --to: "api::nope\.nope" is not configured/); // prettier-ignore
    expect(await command(folder, 'move-curations', '--from', 'api::post.post', '--to', ARTICLE)).toMatch(/2 curations and 2 events moved .*, and its settings/); // prettier-ignore
    expect(await command(folder, 'status')).not.toMatch(/belong/);
    const after = await startStrapi(folder);
    await after.settled();
    expect(appOf(after.strapi).options.of(ARTICLE).ranking.rules).toMatchObject(rules);
    await after.strapi.db.query(SETTING).deleteMany({ where: {} });
    await after.strapi.destroy();
  });

  test('export-curations, import-curations: everything comes back, once', async () => {
    const file = path.join(folder, 'curations.json');
    fs.writeFileSync(file, 'An older backup', { mode: 0o644 });
    expect(await command(folder, 'export-curations', '--file', file)).toMatch(/2 curations and 2 events written/); // prettier-ignore
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    const site = await startStrapi(folder);
    const before = await rowsOf(site.strapi);
    await site.strapi.db.query(CURATION).deleteMany({ where: {} });
    await site.strapi.db.query(EVENT).deleteMany({ where: {} });
    await site.strapi.destroy();
    const bring = () => command(folder, 'import-curations', '--file', file);
    expect(await bring()).toMatch(/2 curations created, 0 replaced, 0 unchanged; 2 events added/);
    expect(await bring()).toMatch(/0 curations created, 0 replaced, 2 unchanged; 0 events added/);
    const content = JSON.parse(fs.readFileSync(file, 'utf8'));
    // As a process in another time zone writes it.
    const elsewhere = path.join(folder, 'elsewhere.json');
    const shifted = content.events.map((event: { createdAt: string }) => ({ ...event, createdAt: new Date(Date.parse(event.createdAt) - 5.5 * 3_600_000) })); // prettier-ignore
    fs.writeFileSync(elsewhere, JSON.stringify({ ...content, events: shifted }));
    expect(await command(folder, 'import-curations', '--file', elsewhere)).toMatch(/; 0 events added/); // prettier-ignore
    const again = await startStrapi(folder);
    const after = await rowsOf(again.strapi);
    const toldIn = (row: Record<string, unknown>) =>
      ['sourceType', 'sourceId', 'sourceLocale', 'action', 'pins', 'exclusions', 'revision', 'editor', 'editorId', 'createdAt'].map((name) => row[name]); // prettier-ignore
    expect(after.events.map(toldIn)).toEqual(before.events.map(toldIn));
    expect(after.curations.map(({ pins, exclusions, revision, editor }) => ({ pins, exclusions, revision, editor }))) // prettier-ignore
      .toEqual(before.curations.map(({ pins, exclusions, revision, editor }) => ({ pins, exclusions, revision, editor }))); // prettier-ignore
    const [{ documentId, pins }] = after.curations;
    await again.strapi.db.query(CURATION).update({ where: { documentId }, data: { pins: [], revision: 9 } }); // prettier-ignore
    await again.strapi.destroy();
    // The history records it: a clone made from now on gets what the import brought back.
    const said = await bring();
    expect(said).toMatch(/0 curations created, 1 replaced, 1 unchanged; 0 events added/);
    expect(said).toMatch(/1 of the replaced curations had been changed since the file was written/);
    const third = await startStrapi(folder);
    const { events } = await rowsOf(third.strapi);
    expect(events.find(({ revision }) => revision === 10)).toMatchObject({
      action: 'changed',
      pins,
    });
    // The entry was gone for a while. A clone made after its return goes by the last event.
    const [{ sourceType, sourceId, sourceLocale }] = after.curations;
    const source = { sourceType, sourceId, sourceLocale };
    const removed = { ...source, action: 'removed', revision: 10, pins: [], exclusions: [] };
    await third.strapi.db.query(EVENT).create({ data: removed });
    await third.strapi.db.query(CURATION).delete({ where: { documentId } });
    await third.strapi.destroy();
    expect(await bring()).toMatch(/1 curation created, 0 replaced, 1 unchanged; 0 events added/);
    const fourth = await startStrapi(folder);
    const orderBy = [{ createdAt: 'desc' }, { id: 'desc' }];
    const last = await fourth.strapi.db.query(EVENT).findOne({ where: source, orderBy } as never);
    expect(last).toMatchObject({ action: 'changed', pins });
    await fourth.strapi.destroy();
    // A copy of the site has changed the list and changed it back, and its events come along.
    const [mine] = content.curations;
    const copy = (more: object) => ({ ...content.events[0], sourceType, sourceId, sourceLocale, ...more }); // prettier-ignore
    const copied = [90, 91].map((revision) => copy({ action: 'changed', pins: revision === 90 ? [] : mine.pins, exclusions: [], revision, createdAt: `2020-01-01T00:00:${revision - 60}.000Z` })); // prettier-ignore
    const ofCopy = path.join(folder, 'copy.json');
    const write = (events: object[]) => fs.writeFileSync(ofCopy, JSON.stringify({ ...content, events })); // prettier-ignore
    write([...copied, copy({ action: 'removed', revision: 92, createdAt: new Date(Date.now() + 5000).toISOString() })]); // prettier-ignore
    expect(await command(folder, 'import-curations', '--file', ofCopy)).toMatch(/0 replaced, 2 unchanged; 3 events added/); // prettier-ignore
    const fifth = await startStrapi(folder);
    const row = await fifth.strapi.db.query(CURATION).findOne({ where: source });
    const told = await fifth.strapi.db.query(EVENT).findOne({ where: { ...source, revision: row.revision } }); // prettier-ignore
    expect(row.revision).toBe(93);
    expect(told).toMatchObject({ action: 'changed', pins: mine.pins, editor: null });
    expect(new Date(row.updatedAt).toISOString()).toBe(mine.updatedAt);
    await fifth.strapi.destroy();
    for (const [broken, reason] of [
      [
        JSON.stringify({ ...content, curations: [{ ...mine, pins: [mine.sourceId] }] }),
        /pinned to itself/,
      ],
      [
        JSON.stringify({ ...content, curations: [{ ...mine, pins: ['a'], exclusions: ['a'] }] }),
        /both pinned and excluded/,
      ],
      [
        JSON.stringify({ ...content, curations: [{ ...mine, pins: Array(300_000).fill(1) }] }),
        /at most 50 entries/,
      ],
      [
        JSON.stringify({ ...content, curations: Array(100_000).fill({ ...mine, pins: 1 }) }),
        /curations\.0\.pins/,
      ],
      [JSON.stringify({ ...content, curations: [{ ...mine, editor: '\0' }] }), /without NUL/],
      ['{', /cannot be read/],
      ['[]', /the file: /],
      [fs.readFileSync(file, 'utf8').replace('"pins": [', '"pins": [7,'), /curations\.0\.pins\.0/],
      [fs.readFileSync(file, 'utf8').replace('"format": 1', '"format": 2'), /format/],
    ] as const) {
      fs.writeFileSync(file, broken);
      const said = await bring();
      expect(said).toMatch(/^error: /);
      expect(said).toMatch(reason);
    }
    // Another spelling of the same moments.
    fs.writeFileSync(ofCopy, fs.readFileSync(ofCopy, 'utf8').replaceAll('.000Z', 'Z'));
    expect(await command(folder, 'import-curations', '--file', ofCopy)).toMatch(/; 0 events added/);
  });

  test('import-curations: restores what an earlier version dropped, and names lists of entries that do not exist', async () => {
    const file = path.join(folder, 'rolled-back.json');
    await command(folder, 'export-curations', '--file', file);
    const content = JSON.parse(fs.readFileSync(file, 'utf8'));
    const [mine] = content.curations;
    const ofMine = (one: { sourceId: string; sourceLocale: string }) =>
      one.sourceId === mine.sourceId && one.sourceLocale === mine.sourceLocale;
    const event = content.events.filter(ofMine).at(-1);
    Object.assign(mine, { hidden: true });
    const reverts = event.revision - 1;
    Object.assign(event, { hidden: true, editor: 'Chief', agreed: [''], reverts });
    const other = content.events.find((one: object) => one !== event);
    other.agreed = ['one'];
    const { sourceType, pins } = mine;
    content.curations.push({ ...mine, sourceId: 'gone', sourceLocale: '', hidden: undefined });
    fs.writeFileSync(file, JSON.stringify(content));
    const said = await command(folder, 'import-curations', '--file', file);
    expect(said).toMatch(/1 curation created, 1 replaced, 1 unchanged; 2 events added/);
    expect(said).toMatch(/article: 1 of 3 curations belong to entries that do not exist in that locale, such as "gone" in "en"/); // prettier-ignore
    const site = await startStrapi(folder);
    const { curations, events } = await rowsOf(site.strapi);
    expect(curations.filter(ofMine as never)).toMatchObject([{ hidden: true }]);
    const told = events.find((row) => ofMine(row as never) && row.revision === event.revision);
    expect(told).toMatchObject({ hidden: true, editorId: event.editorId, agreed: [''], reverts });
    expect(events.filter(({ agreed }) => agreed?.includes('one'))).toMatchObject([{ revision: other.revision }]); // prettier-ignore
    const moved = curations.find(({ sourceId }) => sourceId === 'gone');
    expect(moved).toMatchObject({ sourceType, sourceLocale: 'en', pins });
    await site.strapi.db.query(CURATION).delete({ where: { documentId: moved?.documentId } });
    await site.strapi.destroy();
    const both = [
      { ...mine, sourceLocale: '' },
      { ...mine, sourceLocale: 'en' },
    ];
    fs.writeFileSync(file, JSON.stringify({ ...content, curations: both, events: [] }));
    expect(await command(folder, 'import-curations', '--file', file)).toMatch(/two curations of .*, one without a locale and one in "en"/); // prettier-ignore
    const early = {
      ...content,
      events: [{ ...event, createdAt: new Date(Date.now() + 3_600_000).toISOString() }],
    };
    fs.writeFileSync(file, JSON.stringify(early));
    expect(await command(folder, 'import-curations', '--file', file)).toMatch(/createdAt: expected a date that has passed/); // prettier-ignore
    const circle = { ...content, events: [{ ...event, reverts: event.revision }] };
    fs.writeFileSync(file, JSON.stringify(circle));
    expect(await command(folder, 'import-curations', '--file', file)).toMatch(/reverts: expected an earlier revision than its own/); // prettier-ignore
  });

  test('uninstall leaves nothing', async () => {
    const url = 'https://example.org/hook';
    expect(await command(folder, 'webhook', '--url', url, '--secret', 'secret')).toMatch(/Created/);
    expect(await command(folder, 'uninstall')).toMatch(/would remove/);
    const precious = path.join(folder, 'index/precious.txt');
    fs.writeFileSync(precious, 'Not the plugin’s');
    expect(await command(folder, 'uninstall', '--yes')).toMatch(/^Removed: /);
    // The site builder chose the folder, so it may hold anything.
    expect(fs.readdirSync(path.join(folder, 'index'))).toEqual(['precious.txt']);
    const database = new Database(path.join(folder, 'test.db'), { readonly: true });
    const all = (sql: string) => database.prepare(sql).all() as Record<string, string>[];
    const tables = all("select name from sqlite_master where type = 'table'");
    expect(tables.filter(({ name }) => /related/.test(name) && !/^(?:files|articles)_related/.test(name))).toEqual([]); // prettier-ignore
    // Strapi writes its own records of all schemas again at each start.
    for (const { name } of tables) {
      if (/sqlite_|strapi_(migrations|database_schema|history|release)/.test(name)) continue;
      const rows = all(`select * from "${name}"`).filter((row) => /related[-_]articles/.test(JSON.stringify(row)) && row.key !== 'strapi_content_types_schema'); // prettier-ignore
      expect({ name, rows }).toEqual({ name, rows: [] });
    }
    database.close();
    // A site that installs the plugin again starts from scratch.
    const site = await startStrapi(folder);
    expect(await rowsOf(site.strapi)).toEqual({ curations: [], events: [] });
    expect(await site.strapi.db.query('plugin::related-articles.setting').count()).toBe(0);
    await site.strapi.destroy();
  });

  test('an uninstall that fails half-way leaves a site that starts from scratch', async () => {
    await (await startStrapi(folder)).strapi.destroy();
    const database = new Database(path.join(folder, 'test.db'));
    database.exec('drop table related_articles_surveys');
    database.exec('create view related_articles_surveys as select 1');
    expect(await command(folder, 'uninstall', '--yes')).toMatch(/related_articles_surveys/);
    database.exec('drop view related_articles_surveys');
    database.close();
    const site = await startStrapi(folder);
    expect(await rowsOf(site.strapi)).toEqual({ curations: [], events: [] });
    await site.strapi.destroy();
  });
});

test.each(['related_articles_curations', 'related_articles_settings'])(
  'a start without the table %s gets ready, with what was written meanwhile',
  async (table) => {
    const first = await startStrapi();
    const { folder } = first;
    const article = { title: 'Bread', slug: 'bread', body: BREAD[0] };
    await grantPublic(first.strapi, ALL_READS);
    await first.strapi.documents(ARTICLE).create({ data: article, status: 'published' } as never);
    await first.settled();
    await first.strapi.destroy();
    const database = new Database(path.join(folder, 'test.db'));
    database.exec(`drop table ${table}`);
    database.exec("update articles set title = 'Rye', updated_at = updated_at + 1000");
    database.close();
    const site = await startStrapi(folder);
    try {
      const isReady = async () =>
        (await site.http.get('/api/related-articles/health?ready')).status === 200;
      await until('it is ready', isReady);
      const { troubles, differences } = appOf(site.strapi).index.health();
      expect(differences).toBe(1);
      const messages = troubles.map(({ message }) => message);
      expect(messages).toContainEqual(expect.stringMatching(/check against the database is not complete/)); // prettier-ignore
    } finally {
      await site.stop();
    }
  },
);

test('history is kept as long as configured, and no longer', async () => {
  const site = await startStrapi();
  try {
    const { strapi } = site;
    const query = (uid: string) => strapi.db.query(uid);
    const created = await Promise.all(
      [BREAD[0], MOON[0]].map((body, i) =>
        strapi.documents(ARTICLE).create({ data: { title: `A${i}`, body }, status: 'published' }),
      ),
    );
    const chief = await Editor.create(site, 'Chief');
    await chief.curate(created[0].documentId, { pins: [created[1].documentId] });
    await site.settled();
    const old = new Date(Date.now() - 400 * 86_400_000);
    const data = { sourceType: ARTICLE, sourceId: 'old', sourceLocale: 'en', revision: 1 };
    for (const revision of [1, 2]) {
      const createdAt = new Date(old.getTime() + revision);
      await query(EVENT).create({ data: { ...data, revision, action: 'changed', pins: ['a'], editor: 'Gone', editorId: 'gone', createdAt } }); // prettier-ignore
    }
    const removed = { ...data, sourceId: 'gone', action: 'removed', createdAt: old };
    await query(EVENT).create({ data: removed });
    const row = await query(CURATION).create({ data: { ...data, pins: ['a'], exclusions: [], editor: 'Gone' } }); // prettier-ignore
    await strapi.db.getConnection('related_articles_curations').where({ id: row.id }).update({ updated_at: old.getTime() }); // prettier-ignore
    await appOf(strapi).index.sweep();
    // The last event of a list stays, without a name: the next change is compared with it.
    const kept = await query(EVENT).findMany({ orderBy: { id: 'asc' } });
    expect(kept.map(({ revision, editor, editorId }) => [revision, editor, Boolean(editorId)])).toEqual([[1, 'Chief', true], [2, null, false]]); // prettier-ignore
    const names = (await query(CURATION).findMany({ orderBy: { id: 'asc' } })) as { editor: string; pins: string[] }[]; // prettier-ignore
    expect(names.map(({ editor }) => editor)).toEqual(['Chief', null]);
    expect(names[1].pins).toEqual(['a']);
  } finally {
    await site.stop();
  }
});

test('neither the content API nor the content manager gives access to internal tables', async () => {
  const site: Running = await startStrapi();
  try {
    await grantPublic(site.strapi, ALL_READS);
    for (const name of [
      'curations',
      'curation-events',
      'related-articles/curations',
      'related-articles/curation-events',
    ]) {
      // prettier-ignore
      expect((await site.http.get(`/api/${name}`)).status).toBe(404);
    }
    const chief = await Editor.create(site, 'Chief');
    for (const uid of [CURATION, EVENT]) {
      for (const name of [uid, encodeURIComponent(uid)]) {
        for (const place of [
          `collection-types/${name}`,
          `collection-types/${name}/1`,
          `relations/${name}/createdBy`,
          `content-types/${name}/configuration`,
        ]) {
          // prettier-ignore
          expect((await chief.request('get', `/content-manager/${place}`)).status).toBe(404);
        }
      }
      const { pluginOptions } = site.strapi.contentType(uid as never) as {
        pluginOptions: Record<string, { visible: boolean }>;
      };
      expect(pluginOptions['content-manager'].visible).toBe(false);
    }
  } finally {
    await site.stop();
  }
});
