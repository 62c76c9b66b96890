import { setTimeout } from 'node:timers/promises';

import type { Knex } from 'knex';

import { clientOf, type Database } from './database';

/** How much earlier than Knex the database gives up, in milliseconds. */
export const LEAD_MS = 500;
/** How long to wait for another process to unlock SQLite's file before trying again, in milliseconds. */
const RETRY_MS = 50;

const known = new WeakMap<Database, boolean>();

/** Whether the database supports limits for a single statement, as MariaDB does and MySQL does not. */
export async function takesStatementLimits(db: Database, connection: Knex): Promise<boolean> {
  if (clientOf(db) !== 'mysql') return false;
  const before = known.get(db);
  if (before !== undefined) return before;
  const [[{ version }]] = (await connection.raw('select version() as version')) as [[{ version: string }]]; // prettier-ignore
  const takes = /mariadb/i.test(version);
  known.set(db, takes);
  return takes;
}

/** Returns a statement with limits that apply only to it. */
export function withLimits(limits: string, query: Knex.QueryBuilder, connection: Knex): Knex.Raw {
  const { sql, bindings } = query.toSQL().toNative();
  return connection.raw(`set statement ${limits} for ${sql}`, [...bindings]);
}

/**
 * Runs a query outside of transactions and returns its rows. The database stops waiting for locks, too: otherwise each
 * query that is given up would leave a PostgreSQL process behind that goes on waiting.
 *
 * @param milliseconds At least a second; on SQLite, more than `LEAD_MS`.
 * @throws Error when there is no answer in time. The connection is then dropped, as it may be dead.
 */
export async function rowsWithin<R>(
  db: Database,
  query: Knex.QueryBuilder,
  milliseconds: number,
): Promise<R[]> {
  const answer = await limited<{ rows: R[] }, R[]>(db, query, milliseconds);
  return 'rows' in answer ? answer.rows : answer;
}

/** Runs a query in the same way and returns how many rows it inserted, updated or deleted. */
export async function changedWithin(
  db: Database,
  query: Knex.QueryBuilder,
  milliseconds: number,
): Promise<number> {
  const answer = await limited<{ rowCount: number }, { affectedRows: number } | number | number[]>(
    db,
    query,
    milliseconds,
  );
  if (typeof answer !== 'object') return answer;
  if ('rowCount' in answer) return answer.rowCount;
  // For an insert, a database without such limits returns the ids.
  return 'affectedRows' in answer ? answer.affectedRows : answer.length;
}

/** What is used here of a connection of better-sqlite3. */
export interface SqliteConnection {
  inTransaction: boolean;
  exec(statement: string): unknown;
  pragma(text: string, options?: { simple: true }): unknown;
}

/** Whether another process has locked SQLite's file. */
export const isLocked = (error: unknown): boolean =>
  /^SQLITE_BUSY/.test((error as { code?: string } | null)?.code ?? '');

/**
 * Does work on SQLite that never waits, and again for a while if another process has locked the file: SQLite itself
 * would wait in this process, and so hold up everybody.
 */
export async function untilUnlocked<T>(work: () => Promise<T>, milliseconds: number): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isLocked(error) || performance.now() > end) throw error;
    }
    await setTimeout(RETRY_MS);
  }
}

const withoutWaiting = <Answer>(
  db: Database,
  query: Knex.QueryBuilder,
  milliseconds: number,
): Promise<Answer> =>
  onConnection(db, async (connection) => {
    endOpen(connection);
    return (await query.connection(connection).timeout(milliseconds)) as Answer;
  });

/** Does work on a connection of the pool, outside of transactions, that fails where it would have to wait. */
async function onConnection<T>(
  db: Database,
  work: (connection: SqliteConnection) => Promise<T>,
): Promise<T> {
  const { client } = db.connection as { client: Knex.Client };
  const connection = (await client.acquireConnection()) as SqliteConnection;
  try {
    return await atOnce(connection, () => work(connection));
  } finally {
    await client.releaseConnection(connection);
  }
}

/**
 * Ends a transaction on SQLite whose end has failed, because somebody was reading for longer than a write waits: Knex
 * gives the connection back as it is, says nothing, and no transaction can begin on it again. Strapi has told its
 * caller that the changes are saved, so they are.
 *
 * @throws Error for which `isLocked` is true if that fails again.
 */
export const endLeftOpen = (db: Database): Promise<void> =>
  onConnection(db, async (connection) => endOpen(connection, true));

/** @param isNeeded Whether to fail if it cannot be ended yet; statements by themselves work all the same. */
function endOpen(connection: SqliteConnection, isNeeded = false): void {
  // Whoever has a transaction keeps its connection, so nobody has this one.
  if (!connection.inTransaction) return;
  try {
    connection.exec('commit');
  } catch (error) {
    if (isNeeded || !isLocked(error)) throw error;
  }
}

/** Does work on a connection to SQLite that fails where it would have to wait for another process. */
export async function atOnce<T>(connection: SqliteConnection, work: () => Promise<T>): Promise<T> {
  const wait = connection.pragma('busy_timeout', { simple: true });
  connection.pragma('busy_timeout = 0');
  try {
    return await work();
  } finally {
    connection.pragma(`busy_timeout = ${String(wait)}`);
  }
}

async function limited<Postgres, Other>(
  db: Database,
  query: Knex.QueryBuilder,
  milliseconds: number,
): Promise<Postgres | Other> {
  const wait = milliseconds - LEAD_MS;
  const { connection } = db;
  if (clientOf(db) === 'sqlite') {
    return untilUnlocked(() => withoutWaiting<Other>(db, query.clone(), wait), wait);
  }
  if (clientOf(db) === 'postgres') {
    // PostgreSQL runs both statements as one transaction.
    const text = `select set_config('lock_timeout', '${wait}', true); ${query.toString()}`;
    const [, answer] = (await connection.raw(text).timeout(milliseconds)) as unknown as Postgres[];
    return answer;
  }
  if (await takesStatementLimits(db, connection)) {
    const seconds = Math.floor(wait / 1000);
    const limits = `lock_wait_timeout = ${seconds}, innodb_lock_wait_timeout = ${Math.max(1, seconds)}`;
    const [answer] = (await withLimits(limits, query, connection).timeout(milliseconds)) as unknown as Other[]; // prettier-ignore
    return answer;
  }
  return (await query.timeout(milliseconds)) as Other;
}
