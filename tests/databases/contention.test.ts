import fs from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import knex from 'knex';

import { appOf } from 'plugin/app';
import { ChangeFeed } from 'plugin/changes/change-feed';
import { ChangeLog, LostPosition, type Change } from 'plugin/changes/change-log';
import type { ChangeConsumer } from 'plugin/changes/consumer';
import { Cursor } from 'plugin/changes/cursor';
import { Heartbeats } from 'plugin/changes/heartbeats';
import { Problems } from 'plugin/changes/problems';
import { committed, RowBusy, shortTransaction } from 'plugin/changes/transactions';
import { Importer, type ImportScope } from 'plugin/cli/importer';
import { isRace } from 'plugin/cli/races';
import { CURATION, CURATION_EVENT, NEWEST_FIRST } from 'plugin/curations/curation';
import { runCommand } from '../helpers/command';
import { DATABASE, startDatabase, type Kind, type TestDatabase } from '../helpers/databases';
import { startStrapi } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';
import { until } from '../../soak/processes';
import { editorsWorkOn, NEW, untilInStep } from './editors-work';
import { ARTICLE, Site, TAG } from './site';

const OTHER = { title: 'Other', body: BREAD[2] };

/** How somebody locks the log, and unlocks it. */
const LOCKS: Partial<Record<Kind, [string, string]>> = {
  postgres: ['lock table related_articles_changes in access exclusive mode', 'select 1'],
  mariadb: ['lock tables related_articles_changes write', 'unlock tables'],
};

/** How many transactions wait for a lock of another. */
const WAITING: Record<Exclude<Kind, 'sqlite'>, string> = {
  postgres: 'select count(*) as n from pg_locks where not granted',
  mariadb: `select variable_value as n from information_schema.global_status where variable_name = 'innodb_row_lock_current_waits'`,
};

/** Retries after a race, as commands do. */
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

