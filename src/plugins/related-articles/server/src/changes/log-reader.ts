import type { Core } from '@strapi/strapi';

import { LostPosition, type Change, type ChangeLog } from './change-log';
import { Cursor, type CursorState } from './cursor';
import { UnloggedChanges } from './unlogged-changes';
import type { Problems } from './problems';

const UNREADABLE = 'the change log cannot be read';

export interface LogListener {
  /** A change was read. */
  take(change: Change): void;
  /** Anything may have changed without a row that could be read: everything has to be read again. */
  startOver(): void;
  /** Whether anything was read from the database already, which may have changed before the position was known. */
  hasRead(): boolean;
}

/** Reads the change log from where it was left, and pays what is owed to it. */
export class LogReader {
  /** When it was last read to its end, on the clock of `performance`. */
  readAt: number | null = null;
  private cursor: Cursor | null = null;
  private stopped = false;
  private readonly debts: UnloggedChanges;

  /** @param gapTimeoutMs How long a transaction may stay open, in milliseconds. */
  constructor(
    private readonly log: ChangeLog,
    private readonly listener: LogListener,
    private readonly troubles: Problems,
    private readonly logger: Core.Strapi['log'],
    private readonly gapTimeoutMs: number,
  ) {
    this.debts = new UnloggedChanges(log, troubles);
  }

  /** Follows from a position of an earlier life. */
  resume(from: CursorState): void {
    this.cursor = new Cursor(from, this.gapTimeoutMs);
  }

  stop(): void {
    this.stopped = true;
  }

  /** A change that the log did not take, to be written when it takes it again. */
  addUnlogged(change: Change, error: Error): void {
    this.debts.add(change, error);
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
    const now = performance.now();
    try {
      await this.debts.flush();
      this.cursor ??= await this.begin();
      const { changes, isLast } = await this.log.read(this.cursor);
      for (const change of changes) this.listener.take(change);
      if (isLast) this.readAt = now;
      this.troubles.resolve(UNREADABLE);
      return !isLast;
    } catch (error) {
      if (error instanceof LostPosition) return this.startOver(error);
      await this.reopen(error as Error);
      return false;
    }
  }

  /** The position to follow from when nothing is known: the last row. */
  private async begin(): Promise<Cursor> {
    const latest = await this.log.latest();
    if (this.listener.hasRead()) this.listener.startOver();
    return new Cursor({ ...latest, gaps: [] }, this.gapTimeoutMs);
  }

  /** The log is that of another database, or was trimmed beyond what was read: what is in the index may be anything. */
  private async startOver(reason: LostPosition): Promise<boolean> {
    this.logger.warn(`related-articles: everything is read again. ${reason.message}`);
    await this.log.open();
    this.listener.startOver();
    this.cursor = null;
    return true;
  }

  private async reopen(error: Error): Promise<void> {
    if (this.stopped) return;
    this.troubles.raise(UNREADABLE, error);
    // Made anew if somebody dropped it; what was lost with it is noticed by the position.
    await this.log.open().catch(() => undefined);
  }
}
