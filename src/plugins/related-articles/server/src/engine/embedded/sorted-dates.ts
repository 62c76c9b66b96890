/** The dates of all documents, by slot and in order: "published near each other" is a difference of ranks. */
export class SortedDates {
  /** `NaN` for a document without a date, and for a slot without a document. */
  private bySlot: Float64Array = new Float64Array(16).fill(NaN);
  private sorted: Float64Array = new Float64Array(16);
  private length = 0;

  /** The date of the document in a slot; `NaN` where there is none. */
  at(slot: number): number {
    return slot < this.bySlot.length ? this.bySlot[slot] : NaN;
  }

  set(slot: number, date: number | null): void {
    const before = this.at(slot);
    if (!Number.isNaN(before)) this.take(before);
    this.bySlot = withRoom(this.bySlot, slot + 1);
    this.bySlot[slot] = date ?? NaN;
    if (date !== null) this.insert(date);
  }

  /** Fills an empty list. */
  fill(documents: readonly { slot: number; date: number | null }[]): void {
    for (const { slot, date } of documents) {
      if (date === null) continue;
      this.bySlot = withRoom(this.bySlot, slot + 1);
      this.bySlot[slot] = date;
    }
    this.sorted = this.bySlot.filter((date) => !Number.isNaN(date)).sort();
    this.length = this.sorted.length;
  }

  /** The latest; `NaN` where no document has a date. */
  get newest(): number {
    return this.length > 0 ? this.sorted[this.length - 1] : NaN;
  }

  /** The middle rank of all documents of that date, 0 to the number of dates. */
  rank(date: number): number {
    const below = this.countBelow(date, false);
    if (this.sorted[below] !== date || below >= this.length) return below;
    const isOnlyOne = below + 1 >= this.length || this.sorted[below + 1] !== date;
    return (below + (isOnlyOne ? below + 1 : this.countBelow(date, true))) / 2;
  }

  /** The slots of documents dated up to `count` places before or after a date; none if there are more than `limit`. */
  near(date: number, count: number, limit: number): number[] {
    const { sorted, bySlot } = this;
    const first = sorted[Math.max(0, this.countBelow(date, false) - count)];
    const last = sorted[Math.min(this.length, this.countBelow(date, true) + count) - 1];
    const slots: number[] = [];
    for (let slot = 0; slot < bySlot.length; slot += 1) {
      if (!(bySlot[slot] >= first && bySlot[slot] <= last)) continue;
      if (slots.length >= limit) return [];
      slots.push(slot);
    }
    return slots;
  }

  private insert(date: number): void {
    this.sorted = withRoom(this.sorted, this.length + 1);
    const at = this.countBelow(date, true);
    this.sorted.copyWithin(at + 1, at, this.length);
    this.sorted[at] = date;
    this.length += 1;
  }

  private take(date: number): void {
    const at = this.countBelow(date, false);
    this.sorted.copyWithin(at, at + 1, this.length);
    this.length -= 1;
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

function withRoom(dates: Float64Array, length: number): Float64Array {
  if (length <= dates.length) return dates;
  const grown = new Float64Array(Math.max(length, 2 * dates.length)).fill(NaN);
  grown.set(dates);
  return grown;
}
