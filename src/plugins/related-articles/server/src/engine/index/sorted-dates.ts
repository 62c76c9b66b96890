/** The dates of all documents in order, so that "published near each other" is a difference of ranks. */
export class SortedDates {
  private dates = new Float64Array(16);
  length = 0;

  add(date: number): void {
    if (this.length === this.dates.length) {
      const grown = new Float64Array(this.dates.length * 2);
      grown.set(this.dates);
      this.dates = grown;
    }
    const at = this.countBelow(date, true);
    this.dates.copyWithin(at + 1, at, this.length);
    this.dates[at] = date;
    this.length += 1;
  }

  /** Fills an empty list. */
  fill(dates: readonly number[]): void {
    this.dates = new Float64Array(Math.max(16, dates.length));
    this.dates.set(dates);
    this.dates.subarray(0, dates.length).sort();
    this.length = dates.length;
  }

  remove(date: number): void {
    const at = this.countBelow(date, false);
    if (at >= this.length || this.dates[at] !== date) return;
    this.dates.copyWithin(at, at + 1, this.length);
    this.length -= 1;
  }

  /** The middle rank of all documents of that date, 0 to `length`. */
  rank(date: number): number {
    return (this.countBelow(date, false) + this.countBelow(date, true)) / 2;
  }

  /** The first and the last of the dates up to `count` places before and behind a date. */
  around(date: number, count: number): [number, number] {
    const first = Math.max(0, this.countBelow(date, false) - count);
    const last = Math.min(this.length, this.countBelow(date, true) + count) - 1;
    return [this.dates[first] ?? date, this.dates[Math.max(0, last)] ?? date];
  }

  private countBelow(date: number, orEqual: boolean): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const value = this.dates[middle];
      if (value < date || (orEqual && value === date)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
