import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';

import { changedWithin, rowsWithin } from '../content/statement-limits';
import { INSTANCES, nowIn, table, type Database, READ_TIMEOUT_MS } from './tables';

/** How long a silent instance delays trimming the log, in milliseconds. */
const LIVE_MS = 5 * 60_000;
const FORGOTTEN_MS = 24 * 60 * 60_000;

/** A process that follows the log. */
export interface Instance {
  id: string;
  position: number;
  /** Milliseconds since its last heartbeat. */
  age: number;
}

/** The processes that share the database, each known by its last heartbeat. */
export class Heartbeats {
  /** The id of this process. Ids sort by start time; random ids of earlier versions come first. */
  readonly own = `t${Date.now().toString(36)}-${randomUUID().slice(0, 23)}`;

  constructor(private readonly db: Database) {}

  /** Tells the others how far this process has read the log. */
  async send(position: number): Promise<void> {
    const row = { id: this.own, position, seen_at: nowIn(this.db) };
    await this.change(table(this.db, INSTANCES).insert(row).onConflict('id').merge());
  }

  /** Returns the instances with a heartbeat within `LIVE_MS`. */
  async live(): Promise<Instance[]> {
    const heard = table(this.db, INSTANCES)
      .select('id', 'position', this.db.connection.raw('? - seen_at as age', [nowIn(this.db)]))
      .whereRaw('seen_at > ? - ?', [nowIn(this.db), LIVE_MS])
      // Ignore rows that were written while the database's clock was ahead.
      .whereRaw('seen_at < ? + ?', [nowIn(this.db), LIVE_MS]);
    const rows = await rowsWithin<Record<keyof Instance, number | string>>(
      this.db,
      heard,
      READ_TIMEOUT_MS,
    );
    return rows.map(({ id, position, age }) => ({
      id: String(id),
      position: Number(position),
      age: Number(age),
    }));
  }

  /** Whether no live instance was started later: the youngest has the newest configuration and schema. */
  async isYoungest(): Promise<boolean> {
    return (await this.live()).every(({ id }) => id <= this.own);
  }

  async forgetOld(): Promise<void> {
    const old = table(this.db, INSTANCES);
    await this.change(old.whereRaw('seen_at < ? - ?', [nowIn(this.db), FORGOTTEN_MS]).delete());
  }

  async leave(): Promise<void> {
    await this.change(table(this.db, INSTANCES).where({ id: this.own }).delete());
  }

  private async change(query: Knex.QueryBuilder): Promise<void> {
    await changedWithin(this.db, query, READ_TIMEOUT_MS);
  }
}
