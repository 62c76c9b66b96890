import { setTimeout } from 'node:timers/promises';

import { appOf } from 'plugin/app';
import { ChangeLog } from 'plugin/changes/change-log';
import { LogInsertion } from 'plugin/changes/log-insertion';
import { CuttingProxy } from '../helpers/cutting-proxy';
import { DATABASE, startDatabase, type Kind, type TestDatabase } from '../helpers/databases';
import { differences } from '../helpers/in-step';
import { BREAD } from '../helpers/texts';
import { until } from '../../soak/processes';
import { editorsWorkOn, NEW, troublesOf, untilInStep } from './editors-work';
import { ARTICLE, Site } from './site';

const METHODS = [
  'upsert',
  'remove',
  'related',
  'documentIds',
  'collections',
  'stats',
  'pack',
] as const;

/** How to make an insert into the log fail, and to allow it again. */
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

/** How to make an insert into the log end the whole transaction, and to allow it again. */
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

/** Whatever is wrong with the index, editors do not notice: their saves succeed, and the index catches up. */
function describeFailures(kind: Kind): void {
  let database: TestDatabase;
  let site: Site;
  let proxy: CuttingProxy | null;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    database = await startDatabase(kind);
    const { env } = database;
    proxy = kind === 'sqlite' ? null : await CuttingProxy.before(Number(env.DATABASE_PORT));
    const place = proxy && { DATABASE_PORT: String(proxy.port) };
    site = await Site.start({ ...database, env: { ...env, ...place } });
    stop = () => site.running.stop();
    site.strapi.log.level = 'silent';
    // A job of Strapi, which queries without a time limit, begins a quarter of a minute after the start.
    site.strapi.cron.remove('uploadWeekly');
  });
  afterAll(async () => {
    await stop?.();
    proxy?.stop();
    await database?.remove();
  });

  const troubles = () => troublesOf(site);
  const editorsWork = () => editorsWorkOn(site);
  const inStepAgain = () => untilInStep(site);
  const sql = (statement: string) => site.strapi.db.connection.raw(statement);

  /** Waits until no connection is in use: once cut, reads through Strapi hang until TCP's own timeout. */
  async function untilQuiet(): Promise<void> {
    const { pool } = site.strapi.db.connection.client as { pool: { numUsed(): number } };
    const end = Date.now() + 60_000;
    for (let quiet = 0; quiet < 10; quiet = pool.numUsed() === 0 ? quiet + 1 : 0) {
      if (Date.now() > end) throw new Error(`${pool.numUsed()} connections are in use`);
      await setTimeout(20);
    }
  }

  const ending = ENDINGS[kind];
  if (ending) {
    test(`${kind}: nobody is told that something is saved if the database has rolled it back`, async () => {
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
    const log = new ChangeLog(site.strapi.db);
    const position = { ...(await log.latest()), gaps: [] };
    expect(await log.hasNews(position)).toBe(false);
    await sql('drop table related_articles_changes');
    await editorsWork();
    // The old position is lost: rows committed since have lower ids.
    await until('it is lost', () => log.hasNews(position).catch(() => false), 60_000);
    await inStepAgain();
    await site.published(NEW);
    await inStepAgain();
  });

  test(`${kind}: the change log accepts no rows`, async () => {
    const rows = async () =>
      Number((await site.strapi.db.connection('related_articles_changes').count({ n: '*' }))[0].n);
    const [refuse, allow] = REFUSALS[kind];
    await sql(refuse);
    const before = await rows();
    await editorsWork();
    await until('it is told', async () => /cannot be written to the change log/.test(troubles()));
    // This instance knows anyway.
    await site.settled();
    expect(await differences(site.strapi)).toEqual([]);
    expect(await rows()).toBe(before);
    await sql(allow);
    await inStepAgain();
    // The other instances hear of it now.
    expect(await rows()).toBeGreaterThan(before);
  });

  if (kind === 'postgres') {
    test(`${kind}: the log lacks its primary key, as during a restore of a dump`, async () => {
      const { db } = site.strapi;
      const rows = async () => Number((await db.connection('related_articles_changes').count({ n: '*' }))[0].n); // prettier-ignore
      await site.settled();
      const before = await rows();
      await sql(
        'alter table related_articles_changes drop constraint related_articles_changes_pkey',
      );
      await editorsWork();
      await until('it is told', async () => /cannot be written to the change log/.test(troubles()));
      // Rows put into it would break off the restore.
      expect(await rows()).toBe(before);
      expect(troubles()).toMatch(
        /the table has no primary key, which is normal while a dump is being restored/,
      );
      // A connection that has the log open does not hold up a start.
      const other = await db.connection.transaction();
      await other('related_articles_changes').select('id').limit(1);
      await new ChangeLog(db).open(true);
      await other.rollback();
      expect(await rows()).toBe(before);
      // As the next start does it.
      await new ChangeLog(db).open(true);
      await inStepAgain();
      expect(await rows()).toBeGreaterThan(0);
      await new ChangeLog(db).open(true);
      await inStepAgain();
    });

    test(`${kind}: PL/pgSQL is forbidden`, async () => {
      const { db } = site.strapi;
      const insertion = new LogInsertion(db);
      const entry = { kind: 'document' as const, uid: ARTICLE, entry: 'without' };
      await sql('drop extension plpgsql cascade');
      try {
        await insertion.prepare();
        await db.transaction(async ({ trx }) => insertion.run(entry, trx));
      } finally {
        await sql('create extension plpgsql');
      }
      const written = await db.connection('related_articles_changes').where({ entry: 'without' });
      expect(written).toHaveLength(1);
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

  test(`${kind}: a slow read of everything`, async () => {
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

  test(`${kind}: reading an entry by an id in capitals ends, whether the database finds it or not`, async () => {
    const documentId = await site.published(NEW);
    const { reader, types } = appOf(site.strapi);
    const found = await reader.published(types.get(ARTICLE) as never, [documentId.toUpperCase()]);
    expect(found).toHaveLength(kind === 'mariadb' ? 1 : 0);
  });

  test(`${kind}: pins cannot be read`, async () => {
    await site.published(NEW);
    await site.settled();
    await sql('alter table related_articles_curations rename to curations_away');
    await appOf(site.strapi).index.reindex();
    await until('the trouble is told', async () => /pins and exclusions/.test(troubles()));
    // Articles come and go anyway.
    const { engine } = appOf(site.strapi);
    const isIn = async (documentId: string) =>
      (await engine.related({ type: ARTICLE, locale: 'en' }, [{ documentId }]))[0] !== null;
    const documentId = await site.published(NEW);
    await until('it is in the index', () => isIn(documentId));
    await site.articles.unpublish({ documentId });
    await until('it is out of the index', async () => !(await isIn(documentId)));
    // Waiting for the index does not mean waiting for pins.
    await site.settled();
    await sql('alter table curations_away rename to related_articles_curations');
    await inStepAgain();
  });

  test(`${kind}: the log is that of an older dump`, async () => {
    await site.published(NEW);
    await site.settled();
    const { reader, index } = appOf(site.strapi);
    const page = reader.page.bind(reader);
    // Whoever reads first waits; a comparison that begins when all is over finds it ready again, and does not.
    let notReady: Promise<number> | undefined;
    reader.page = async (...args) => {
      notReady ??= until('not ready', async () => !index.progress().ready);
      await notReady;
      return page(...args);
    };
    await sql('delete from related_articles_changes where id > 1');
    await sql(`delete from articles where title = 'New'`);
    await until('read again', async () => (await differences(site.strapi)).length === 0);
    reader.page = page;
    await editorsWork();
    await inStepAgain();
    expect(index.progress().ready).toBe(true);
  });

  if (kind !== 'sqlite') {
    test(`${kind}: all connections are silently cut`, async () => {
      const [{ documentId }] = await site.articles.findMany({ status: 'published', locale: 'en' });
      // As many as the pool may have.
      await Promise.all(Array.from({ length: 30 }, () => site.running.http.get('/api/articles')));
      await site.settled();
      await untilQuiet();
      proxy?.cut();
      // By then, a query to the log has been given up, and the idle connections after it.
      await setTimeout(14_000);
      const asked = Date.now();
      const { status } = await site.running.http.get(`/api/articles/${documentId}/related`);
      expect([status, Date.now() - asked < 5000]).toEqual([200, true]);
      await site.published(NEW);
      await inStepAgain();
    });
  }

  if (kind !== 'sqlite') {
    test(`${kind}: it stops although all its connections were cut`, async () => {
      await Promise.all(Array.from({ length: 30 }, () => site.running.http.get('/api/articles')));
      await untilQuiet();
      proxy?.cut();
      const { stop: end } = site.running;
      stop = async () => undefined;
      const asked = Date.now();
      await end();
      // Rather than a quarter of an hour.
      expect(Date.now() - asked).toBeLessThan(60_000);
    });
  }
}

describeFailures(DATABASE);
