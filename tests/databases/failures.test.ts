import fs from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { appOf } from 'plugin/app';
import { Importer, type ImportScope } from 'plugin/cli/importer';
import { isRace } from 'plugin/cli/races';
import { CURATION, CURATION_EVENT, NEWEST_FIRST } from 'plugin/curations/curation';
import { runCommand } from '../helpers/command';
import { CuttingProxy } from '../helpers/cutting-proxy';
import { DATABASE, startDatabase, type Kind, type TestDatabase } from '../helpers/databases';
import { differences } from '../helpers/in-step';
import { BREAD, MOON } from '../helpers/texts';
import { until } from '../../soak/processes';
import { ARTICLE, Site, TAG } from './site';

const NEW = { title: 'New', body: BREAD[1] };
const OTHER = { title: 'Other', body: BREAD[2] };
const METHODS = [
  'upsert',
  'remove',
  'related',
  'documentIds',
  'collections',
  'stats',
  'pack',
] as const;

/** How an insert into the log is made to fail, and allowed again. */
const REFUSALS: Record<Kind, [string, string]> = {
  sqlite: [
    `create trigger no_more before insert on related_articles_changes begin select raise(abort, 'no more'); end`,
    'drop trigger no_more',
  ],
  postgres: [
    'alter table related_articles_changes add constraint no_more check (id < 0) not valid',
    'alter table related_articles_changes drop constraint no_more',
  ],
  mariadb: [
    `create trigger no_more before insert on related_articles_changes for each row signal sqlstate '45000' set message_text = 'no more'`,
    'drop trigger no_more',
  ],
};

/** How an insert into the log is made to end the whole transaction, and allowed again. */
const ENDINGS: Partial<Record<Kind, [string, string]>> = {
  sqlite: [
    `create trigger no_more before insert on related_articles_changes begin select raise(rollback, 'full'); end`,
    'drop trigger no_more',
  ],
  postgres: [
    `create function no_more() returns trigger language plpgsql as $$
      begin perform pg_cancel_backend(pg_backend_pid()); perform pg_sleep(9); return new; end $$;
    create trigger no_more before insert on related_articles_changes for each row execute function no_more()`,
    'drop function no_more cascade',
  ],
};

/** How somebody holds a lock on the log, and lets it go. */
const LOCKS: Partial<Record<Kind, [string, string]>> = {
  postgres: ['lock table related_articles_changes in access exclusive mode', 'select 1'],
  mariadb: ['lock tables related_articles_changes write', 'unlock tables'],
};

/** How many transactions wait for another's row. */
const WAITING: Record<Exclude<Kind, 'sqlite'>, string> = {
  postgres: 'select count(*) as n from pg_locks where not granted',
  mariadb: `select variable_value as n from information_schema.global_status where variable_name = 'innodb_row_lock_current_waits'`,
};

