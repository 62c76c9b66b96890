import { setTimeout } from 'node:timers/promises';

import type { Knex } from 'knex';

import {
  atOnce,
  endLeftOpen,
  isLocked,
  untilUnlocked,
  type SqliteConnection,
} from '../content/statement-limits';
import { afterOthers } from '../engine/steps';
import { clientOf, type Database } from './tables';

/** How long a transaction waits for another process to unlock SQLite's file, in milliseconds. */
const LOCKED_MS = 20_000;
/**
 * How long the end of a transaction waits for those who read, in milliseconds, before it is rolled back: no other
 * request gets SQLite's connection meanwhile.
 */
const COMMIT_MS = 1000;
/** The same for the first try: meanwhile nobody can begin to read, so short readers are waited out. */
const FIRST_COMMIT_MS = 4000;
/** How long to wait between two tries, in milliseconds; up to twice as long, so that others do not keep step. */
const RETRY_MS = 50;

type Context = Parameters<Parameters<Database['transaction']>[0]>[0];

/** Runs a transaction, and again for a while if another process has locked SQLite's file. */
export async function transaction<T>(db: Database, work: () => Promise<T>): Promise<T> {
  if (clientOf(db) !== 'sqlite' || db.inTransaction()) return committed(db, work);
  const begun = performance.now();
  /** How long the work itself has taken. */
  let worked = 0;
  let patience = FIRST_COMMIT_MS;
  for (;;) {
    // SQLite answers at once: whoever makes many changes, one after the other, would let nothing else run.
    await afterOthers();
    try {
      return await withLock(db, work, (took) => {
        worked += took;
        // Long work, such as an import, is worth a longer wait than doing it again; but nobody can begin to read then.
        const wait = Math.min(Math.max(patience, took), FIRST_COMMIT_MS);
        patience = COMMIT_MS;
        return wait;
      });
    } catch (error) {
      const waited = performance.now() - begun - worked;
      if (!(isLocked(error) || isLeftOpen(error)) || waited > LOCKED_MS) throw error;
    }
    await setTimeout(RETRY_MS * (1 + Math.random()));
  }
}

/**
 * Runs a transaction, and fails if its end fails, as where the connection was lost by then: Knex resolves all the same,
 * and Strapi takes the changes for saved. Within another transaction, that one has to find out.
 */
export async function committed<T>(
  db: Database,
  work: (context: Context) => Promise<T>,
): Promise<T> {
  if (db.inTransaction()) return db.transaction(work);
  return db.transaction(async (context) => {
    const trx = context.trx as unknown as Knex.Transaction;
    // Its beginning has failed, and Knex says nothing of that either.
    if (trx.isCompleted()) await trx.executionPromise;
    const connection = clientOf(db) === 'sqlite' ? await connectionOf(trx) : null;
    let failure: { error: unknown } | null = null;
    trx.executionPromise.catch((error: unknown) => {
      failure = { error };
    });
    context.onCommit(() => {
      if (!failure) return;
      // SQLite leaves the transaction open, and Knex gives the connection back as it is.
      if (connection?.inTransaction) connection.exec('rollback');
      throw (failure as { error: unknown }).error;
    });
    return work(context);
  });
}

/**
 * Runs a transaction that locks SQLite's file from the start, and never waits in SQLite itself: that would hold up the
 * whole process.
 */
async function withLock<T>(
  db: Database,
  work: () => Promise<T>,
  patienceFor: (took: number) => number,
): Promise<T> {
  await endLeftOpen(db);
  return committed(db, async ({ trx }) => {
    const transaction = trx as unknown as Knex.Transaction;
    const connection = await connectionOf(transaction);
    // Changes nothing, but locks. A write that comes after reads would be refused if others had written in between.
    await atOnce(connection, async () => transaction.raw('update sqlite_sequence set seq = seq where 0')); // prettier-ignore
    const begun = performance.now();
    const result = await work();
    await endWithoutWaiting(connection, patienceFor(performance.now() - begun));
    return result;
  });
}