/** Editors, imports and locks meet on the same rows: nobody loses anything, and nobody waits for long. */
function describeContention(kind: Kind): void {
  let database: TestDatabase;
  let site: Site;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    database = await startDatabase(kind);
    site = await Site.start(database);
    // Strapi's own jobs write at their time, and wait for SQLite's lock in this process.
    site.strapi.cron.stop();
    stop = () => site.running.stop();
    site.strapi.log.level = 'silent';
  });
  afterAll(async () => {
    await stop?.();
    await database?.remove();
  });

  const editorsWork = () => editorsWorkOn(site);
  const inStepAgain = () => untilInStep(site);
  const importerOf = (scope: ImportScope) => {
    const type = appOf(site.strapi).types.get(ARTICLE);
    if (!type) throw new Error('not configured');
    return new Importer(site.strapi, type, scope);
  };
  /** Loses the connection of a transaction that has run one statement when it runs another. */
  const cutAt = (first: RegExp, then: RegExp) => {
    interface Destroyable {
      destroy(): void;
    }
    interface Native {
      __knexUid: string;
      stream?: Destroyable;
      connection?: { stream: Destroyable };
    }
    const { client } = site.strapi.db.connection as unknown as {
      client: knex.Knex.Client & { pool: { used: { resource: Native }[] } };
    };
    const cuts = { made: 0 };
    let chosen = '';
    const onQuery = ({
      sql: statement,
      __knexUid: uid,
      __knexTxId: trx,
    }: Record<string, string>) => {
      if (trx && first.test(statement)) chosen = uid;
      if (uid !== chosen || !then.test(statement)) return;
      client.off('query', onQuery);
      const native = client.pool.used.find(({ resource }) => resource.__knexUid === uid)?.resource;
      (native?.stream ?? native?.connection?.stream)?.destroy();
      cuts.made += 1;
    };
    client.on('query', onQuery);
    return cuts;
  };
  const sql = (statement: string) => site.strapi.db.connection.raw(statement);

  test(`${kind}: an import of slugs that differ only in case does not put one article over another`, async () => {
    const importer = importerOf({ publish: true, locale: 'en' });
    expect(await importer.put({ slug: 'go', title: 'Go the game', body: BREAD[0] })).toBe(
      'created',
    );
    // If the database treats slugs that differ only in case as equal, Strapi may refuse the second.
    const second = await importer
      .put({ slug: 'GO', title: 'Go the language', body: MOON[0] })
      .catch(() => 'refused');
    expect(['created', 'refused']).toContain(second);
    const found = await site.articles.findMany({ locale: 'en', filters: { slug: 'go' } });
    expect(found.filter(({ slug }) => slug === 'go').map(({ title }) => title)).toEqual(['Go the game']); // prettier-ignore
    await inStepAgain();
  });

  // SQLite writes one transaction after the other.
  if (kind !== 'sqlite') {
    test.each([
      ['the body', { title: 'Meanwhile', body: 'From the file' }],
      ['the title', { title: 'From the file' }],
    ])(
      `${kind}: an import of %s waits for an editor who is saving, and neither loses nor publishes the change`,
      async (what, change) => {
        const importer = importerOf({ publish: true, locale: 'en' });
        const slug = `meanwhile-${what.replace(' ', '-')}`;
        await importer.put({ slug, title: 'Meanwhile', body: BREAD[0] });
        const find = async (status: 'draft' | 'published') =>
          (await site.articles.findMany({ filters: { slug }, status }))[0];
        const { documentId } = await find('draft');
        // Like a hook of the project that calls another service, in the transaction of the save.
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
    test(`${kind}: an import keeps what is connected meanwhile from the other side of a relation`, async () => {
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

    /** Publishes an entry in a transaction that stays open, and another one that is committed meanwhile. */
    async function openTransaction() {
      const documentId = await site.draft({ title: 'Late', body: BREAD[0] });
      let commit: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        commit = resolve;
      });
      let isWritten = false;
      const writing = site.strapi.db.transaction(async () => {
        await site.articles.publish({ documentId });
        isWritten = true;
        await held;
      });
      await until('it is written', async () => isWritten);
      await site.published(OTHER);
      await site.settled();
      const committed = () => {
        commit();
        return writing;
      };
      return { documentId, committed };
    }

    test(`${kind}: a feed that starts while a transaction is open hears of what it writes`, async () => {
      const { documentId, committed } = await openTransaction();
      const heard: Change[] = [];
      const consumer: ChangeConsumer = {
        failure: 'none',
        keepsPosition: true,
        isAwaited: true,
        pending: 0,
        handle: (changes) => void heard.push(...changes),
        apply: async () => undefined,
        resync: () => undefined,
      };
      const { db, log: logger } = site.strapi;
      const feed = new ChangeFeed({
        log: new ChangeLog(db),
        consumers: [consumer],
        problems: new Problems(logger),
        logger,
        pollMs: 100,
        retentionMs: 60_000,
      });
      feed.start(null);
      await feed.idle();
      const before = heard.length;
      await committed();
      await feed.idle();
      await feed.stop();
      expect(before).toBe(0);
      expect(heard).toContainEqual({ kind: 'document', ref: { uid: ARTICLE, documentId } });
      expect(feed.lateAt).toBeGreaterThan(0);
      await inStepAgain();
    });

    test(`${kind}: what was missing is not waited for once it may have been trimmed, and all is read again`, async () => {
      const { committed } = await openTransaction();
      const { db } = site.strapi;
      const log = new ChangeLog(db);
      const [latest, hour] = [await log.latest(), 3_600_000];
      const state = { ...latest, gaps: [], ranges: await log.missing(latest.id, hour) };
      expect(state.ranges).not.toEqual([]);
      let now = 0;
      const cursor = new Cursor(state, hour, () => now);
      await log.read(cursor);
      expect(await log.holdsAll(state, hour)).toBe(true);
      now = hour * 0.6;
      await expect(log.read(cursor)).rejects.toThrow(LostPosition);
      const table = () => db.connection('related_articles_changes');
      const [{ created_at: at }] = await table().where({ id: latest.id });
      await table()
        .where({ id: latest.id })
        .update({ created_at: Number(at) - hour * 0.6 });
      expect([await log.holdsAll(state, hour), await log.holds(state)]).toEqual([false, true]);
      expect(await log.holdsAll({ ...latest, gaps: [] }, hour)).toBe(true);
      // The first row is never trimmed, but those after it are.
      const [first] = await table().where({ kind: 'start' });
      const start = { id: Number(first.id), token: first.token, gaps: [] };
      await table()
        .where({ id: start.id + 1 })
        .delete();
      await expect(log.read(new Cursor(start, hour))).rejects.toThrow(LostPosition);
      expect(await log.holds(start)).toBe(false);
      await committed();
      await inStepAgain();
    });

    test(`${kind}: figures made while a transaction is open are made again once it is committed`, async () => {
      const { documentId, committed } = await openTransaction();
      const { surveys, types } = appOf(site.strapi);
      const figures = async () => {
        const { survey, progress } = surveys.of(types.get(ARTICLE) as never, 'en', new Set());
        return progress === null ? survey : null;
      };
      await until('there are figures', async () => (await figures()) !== null);
      expect((await figures())?.lists.has(documentId)).toBe(false);
      await committed();
      await site.settled();
      await until('it is in them', async () => Boolean((await figures())?.lists.has(documentId)));
    });

    test(`${kind}: an import that waits for one row of an entry does not break off somebody who needs another`, async () => {
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

    test(`${kind}: a change of pins does not wait long for another one`, async () => {
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

    test(`${kind}: the first pins of an entry do not wait long for an import that makes them`, async () => {
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

    test(`${kind}: import-curations waits for an editor who saves, and gives a true history`, async () => {
      const sourceId = await site.published(NEW);
      const [first, second] = [await site.published(OTHER), await site.published(OTHER)];
      await site.curate(sourceId, { pins: [first] });
      const file = path.join(database.folder, 'curations.json');
      const command = async (name: string) => {
        const { code, stderr } = await runCommand([name, '--file', file], database.env);
        expect([code, stderr]).toEqual([0, expect.not.stringMatching(/error/)]);
      };
      await command('export-curations');
      // Another copy of the site has removed the pin and put it back: no list changes, but the history does.
      const content = JSON.parse(fs.readFileSync(file, 'utf8'));
      const mine = content.events.find((one: { sourceId: string }) => one.sourceId === sourceId);
      const createdAt = new Date(Date.now() + 5000).toISOString();
      content.events = [{ ...mine, pins: [], revision: 7, createdAt }];
      content.curations = content.curations.filter((one: { sourceId: string }) => one.sourceId === sourceId); // prettier-ignore
      fs.writeFileSync(file, JSON.stringify(content));
      // Like a hook of the project that calls another service, in the transaction of the save.
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
      // The file's pin applies; what the editor chose meanwhile is an earlier step of the history.
      const pinned = (one: { pins: unknown }) => JSON.stringify(one.pins);
      expect(pinned(row)).toContain(first);
      expect(pinned(events[0])).toBe(pinned(row));
      expect(events[0].revision).toBe(row.revision);
      expect(events.some((one) => pinned(one).includes(second))).toBe(true);
      await inStepAgain();
    });

    test(`${kind}: two imports at once add the same history once`, async () => {
      const sourceId = await site.published(NEW);
      await site.curate(sourceId, { pins: [await site.published(OTHER)] });
      const file = path.join(database.folder, 'twice.json');
      const command = async (name: string) => {
        const { code, stdout } = await runCommand([name, '--file', file], database.env);
        expect([code, stdout]).toEqual([0, expect.any(String)]);
        return stdout;
      };
      await command('export-curations');
      const content = JSON.parse(fs.readFileSync(file, 'utf8'));
      const mine = content.events.find((one: { sourceId: string }) => one.sourceId === sourceId);
      const at = (second: number) => new Date(Date.UTC(2020, 0, 1, 0, 0, second)).toISOString();
      content.curations = content.curations.filter((one: { sourceId: string }) => one.sourceId === sourceId); // prettier-ignore
      content.events = Array.from({ length: 300 }, (_none, second) => ({ ...mine, createdAt: at(second) })); // prettier-ignore
      fs.writeFileSync(file, JSON.stringify(content));
      const said = await Promise.all([command('import-curations'), command('import-curations')]);
      expect(said.map((one) => /(\d+) events? added/.exec(one)?.[1]).sort()).toEqual(['0', '300']);
      await inStepAgain();
    });
  }

  if (kind === 'sqlite') {
    test.each(['immediate', 'exclusive'])(
      'sqlite: while another process has locked the file (%s), the plugin holds up nobody',
      async (mode) => {
        const { index } = appOf(site.strapi);
        const beats = () => site.strapi.db.connection('related_articles_instances').max('seen_at as at').first(); // prettier-ignore
        await index.beat();
        const before = await beats();
        const filename = database.env.DATABASE_FILENAME;
        const other = knex({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true }); // prettier-ignore
        const late = monitorEventLoopDelay({ resolution: 10 });
        const documentId = await site.published(NEW);
        const pin = { reference: await site.published(NEW) };
        await site.settled();
        let writing: Promise<unknown> = Promise.resolve();
        try {
          await other.raw(`begin ${mode}`);
          late.enable();
          // If nobody may read, Strapi cannot tell who the editor is.
          const saving = mode === 'exclusive' ? null : site.curate(documentId, { pins: [pin] });
          writing = Promise.all([index.beat(), saving]);
          // The log is read every second meanwhile.
          await setTimeout(5000);
          late.disable();
          await other.raw('rollback');
        } finally {
          await other.destroy();
        }
        expect(late.max / 1e6).toBeLessThan(2000);
        await writing;
        expect((await beats())?.at).toBeGreaterThan(before?.at);
        expect(await site.strapi.db.connection.raw('pragma busy_timeout')).toEqual([{ timeout: 5000 }]); // prettier-ignore
        await inStepAgain();
      },
    );
  }

  if (kind === 'sqlite') {
    test('sqlite: pins that are saved while another process reads for longer than a write waits are not lost', async () => {
      const [documentId, reference] = [await site.published(NEW), await site.published(NEW)];
      await site.settled();
      const filename = database.env.DATABASE_FILENAME;
      const other = knex({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true }); // prettier-ignore
      const late = monitorEventLoopDelay({ resolution: 10 });
      try {
        await other.raw('begin');
        await other.raw('select id from articles limit 1');
        late.enable();
        const saving = site.curate(documentId, { pins: [{ reference }] });
        await setTimeout(5500);
        late.disable();
        await other.raw('rollback');
        await saving;
        // The site itself also sees what it has not committed.
        const saved = await other
          .select('*')
          .from(site.strapi.db.metadata.get(CURATION.uid).tableName);
        const own = saved.find(({ source_id: id }) => id === documentId);
        expect(JSON.stringify(own)).toContain(reference);
        expect(late.max / 1e6).toBeLessThan(2000);
      } finally {
        await other.destroy();
      }
      await inStepAgain();
    });
  }

  if (kind === 'sqlite') {
    test('sqlite: the site can save again after the end of a save of its own has failed', async () => {
      const documentId = await site.published(NEW);
      await site.settled();
      const filename = database.env.DATABASE_FILENAME;
      const other = knex({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true }); // prettier-ignore
      const { client } = site.strapi.db.connection as unknown as { client: knex.Knex.Client };
      try {
        await other.raw('begin');
        await other.raw('select id from articles limit 1');
        // Strapi says that it is saved.
        await site.articles.update({ documentId, data: { title: 'Left open' } } as never);
        const own = (await client.acquireConnection()) as { inTransaction: boolean };
        await client.releaseConnection(own);
        expect(own.inTransaction).toBe(true);
        const { status } = await site.running.http.get(`/api/articles/${documentId}/related`);
        expect([status, await site.opened(documentId)]).toEqual([503, 503]);
        await other.raw('rollback');
        await appOf(site.strapi).index.beat();
        const [draft] = await other('articles').where({ document_id: documentId, published_at: null }); // prettier-ignore
        expect([own.inTransaction, draft?.title]).toEqual([false, 'Left open']);
        await site.articles.publish({ documentId });
      } finally {
        await other.destroy();
      }
      await inStepAgain();
    });

    test('sqlite: a transaction that cannot begin says why', async () => {
      const { client } = site.strapi.db.connection as unknown as { client: knex.Knex.Client };
      const own = (await client.acquireConnection()) as { exec(statement: string): void };
      own.exec('begin');
      await client.releaseConnection(own);
      const work = committed(site.strapi.db, async () => undefined);
      await expect(work).rejects.toMatchObject({ message: expect.stringMatching(/within a transaction/) }); // prettier-ignore
      await expect(shortTransaction(site.strapi.db, async () => 'done')).resolves.toBe('done');
    });
  } else {
    test(`${kind}: pins do not count as saved if the connection is lost as they are committed`, async () => {
      const [documentId, reference] = [await site.published(NEW), await site.published(NEW)];
      await site.settled();
      const cuts = cutAt(/^insert into .*_curations\W/i, /^COMMIT/i);
      await expect(site.curate(documentId, { pins: [{ reference }] })).rejects.toThrow(/50\d/);
      expect(cuts.made).toBe(1);
      const rows = await site.strapi.db.query(CURATION.uid).count({ where: { sourceId: documentId } }); // prettier-ignore
      expect(rows).toBe(0);
      await site.curate(documentId, { pins: [{ reference }] });
      await inStepAgain();
    });

    test(`${kind}: a save is refused if the connection is lost as its change is logged`, async () => {
      const documentId = await site.published(NEW);
      await site.settled();
      // The site reads the log meanwhile, at times in a transaction.
      const logged = /insert into .*related_articles_changes/i;
      const cuts = cutAt(logged, logged);
      const saving = site.manage('put', `${ARTICLE}/${documentId}`, { title: 'Lost' });
      await expect(saving).rejects.toThrow(/50\d/);
      expect(cuts.made).toBe(1);
      const draft = await site.articles.findOne({ documentId });
      expect(draft?.title).toBe(NEW.title);
      await site.manage('put', `${ARTICLE}/${documentId}`, { title: 'Kept' });
      await inStepAgain();
    });

    test(`${kind}: of two nodes that commit at once, one says that others have changed the list`, async () => {
      const [documentId, reference] = [await site.published(NEW), await site.published(NEW)];
      const { db } = site.strapi;
      const failing = shortTransaction(db, () =>
        db.transaction(async ({ trx }) => {
          type Ask = (connection: unknown, asked: unknown) => Promise<unknown>;
          const { client } = trx as unknown as { client: { query: Ask } };
          const { query } = client;
          const code = kind === 'postgres' ? '40001' : 'ER_LOCK_DEADLOCK';
          client.query = async (connection: unknown, asked: unknown) => {
            if (asked !== 'COMMIT;') return query.call(client, connection, asked);
            // As the database does: the connection goes back to the pool.
            await query.call(client, connection, 'ROLLBACK;');
            throw Object.assign(new Error('Deadlock'), { code });
          };
        }),
      );
      await expect(failing).rejects.toThrow(RowBusy);
      await site.curate(documentId, { pins: [{ reference }] });
    });

    test(`${kind}: an instance whose heartbeat is ahead of the clock counts`, async () => {
      const ahead = { id: 'zz-ahead', position: 1, seen_at: Date.now() + 60_000 };
      const table = site.strapi.db.connection('related_articles_instances');
      await table.clone().insert(ahead);
      const live = await new Heartbeats(site.strapi.db).live();
      await table.clone().where({ id: ahead.id }).delete();
      const found = live.find(({ id }) => id === ahead.id);
      expect(found?.age).toBeLessThan(0);
    });
  }

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
        // Strapi writes many things outside transactions.
        await site.settings('post', 'locales', { code: 'fr', name: 'French', isDefault: false });
        await site.strapi.db.query(TAG).create({ data: { name: 'In no transaction' } });
        const [{ documentId }] = await site.articles.findMany({
          status: 'published',
          locale: 'en',
        });
        const asked = Date.now();
        const { status } = await site.running.http.get(`/api/articles/${documentId}/related`);
        // Faster than the time limit of a request.
        expect([status, Date.now() - asked < 8000]).toEqual([200, true]);
      } finally {
        await other.raw(unlock);
        await other.rollback();
      }
      await inStepAgain();
    });
  }

  if (kind === 'postgres') {
    test(`${kind}: queries on locked tables leave no database process waiting`, async () => {
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
        // One current heartbeat, and what takes leases.
        expect(Number(rows[0].n)).toBeLessThan(4);
      } finally {
        await other.rollback();
      }
      await index.check('quick');
      await inStepAgain();
    });
  }

  if (lock && unlock) {
    test(`${kind}: it stops while somebody has locked the change log`, async () => {
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

    test(`${kind}: Strapi starts while somebody has locked pins and exclusions`, async () => {
      const { client, connection } = site.strapi.db.config.connection;
      const other = knex({ client: client === 'postgres' ? 'pg' : 'mysql2', connection });
      await stop();
      const holding = await other.transaction();
      await holding.raw(lock.replace('changes', 'curations'));
      const unlocked = async () => {
        await holding.raw(unlock);
        await holding.rollback();
        await other.destroy();
      };
      const second = await startStrapi(undefined, database.env).finally(unlocked);
      stop = () => second.stop();
      expect((await second.http.get('/api/articles')).status).toBe(200);
    });
  }
}

describeContention(DATABASE);
