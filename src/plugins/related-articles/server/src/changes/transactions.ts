import type { Knex } from 'knex';

import { clientOf, type Database } from './tables';

/** Delays before retrying while another process has locked the database, in milliseconds. */
const BUSY_MS = [20, 50, 100, 250, 500, 1000];

/** A transaction, tried again where another process has locked the whole database. */
export async function transaction<T>(db: Database, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await db.transaction(work);
    } catch (error) {
      const isBusy = /^SQLITE_BUSY/.test(String((error as { code?: unknown }).code));
      if (!isBusy || attempt >= BUSY_MS.length || db.inTransaction()) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS[attempt] * (1 + Math.random())));
    }
  }
}

/** How long somebody waits for another one's change of a row, as for that of an import, in seconds. */
const ROW_TIMEOUT_S = 5;
/** What PostgreSQL, and MySQL and MariaDB, say then. */
const TOO_LONG = new Set(['55P03', 'ER_LOCK_WAIT_TIMEOUT']);

/** Somebody else has changed a row, or made it, in a transaction that does not end. */
export class RowBusy extends Error {
  constructor(readonly code: string) {
    super('Something else, such as an import, is changing this. Try again later');
  }
}

interface Limit {
  /** How many are at work in it. */
  users: number;
  restore: Promise<Restore>;
}

/** Transactions in which nothing waits for long. */
const limits = new WeakMap<Knex.Transaction, Limit>();

/**
 * Reads or writes rows in the transaction of this context, or in one of its own, and waits for five seconds at most
 * where others keep them. What comes later in the transaction waits as it did before.
 *
 * @throws RowBusy when that is too short.
 */
export async function withoutLongWaits<T>(db: Database, work: () => Promise<T>): Promise<T> {
  // It locks itself as a whole, and gives up by itself.
  if (clientOf(db) === 'sqlite') return work();
  return db.transaction(async (context) => {
    const trx = context.trx as unknown as Knex.Transaction;
    const begin = clientOf(db) === 'postgres' ? limitOnPostgres : limitOnMySql;
    const limit = limits.get(trx) ?? { users: 0, restore: begin(trx) };
    limits.set(trx, limit);
    limit.users += 1;
    try {
      await limit.restore;
      return await work();
    } catch (error) {
      const { code } = error as { code?: unknown };
      throw typeof code === 'string' && TOO_LONG.has(code) ? new RowBusy(code) : error;
    } finally {
      limit.users -= 1;
      if (limit.users === 0) {
        limits.delete(trx);
        // One that has ended, or whose connection is gone, takes nothing.
        await limit.restore.then((restore) => restore()).catch(() => undefined);
      }
    }
  });
}

/** A transaction in which nothing waits for long, tried again where the whole database is locked. */
export const shortTransaction = <T>(db: Database, work: () => Promise<T>): Promise<T> =>
  transaction(db, () => withoutLongWaits(db, work));

type Restore = () => Promise<unknown>;

async function limitOnPostgres(trx: Knex.Transaction): Promise<Restore> {
  const { rows } = (await trx.raw(`select current_setting('lock_timeout') as usual, set_config('lock_timeout', '${ROW_TIMEOUT_S}s', true)`)) as { rows: [{ usual: string }] }; // prettier-ignore
  return async () => trx.raw(`select set_config('lock_timeout', ?, true)`, [rows[0].usual]);
}

/** For a row, and for a table; nothing that ends with the transaction would do there. */
async function limitOnMySql(trx: Knex.Transaction): Promise<Restore> {
  const set = async (row: number, whole: number) =>
    trx.raw(`set session innodb_lock_wait_timeout = ${Number(row)}, session lock_wait_timeout = ${Number(whole)}`); // prettier-ignore
  const [[usual]] = (await trx.raw('select @@session.innodb_lock_wait_timeout as `row`, @@session.lock_wait_timeout as `whole`')) as [[{ row: number; whole: number }]]; // prettier-ignore
  await set(ROW_TIMEOUT_S, ROW_TIMEOUT_S);
  return () => set(usual.row, usual.whole);
}

/**
 * Locks a row that counts its changes for the rest of the transaction, if it is as it was.
 *
 * @returns Whether it was.
 * @throws RowBusy when others keep it for too long.
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
      // By its primary key: by any other, MySQL locks its neighbours as well, and holds up who makes new ones.
      .where({ id })
      .where((row) => {
        void row.where({ revision });
        // SQL may have left it out.
        if (revision === 0) void row.orWhereNull('revision');
      })
      // A new value, because MySQL only counts rows that change.
      .update({ revision: revision + 1 });
    return withoutLongWaits(db, async () => Number(await claim));
  });
  return claimed === 1;
}

/** What ends the whole transaction on MySQL and MariaDB. */
const ENDING = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_TABLE_FULL', 'ER_CHECKREAD']);
const WAITED = 'ER_LOCK_WAIT_TIMEOUT';

/** Whether the transaction of this context, if there is one, has ended with a statement that failed. */
export async function hasEnded(db: Database, error: unknown): Promise<boolean> {
  if (!db.inTransaction()) return false;
  const code = String((error as { code?: unknown } | null)?.code);
  return db.transaction(async (context) => {
    const trx = context.trx as unknown as Knex.Transaction;
    switch (clientOf(db)) {
      case 'sqlite':
        return !(await connectionOf(trx)).inTransaction;
      case 'postgres':
        return trx.raw('select 1').then(
          () => false,
          () => true,
        );
      case 'mysql': {
        if (code !== WAITED) return ENDING.has(code);
        // A lock on a whole table ends nothing, which only MariaDB tells.
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

/** A transaction has one connection, which it keeps. */
const connectionOf = (trx: Knex.Transaction): Promise<{ inTransaction: boolean }> =>
  (trx.client as { acquireConnection(): Promise<{ inTransaction: boolean }> }).acquireConnection();
