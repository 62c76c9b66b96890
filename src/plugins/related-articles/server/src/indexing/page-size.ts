const FIRST = 10;
const MOST = 100;
/** Characters that rows may have which are read at once: some ten MB of memory. */
const MOST_CHARACTERS = 4_000_000;
const MOST_DEPTH = 50;

/** How many rows are read at once: few at first, and where they are long, as those with pasted pictures are. */
export class PageSize {
  current = FIRST;

  /**
   * Learns from a page that was read.
   *
   * @param asked How many that was, where each may have several rows. Default: one for each row.
   */
  note(rows: readonly object[], asked = rows.length): void {
    const characters = rows.reduce((sum, row) => sum + charactersIn(row), 0);
    const fitting = characters > 0 ? Math.floor((asked * MOST_CHARACTERS) / characters) : MOST;
    // A few short ones say little about many.
    const most = Math.min(MOST, 2 * this.current, Math.max(FIRST, 2 * asked));
    this.current = Math.max(1, Math.min(most, fitting));
  }

  /** So many rows are all that there is time for. */
  limit(rows: number): void {
    this.current = Math.min(this.current, rows);
  }
}

/** Of values in each other, those beyond a depth that no editor makes count for nothing. */
function charactersIn(value: unknown, depth = 0): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || depth > MOST_DEPTH) return 1;
  let sum = 1;
  for (const part of Object.values(value)) sum += charactersIn(part, depth + 1);
  return sum;
}
