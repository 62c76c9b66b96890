import { LEASES, nowIn, table, type Database, READ_TIMEOUT_MS } from './tables';

export interface LeaseOptions {
  db: Database;
  /** What it is for. */
  name: string;
  /** This process. */
  holder: string;
  /** For how long it is held without being renewed: how long nothing is done after a process ended badly. */
  durationMs: number;
}

/**
 * Something that one process does for all: whoever holds the lease, until it expires unless it is renewed. Times are
 * those of the database, so that the processes' clocks need not agree.
 */
export class Lease {
  constructor(private readonly options: LeaseOptions) {}

  /** Takes or renews it; `false` while another process holds it. */
  async hold(): Promise<boolean> {
    if (await this.take()) return true;
    await table(this.options.db, LEASES)
      .insert({ name: this.options.name, holder: '', expires_at: 0, position: null })
      .onConflict('name')
      .ignore()
      .timeout(READ_TIMEOUT_MS);
    return this.take();
  }

  private async take(): Promise<boolean> {
    const { db, name, holder, durationMs } = this.options;
    const taken = await table(db, LEASES)
      .where({ name })
      .andWhere((free) => free.where({ holder }).orWhereRaw('expires_at < ?', [nowIn(db)]))
      .update({ holder, expires_at: db.connection.raw('? + ?', [nowIn(db), durationMs]) })
      .timeout(READ_TIMEOUT_MS);
    return Number(taken) > 0;
  }

  /** How far in the change log its holders have come; `null` when none has ever said. */
  async position(): Promise<number | null> {
    const [row] = await table(this.options.db, LEASES)
      .select('position')
      .where({ name: this.options.name })
      .timeout(READ_TIMEOUT_MS);
    return row?.position === null || row?.position === undefined ? null : Number(row.position);
  }

  /** Notes how far this process has come; `false` when it does not hold the lease any more. */
  async advance(position: number): Promise<boolean> {
    const { name, holder } = this.options;
    const rows = await table(this.options.db, LEASES)
      .where({ name, holder })
      .update({ position })
      .timeout(READ_TIMEOUT_MS);
    return Number(rows) > 0;
  }

  /** Lets another process take it at once. */
  async release(): Promise<void> {
    const { name, holder } = this.options;
    await table(this.options.db, LEASES)
      .where({ name, holder })
      .update({ expires_at: 0 })
      .timeout(READ_TIMEOUT_MS);
  }
}
