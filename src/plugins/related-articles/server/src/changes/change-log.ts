import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';

import type { DocumentRef } from '../engine/engine';
import { rangesOf, type Cursor, type CursorState, type IdRange, type LogOffset } from './cursor';
import { CHANGES, clientOf, ensureTables, nowIn, table, type Database } from './tables';

/** Rows that are read at once. */
const PAGE = 1000;
/** SQLite takes conditions of a thousand levels at most, and 32,766 values. */
const RANGES_PER_QUERY = 200;
const IDS_PER_QUERY = 5000;
/** How often more gaps than one query takes are looked for, in milliseconds. */
const LOOK_MS = 1000;
/** Ranges of fewer ids are asked for by their ids. */
const SHORT = 16;
/** How long an insert may wait for a lock on the table, on PostgreSQL, where its statements may take twice as long, and on MariaDB. */
const LOCK_TIMEOUT_MS = 2000;
/**
 * How long a question to the log may take, asked by a request or by who follows the log, in milliseconds. A connection
 * that was cut without a word would answer after a quarter of an hour; Knex gives it up then.
 */
const LOOK_TIMEOUT_MS = 2000;
const READ_TIMEOUT_MS = 10_000;
/** For so long after one has waited in vain, others hardly wait: an editor may publish many at once. */
const LOCKED_MS = 10_000;
const SHORT_TIMEOUT_MS = 100;

const ROLLBACK = /\brollback\b/i;

/** What was written. */
export type Change =
  /** One document or entry of a content type. */
  | { kind: 'document'; ref: DocumentRef }
  /** The document that a row belongs to. */
  | { kind: 'row'; uid: string; rowId: number }
  /** A document that is a clone of another one of its type. */
  | { kind: 'clone'; ref: DocumentRef; clonedFrom: string }
  /** Anything of a content type. */
  | { kind: 'type'; uid: string };

/** A change as a row of the log has it; the first row has the kind `start` and names the database. */
interface Entry {
  kind: Change['kind'] | 'start';
  uid: string;
  entry: string | null;
}

type ChangeRow = Entry & LogOffset;

/** What is known of a transaction that is still open. */
interface Known {
  /** The rows that were already written in it. */
  written: Set<string>;
  /** Why one could not be written. None is tried again: where that took long, each would. */
  failure?: Error;
}

/** The log no longer holds the row that was read last: it was trimmed, emptied, or is that of another database. */
export class LostPosition extends Error {}

/**
 * The log of changes in the database. Each row has a random token: a position is one in this log, and not in a
 * copy of it that went its own way, as long as its row and token are there.
 */
export class ChangeLog {
  private readonly known = new WeakMap<object, Known>();

  /** When one was last not written, on the clock of `performance`. */
  private failedAt = -Infinity;

  /** Whether the database takes limits for one statement alone, as MariaDB does and MySQL does not. */
  private hasStatementLimits: boolean | undefined;

  /** When many gaps were last looked for, on the clock of `performance`. */
  private lookedAt = -Infinity;

  constructor(private readonly db: Database) {}

  /** Whether this process has made sure of the tables. */
  isOpen = false;

  /** Makes the tables and the first row where they are missing. */
  async open(): Promise<void> {
    await ensureTables(this.db);
    this.isOpen = true;
    const [row] = await table(this.db, CHANGES).select('id').limit(1);
    if (!row) await this.insert({ kind: 'start', uid: '', entry: null });
  }

  /** The token of the first row: what this database, and each copy of it, is known by. */
  async identity(): Promise<string> {
    const [row] = await table(this.db, CHANGES).where({ kind: 'start' }).orderBy('id').limit(1);
    return row?.token ?? '';
  }

  /** The last row; everything committed before it was read has a smaller id or is still missing. */
  async latest(): Promise<LogOffset> {
    const [row] = await table(this.db, CHANGES)
      .select('id', 'token')
      .orderBy('id', 'desc')
      .limit(1)
      .timeout(READ_TIMEOUT_MS);
    if (!row) throw new LostPosition('The change log is empty.');
    return { id: Number(row.id), token: row.token };
  }

  /**
   * Writes a change down, in the transaction of this context if one is open: a rollback takes it back. Each change
   * is written once a transaction, and none after one that could not be written.
   *
   * @throws When the database refuses it; an open transaction remains usable.
   */
  async append(change: Change): Promise<void> {
    const entry = toEntry(change);
    if (!this.db.inTransaction()) return this.insert(entry);
    await this.db.transaction(async ({ trx }) => {
      const key = JSON.stringify(entry);
      const transaction = trx as unknown as Knex.Transaction;
      const known = this.knownOf(transaction);
      if (known.failure) throw known.failure;
      if (known.written.has(key)) return;
      known.written.add(key);
      try {
        await this.insertWithin(transaction, entry);
      } catch (error) {
        known.written.delete(key);
        known.failure = error as Error;
        this.failedAt = performance.now();
        throw error;
      }
    });
  }

