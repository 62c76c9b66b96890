import type { Knex } from 'knex';

import { changedWithin, rowsWithin } from '../content/statement-limits';
import { LEASES, nowIn, table, type Database, READ_TIMEOUT_MS } from './tables';

/** No lease ends later than this many times its duration from now, unless the database's clock was set back. */
const MOST_DURATIONS = 3;

export interface LeaseOptions {
  db: Database;
  /** What the lease is for. */
  name: string;
  /** This process. */
  holder: string;
  /** How long the lease lasts without renewal, in milliseconds: after a crash, nobody does the work for that long. */
  durationMs: number;
}

/**
 * Lets one process do something for all: the process that holds the lease, until it expires without being renewed.
 * Times are those of the database, so the processes' clocks need not agree.
 */
export class Lease {
  constructor(private readonly options: LeaseOptions) {}

  /** Takes or renews it; `false` while another process holds it. */
  async hold(): Promise<boolean> {
    if (await this.take()) return true;
    const row = { name: this.options.name, holder: '', expires_at: 0, position: null };
    await this.changed(this.table.insert(row).onConflict('name').ignore());
    return this.take();
  }

  private async take(): Promise<boolean> {
    const { db, name, holder, durationMs } = this.options;
    const taking = this.table
      .where({ name })
      .andWhere((free) =>
        free
          .where({ holder })
          .orWhereRaw('expires_at < ?', [nowIn(db)])
          // Written while the database's clock was ahead.
          .orWhereRaw('expires_at > ? + ?', [nowIn(db), MOST_DURATIONS * durationMs]),
      )
      .update({ holder, expires_at: db.connection.raw('? + ?', [nowIn(db), durationMs]) });
    return (await this.changed(taking)) > 0;
  }

  /** Returns how far its holders have come in the change log; `null` if none has noted it. */
  async position(): Promise<number | null> {
    const { db, name } = this.options;
    const [row] = await rowsWithin<{ position: number | string | null }>(
      db,
      this.table.select('position').where({ name }),
      READ_TIMEOUT_MS,
    );
    return row?.position === null || row?.position === undefined ? null : Number(row.position);
  }

  /** Notes how far this process has come; `false` when it does not hold the lease any more. */
  async advance(position: number): Promise<boolean> {
    const { name, holder } = this.options;
    return (await this.changed(this.table.where({ name, holder }).update({ position }))) > 0;
  }

  /** Lets another process take it at once. */
  async release(): Promise<void> {
    const { name, holder } = this.options;
    await this.changed(this.table.where({ name, holder }).update({ expires_at: 0 }));
  }

  private get table(): Knex.QueryBuilder {
    return table(this.options.db, LEASES);
  }

  private changed(query: Knex.QueryBuilder): Promise<number> {
    return changedWithin(this.options.db, query, READ_TIMEOUT_MS);
  }
}
