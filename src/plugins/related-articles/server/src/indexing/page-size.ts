const FIRST = 10;
const MOST = 100;
/** Most characters in rows that are read at once: about ten MB of memory. */
const MOST_CHARACTERS = 4_000_000;
const MOST_DEPTH = 50;

/** How many rows are read at once: few at first, and few if they are long, such as rows with pasted pictures. */
export class PageSize {
  current = FIRST;

  /**
   * Learns from a page that was read.
   *
   * @param asked How many items were asked for, if each may have several rows. Default: one for each row.
   */
  note(rows: readonly object[], asked = rows.length): void {
    const characters = rows.reduce((sum, row) => sum + charactersIn(row), 0);
    const fitting = characters > 0 ? Math.floor((asked * MOST_CHARACTERS) / characters) : MOST;
    // A few short rows say little about many.
    const most = Math.min(MOST, 2 * this.current, Math.max(FIRST, 2 * asked));
    this.current = Math.max(1, Math.min(most, fitting));
  }

  /** Limits the size to the number of rows that there was time for. */
  limit(rows: number): void {
    this.current = Math.min(this.current, rows);
  }
}

/** Counts the characters in a value. Values that are nested deeper than any editor makes them count as one. */
function charactersIn(value: unknown, depth = 0): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || depth > MOST_DEPTH) return 1;
  let sum = 1;
  for (const part of Object.values(value)) sum += charactersIn(part, depth + 1);
  return sum;
}
