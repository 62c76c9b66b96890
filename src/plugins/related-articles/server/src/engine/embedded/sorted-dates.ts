import { DateRanks, withRoom } from '../counts/date-ranks';

/** The dates of all documents, by slot and in order: "published near each other" is a difference of ranks. */
export class SortedDates {
  /** `NaN` for a document without a date, and for a slot without a document. */
  private bySlot: Float64Array = new Float64Array(16).fill(NaN);
  private readonly ranks = new DateRanks();
  /**
   * For each slot that was looked up since the last change, its rank plus one, 0 for others. Without it, looking up
   * ranks took a tenth of a list's time.
   */
  private known: Float64Array | null = null;

  /** The date of the document in a slot; `NaN` where there is none. */
  at(slot: number): number {
    return slot < this.bySlot.length ? this.bySlot[slot] : NaN;
  }

  set(slot: number, date: number | null): void {
    const before = this.at(slot);
    if (before === date) return;
    this.known = null;
    if (!Number.isNaN(before)) this.ranks.remove(before);
    this.bySlot = withRoom(this.bySlot, slot + 1);
    this.bySlot[slot] = date ?? NaN;
    if (date !== null) this.ranks.add(date);
  }

  /** `rank` of the document in a slot; `NaN` where it has no date. */
  rankAt(slot: number): number {
    const known = this.known?.[slot] ?? 0;
    if (known > 0) return known - 1;
    const date = this.at(slot);
    if (Number.isNaN(date)) return NaN;
    this.known ??= new Float64Array(this.bySlot.length);
    const rank = this.ranks.rank(date);
    this.known[slot] = rank + 1;
    return rank;
  }

  /** Fills an empty list. */
  fill(documents: readonly { slot: number; date: number | null }[]): void {
    for (const { slot, date } of documents) {
      if (date === null) continue;
      this.bySlot = withRoom(this.bySlot, slot + 1);
      this.bySlot[slot] = date;
    }
    this.known = null;
    this.ranks.replace(this.bySlot.filter((date) => !Number.isNaN(date)).sort());
  }

  /** The latest; `NaN` where no document has a date. */
  get newest(): number {
    return this.ranks.newest;
  }

  /** The middle rank of all documents of that date, 0 to the number of dates. */
  rank(date: number): number {
    return this.ranks.rank(date);
  }

  /** The slots of documents dated up to `count` places before or after a date; none if there are more than `limit`. */
  near(date: number, count: number, limit: number): number[] {
    const { bySlot } = this;
    const [first, last] = this.ranks.around(date, count);
    const slots: number[] = [];
    for (let slot = 0; slot < bySlot.length; slot += 1) {
      if (!(bySlot[slot] >= first && bySlot[slot] <= last)) continue;
      if (slots.length >= limit) return [];
      slots.push(slot);
    }
    return slots;
  }
}
