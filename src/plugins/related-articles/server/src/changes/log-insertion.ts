import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';

import type { Change } from './change-log';
import { rowsWithin, takesStatementLimits, withLimits } from '../content/statement-limits';
import { CHANGES, clientOf, nameOf, nowIn, READ_TIMEOUT_MS, table, type Database } from './tables';

/**
 * How long an insert may wait for a lock on the table, on PostgreSQL, where its statements may take twice as long, and
 * on MariaDB: editors wait for it, each with a connection of the pool.
 */
const LOCK_TIMEOUT_MS = 2000;
/** For so long after one has waited in vain, others hardly wait: an editor may publish many at once. */
const LOCKED_MS = 10_000;
const SHORT_TIMEOUT_MS = 100;
/** PostgreSQL's code for what a user may not do. */
const FORBIDDEN = '42501';
/** And for a table without the key that `on conflict` names. */
const KEYLESS = '42P10';
const DAMAGED =
  'the table has no primary key, which is normal while a dump is being restored. If none is being restored, restart Strapi, or drop the table';

/** A change as a row of the log has it; the first row has the kind `start` and names the database. */
export interface Entry {
  kind: Change['kind'] | 'start';
  uid: string;
  entry: string | null;
}

/** Writes rows of the log, each with a token, and does not wait for long. */
export class LogInsertion {
  /** When one was last not written, on the clock of `performance`. */
  private failedAt = -Infinity;
  /** Whether PostgreSQL runs blocks for this user, which an administrator may have forbidden. */
  private takesBlocks = true;

  constructor(private readonly db: Database) {}

  /** Asks what the database takes. */
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
      else await this.insertion(entry, trx);
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

  /** The same where blocks are forbidden. */
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
    // By default it would wait for a table for a day, and for a row for most of a minute.
    const seconds = Math.floor(this.lockTimeout / 1000);
    const limits = `lock_wait_timeout = ${seconds}, innodb_lock_wait_timeout = ${Math.max(1, seconds)}`;
    await limited(withLimits(limits, insertion, connection), trx);
  }

  /**
   * On SQLite and MySQL a statement that fails leaves its transaction as it was. On PostgreSQL it would end it, so
   * the insert runs in a block with a savepoint of its own. A savepoint made from here would not do: other
   * statements of the same transaction could come in between, and be rolled back with it. Where a dump is being restored,
   * a table without its primary key is yet to be filled, and takes none: `on conflict` needs the key.
   */
  private async intoPostgres({ kind, uid, entry }: Entry, trx?: Knex.Transaction): Promise<void> {
    const most = this.lockTimeout;
    const values = [kind, uid, entry, tokenOf()].map(literal);
    const connection = trx ?? this.db.connection;
    if (!this.takesBlocks) return this.guarded({ kind, uid, entry }, trx);
    // Without a transaction, both statements are one by themselves.
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

/** Gives up a connection that was cut without a word, unless a transaction rests on it. */
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
