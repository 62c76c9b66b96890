import type { Knex } from 'knex';

import { clientOf, type Client, type Database } from '../content/database';
import { rowsWithin } from '../content/statement-limits';
import { withinTime } from '../content/within-time';

export { clientOf, type Client, type Database };

/*
 * The plugin's own tables. They are not content types, so `strapi export` and `import` neither copy nor wipe them, and
 * Strapi's schema migration leaves unknown tables alone.
 */

/** What was written: one row for each document and transaction, in the writer's own transaction. */
export const CHANGES = 'related_articles_changes';
/** The processes that follow the change log, and how far each has read it. */
export const INSTANCES = 'related_articles_instances';

/** Surveys of all lists, shared between processes: one text for each collection, split into parts. */
export const SURVEYS = 'related_articles_surveys';

/** Which process holds each lease: the right to do something for all. */
export const LEASES = 'related_articles_leases';

/** What imports wrote into drafts: one row for each draft and locale. */
export const IMPORTS = 'related_articles_imports';

/** Creates the tables that are missing. Several processes may do so at once. */
export async function ensureTables(db: Database): Promise<void> {
  await ensureTable(db, CHANGES, (table) => {
    table.bigIncrements('id');
    table.string('kind', 16).notNullable();
    table.string('uid').notNullable();
    table.string('entry').nullable();
    table.string('token', 16).notNullable();
    table.bigInteger('created_at').notNullable();
  });
  await ensureTable(db, INSTANCES, (table) => {
    table.string('id', 36).primary();
    table.bigInteger('position').notNullable();
    table.bigInteger('seen_at').notNullable();
  });
  await ensureTable(db, LEASES, (table) => {
    table.string('name', 64).primary();
    table.string('holder', 36).notNullable();
    table.bigInteger('expires_at').notNullable();
    table.bigInteger('position').nullable();
  });
  await ensureTable(db, SURVEYS, (table) => {
    table.string('name', 64).notNullable();
    table.integer('part').notNullable();
    table.bigInteger('version').notNullable();
    table.bigInteger('position').nullable();
    table.integer('progress').nullable();
    table.text('body', 'longtext').notNullable();
    table.primary(['name', 'part']);
  });
  await ensureTable(db, IMPORTS, (table) => {
    table.string('name', 64).primary();
    table.text('hashes', 'mediumtext').notNullable();
  });
}

/**
 * How long a query of one of these tables may take, in milliseconds. A connection that was silently cut would fail only
 * after a quarter of an hour; Knex drops it after this time.
 */
export const READ_TIMEOUT_MS = 10_000;

export const isTimeout = (error: unknown): boolean =>
  (error as { name?: unknown } | null)?.name === 'KnexTimeoutError';

/** Whether the log exists and has rows. */
export async function presenceOfLog(db: Database): Promise<'missing' | 'empty' | 'there'> {
  if (!(await hasLog(db))) return 'missing';
  const rows = await rowsWithin(db, table(db, CHANGES).select('id').limit(1), READ_TIMEOUT_MS);
  return rows.length > 0 ? 'there' : 'empty';
}

async function hasLog(db: Database): Promise<boolean> {
  if (clientOf(db) === 'sqlite') {
    // Knex would wait for another process that has locked the file.
    const found = db.connection('sqlite_master').select('name').where({ type: 'table', name: CHANGES }); // prettier-ignore
    return (await rowsWithin(db, found, READ_TIMEOUT_MS)).length > 0;
  }
  return withinTime(schemaOf(db).hasTable(CHANGES), READ_TIMEOUT_MS, () => {
    throw new Error('the database has not answered for ten seconds');
  });
}

/**
 * Drops the log if it has no primary key, as after a dump was restored on PostgreSQL while an earlier version of this
 * plugin was writing to it. Everything is read again then. If somebody has the table open, or it belongs to another
 * user, it stays, and writing to it reports the problem.
 */
export async function dropDamagedLog(db: Database): Promise<void> {
  if (clientOf(db) !== 'postgres' || (await presenceOfLog(db)) === 'missing') return;
  if (await hasKey(db, db.connection)) return;
  const name = nameOf(db, CHANGES);
  const dropping = db.connection.transaction(async (trx) => {
    await trx.raw(`lock table ${name} in access exclusive mode nowait`);
    // Another process may have recreated it meanwhile.
    if (!(await hasKey(db, trx))) await trx.raw(`drop table ${name}`);
  });
  await withinTime<unknown>(dropping, READ_TIMEOUT_MS, () => undefined).catch(() => undefined);
}

async function hasKey(db: Database, connection: Knex): Promise<boolean> {
  const keys = connection('pg_index')
    .select('indexrelid')
    .whereRaw('indisprimary and indrelid = ?::regclass', [nameOf(db, CHANGES)])
    .timeout(READ_TIMEOUT_MS);
  return ((await keys) as object[]).length > 0;
}

const schemaOf = (db: Database): Knex.SchemaBuilder =>
  db.getSchemaConnection() as Knex.SchemaBuilder;

async function ensureTable(
  db: Database,
  name: string,
  describe: (table: Knex.CreateTableBuilder) => void,
): Promise<void> {
  try {
    await rowsWithin(db, table(db, name).select(db.connection.raw('1')).limit(1), READ_TIMEOUT_MS);
    return;
  } catch (error) {
    if (isTimeout(error)) throw error;
  }
  if (await schemaOf(db).hasTable(name)) return;
  try {
    await schemaOf(db).createTable(name, describe);
  } catch (error) {
    if (!(await schemaOf(db).hasTable(name))) throw error;
  }
}

/** The database's clock as an SQL expression, in milliseconds since 1970: instances need not agree on the time. */
export function nowIn(db: Database): Knex.Raw {
  const expressions: Record<Client, string> = {
    sqlite: "cast((julianday('now') - 2440587.5) * 86400000 as integer)",
    postgres: 'cast(extract(epoch from clock_timestamp()) * 1000 as bigint)',
    mysql: "cast(timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) / 1000 as signed)",
  };
  return db.connection.raw(expressions[clientOf(db)]);
}

/** Starts a query of one of the plugin's tables, in the given transaction if there is one. */
export function table(db: Database, name: string, trx?: Knex.Transaction): Knex.QueryBuilder {
  const schema = db.getSchemaName();
  const query = (trx ?? db.connection)(name);
  return schema ? query.withSchema(schema) : query;
}

/** Returns the name of such a table, quoted for SQL. */
export function nameOf(db: Database, name: string): string {
  const schema = db.getSchemaName();
  const ref = db.connection.ref(name);
  return (schema ? ref.withSchema(schema) : ref).toString();
}
