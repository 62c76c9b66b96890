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
    super('Somebody else, such as an import, is changing this. Try again later');
  }
}

/**
 * Reads or writes rows in the transaction of this context, or in one of its own, and waits for five seconds at most
 * where others keep them. On PostgreSQL, no other statement of the transaction waits longer, either.
 *
 * @throws RowBusy when that is too short.
 */
export async function withoutLongWaits<T>(db: Database, work: () => Promise<T>): Promise<T> {
  // It locks itself as a whole, and gives up by itself.
  if (clientOf(db) === 'sqlite') return work();
  return db.transaction(async (context) => {
    const trx = context.trx as unknown as Knex.Transaction;
    const isMySql = clientOf(db) === 'mysql';
    // Nothing that ends with the transaction would do there.
    const usual = isMySql ? await waitsOf(trx) : null;
    try {
      if (clientOf(db) === 'postgres') await trx.raw(`set local lock_timeout = '${ROW_TIMEOUT_S}s'`); // prettier-ignore
      if (usual) await setWaits(trx, { row: ROW_TIMEOUT_S, whole: ROW_TIMEOUT_S });
      return await work();
    } catch (error) {
      const { code } = error as { code?: unknown };
      throw typeof code === 'string' && TOO_LONG.has(code) ? new RowBusy(code) : error;
    } finally {
      // A connection that is gone takes none.
      if (usual) await setWaits(trx, usual).catch(() => undefined);
    }
  });
}

/** How long statements of a connection wait for a row, and for a table, in seconds. */
interface Waits {
  row: number;
  whole: number;
}

async function waitsOf(trx: Knex.Transaction): Promise<Waits> {
  const asked =
    'select @@session.innodb_lock_wait_timeout as `row`, @@session.lock_wait_timeout as `whole`';
  const [[waits]] = (await trx.raw(asked)) as [[Waits]];
  return waits;
}

async function setWaits(trx: Knex.Transaction, { row, whole }: Waits): Promise<void> {
  await trx.raw(`set session innodb_lock_wait_timeout = ${Number(row)}, session lock_wait_timeout = ${Number(whole)}`); // prettier-ignore
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
