/** All dates of a collection in order, equal ones as often as they occur. */
export class DateRanks {
  private sorted: Float64Array = new Float64Array(16);
  private length = 0;

  get size(): number {
    return this.length;
  }

  /** The latest; `NaN` where there is none. */
  get newest(): number {
    return this.length > 0 ? this.sorted[this.length - 1] : NaN;
  }

  /** How many different dates there are. */
  get distinct(): number {
    let distinct = 0;
    this.forEach(() => (distinct += 1));
    return distinct;
  }

  /** How many documents have this date. */
  count(date: number): number {
    return this.countBelow(date, true) - this.countBelow(date, false);
  }

  /** Visits each distinct date, in order. */
  forEach(visit: (date: number, count: number) => void): void {
    for (let start = 0; start < this.length;) {
      let end = start + 1;
      while (end < this.length && this.sorted[end] === this.sorted[start]) end += 1;
      visit(this.sorted[start], end - start);
      start = end;
    }
  }

  /** @param dates In order. They are not copied. */
  replace(dates: Float64Array): void {
    this.sorted = dates;
    this.length = dates.length;
  }

  add(date: number): void {
    this.sorted = withRoom(this.sorted, this.length + 1);
    const at = this.countBelow(date, true);
    this.sorted.copyWithin(at + 1, at, this.length);
    this.sorted[at] = date;
    this.length += 1;
  }

  /** @param date A date in the list. */
  remove(date: number): void {
    const at = this.countBelow(date, false);
    this.sorted.copyWithin(at, at + 1, this.length);
    this.length -= 1;
  }

  /** The middle rank of all documents of that date, 0 to the number of dates. */
  rank(date: number): number {
    const below = this.countBelow(date, false);
    if (this.sorted[below] !== date || below >= this.length) return below;
    const isOnlyOne = below + 1 >= this.length || this.sorted[below + 1] !== date;
    return (below + (isOnlyOne ? below + 1 : this.countBelow(date, true))) / 2;
  }

  /** The first and the last date that are up to `count` places before or after a date. */
  around(date: number, count: number): [number, number] {
    const first = this.sorted[Math.max(0, this.countBelow(date, false) - count)];
    const last = this.sorted[Math.min(this.length, this.countBelow(date, true) + count) - 1];
    return [first, last];
  }

  private countBelow(date: number, orEqual: boolean): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const value = this.sorted[middle];
      if (value < date || (orEqual && value === date)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Returns the dates in an array with room for at least `length`. */
export function withRoom(dates: Float64Array, length: number): Float64Array {
  if (length <= dates.length) return dates;
  const grown = new Float64Array(Math.max(length, 2 * dates.length)).fill(NaN);
  grown.set(dates);
  return grown;
}
