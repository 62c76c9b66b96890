import { slotShift, spread } from '../hash';

const MIN_CAPACITY = 2 ** 9;

/** Sums by number, in the order in which the numbers first occurred. Can be cleared and reused. */
export class Frequencies {
  /** The numbers by place, and their sums. */
  keys = new Int32Array(MIN_CAPACITY / 2);
  sums = new Float64Array(MIN_CAPACITY / 2);
  size = 0;
  /** Open-addressed: places plus one, 0 for none. */
  private table = new Int32Array(MIN_CAPACITY);
  private shift = slotShift(MIN_CAPACITY);

  /** @param maxSize Numbers beyond this many are left out. */
  constructor(private readonly maxSize = Infinity) {}

  add(key: number, by: number): void {
    const mask = this.table.length - 1;
    let slot = spread(key) >>> this.shift;
    for (;;) {
      const place = this.table[slot];
      if (place === 0) break;
      if (this.keys[place - 1] === key) {
        this.sums[place - 1] += by;
        return;
      }
      slot = (slot + 1) & mask;
    }
    if (this.size >= this.maxSize) return;
    this.keys[this.size] = key;
    this.sums[this.size] = by;
    this.size += 1;
    this.table[slot] = this.size;
    if (this.size === this.keys.length) this.grow();
  }

  clear(): void {
    this.size = 0;
    // Release memory that one huge document needed.
    if (this.table.length > MIN_CAPACITY * 64) {
      this.keys = new Int32Array(MIN_CAPACITY / 2);
      this.sums = new Float64Array(MIN_CAPACITY / 2);
      this.table = new Int32Array(MIN_CAPACITY);
      this.shift = slotShift(MIN_CAPACITY);
    } else this.table.fill(0);
  }

  private grow(): void {
    const keys = new Int32Array(this.keys.length * 2);
    const sums = new Float64Array(keys.length);
    keys.set(this.keys);
    sums.set(this.sums);
    this.keys = keys;
    this.sums = sums;
    this.table = new Int32Array(keys.length * 2);
    this.shift = slotShift(this.table.length);
    const mask = this.table.length - 1;
    for (let place = 0; place < this.size; place += 1) {
      let slot = spread(keys[place]) >>> this.shift;
      while (this.table[slot] !== 0) slot = (slot + 1) & mask;
      this.table[slot] = place + 1;
    }
  }
}
