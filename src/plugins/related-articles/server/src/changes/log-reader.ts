import type { Core } from '@strapi/strapi';

import { EndsBefore, LostPosition, type Change, type ChangeLog } from './change-log';
import { Cursor, type CursorState } from './cursor';
import { isTimeout } from './tables';
import { UnloggedChanges } from './unlogged-changes';
import type { ProblemSink } from './problems';

/** How often to retry opening a log that could not be opened, in milliseconds. */
const REOPEN_MS = 10_000;
/**
 * How long the log must be missing or empty before it is recreated, in milliseconds: a dump may be being restored, and
 * a table in its way would make that fail.
 */
const GONE_MS = 20_000;
/** How long a position may be missing at the end of the log before everything is read again, in milliseconds. */
const BEHIND_MS = 3000;
export const UNREADABLE = 'the change log cannot be read';

export interface LogListener {
  handle(changes: readonly Change[]): void;
  /** Called when anything may have changed without a readable row: everything has to be read again. */
  resync(): void;
  /** Whether anything was read from the database before the position was known: it may have changed since. */
  hasApplied(): boolean;
}

export interface LogReaderOptions {
  log: ChangeLog;
  listener: LogListener;
  problems: ProblemSink;
  logger: Core.Strapi['log'];
  /** How long rows of the log are kept, and so how long a transaction may stay open, in milliseconds. */
  retentionMs: number;
}

/** Reads the change log from where it left off, and writes changes that could not be written before. */
export class LogReader {
  /** When the log was last read to its end, as `performance.now()`. */
  readAt: number | null = null;
  /** When a row that had been missing was last read, on the same clock. */
  lateAt = -Infinity;
  /** When opening the log was last tried, on the same clock. */
  private openedAt = -Infinity;
  /** When to make sure again that all tables exist, on the same clock. */
  private checkAt = Infinity;
  /** Since when the log has been missing or empty, on the same clock. */
  private goneSince: number | null = null;
  /** Since when the log has ended before what was read, on the same clock. */
  private behindSince: number | null = null;
  private cursor: Cursor | null = null;
  private stopped = false;
  private readonly unlogged: UnloggedChanges;

  constructor(private readonly options: LogReaderOptions) {
    this.unlogged = new UnloggedChanges(options.log, options.problems);
  }

  /** Continues from the position of an earlier process. */
  resume(from: CursorState): void {
    this.cursor = new Cursor(from, this.options.retentionMs);
  }

  stop(): void {
    this.stopped = true;
  }

  /** Keeps a change that could not be logged, and writes it when the log accepts rows again. */
  addUnlogged(change: Change, error: Error): void {
    this.unlogged.add(change, error);
  }

  /** How far it was read; `null` before anything was. */
  state(): CursorState | null {
    return this.cursor?.state() ?? null;
  }

  /** The last row that was read. */
  get position(): number {
    return this.cursor?.position.id ?? 0;
  }

  /** @returns Whether there is more to read at once. */
  async read(): Promise<boolean> {
    const { log, listener, problems } = this.options;
    const now = performance.now();
    try {
      await this.unlogged.flush();
      this.cursor ??= await this.begin();
      const { changes, isLast, isLate } = await log.read(this.cursor);
      this.goneSince = null;
      this.behindSince = null;
      if (isLate) this.lateAt = performance.now();
      listener.handle(changes);
      if (this.cursor.hasGivenUp) {
        this.cursor.hasGivenUp = false;
        this.options.logger.warn('related-articles: too many rows of the change log are missing to wait for all of them, as happens on a busy Galera cluster. Comparing with the database will find what is committed late.'); // prettier-ignore
      }
      if (isLast) this.readAt = now;
      await this.openNowAndThen();
      if (log.isOpen) problems.resolve(UNREADABLE);
      return !isLast;
    } catch (error) {
      if (isTimeout(error)) await log.dropDead();
      if (error instanceof EndsBefore && this.mayFollow()) return false;
      const isLost = error instanceof LostPosition && (await this.startOver(error));
      if (!isLost) await this.reopen(error as Error);
      return isLost;
    }
  }

  /** Whether the node that was asked may get the rows soon; the next read may ask another one. */
  private mayFollow(): boolean {
    this.behindSince ??= performance.now();
    if (performance.now() - this.behindSince < BEHIND_MS) return true;
    this.behindSince = null;
    return false;
  }

  /** Opens the log again if that failed or is due. A readable log is followed whatever the other tables are like. */
  private async openNowAndThen(): Promise<void> {
    const { log } = this.options;
    const now = performance.now();
    if (log.isOpen ? now < this.checkAt : now - this.openedAt < REOPEN_MS) return;
    this.openedAt = now;
    this.checkAt = Infinity;
    await log.open().catch(() => undefined);
  }

  /** Returns the cursor to start from when nothing is known: the last row. Rows below may not be committed yet. */
  private async begin(): Promise<Cursor> {
    const { log, listener, retentionMs } = this.options;
    const latest = await log.latest();
    // Half of the time for which rows are kept, so that trimmed rows are not looked for.
    const ranges = await log.missing(latest.id, retentionMs / 2);
    if (listener.hasApplied()) listener.resync();
    listener.handle(await log.clones());
    return new Cursor({ ...latest, gaps: [], ranges }, retentionMs);
  }

  /**
   * Starts over when the log is another database's, or was trimmed beyond what was read: the index may hold anything.
   *
   * @returns Whether the log can be read from the start; otherwise that is tried again.
   */
  private async startOver(reason: LostPosition): Promise<boolean> {
    const { listener, logger } = this.options;
    if (!(await this.makeAnew())) return false;
    // Other tables may be missing, too, but may be being restored just now.
    this.checkAt = performance.now() + GONE_MS;
    logger.warn(`related-articles: reading everything again. ${reason.message}`);
    listener.resync();
    this.cursor = null;
    return true;
  }

  private async reopen(error: Error): Promise<void> {
    if (this.stopped) return;
    this.options.problems.raise(UNREADABLE, error);
    // The next read will notice that the position is lost.
    await this.makeAnew();
  }

  /** Creates the tables if the log has been gone for long. @returns Whether the log can be read. */
  private async makeAnew(): Promise<boolean> {
    const { log } = this.options;
    try {
      const isThere = (await log.presence()) === 'there';
      this.goneSince = isThere ? null : (this.goneSince ?? performance.now());
      if (this.goneSince === null) return true;
      if (performance.now() - this.goneSince < GONE_MS) return false;
      await log.open();
      this.goneSince = null;
      return true;
    } catch {
      // The database does not answer, so nobody knows whether the log is gone.
      this.goneSince = null;
      return false;
    }
  }
}
