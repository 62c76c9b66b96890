import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';

import type { Change } from './change-log';
import {
  changedWithin,
  LEAD_MS,
  rowsWithin,
  takesStatementLimits,
  withLimits,
} from '../content/statement-limits';
import { CHANGES, clientOf, nameOf, nowIn, READ_TIMEOUT_MS, table, type Database } from './tables';

/**
 * How long an insert may wait for a lock on the table, in milliseconds (on PostgreSQL at most half of
 * `statement_timeout`): editors wait for it, each with a connection of the pool. In a transaction on SQLite, it is
 * Strapi's own timeout.
 */
const LOCK_TIMEOUT_MS = 2000;
/** How long after a failed insert others wait only briefly, in milliseconds: an editor may publish many at once. */
const LOCKED_MS = 10_000;
const SHORT_TIMEOUT_MS = 100;
/** PostgreSQL's error code for a missing privilege. */
const FORBIDDEN = '42501';
/** PostgreSQL's error code for a table without the key that `on conflict` names. */
const KEYLESS = '42P10';
const DAMAGED =
  'the table has no primary key, which is normal while a dump is being restored. If none is being restored, restart Strapi, or drop the table';

/** A change as a row of the log. The first row has the kind `start`, and its token identifies the database. */
export interface Entry {
  kind: Change['kind'] | 'start';
  uid: string;
  entry: string | null;
}

/** Writes rows to the log, each with a token, without waiting for long. */
export class LogInsertion {
  /** When an insert last failed, as `performance.now()`. */
  private failedAt = -Infinity;
  /** Whether PostgreSQL runs `do` blocks for this user; an administrator may have forbidden it. */
  private takesBlocks = true;

  constructor(private readonly db: Database) {}

  /** Checks whether PostgreSQL runs `do` blocks for this user. */
  async prepare(): Promise<void> {
    const { db } = this;
    if (clientOf(db) !== 'postgres') return;
    const usable = db
      .connection('pg_language')
      .select('lanname')
      .where({ lanname: 'plpgsql' })
      .whereRaw(`has_language_privilege(oid, 'usage')`);
    const found = await rowsWithin(db, usable, READ_TIMEOUT_MS).catch(() => null);
    if (found) this.takesBlocks = found.length > 0;
  }

  /** @throws When the database refuses it, or is busy for too long; a transaction remains usable. */
  async run(entry: Entry, trx?: Knex.Transaction): Promise<void> {
    try {
      const client = clientOf(this.db);
      if (client === 'postgres') await this.intoPostgres(entry, trx);
      else if (client === 'mysql') await this.intoMySql(entry, trx);
      else if (trx) await this.insertion(entry, trx);
      else await changedWithin(this.db, this.insertion(entry), this.lockTimeout + LEAD_MS);
    } catch (error) {
      this.failedAt = performance.now();
      const { code } = error as { code?: unknown };
      if (code === FORBIDDEN) this.takesBlocks = false;
      throw code === KEYLESS ? new Error(DAMAGED, { cause: error }) : error;
    }
  }

  private insertion(entry: Entry, trx?: Knex.Transaction): Knex.QueryBuilder {
    const row = { ...entry, token: tokenOf(), created_at: nowIn(this.db) };
    return table(this.db, CHANGES, trx).insert(row);
  }

  /** Inserts a row on PostgreSQL where `do` blocks are forbidden. */
  private async guarded(entry: Entry, trx?: Knex.Transaction): Promise<void> {
    const insertion = this.insertion(entry, trx).onConflict('id').ignore().returning('id');
    const ids = (await limited(insertion, trx)) as unknown as object[];
    if (ids.length === 0) throw new Error(TAKEN);
  }

  private get lockTimeout(): number {
    return performance.now() - this.failedAt < LOCKED_MS ? SHORT_TIMEOUT_MS : LOCK_TIMEOUT_MS;
  }

  private async intoMySql(entry: Entry, trx?: Knex.Transaction): Promise<void> {
    const insertion = this.insertion(entry, trx);
    const connection = trx ?? this.db.connection;
    if (!(await takesStatementLimits(this.db, connection))) return void (await limited(insertion, trx)); // prettier-ignore
    // By default it would wait a day for a table lock, and most of a minute for a row lock.
    const seconds = Math.floor(this.lockTimeout / 1000);
    const limits = `lock_wait_timeout = ${seconds}, innodb_lock_wait_timeout = ${Math.max(1, seconds)}`;
    await limited(withLimits(limits, insertion, connection), trx);
  }

  /**
   * On MySQL, and on SQLite while there is room, a failed statement leaves its transaction intact. On PostgreSQL it would
   * end it, so the insert runs in a block with its own savepoint. A savepoint made from here would not work: other
   * statements of the same transaction could run in between and be rolled back with it. While a dump is being restored,
   * the table has no primary key and is yet to be filled, so it must not get rows: `on conflict` needs the key and fails
   * without it.
   */
  private async intoPostgres({ kind, uid, entry }: Entry, trx?: Knex.Transaction): Promise<void> {
    const most = this.lockTimeout;
    const values = [kind, uid, entry, tokenOf()].map(literal);
    const connection = trx ?? this.db.connection;
    if (!this.takesBlocks) return this.guarded({ kind, uid, entry }, trx);
    // Without a transaction, PostgreSQL runs both statements as one transaction.
    const insertion = connection.raw(`
      do $related$
      declare
        waits text := current_setting('lock_timeout');
        ends numeric := extract(epoch from current_setting('statement_timeout')::interval) * 1000;
      begin
        perform set_config('related_articles.error', '', true);
        begin
          perform set_config('lock_timeout', (case when ends between 1 and ${2 * most} then ceil(ends / 2) else ${most} end)::int::text, true);
          insert into ${nameOf(this.db, CHANGES)} (kind, uid, entry, token, created_at)
          values (${values.join(', ')}, ${nowIn(this.db).toString()})
          on conflict (id) do nothing;
          if not found then raise exception '${TAKEN}'; end if;
          perform set_config('lock_timeout', waits, true);
        exception when others then
          perform set_config('related_articles.error', case sqlstate when '${KEYLESS}' then '${DAMAGED}' else sqlerrm end, true);
        end;
      end $related$;
      select current_setting('related_articles.error') as error`);
    const [, { rows }] = (await limited(insertion, trx)) as unknown as [
      unknown,
      { rows: { error: string }[] },
    ];
    if (rows[0].error) throw new Error(rows[0].error);
  }
}

const TAKEN = 'the id of a new row is taken';

/** Adds a timeout that drops a silently cut connection, unless the query is part of a transaction. */
const limited = <Q extends Knex.Raw | Knex.QueryBuilder>(query: Q, trx?: Knex.Transaction): Q =>
  trx ? query : (query.timeout(READ_TIMEOUT_MS) as Q);

function tokenOf(): string {
  return randomBytes(9).toString('base64url');
}

/** Hex-encoded, so that no character can be interpreted as SQL. */
function literal(value: string | null): string {
  if (value === null) return 'null';
  const hex = Buffer.from(value, 'utf8').toString('hex');
  return `convert_from(decode('${hex}', 'hex'), 'UTF8')`;
}
