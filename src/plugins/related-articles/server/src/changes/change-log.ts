import type { Knex } from 'knex';

import { changedWithin, rowsWithin } from '../content/statement-limits';
import { ANSWER_TIMEOUT_MS } from '../content/within-time';
import type { DocumentRef } from '../engine/engine';
import { rangesOf, type Cursor, type CursorState, type IdRange, type LogOffset } from './cursor';
import { LogInsertion, type Entry } from './log-insertion';
import {
  CHANGES,
  type Database,
  dropDamagedLog,
  ensureTables,
  nowIn,
  presenceOfLog,
  READ_TIMEOUT_MS,
  table,
} from './tables';

/** Rows that are read at once. */
const PAGE = 1000;
/** SQLite accepts conditions of at most a thousand levels, and at most 32,766 values. */
const RANGES_PER_QUERY = 200;
const IDS_PER_QUERY = 5000;
/** How many of the last rows are searched for gaps when a process begins to follow the log. */
const MOST_ROWS = 10_000;
/** How often gaps are looked for that need more than one query, in milliseconds. */
const LOOK_MS = 1000;
/** Ranges of at most this many ids are queried by their ids. */
const SHORT = 16;
/** How long a query of the log may take while requests wait for it, in milliseconds. */
const LOOK_TIMEOUT_MS = 2000;

const ROLLBACK = /\brollback\b/i;

/** What was written. */
export type Change =
  /** One document or entry of a content type. */
  | { kind: 'document'; ref: DocumentRef }
  /** The document that a row belongs to. */
  | { kind: 'row'; uid: string; rowId: number }
  /** A document that is a clone of another one of its type. */
  | { kind: 'clone'; ref: DocumentRef; clonedFrom: string; /** When it was made, in milliseconds since 1970. */ at?: number } // prettier-ignore
  /** Anything of a content type. */
  | { kind: 'type'; uid: string };

/** The content type that a change is about. */
export const uidOf = (change: Change): string => ('ref' in change ? change.ref.uid : change.uid);

/** What is read of a row. */
const COLUMNS = ['id', 'kind', 'uid', 'entry', 'token', 'created_at'];

type ChangeRow = Entry & LogOffset & { created_at?: number | string };

/** Most entries of a type that are named in one transaction. */
export const MOST_NAMED = 2000;
/**
 * How often a transaction repeats that anything of a type may have changed, in milliseconds: rows that are older than
 * the retention when they are committed are no longer read.
 */
const REPEAT_MS = 20_000;

/** What is known of a transaction that is still open. */
interface Known {
  /** The rows that it has already written, and when, as `performance.now()`. */
  written: Map<string, number>;
  /** How many entries of each content type it has named. */
  counts: Map<string, number>;
  /** Why a row could not be written. After that, none is tried: if one took long, each would. */
  failure?: Error;
}

/** The log no longer holds the row that was read last: it was trimmed, emptied, or is that of another database. */
export class LostPosition extends Error {}

/** The log ends before a position. Its rows are gone, or this is a node of a cluster that does not have them yet. */
export class EndsBefore extends LostPosition {}

/**
 * The log of changes in the database. Each row has a random token. A position belongs to this log, and not to a copy
 * that has diverged, as long as its row has that token.
 */
export class ChangeLog {
  private readonly known = new WeakMap<object, Known>();

  private readonly insertion: LogInsertion;

  /** When many gaps were last looked for, as `performance.now()`. */
  private lookedAt = -Infinity;

  constructor(private readonly db: Database) {
    this.insertion = new LogInsertion(db);
  }

  /** Whether this process has made sure that the tables exist. */
  isOpen = false;

  /**
   * Creates the tables and the first row if they are missing.
   *
   * @param isStart Whether nothing follows the log in this process yet: then a damaged log may be recreated.
   */
  async open(isStart = false): Promise<void> {
    await this.insertion.prepare();
    if (isStart) await dropDamagedLog(this.db);
    await ensureTables(this.db);
    this.isOpen = true;
    const start = table(this.db, CHANGES).select('id').where({ kind: 'start' }).limit(1);
    const [row] = await this.ask(start);
    if (!row) await this.insertion.run({ kind: 'start', uid: '', entry: null });
  }

