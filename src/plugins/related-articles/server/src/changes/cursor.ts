/** After how long a gap is checked less often, and how often then, in milliseconds. */
const YOUNG_MS = 60_000;
const OLD_INTERVAL_MS = 10_000;
/** A larger gap is not left by open transactions. */
const MAX_GAP = 1000;
const MAX_GAPS = 5000;

/** A row of the log, as far as a position in it goes. */
export interface LogOffset {
  id: number;
  token: string;
}

/** A cursor as plain data. */
export interface CursorState extends LogOffset {
  gaps: number[];
}

/**
 * How far the log was read. Ids are given out before the commit, so rows appear out of order: what is missing
 * below the position may belong to a transaction that is still open, and is looked for until `gapTimeout` has passed.
 */
export class Cursor {
  private offset: LogOffset;
  /** Missing ids and when each was first noticed. */
  private readonly gaps = new Map<number, number>();
  private lookedForOld = -Infinity;

  /**
   * @param gapTimeout For how long a missing row is waited for, in milliseconds: how long a transaction may stay open.
   * @param now A clock that never goes back, in milliseconds.
   */
  constructor(
    { gaps, ...mark }: CursorState,
    private readonly gapTimeout: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.offset = mark;
    for (const id of gaps) this.gaps.set(id, this.now());
  }

  /** The last row that was read. */
  get position(): LogOffset {
    return this.offset;
  }

  state(): CursorState {
    return { ...this.offset, gaps: [...this.gaps.keys()] };
  }

  /** The missing ids that are to be looked for now. */
  wanted(): number[] {
    const now = this.now();
    for (const [id, since] of this.gaps) if (now - since > this.gapTimeout) this.gaps.delete(id);
    const withOld = now - this.lookedForOld >= OLD_INTERVAL_MS;
    if (withOld) this.lookedForOld = now;
    return [...this.gaps]
      .filter(([, since]) => withOld || now - since <= YOUNG_MS)
      .map(([id]) => id);
  }

  found(id: number): void {
    this.gaps.delete(id);
  }

  /** Goes on to the next row that was read; rows come by id. */
  advance({ id, token }: LogOffset): void {
    const now = this.now();
    const gap = id - this.offset.id - 1;
    for (let next = this.offset.id + 1; gap <= MAX_GAP && next < id; next += 1) {
      this.gaps.set(next, now);
    }
    while (this.gaps.size > MAX_GAPS) {
      this.gaps.delete(this.gaps.keys().next().value as number);
    }
    this.offset = { id, token };
  }
}