  private knownOf(trx: Knex.Transaction): Known {
    const before = this.known.get(trx);
    if (before) return before;
    const known: Known = { written: new Set() };
    this.known.set(trx, known);
    // What is taken back to a savepoint takes rows of the log with it.
    trx.on('query', ({ sql }: { sql?: string }) => {
      if (sql && ROLLBACK.test(sql)) known.written.clear();
    });
    return known;
  }

  /** Whether a position is one in this log. */
  async holds({ id, token }: LogOffset): Promise<boolean> {
    const [row] = await table(this.db, CHANGES).where({ id, token }).select('id');
    return row !== undefined;
  }

  /**
   * What was committed since the cursor's position, and what was missing then. Moves the cursor.
   *
   * @returns At most a page of changes, oldest first, and whether it was the last.
   * @throws LostPosition when the position is not in the log any more.
   */
  async read(cursor: Cursor): Promise<{ changes: Change[]; isLast: boolean }> {
    const { position } = cursor;
    const rows: ChangeRow[] = await table(this.db, CHANGES)
      .select('id', 'kind', 'uid', 'entry', 'token')
      .where('id', '>=', position.id)
      .orderBy('id')
      .limit(PAGE)
      .timeout(READ_TIMEOUT_MS);
    const [first, ...next] = rows;
    if (!first || Number(first.id) !== position.id || first.token !== position.token) {
      throw new LostPosition(`The change log has no row ${position.id} of that token.`);
    }
    const late = await this.find(cursor.wanted());
    for (const { id } of late) cursor.found(Number(id));
    const isAll = late.length < PAGE;
    if (!isAll) cursor.lookAgain();
    for (const { id, token } of next) cursor.advance({ id: Number(id), token });
    const changes = [...late, ...next].flatMap((row) => toChange(row) ?? []);
    return { changes, isLast: isAll && rows.length < PAGE };
  }

  /** Whether anything of these types was written after a row, or may have been: the row is gone. */
  async hasWritesSince(id: number, uids: readonly string[]): Promise<boolean> {
    const [known] = await table(this.db, CHANGES).select('id').where({ id });
    if (!known) return true;
    const [row] = await table(this.db, CHANGES)
      .select('id')
      .where('id', '>', id)
      .whereIn('uid', [...uids])
      .limit(1);
    return row !== undefined;
  }

  /** Whether anything was committed that a cursor has not read: a query by the primary key, and some for what is missing. */
  async hasNews(state: CursorState): Promise<boolean> {
    const { id } = state;
    const gaps = partsOf(rangesOf(state));
    const rows = () => table(this.db, CHANGES).select('id').limit(1).timeout(LOOK_TIMEOUT_MS);
    // One after the other: for both at once, SQLite looks at every row.
    const [next] = await rows().where('id', '>', id);
    if (next || gaps.length === 0) return next !== undefined;
    // So many are looked for once in a while: each request may ask.
    if (gaps.length > 1 && performance.now() - this.lookedAt < LOOK_MS) return false;
    if (gaps.length > 1) this.lookedAt = performance.now();
    for (const part of gaps) {
      const [late] = await rows().where(within(part));
      if (late) return true;
    }
    return false;
  }

  /**
   * Deletes rows below a position that are older than `retention` milliseconds.
   *
   * @returns How many.
   */
  async trim(below: number, retention: number): Promise<number> {
    const old = () =>
      table(this.db, CHANGES)
        .where('id', '<', below)
        .whereNot({ kind: 'start' })
        .whereRaw('created_at < ? - ?', [nowIn(this.db), retention]);
    let deleted = 0;
    for (;;) {
      // In batches, to avoid long locks on a large log.
      const ids: { id: number }[] = await old().select('id').orderBy('id').limit(PAGE);
      if (ids.length === 0) return deleted;
      deleted += Number(
        await old()
          .where('id', '<=', ids[ids.length - 1].id)
          .delete(),
      );
    }
  }

  async size(): Promise<number> {
    const [{ count }] = await table(this.db, CHANGES).count({ count: '*' });
    return Number(count);
  }

  /** A page of the rows that are missing. */
  private async find(ranges: readonly IdRange[]): Promise<ChangeRow[]> {
    const found: ChangeRow[] = [];
    for (const part of partsOf(ranges)) {
      if (found.length >= PAGE) break;
      const rows = table(this.db, CHANGES)
        .where(within(part))
        .orderBy('id')
        .timeout(READ_TIMEOUT_MS);
      found.push(...((await rows.limit(PAGE - found.length)) as ChangeRow[]));
    }
    return found;
  }

  private async insert(entry: Entry): Promise<void> {
    await this.insertion(entry);
  }

  private insertion(entry: Entry, trx?: Knex.Transaction): Knex.QueryBuilder {
    const row = { ...entry, token: tokenOf(), created_at: nowIn(this.db) };
    return table(this.db, CHANGES, trx).insert(row);
  }

  private get lockTimeout(): number {
    return performance.now() - this.failedAt < LOCKED_MS ? SHORT_TIMEOUT_MS : LOCK_TIMEOUT_MS;
  }