/** Commits as soon as nobody reads; Knex, which would wait for that in this process, gets an empty transaction to end. */
async function endWithoutWaiting(
  connection: SqliteConnection,
  milliseconds: number,
): Promise<void> {
  const commit = async () => connection.exec('commit');
  await untilUnlocked(() => atOnce(connection, commit), milliseconds);
  connection.exec('begin');
}

/** Whether a transaction could not begin, as the end of the one before it has failed in the meantime. */
const isLeftOpen = (error: unknown): boolean =>
  /within a transaction/.test(String((error as { message?: unknown } | null)?.message));

/** Whether a read or write of Strapi's failed because its transaction could not begin, which Knex tells only so. */
export const hasNotBegun = (error: unknown): boolean =>
  /^Transaction query already complete/.test(String((error as { message?: unknown } | null)?.message)); // prettier-ignore

/** How long a statement waits for a row that another transaction, such as an import, has changed, in seconds. */
const ROW_TIMEOUT_S = 5;
/** Error codes for a lock timeout: of PostgreSQL, then of MySQL and MariaDB. */
const TOO_LONG = new Set(['55P03', 'ER_LOCK_WAIT_TIMEOUT']);

/** Another transaction has created or changed the row and does not end. */
export class RowBusy extends Error {
  constructor(readonly code: string) {
    super('Something else, such as an import, is changing this. Try again later');
  }
}

interface Limit {
  /** How many calls are using it. */
  users: number;
  restore: Promise<Restore>;
}

/** Transactions in which statements wait for locks only briefly. */
const limits = new WeakMap<Knex.Transaction, Limit>();

/**
 * Reads or writes rows in the transaction of this context, or in one of its own, and waits at most five seconds for
 * rows that others have locked. Later statements of the transaction wait as long as before.
 *
 * @throws RowBusy when the rows stay locked for longer.
 */
export async function withoutLongWaits<T>(db: Database, work: () => Promise<T>): Promise<T> {
  // SQLite locks the database as a whole and has its own timeout.
  if (clientOf(db) === 'sqlite') return work();
  return db.transaction(async (context) => {
    const trx = context.trx as unknown as Knex.Transaction;
    const begin = clientOf(db) === 'postgres' ? limitOnPostgres : limitOnMySql;
    const limit = limits.get(trx) ?? { users: 0, restore: begin(trx) };
    limits.set(trx, limit);
    limit.users += 1;
    let isDone = false;
    try {
      await limit.restore;
      const result = await work();
      isDone = true;
      return result;
    } catch (error) {
      const { code } = error as { code?: unknown };
      throw typeof code === 'string' && TOO_LONG.has(code) ? new RowBusy(code) : error;
    } finally {
      limit.users -= 1;
      if (limit.users === 0) {
        limits.delete(trx);
        const restored = limit.restore.then((restore) => restore());
        // A transaction that has ended, or lost its connection, accepts no statements. Nothing else may tell: PostgreSQL
        // answers the COMMIT of a transaction in which a statement has failed as if it were one.
        await (isDone ? restored : restored.catch(() => undefined));
      }
    }
  });
}

/** What a database says at the end of a transaction if another node of a cluster has written the same rows. */
const LATE = new Set(['ER_LOCK_DEADLOCK', 'ER_CHECKREAD', '40001', '40P01']);

/**
 * Runs a transaction that waits for locks only briefly, or for SQLite's file.
 *
 * @throws RowBusy when others keep the rows, or the file, locked, or have written to them at the same moment.
 */
export async function shortTransaction<T>(db: Database, work: () => Promise<T>): Promise<T> {
  try {
    return await transaction(db, () => withoutLongWaits(db, work));
  } catch (error) {
    const { code } = error as { code?: string };
    throw isLocked(error) || LATE.has(code ?? '') ? new RowBusy(String(code)) : error;
  }
}

type Restore = () => Promise<unknown>;

