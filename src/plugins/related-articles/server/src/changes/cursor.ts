/** After how long a gap is checked less often, and how often then, in milliseconds. */
const YOUNG_MS = 60_000;
const OLD_INTERVAL_MS = 10_000;
/** If more gaps are open, the older half of them is given up. */
const MAX_GAPS = 20_000;
/** Earlier versions keep at most this many missing ids, and only of gaps that are no longer than `MAX_LISTED`. */
const MAX_IDS = 5000;
const MAX_LISTED = 1000;

/** A position in the log: the id and token of a row. */
export interface LogOffset {
  id: number;
  token: string;
}

/** Ids from the first to the last, both included. */
export type IdRange = readonly [first: number, last: number];

/** A cursor as plain data. */
export interface CursorState extends LogOffset {
  /** Missing ids, for versions that do not know ranges: as many as those keep. */
  gaps: number[];
  /** All missing ids. Default: `gaps`. */
  ranges?: IdRange[];
}

interface Gap {
  first: number;
  last: number;
  /** When it was first noticed. */
  since: number;
}

/**
 * How far the log was read. Ids are assigned before the commit, so rows appear out of order: an id that is missing
 * below the position may belong to an open transaction, and is looked for as long as rows are kept.
 */
export class Cursor {
  private offset: LogOffset;
  /** Oldest first. */
  private gaps: Gap[];
  private lookedForOld = -Infinity;
  private lookedAt: readonly number[];
  /** Whether rows may be missed because gaps were given up. The reader resets it. */
  hasGivenUp = false;

  /**
   * @param retention How long rows are kept, and so how long to wait for a missing one, in milliseconds.
   * @param now A clock that never goes back, in milliseconds.
   */
  constructor(
    state: CursorState,
    private readonly retention: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    const { id, token } = state;
    this.offset = { id, token };
    this.lookedAt = this.clocks();
    const since = this.now();
    this.gaps = rangesOf(state).map(([first, last]) => ({ first, last, since }));
  }

  /** The last row that was read. */
  get position(): LogOffset {
    return this.offset;
  }

  state(): CursorState {
    const ranges = this.gaps.map(({ first, last }): IdRange => [first, last]);
    return { ...this.offset, gaps: listed(ranges), ranges };
  }

  /** Whether it was not used for so long that missing rows may have been committed and trimmed meanwhile. */
  get hasSlept(): boolean {
    const clocks = this.clocks();
    const isLong = clocks.some((time, at) => time - this.lookedAt[at] > this.retention / 2);
    return isLong && this.gaps.length > 0;
  }

  /** A paused virtual machine stops the first clock; the second may jump, which costs no more than reading again. */
  private clocks(): readonly number[] {
    return [this.now(), Date.now()];
  }

  /** Returns the missing ids to look for now. */
  wanted(): IdRange[] {
    const now = this.now();
    this.lookedAt = this.clocks();
    this.gaps = this.gaps.filter(({ since }) => now - since <= this.retention);
    const withOld = now - this.lookedForOld >= OLD_INTERVAL_MS;
    if (withOld) this.lookedForOld = now;
    return this.gaps
      .filter(({ since }) => withOld || now - since <= YOUNG_MS)
      .map(({ first, last }) => [first, last]);
  }

  /** Makes `wanted` return all gaps next time, because more missing rows have appeared than were read. */
  lookAgain(): void {
    this.lookedForOld = -Infinity;
  }

  found(id: number): void {
    const at = this.gaps.findIndex(({ first, last }) => first <= id && id <= last);
    if (at < 0) return;
    const { first, last, since } = this.gaps[at];
    const left = [
      { first, last: id - 1, since },
      { first: id + 1, last, since },
    ];
    this.gaps.splice(at, 1, ...left.filter((gap) => gap.first <= gap.last));
  }

  /** Moves on to the next row that was read. Rows must come in the order of their ids. */
  advance({ id, token }: LogOffset): void {
    const gap = { first: this.offset.id + 1, last: id - 1, since: this.now() };
    if (gap.first <= gap.last) this.gaps.push(gap);
    if (this.gaps.length > MAX_GAPS) {
      this.gaps = this.gaps.slice(-MAX_GAPS / 2);
      this.hasGivenUp = true;
    }
    this.offset = { id, token };
  }
}

/** Returns all missing ids, also from the state of an earlier version. */
export const rangesOf = ({ gaps, ranges }: CursorState): IdRange[] =>
  ranges ?? gaps.map((id) => [id, id]);

function listed(ranges: readonly IdRange[]): number[] {
  const ids: number[] = [];
  for (const [first, last] of ranges) {
    if (last - first >= MAX_LISTED) continue;
    for (let id = first; id <= last && ids.length < MAX_IDS; id += 1) ids.push(id);
  }
  return ids;
}
