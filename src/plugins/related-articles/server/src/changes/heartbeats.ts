import { randomUUID } from 'node:crypto';

import { INSTANCES, nowIn, table, type Database, READ_TIMEOUT_MS } from './tables';

/** An instance silent for longer does not delay trimming the log, in milliseconds. */
const LIVE_MS = 5 * 60_000;
const FORGOTTEN_MS = 24 * 60 * 60_000;

/** A process that follows the log. */
export interface Instance {
  id: string;
  position: number;
  /** Milliseconds since it was last heard of. */
  age: number;
}

/** The processes that share the database, each known by its last heartbeat. */
export class Heartbeats {
  readonly own = randomUUID();

  constructor(private readonly db: Database) {}

  /** Tells the others how far this process has read the log. */
  async send(position: number): Promise<void> {
    await table(this.db, INSTANCES)
      .insert({ id: this.own, position, seen_at: nowIn(this.db) })
      .onConflict('id')
      .merge()
      .timeout(READ_TIMEOUT_MS);
  }

  /** Those heard of within `LIVE_MS`. */
  async live(): Promise<Instance[]> {
    const rows: { id: string; position: number | string; age: number | string }[] = await table(
      this.db,
      INSTANCES,
    )
      .select('id', 'position', this.db.connection.raw('? - seen_at as age', [nowIn(this.db)]))
      .whereRaw('seen_at > ? - ?', [nowIn(this.db), LIVE_MS])
      .timeout(READ_TIMEOUT_MS);
    return rows.map(({ id, position, age }) => ({
      id,
      position: Number(position),
      age: Number(age),
    }));
  }

  async forgetOld(): Promise<void> {
    await table(this.db, INSTANCES)
      .whereRaw('seen_at < ? - ?', [nowIn(this.db), FORGOTTEN_MS])
      .delete()
      .timeout(READ_TIMEOUT_MS);
  }

  async leave(): Promise<void> {
    await table(this.db, INSTANCES).where({ id: this.own }).delete();
  }
}