async function limitOnPostgres(trx: Knex.Transaction): Promise<Restore> {
  const { rows } = (await trx.raw(`select current_setting('lock_timeout') as usual, set_config('lock_timeout', '${ROW_TIMEOUT_S}s', true)`)) as { rows: [{ usual: string }] }; // prettier-ignore
  return async () => trx.raw(`select set_config('lock_timeout', ?, true)`, [rows[0].usual]);
}

/** Limits the waits for row and table locks. MySQL and MariaDB have no such setting that ends with the transaction. */
async function limitOnMySql(trx: Knex.Transaction): Promise<Restore> {
  const set = async (row: number, whole: number) =>
    trx.raw(`set session innodb_lock_wait_timeout = ${Number(row)}, session lock_wait_timeout = ${Number(whole)}`); // prettier-ignore
  const [[usual]] = (await trx.raw('select @@session.innodb_lock_wait_timeout as `row`, @@session.lock_wait_timeout as `whole`')) as [[{ row: number; whole: number }]]; // prettier-ignore
  await set(ROW_TIMEOUT_S, ROW_TIMEOUT_S);
  return () => set(usual.row, usual.whole);
}

/**
 * Locks a row with a revision counter for the rest of the transaction, if its revision has not changed.
 *
 * @returns Whether the revision was the expected one.
 * @throws RowBusy when others keep the row locked for too long.
 */
export async function claimRow(
  db: Database,
  uid: string,
  { id, revision }: { id: number; revision: number },
): Promise<boolean> {
  const claimed = await db.transaction(async (context) => {
    const claim = db
      .getConnection(db.metadata.get(uid).tableName)
      .transacting(context.trx as unknown as Knex.Transaction)
      // By primary key: by any other condition, MySQL also locks neighbouring rows and blocks inserts.
      .where({ id })
      .where((row) => {
        void row.where({ revision });
        // A row that was inserted by SQL may lack it.
        if (revision === 0) void row.orWhereNull('revision');
      })
      // A new value, because MySQL only counts rows that change.
      .update({ revision: revision + 1 });
    return withoutLongWaits(db, async () => Number(await claim));
  });
  return claimed === 1;
}

/** Errors that end the whole transaction on MySQL and MariaDB. */
const ENDING = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_TABLE_FULL', 'ER_CHECKREAD']);
const WAITED = 'ER_LOCK_WAIT_TIMEOUT';

/** Whether a failed statement has ended the transaction of this context, if there is one. */
export async function hasEnded(db: Database, error: unknown): Promise<boolean> {
  if (!db.inTransaction()) return false;
  const code = String((error as { code?: unknown } | null)?.code);
  return db.transaction(async (context) => {
    const trx = context.trx as unknown as Knex.Transaction;
    switch (clientOf(db)) {
      case 'sqlite':
        return !(await connectionOf(trx)).inTransaction;
      case 'postgres':
        return isLost(trx);
      case 'mysql': {
        if (ENDING.has(code)) return true;
        // After a mistake in the statement, the transaction goes on; if the connection is lost, nothing else says so.
        if (code !== WAITED) return isLost(trx);
        // A timeout for a table lock does not end the transaction, but only MariaDB can tell that it is still open.
        const isOpen = await trx.raw('select @@in_transaction as open').then(
          ([[row]]: [[{ open: number }]]) => Number(row.open) === 1,
          () => false,
        );
        if (isOpen) return false;
        const [[row]] = (await trx.raw('select @@innodb_rollback_on_timeout as ends')) as [[{ ends: number }]]; // prettier-ignore
        return Number(row.ends) === 1;
      }
    }
  });
}

/** Whether a transaction accepts no statements any more. */
const isLost = (trx: Knex.Transaction): Promise<boolean> =>
  trx.raw('select 1').then(
    () => false,
    () => true,
  );

/** A transaction has one connection, which it keeps. */
const connectionOf = (trx: Knex.Transaction): Promise<SqliteConnection> =>
  (trx.client as { acquireConnection(): Promise<SqliteConnection> }).acquireConnection();