  /** Whether the log exists and has rows. */
  presence(): Promise<'missing' | 'empty' | 'there'> {
    return presenceOfLog(this.db);
  }

  /** Returns the token of the first row, which identifies this database and each copy of it. */
  async identity(): Promise<string> {
    const start = table(this.db, CHANGES).where({ kind: 'start' }).orderBy('id').limit(1);
    const [row] = await this.ask<ChangeRow>(start);
    return row?.token ?? '';
  }

  /** Returns the last row. Everything that was committed before this read has a smaller id or is still missing. */
  async latest(): Promise<LogOffset> {
    const last = table(this.db, CHANGES).select('id', 'token').orderBy('id', 'desc').limit(1);
    const [row] = await this.ask<ChangeRow>(last);
    if (!row) throw new LostPosition('The change log is empty.');
    return { id: Number(row.id), token: row.token };
  }

  /**
   * Returns the ids that are missing below a row, lowest first: of transactions that are open or were rolled back.
   *
   * @param age Only gaps below rows of at most this age count, in milliseconds: trimming leaves gaps below older
   *   ones.
   */
  async missing(below: number, age: number): Promise<IdRange[]> {
    const { connection } = this.db;
    const last = table(this.db, CHANGES)
      .select('id', 'created_at')
      .where('id', '<=', below)
      .orderBy('id', 'desc')
      .limit(MOST_ROWS);
    const rows = connection
      .select('id', 'created_at', connection.raw('lag(id) over (order by id) as previous'))
      .from(last.as('last_rows'));
    const gaps = connection
      .select('id', 'previous')
      .from(rows.as('neighbours'))
      .whereRaw('id - previous > 1')
      .whereRaw('created_at > ? - ?', [nowIn(this.db), age])
      .orderBy('id');
    const found = await this.ask<Record<'id' | 'previous', number | string>>(gaps);
    return found.map(({ id, previous }) => [Number(previous) + 1, Number(id) - 1]);
  }

  /**
   * Writes a change to the log, in the transaction of this context if one is open, so that a rollback removes it.
   * Writes each change once per transaction, and none after one has failed.
   *
   * @throws When the database refuses it; an open transaction remains usable.
   */
  async append(change: Change): Promise<void> {
    const entry = toEntry(change);
    if (!this.db.inTransaction()) return this.insertion.run(entry);
    await this.db.transaction(async ({ trx }) => {
      const transaction = trx as unknown as Knex.Transaction;
      const known = this.knownOf(transaction);
      if (known.failure) throw known.failure;
      const row = rowFor(entry, known);
      if (!row) return;
      const key = keyOf(row);
      known.written.set(key, performance.now());
      try {
        await this.insertion.run(row, transaction);
      } catch (error) {
        known.written.delete(key);
        known.failure = error as Error;
        throw error;
      }
    });
  }

  private knownOf(trx: Knex.Transaction): Known {
    const before = this.known.get(trx);
    if (before) return before;
    const known: Known = { written: new Map(), counts: new Map() };
    this.known.set(trx, known);
    // A rollback to a savepoint also removes rows of the log.
    trx.on('query', ({ sql }: { sql?: string }) => {
      if (sql && ROLLBACK.test(sql)) known.written.clear();
    });
    return known;
  }

  /** Whether a position belongs to this log, and no row right after it was trimmed. */
  async holds({ id, token }: LogOffset): Promise<boolean> {
    const rows = table(this.db, CHANGES).where('id', '>=', id).orderBy('id').limit(2);
    const [own, next] = await this.ask<ChangeRow>(rows.select(COLUMNS));
    if (!own || Number(own.id) !== id || own.token !== token) return false;
    return !isGapAfterStart(own, next);
  }

