import type { ProblemSink } from './problems';
import { rowsWithin } from '../content/statement-limits';
import { CHANGES, nowIn, READ_TIMEOUT_MS, table, type Database } from './tables';

/** By how much clocks may differ, in milliseconds. */
const TOLERANCE_MS = 300_000;
/** For how long a clock that was set anew is not believed, in milliseconds. */
const SETTLE_MS = 600_000;
/** How long after the last write before a start the clock may stand, in milliseconds, to be believed at once. */
const LONGEST_QUIET_MS = 3_600_000;
const DIFFERENT = 'expired pins and old history are not removed';

/** Tells the time for what cannot be undone, such as deleting what is old: a clock may jump ahead and back. */
export class Clock {
  /** The clock of the day less one that never jumps. */
  private offset = Date.now() - performance.now();
  private setAt = -Infinity;
  private isCompared = false;

  constructor(
    private readonly db: Database,
    private readonly problems: ProblemSink,
  ) {}

  /** The time; `null` where the clock has just been set anew, or says otherwise than that of the database. */
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

  /** A machine that has just come up may have a clock that is set right a moment later, and a database with the same. */
  private async compare(): Promise<void> {
    // A whole number: databases refuse others in such a column.
    const startedAt = Math.floor(performance.timeOrigin);
    const [row] = await rowsWithin<{ last: number | string | null }>(
      this.db,
      table(this.db, CHANGES)
        .where('created_at', '<', startedAt)
        // Every start of Strapi writes some, including an earlier one with the same wrong clock.
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
