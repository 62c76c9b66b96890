/** How long ago the absence of a row must be to be looked for less often, and how often then, in milliseconds. */
const YOUNG_MS = 60_000;
const OLD_INTERVAL_MS = 10_000;
/** A hole larger than this is nobody's open transaction. */
const MAX_HOLE = 1000;
const MAX_MISSING = 5000;

/** A row of the log, as far as a position in it goes. */
export interface Mark {
  id: number;
  token: string;
}

/** A cursor as plain data. */
export interface CursorState extends Mark {
  missing: number[];
}

/**
 * How far the log was read. Ids are given out before the commit, so rows appear out of order: what is missing
 * below the position may belong to a transaction that is still open, and is looked for until `patience` is over.
 */
export class Cursor {
  private mark: Mark;
  /** Missing ids, and since when they are missed. */
  private readonly missing = new Map<number, number>();
  private lookedForOld = -Infinity;

  /**
   * @param patience For how long a missing row is waited for, in milliseconds: how long a transaction may stay open.
   * @param now A clock that never goes back, in milliseconds.
   */
  constructor(
    { missing, ...mark }: CursorState,
    private readonly patience: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.mark = mark;
    for (const id of missing) this.missing.set(id, this.now());
  }

  /** The last row that was read. */
  get position(): Mark {
    return this.mark;
  }

  state(): CursorState {
    return { ...this.mark, missing: [...this.missing.keys()] };
  }

  /** The missing ids that are to be looked for now. */
  wanted(): number[] {
    const now = this.now();
    for (const [id, since] of this.missing)
      if (now - since > this.patience) this.missing.delete(id);
    const withOld = now - this.lookedForOld >= OLD_INTERVAL_MS;
    if (withOld) this.lookedForOld = now;
    return [...this.missing]
      .filter(([, since]) => withOld || now - since <= YOUNG_MS)
      .map(([id]) => id);
  }

  found(id: number): void {
    this.missing.delete(id);
  }

  /** Goes on to the next row that was read; rows come by id. */
  advance({ id, token }: Mark): void {
    const now = this.now();
    const hole = id - this.mark.id - 1;
    for (let next = this.mark.id + 1; hole <= MAX_HOLE && next < id; next += 1) {
      this.missing.set(next, now);
    }
    while (this.missing.size > MAX_MISSING) {
      this.missing.delete(this.missing.keys().next().value as number);
    }
    this.mark = { id, token };
  }
}