  private async isMariaDb(trx: Knex.Transaction): Promise<boolean> {
    if (clientOf(this.db) !== 'mysql') return false;
    if (this.hasStatementLimits === undefined) {
      const [[{ version }]] = (await trx.raw('select version() as version')) as [[{ version: string }]]; // prettier-ignore
      this.hasStatementLimits = /mariadb/i.test(version);
    }
    return this.hasStatementLimits;
  }

  /**
   * On SQLite and MySQL a statement that fails leaves its transaction as it was. On PostgreSQL it would end it, so
   * the insert runs in a block with a savepoint of its own. A savepoint made from here would not do: other
   * statements of the same transaction could come in between, and be rolled back with it.
   */
  private async insertWithin(trx: Knex.Transaction, row: Entry): Promise<void> {
    if (clientOf(this.db) !== 'postgres') {
      const insertion = this.insertion(row, trx);
      if (!(await this.isMariaDb(trx))) await insertion;
      else {
        // By default it would wait for a table for a day, and for a row for most of a minute.
        const { sql, bindings } = insertion.toSQL().toNative();
        const seconds = Math.floor(this.lockTimeout / 1000);
        const limits = `lock_wait_timeout = ${seconds}, innodb_lock_wait_timeout = ${Math.max(1, seconds)}`;
        await trx.raw(`set statement ${limits} for ${sql}`, [...bindings]);
      }
      return;
    }
    const { kind, uid, entry } = row;
    const most = this.lockTimeout;
    const values = [kind, uid, entry, tokenOf()].map(literal);
    const name = this.db.getSchemaName()
      ? trx.ref(CHANGES).withSchema(this.db.getSchemaName() as string)
      : trx.ref(CHANGES);
    const [, { rows }] = (await trx.raw(`
      do $related$
      declare
        waits text := current_setting('lock_timeout');
        ends numeric := extract(epoch from current_setting('statement_timeout')::interval) * 1000;
      begin
        perform set_config('related_articles.error', '', true);
        begin
          perform set_config('lock_timeout', (case when ends between 1 and ${2 * most} then ceil(ends / 2) else ${most} end)::int::text, true);
          insert into ${name.toString()} (kind, uid, entry, token, created_at)
          values (${values.join(', ')}, ${nowIn(this.db).toString()});
          perform set_config('lock_timeout', waits, true);
        exception when others then
          perform set_config('related_articles.error', sqlerrm, true);
        end;
      end $related$;
      select current_setting('related_articles.error') as error`)) as unknown as [
      unknown,
      { rows: { error: string }[] },
    ];
    if (rows[0].error) throw new Error(rows[0].error);
  }
}

function toEntry(change: Change): Entry {
  switch (change.kind) {
    case 'document':
      return { kind: change.kind, uid: change.ref.uid, entry: change.ref.documentId };
    case 'row':
      return { kind: change.kind, uid: change.uid, entry: String(change.rowId) };
    case 'clone': {
      const { ref, clonedFrom } = change;
      return { kind: change.kind, uid: ref.uid, entry: `${clonedFrom} ${ref.documentId}` };
    }
    case 'type':
      return { kind: change.kind, uid: change.uid, entry: null };
  }
}

/** `null` for a row that is not a change. */
function toChange({ kind, uid, entry }: Entry): Change | null {
  if (kind === 'type') return { kind, uid };
  if (entry === null) return null;
  if (kind === 'document') return { kind, ref: { uid, documentId: entry } };
  if (kind === 'row') return { kind, uid, rowId: Number(entry) };
  if (kind !== 'clone') return null;
  const [clonedFrom, documentId] = entry.split(' ');
  return { kind, ref: { uid, documentId }, clonedFrom };
}

function tokenOf(): string {
  return randomBytes(9).toString('base64url');
}

/** Hex-encoded, so that no character can be interpreted as SQL. */
function literal(value: string | null): string {
  if (value === null) return 'null';
  const hex = Buffer.from(value, 'utf8').toString('hex');
  return `convert_from(decode('${hex}', 'hex'), 'UTF8')`;
}

const isShort = ([first, last]: IdRange): boolean => last - first < SHORT;

/** As much of it at a time as one query takes. */
function partsOf(ranges: readonly IdRange[]): IdRange[][] {
  const parts: IdRange[][] = [];
  let [ids, long] = [Infinity, Infinity];
  for (const range of ranges) {
    const [first, last] = range;
    if (ids >= IDS_PER_QUERY || long >= RANGES_PER_QUERY) {
      parts.push([]);
      [ids, long] = [0, 0];
    }
    parts[parts.length - 1].push(range);
    if (isShort(range)) ids += last - first + 1;
    else long += 1;
  }
  return parts;
}

/** A condition on ids. */
const within = (ranges: readonly IdRange[]) => (query: Knex.QueryBuilder) => {
  const ids = ranges.filter(isShort).flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at)); // prettier-ignore
  if (ids.length > 0) void query.orWhereIn('id', ids);
  for (const range of ranges) if (!isShort(range)) void query.orWhereBetween('id', range);
};
