import type { ProblemSink } from './problems';
import { rowsWithin } from '../content/statement-limits';
import { CHANGES, nowIn, READ_TIMEOUT_MS, table, type Database } from './tables';

/** How far clocks may differ, in milliseconds. */
const TOLERANCE_MS = 300_000;
/** How long a clock is not trusted after it was reset, in milliseconds. */
const SETTLE_MS = 600_000;
/** A clock is trusted at once if it is at most this far past the last write before the start, in milliseconds. */
const LONGEST_QUIET_MS = 3_600_000;
const DIFFERENT = 'expired pins and old history are not removed';

/** Tells the time for irreversible work, such as deleting old rows: a clock may jump ahead and back. */
export class Clock {
  /** The wall clock minus a clock that never jumps. */
  private offset = Date.now() - performance.now();
  private setAt = -Infinity;
  private isCompared = false;

  constructor(
    private readonly db: Database,
    private readonly problems: ProblemSink,
  ) {}

  /** Returns the time; `null` if the clock was just reset or disagrees with the database's clock. */
  async now(): Promise<Date | null> {
    const now = Date.now();
    const offset = now - performance.now();
    if (Math.abs(offset - this.offset) > TOLERANCE_MS) this.setAt = performance.now();
    this.offset = offset;
    if (!this.isCompared) await this.compare();
    if (performance.now() - this.setAt < SETTLE_MS) return null;
    const { connection } = this.db;
    const [row] = await rowsWithin<{ now: number | string }>(
      this.db,
      connection.select(connection.raw('? as ??', [nowIn(this.db), 'now'])),
      READ_TIMEOUT_MS,
    );
    const difference = now - Number(row.now);
    if (Math.abs(difference) <= TOLERANCE_MS) {
      this.problems.resolve(DIFFERENT);
      return new Date(now);
    }
    const minutes = Math.round(difference / 60_000);
    this.problems.raise(DIFFERENT, new Error(`the clock of this machine is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'ahead of' : 'behind'} that of the database`)); // prettier-ignore
    return null;
  }

  /** Distrusts a clock far past the last write: after a boot it may be wrong, and so may a database on the machine. */
  private async compare(): Promise<void> {
    // A whole number, because databases reject fractions in such a column.
    const startedAt = Math.floor(performance.timeOrigin);
    const [row] = await rowsWithin<{ last: number | string | null }>(
      this.db,
      table(this.db, CHANGES)
        .where('created_at', '<', startedAt)
        // Every start of Strapi writes such rows, including an earlier start with the same wrong clock.
        .whereNot({ uid: 'strapi::core-store' })
        .max({ last: 'created_at' }),
      READ_TIMEOUT_MS,
    );
    this.isCompared = true;
    const last = row?.last ?? null;
    if (last !== null && startedAt - Number(last) > LONGEST_QUIET_MS)
      this.setAt = performance.now();
  }
}