/** As commands do it. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isRace(error)) throw error;
      await setTimeout(100);
    }
  }
}

/** Whatever is wrong with the index, editors do not notice: their saves succeed, and it catches up. */
function describeFailures(kind: Kind): void {
  let database: TestDatabase;
  let site: Site;
  let proxy: CuttingProxy | null;
  let level: string;

  beforeAll(async () => {
    database = await startDatabase(kind);
    const { env } = database;
    proxy = kind === 'sqlite' ? null : await CuttingProxy.before(Number(env.DATABASE_PORT));
    const place = proxy && { DATABASE_PORT: String(proxy.port) };
    site = await Site.start({ ...database, env: { ...env, ...place } });
    level = site.strapi.log.level;
    site.strapi.log.level = 'silent';
  });
  afterAll(async () => {
    if (site) site.strapi.log.level = level;
    await site?.running.stop();
    proxy?.stop();
    await database?.remove();
  });

  const troubles = () =>
    appOf(site.strapi)
      .index.health()
      .troubles.map(({ message }) => message)
      .join('\n');
  const importerOf = (scope: ImportScope) => {
    const type = appOf(site.strapi).types.get(ARTICLE);
    if (!type) throw new Error('not configured');
    return new Importer(site.strapi, type, scope);
  };
  const sql = (statement: string) => site.strapi.db.connection.raw(statement);

  /** What editors do all day, in the admin panel; fails unless everything is saved. */
  async function editorsWork(): Promise<void> {
    const { data } = await site.manage('post', ARTICLE, NEW);
    const place = `${ARTICLE}/${data.documentId}`;
    await site.manage('post', `${place}/actions/publish`, { ...NEW, title: 'Published' });
    await site.manage('put', place, { title: 'Edited', body: MOON[0] });
    await site.manage('post', `${place}/actions/publish`, { title: 'Published again' });
    await site.curate(data.documentId, { pins: [data.documentId] }).catch((error: Error) => {
      // The panel refuses that, whatever the log does.
      if (!/400/.test(error.message)) throw error;
    });
    const clone = await site.manage('post', `${ARTICLE}/clone/${data.documentId}`, {
      title: 'Clone',
      slug: null,
    });
    await site.curate(clone.data.documentId, { pins: [data.documentId] });
    const documentIds = [await site.draft(NEW), await site.draft(NEW), await site.draft(NEW)];
    await site.manage('post', `${ARTICLE}/actions/bulkPublish?locale=en`, { documentIds });
    await site.manage('post', `${ARTICLE}/actions/bulkUnpublish?locale=en`, {
      documentIds: documentIds.slice(2),
    });
    await site.manage('delete', `${ARTICLE}/${documentIds[0]}`);

    const published = await site.articles.findMany({
      status: 'published',
      filters: { documentId: { $in: [data.documentId, ...documentIds] } },
    });
    expect(published.map(({ title }) => title).sort()).toEqual(['New', 'Published again']);
  }

  async function inStepAgain(): Promise<void> {
    await until('all is well', async () => troubles() === '', 60_000);
    await site.settled();
    expect(await differences(site.strapi)).toEqual([]);
  }

  const ending = ENDINGS[kind];
  if (ending) {
    test(`${kind}: nobody is told that something is saved which the database has taken back`, async () => {
      const documentId = await site.draft({ title: 'Kept', body: 'old' });
      const body = { title: 'Kept', body: 'new' };
      await sql(ending[0]);
      try {
        await expect(site.manage('put', `${ARTICLE}/${documentId}`, body)).rejects.toThrow(/500/);
        await expect(site.manage('post', ARTICLE, NEW)).rejects.toThrow(/500/);
      } finally {
        await sql(ending[1]);
      }
      expect(await site.articles.findOne({ documentId })).toMatchObject({ body: 'old' });
      await site.manage('put', `${ARTICLE}/${documentId}`, body);
      expect(await site.articles.findOne({ documentId })).toMatchObject({ body: 'new' });
      await inStepAgain();
    });
  }

  test(`${kind}: an import of slugs that differ in case puts no article over another`, async () => {
    const importer = importerOf({ publish: true, locale: 'en' });
    expect(await importer.put({ slug: 'go', title: 'Go the game', body: BREAD[0] })).toBe(
      'created',
    );
    // Where slugs that differ in case alone are one to the database, Strapi may refuse the second.
    const second = await importer
      .put({ slug: 'GO', title: 'Go the language', body: MOON[0] })
      .catch(() => 'refused');
    expect(['created', 'refused']).toContain(second);
    const found = await site.articles.findMany({ locale: 'en', filters: { slug: 'go' } });
    expect(found.filter(({ slug }) => slug === 'go').map(({ title }) => title)).toEqual(['Go the game']); // prettier-ignore
    await inStepAgain();
  });

  // SQLite writes one after the other.
  if (kind !== 'sqlite') {
    test.each([
      ['the body', { title: 'Meanwhile', body: 'From the file' }],
      ['the title', { title: 'From the file' }],
    ])(
      `${kind}: an import of %s waits for an editor who saves, and neither loses nor publishes it`,
      async (what, change) => {
        const importer = importerOf({ publish: true, locale: 'en' });
        const slug = `meanwhile-${what.replace(' ', '-')}`;
        await importer.put({ slug, title: 'Meanwhile', body: BREAD[0] });
        const find = async (status: 'draft' | 'published') =>
          (await site.articles.findMany({ filters: { slug }, status }))[0];
        const { documentId } = await find('draft');
        // As a hook of the project's that calls another service, in the transaction of the save.
        let [saves, isHeld] = [0, false];
        site.strapi.db.lifecycles.subscribe({
          models: [ARTICLE],
          async afterUpdate({ params }) {
            if (params.data.body !== MOON[0] || (saves += 1) > 1) return;
            isHeld = true;
            await setTimeout(1000);
          },
        });
        const saving = site.manage('put', `${ARTICLE}/${documentId}`, { body: MOON[0] });
        await until('the save is under way', async () => isHeld);
        const put = patiently(() => importer.put({ slug, ...change } as never));
        await expect(put).rejects.toThrow(/not published \(body\)/); // prettier-ignore
        await saving;
        expect(await find('draft')).toMatchObject({ title: 'Meanwhile', body: MOON[0] });
        expect(await find('published')).toMatchObject({ title: 'Meanwhile', body: BREAD[0] });
      },
    );
  }

  if (kind !== 'sqlite') {
    test(`${kind}: an import keeps what is connected from the other side of a relation meanwhile`, async () => {
      const line = { slug: 'tag-side', title: 'Tag side', body: BREAD[0], tags: ['one', 'two'] };
      const importer = importerOf({ locale: 'en' });
      await importer.put(line as never);
      const [{ documentId }] = await site.articles.findMany({ filters: { slug: line.slug } });
      const tag = await site.strapi.documents(TAG).create({ data: { name: 'By hand' } } as never);
      let isHeld = false;
      site.strapi.db.lifecycles.subscribe({
        models: [ARTICLE],
        async beforeUpdate({ params }) {
          if (isHeld || params.data.body !== 'From the file') return;
          isHeld = true;
          await setTimeout(1000);
        },
      });
      // It may have to give way; commands try again.
      const importing = importer
        .put({ ...line, body: 'From the file', tags: ['one'] } as never)
        .catch(() => undefined);
      await until('the import is under way', async () => isHeld);
      const connect = [{ documentId, locale: 'en' }];
      await site.manage('put', `${TAG}/${tag.documentId}`, { ...tag, articles: { connect } });
      await importing;
      const draft = await site.articles.findOne({ documentId, populate: ['tags'] } as never);
      const names = (draft as unknown as { tags: { name: string }[] }).tags.map(({ name }) => name);
      expect(names).toContain('By hand');
    });

    test(`${kind}: an import that waits for one row of an entry does not end who comes for another`, async () => {
      const line = { slug: 'crossed', title: 'Crossed', body: BREAD[0] };
      const importer = importerOf({ publish: true, overwrite: true, locale: 'en' });
      await importer.put(line);
      const rows = await site.strapi.db.query(ARTICLE).findMany({ where: { slug: line.slug } });
      const idOf = (isPublished: boolean) => rows.find((row) => Boolean(row.publishedAt) === isPublished).id; // prettier-ignore
      const saving = await site.strapi.db.connection.transaction();
      const save = (isPublished: boolean) => saving('articles').where({ id: idOf(isPublished) }).update({ title: 'Saved' }); // prettier-ignore
      await save(true);
      const importing = importer.put({ ...line, body: MOON[0] }).then(
        (outcome) => outcome,
        (error: Error) => error,
      );
      // Longer than PostgreSQL waits before it looks for a deadlock.
      await setTimeout(1300);
      try {
        await save(false);
        await saving.commit();
      } finally {
        if (!saving.isCompleted()) await saving.rollback();
        await importing;
      }
      const titles = await site.strapi.db.query(ARTICLE).findMany({ where: { slug: line.slug } });
      expect(titles.map(({ title }) => title)).toEqual(['Saved', 'Saved']);
      await appOf(site.strapi).index.check('deep');
    });

    test(`${kind}: a change of pins does not wait for long for another one`, async () => {
      const sourceId = await site.published(NEW);
      await site.curate(sourceId, { pins: [], hidden: true });
      const other = await site.strapi.db.connection.transaction();
      try {
        await other('related_articles_curations').where({ source_id: sourceId }).update({ revision: 1 }); // prettier-ignore
        await expect(site.curate(sourceId, { hidden: false }, 1)).rejects.toThrow(/503 .*Try again later/); // prettier-ignore
      } finally {
        await other.rollback();
      }
      await site.curate(sourceId, { hidden: false }, 1);
    });

    test(`${kind}: the first pins of an entry do not wait for long for an import that makes them`, async () => {
      const sourceId = await site.published(NEW);
      const other = await site.strapi.db.connection.transaction();
      const source = { source_type: ARTICLE, source_id: sourceId, source_locale: 'en' };
      try {
        await other('related_articles_curations').insert({ ...source, pins: '[]', exclusions: '[]', revision: 1 }); // prettier-ignore
        await expect(site.curate(sourceId, { hidden: true }, 0)).rejects.toThrow(/503 .*Try again later/); // prettier-ignore
      } finally {
        await other.rollback();
      }
      await site.curate(sourceId, { hidden: true }, 0);
    });

    test(`${kind}: import-curations waits for an editor who saves, and tells the history as it is`, async () => {
      const sourceId = await site.published(NEW);
      const [first, second] = [await site.published(OTHER), await site.published(OTHER)];
      await site.curate(sourceId, { pins: [first] });
      const file = path.join(database.folder, 'curations.json');
      const command = async (name: string) => {
        const { code, stderr } = await runCommand([name, '--file', file], database.env);
        expect([code, stderr]).toEqual([0, expect.not.stringMatching(/error/)]);
      };
      await command('export-curations');
      // Another copy of the site has taken the pin away and put it back: no list changes, the history does.
      const content = JSON.parse(fs.readFileSync(file, 'utf8'));
      const mine = content.events.find((one: { sourceId: string }) => one.sourceId === sourceId);
      const createdAt = new Date(Date.now() + 5000).toISOString();
      content.events = [{ ...mine, pins: [], revision: 7, createdAt }];
      content.curations = content.curations.filter((one: { sourceId: string }) => one.sourceId === sourceId); // prettier-ignore
      fs.writeFileSync(file, JSON.stringify(content));
      // As a hook of the project's that calls another service, in the transaction of the save.
      let [isHeld, imported] = [false, false];
      site.strapi.db.lifecycles.subscribe({
        models: [CURATION.uid],
        async afterUpdate() {
          if (isHeld) return;
          isHeld = true;
          await until('the import waits', isWaiting, 60_000);
        },
      });
      const isWaiting = async () => {
        expect(imported).toBe(false);
        const waiting = await sql(WAITING[kind]);
        return Number((waiting.rows ?? waiting[0])[0].n) > 0;
      };
      const saving = site.curate(sourceId, { pins: [second] }, 1);
      await until('the save is under way', async () => isHeld);
      const importing = command('import-curations').then(() => {
        imported = true;
      });
      await Promise.all([saving, importing]);
      const where = { sourceId };
      const row = await site.strapi.db.query(CURATION.uid).findOne({ where });
      const events = await site.strapi.db.query(CURATION_EVENT.uid).findMany({ where, orderBy: NEWEST_FIRST }); // prettier-ignore
      // The file's pin is in force; what the editor chose meanwhile is a step of the history before it.
      const pinned = (one: { pins: unknown }) => JSON.stringify(one.pins);
      expect(pinned(row)).toContain(first);
      expect(pinned(events[0])).toBe(pinned(row));
      expect(events[0].revision).toBe(row.revision);
      expect(events.some((one) => pinned(one).includes(second))).toBe(true);
      await inStepAgain();
    });
  }

  test(`${kind}: the engine throws on every call`, async () => {
    const { engine } = appOf(site.strapi);
    for (const method of METHODS) {
      Object.assign(engine, {
        [method]: () => {
          throw new Error('engine on fire');
        },
      });
    }
    await editorsWork();
    await until('the trouble is told', async () => /engine on fire/.test(troubles()));
    for (const method of METHODS) delete (engine as unknown as Record<string, unknown>)[method];
    await inStepAgain();
  });

  test(`${kind}: the change log's table is dropped`, async () => {
    await sql('drop table related_articles_changes');
    await editorsWork();
    await inStepAgain();
    await site.published(NEW);
    await inStepAgain();
  });

  test(`${kind}: the change log takes no row`, async () => {
    const rows = async () =>
      Number((await site.strapi.db.connection('related_articles_changes').count({ n: '*' }))[0].n);
    const [refuse, allow] = REFUSALS[kind];
    await sql(refuse);
    const before = await rows();
    await editorsWork();
    expect(troubles()).toMatch(/cannot be written to the change log/);
    // This instance knows all the same.
    await site.settled();
    expect(await differences(site.strapi)).toEqual([]);
    expect(await rows()).toBe(before);
    await sql(allow);
    await inStepAgain();
    // The others hear of it now.
    expect(await rows()).toBeGreaterThan(before);
  });

  const [lock, unlock] = LOCKS[kind] ?? [];
  if (lock && unlock) {
    test(`${kind}: somebody has locked pins and exclusions while editors open entries`, async () => {
      const documentId = await site.published(NEW);
      await site.settled();
      const other = await site.strapi.db.connection.transaction();
      await other.raw(lock.replace('changes', 'curations'));
      try {
        // More than the pool has connections.
        const opened = await Promise.all(Array.from({ length: 12 }, () => site.opened(documentId)));
        expect(opened).toEqual(Array(12).fill(503));
        const answers = ['', `/${documentId}/related`].map((place) => site.running.http.get(`/api/articles${place}`)); // prettier-ignore
        expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
      } finally {
        await other.raw(unlock);
        await other.rollback();
      }
      expect(await site.opened(documentId)).toBe(200);
      await inStepAgain();
    });

    test(`${kind}: somebody has locked the change log`, async () => {
      const other = await site.strapi.db.connection.transaction();
      await other.raw(lock);
      try {
        await editorsWork();
        // Much of what Strapi writes is in no transaction.
        await site.settings('post', 'locales', { code: 'fr', name: 'French', isDefault: false });
        await site.strapi.db.query(TAG).create({ data: { name: 'In no transaction' } });
        const [{ documentId }] = await site.articles.findMany({
          status: 'published',
          locale: 'en',
        });
        const asked = Date.now();
        const { status } = await site.running.http.get(`/api/articles/${documentId}/related`);
        // Not the limit of a request.
        expect([status, Date.now() - asked < 8000]).toEqual([200, true]);
      } finally {
        await other.raw(unlock);
        await other.rollback();
      }
      await inStepAgain();
    });
  }

  test(`${kind}: Strapi has published an entry twice`, async () => {
    const documentId = await site.published({ title: 'Twice', body: `${BREAD[0]} ${BREAD[2]}` });
    const query = site.strapi.db.query(ARTICLE);
    const { id, ...row } = await query.findOne({ where: { documentId, publishedAt: { $notNull: true } } }); // prettier-ignore
    await query.create({ data: row });
    await site.settled();
    const place = `/api/related-articles/articles?documentIds=${documentId}`;
    const { status, body } = await site.running.http.get(place);
    expect([status, id > 0]).toEqual([200, true]);
    expect(body.data).toMatchObject([{ documentId }]);
    await site.articles.delete({ documentId });
    await inStepAgain();
  });

  test(`${kind}: a slow reading of everything`, async () => {
    const { reader } = appOf(site.strapi);
    const page = reader.page.bind(reader);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reading = new Promise<void>((resolve) => {
      reader.page = async (...args) => {
        resolve();
        await held;
        return page(...args);
      };
    });
    await appOf(site.strapi).index.reindex();
    await reading;
    await editorsWork();
    reader.page = page;
    release();
    await inStepAgain();
  });

  test(`${kind}: pins cannot be read`, async () => {
    await site.published(NEW);
    await site.settled();
    await sql('alter table related_articles_curations rename to curations_away');
    await appOf(site.strapi).index.reindex();
    await until('the trouble is told', async () => /pins and exclusions/.test(troubles()));
    // Articles come and go all the same.
    const { engine } = appOf(site.strapi);
    const isIn = async (documentId: string) =>
      (await engine.related({ type: ARTICLE, locale: 'en' }, [{ documentId }]))[0] !== null;
    const documentId = await site.published(NEW);
    await until('it is in the index', () => isIn(documentId));
    await site.articles.unpublish({ documentId });
    await until('it is out of the index', async () => !(await isIn(documentId)));
    // Nobody who waits for the index waits for pins.
    await site.settled();
    await sql('alter table curations_away rename to related_articles_curations');
    await inStepAgain();
  });

  test(`${kind}: the log is that of an older dump`, async () => {
    await site.published(NEW);
    await site.settled();
    await sql('delete from related_articles_changes where id > 1');
    await sql(`delete from articles where title = 'New'`);
    await until('read again', async () => (await differences(site.strapi)).length === 0);
    await editorsWork();
    await inStepAgain();
  });

  if (kind !== 'sqlite') {
    test(`${kind}: all connections are cut without a word`, async () => {
      const [{ documentId }] = await site.articles.findMany({ status: 'published', locale: 'en' });
      // All that the pool may have.
      await Promise.all(Array.from({ length: 30 }, () => site.running.http.get('/api/articles')));
      await site.settled();
      proxy?.cut();
      // By then a question to the log has been given up, and the idle connections after it.
      await setTimeout(14_000);
      const asked = Date.now();
      const { status } = await site.running.http.get(`/api/articles/${documentId}/related`);
      expect([status, Date.now() - asked < 5000]).toEqual([200, true]);
      await site.published(NEW);
      await inStepAgain();
    });
  }

  if (kind === 'postgres') {
    test(`${kind}: questions to locked tables leave no process behind that waits on`, async () => {
      const other = await site.strapi.db.connection.transaction();
      for (const name of ['related_articles_instances', 'related_articles_leases', 'articles_category_lnk']) {
        await other.raw(`lock table ${name} in access exclusive mode`);
      } // prettier-ignore
      const { index } = appOf(site.strapi);
      try {
        const asked = Array.from({ length: 4 }, () => index.beat());
        const told = await Promise.allSettled([...asked, index.check('quick')]);
        expect(told.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
        const { rows } = (await site.strapi.db.connection.raw(WAITING.postgres)) as { rows: [{ n: string }] }; // prettier-ignore
        // One beat of this moment, and what takes leases.
        expect(Number(rows[0].n)).toBeLessThan(4);
      } finally {
        await other.rollback();
      }
      await index.check('quick');
      await inStepAgain();
    });
  }

  if (lock && unlock) {
    test(`${kind}: it ends while somebody has locked the change log`, async () => {
      const other = await site.strapi.db.connection.transaction();
      await other.raw(lock);
      const { index, stop } = appOf(site.strapi);
      const trimming = index.trim().catch(() => undefined);
      const asked = Date.now();
      try {
        await stop();
        expect(Date.now() - asked).toBeLessThan(25_000);
      } finally {
        await other.raw(unlock);
        await other.rollback();
        await trimming;
      }
    });
  }
}

describeFailures(DATABASE);
