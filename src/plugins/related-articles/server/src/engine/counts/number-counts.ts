import { slotShift, spread } from '../hash';

const MIN_CAPACITY = 2 ** 6;
/** How full a table gets before it grows, and how empty before it shrinks. */
const FULL = 0.7;
const EMPTY = 0.15;

/**
 * Counts by whole numbers of 32 bits, such as hashes: an open-addressed table of eight bytes a slot, about a tenth of
 * what a map takes. A number that falls to zero is forgotten.
 */
export class NumberCounts {
  private keys = new Uint32Array(MIN_CAPACITY);
  /** 0 for an empty slot. */
  private counts = new Uint32Array(MIN_CAPACITY);
  private distinct = 0;

  get size(): number {
    return this.distinct;
  }

  get bytes(): number {
    return this.keys.byteLength + this.counts.byteLength;
  }

  get(key: number): number {
    return this.counts[this.slotOf(key)];
  }

  /** Changes a count by any number; it never falls below zero. */
  add(key: number, by: number): void {
    const slot = this.slotOf(key);
    const before = this.counts[slot];
    const after = Math.max(0, before + by);
    if (after === before) return;
    if (after === 0) return this.vacate(slot);
    this.keys[slot] = key;
    this.counts[slot] = after;
    if (before > 0) return;
    this.distinct += 1;
    if (this.distinct > this.keys.length * FULL) this.resize(this.keys.length * 2);
  }

  forEach(visit: (key: number, count: number) => void): void {
    for (let slot = 0; slot < this.counts.length; slot += 1) {
      if (this.counts[slot] > 0) visit(this.keys[slot], this.counts[slot]);
    }
  }

  /** Where a number is, or would be. */
  private slotOf(key: number): number {
    const { keys, counts } = this;
    const mask = keys.length - 1;
    let slot = spread(key) >>> slotShift(keys.length);
    while (counts[slot] !== 0 && keys[slot] !== key >>> 0) slot = (slot + 1) & mask;
    return slot;
  }

  /** Empties a slot and closes the gap (Knuth, The Art of Computer Programming 3, algorithm 6.4 R). */
  private vacate(gap: number): void {
    const { keys, counts } = this;
    const mask = keys.length - 1;
    const shift = slotShift(keys.length);
    for (let slot = (gap + 1) & mask; counts[slot] !== 0; slot = (slot + 1) & mask) {
      const home = spread(keys[slot]) >>> shift;
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      keys[gap] = keys[slot];
      counts[gap] = counts[slot];
      gap = slot;
    }
    counts[gap] = 0;
    this.distinct -= 1;
    const { length } = keys;
    if (length > MIN_CAPACITY && this.distinct < length * EMPTY) this.resize(length / 2);
  }

  private resize(capacity: number): void {
    const { keys, counts } = this;
    this.keys = new Uint32Array(capacity);
    this.counts = new Uint32Array(capacity);
    for (let i = 0; i < counts.length; i += 1) {
      if (counts[i] === 0) continue;
      const slot = this.slotOf(keys[i]);
      this.keys[slot] = keys[i];
      this.counts[slot] = counts[i];
    }
  }
}