  /**
   * Whether a position belongs to this log, and none of the rows that were missing then can have been trimmed.
   *
   * @param retention How long rows are kept, in milliseconds.
   */
  async holdsAll(state: CursorState, retention: number): Promise<boolean> {
    if (!(await this.holds(state))) return false;
    if (rangesOf(state).length === 0) return true;
    // A missing row may be older than the position by as long as a transaction stays open.
    const young = table(this.db, CHANGES)
      .select('id')
      .where({ id: state.id })
      .whereRaw('created_at > ? - ?', [nowIn(this.db), retention / 2]);
    return (await this.ask(young)).length > 0;
  }

  /** Returns the last clones in the log: unlike other changes, they cannot be read again from content. */
  async clones(): Promise<Change[]> {
    const rows = table(this.db, CHANGES)
      .select(COLUMNS)
      .where({ kind: 'clone' })
      .orderBy('id', 'desc')
      .limit(PAGE);
    return (await this.ask<ChangeRow>(rows)).reverse().flatMap((row) => toChange(row) ?? []);
  }

  /**
   * Reads what was committed since the cursor's position, and what was missing then. Moves the cursor.
   *
   * @returns A bounded number of changes, oldest first, whether they were the last, and whether any had been missing.
   * @throws LostPosition when the position is not in the log any more, or what was missing may have been trimmed.
   */
  async read(cursor: Cursor): Promise<{ changes: Change[]; isLast: boolean; isLate: boolean }> {
    const { position } = cursor;
    if (cursor.hasSlept) {
      throw new LostPosition(
        'Rows that were missing may have come and gone since it was last read.',
      );
    }
    const page = table(this.db, CHANGES)
      .select(COLUMNS)
      .where('id', '>=', position.id)
      .orderBy('id')
      .limit(PAGE);
    const rows = await this.ask<ChangeRow>(page);
    const [first, ...next] = rows;
    if (!first) throw new EndsBefore(`The change log ends before row ${position.id}.`);
    if (Number(first.id) !== position.id || first.token !== position.token) {
      throw new LostPosition(`The change log has no row ${position.id} of that token.`);
    }
    if (isGapAfterStart(first, next.at(0))) {
      throw new LostPosition('The change log no longer has all rows after its first one.');
    }
    const late = await this.find(cursor.wanted());
    for (const { id } of late) cursor.found(Number(id));
    const isAll = late.length < PAGE;
    if (!isAll) cursor.lookAgain();
    for (const { id, token } of next) cursor.advance({ id: Number(id), token });
    const changes = [...late, ...next].flatMap((row) => toChange(row) ?? []);
    return { changes, isLast: isAll && rows.length < PAGE, isLate: late.length > 0 };
  }

  /**
   * Whether anything of these types was committed after a row, or may have been because the row is gone.
   *
   * @param missing Ids that were missing below the row then. Default: none.
   */
  async hasWritesSince(
    id: number,
    uids: readonly string[],
    missing: readonly IdRange[] = [],
  ): Promise<boolean> {
    const [known] = await this.ask(table(this.db, CHANGES).select('id').where({ id }));
    if (!known) return true;
    const hasAny = async (where: Knex.QueryCallback) => {
      const rows = table(this.db, CHANGES)
        .select('id')
        .where(where)
        .whereIn('uid', [...uids]);
      return (await this.ask(rows.limit(1))).length > 0;
    };
    if (await hasAny((later) => later.where('id', '>', id))) return true;
    for (const part of partsOf(missing)) if (await hasAny(within(part))) return true;
    return false;
  }

  /**
   * Whether anything was committed that a cursor has not read, or may have been because its position is lost. Takes one
   * query by the primary key, and more for missing ids.
   */
  async hasNews(state: CursorState): Promise<boolean> {
    const { id, token } = state;
    const gaps = partsOf(rangesOf(state));
    const first = (where: Knex.QueryCallback) =>
      this.ask(table(this.db, CHANGES).select('id').where(where).limit(1), LOOK_TIMEOUT_MS);
    const from = table(this.db, CHANGES).select('id', 'token').where('id', '>=', id).orderBy('id');
    // One query after the other: for both conditions at once, SQLite reads every row.
    const [own, next] = await this.ask<ChangeRow>(from.limit(2), LOOK_TIMEOUT_MS);
    if (!own || Number(own.id) !== id || own.token !== token || next) return true;
    if (gaps.length === 0) return false;
    // Many gaps are looked for only once in a while, because each request may ask.
    if (gaps.length > 1 && performance.now() - this.lookedAt < LOOK_MS) return false;
    if (gaps.length > 1) this.lookedAt = performance.now();
    for (const part of gaps) {
      const [late] = await first(within(part));
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
      const ids = await this.ask(old().select('id').orderBy('id').limit(PAGE), ANSWER_TIMEOUT_MS);
      if (ids.length === 0) return deleted;
      const batch = old().where('id', '<=', ids[ids.length - 1].id);
      deleted += await changedWithin(this.db, batch.delete(), ANSWER_TIMEOUT_MS);
    }
  }

  /** Drops idle connections that do not answer: if one was silently cut, others may be, too. */
  async dropDead(): Promise<void> {
    const { client } = this.db.connection;
    const free: number = client.pool?.numFree?.() ?? 0;
    const look = () => this.db.connection.raw('select 1').timeout(LOOK_TIMEOUT_MS);
    await Promise.allSettled(Array.from({ length: free }, look));
  }

  async size(): Promise<number> {
    const rows = table(this.db, CHANGES).count({ count: '*' });
    const [{ count }] = await this.ask<{ count: number | string }>(rows, ANSWER_TIMEOUT_MS);
    return Number(count);
  }

  private ask<R = { id: number }>(
    query: Knex.QueryBuilder,
    milliseconds = READ_TIMEOUT_MS,
  ): Promise<R[]> {
    return rowsWithin<R>(this.db, query, milliseconds);
  }

  /** Returns at most a page of the missing rows that have appeared. */
  private async find(ranges: readonly IdRange[]): Promise<ChangeRow[]> {
    const found: ChangeRow[] = [];
    for (const part of partsOf(ranges)) {
      if (found.length >= PAGE) break;
      const rows = table(this.db, CHANGES).where(within(part)).orderBy('id');
      found.push(...(await this.ask<ChangeRow>(rows.limit(PAGE - found.length))));
    }
    return found;
  }
}

/** Whether rows after the first one of the log may have been trimmed: that one never is. */
const isGapAfterStart = (row: ChangeRow, next: ChangeRow | undefined): boolean =>
  row.kind === 'start' && next !== undefined && Number(next.id) > Number(row.id) + 1;

const keyOf = (entry: Entry): string => JSON.stringify(entry);

/**
 * Returns the row to write for a change. If one transaction writes very much of a type, such as a transfer of content
 * to the running server, one row stands for all of it. `null` if a row has already been written for the change.
 */
function rowFor(entry: Entry, { written, counts }: Known): Entry | null {
  const { kind, uid } = entry;
  const whole = toEntry({ kind: 'type', uid });
  const isTold = performance.now() - (written.get(keyOf(whole)) ?? -Infinity) < REPEAT_MS;
  if (kind === 'type') return isTold ? null : entry;
  if (written.has(keyOf(entry))) return null;
  if (kind !== 'document' && kind !== 'row') return entry;
  if (isTold) return null;
  const count = (counts.get(uid) ?? 0) + 1;
  counts.set(uid, count);
  return count > MOST_NAMED ? whole : entry;
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

/** Returns the change of a row; `null` for a row that is not a change. */
function toChange({ kind, uid, entry, created_at: at }: ChangeRow): Change | null {
  if (kind === 'type') return { kind, uid };
  if (entry === null) return null;
  if (kind === 'document') return { kind, ref: { uid, documentId: entry } };
  if (kind === 'row') return { kind, uid, rowId: Number(entry) };
  if (kind !== 'clone') return null;
  const [clonedFrom, documentId] = entry.split(' ');
  return {
    kind,
    ref: { uid, documentId },
    clonedFrom,
    ...(at !== undefined && { at: Number(at) }),
  };
}

const isShort = ([first, last]: IdRange): boolean => last - first < SHORT;

/** Splits ranges into parts that each fit into one query. */
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
