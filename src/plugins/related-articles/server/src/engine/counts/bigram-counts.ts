import { BIGRAM_SPACE } from '../hash';
import { codeOf, pack, upperOf } from '../packed';

const MIN_CAPACITY = 2 ** 10;
/** From this size on, a table of all possible bigrams is smaller than one of those that occur. */
const MAX_CAPACITY = BIGRAM_SPACE / 4;
const FULL = 255;
const PART_BITS = 16;
const PARTS = BIGRAM_SPACE >>> PART_BITS;

/**
 * In how many documents each bigram occurs: an open-addressed table of numbers `bigram << 8 | count`, with 0 for an
 * empty slot; from a few million different bigrams on, one byte for every possible bigram.
 */
export class BigramCounts {
  private sparse: Uint32Array | null = new Uint32Array(MIN_CAPACITY);
  private dense: Uint8Array | null = null;
  /** Counts that do not fit into a byte. */
  private readonly large = new Map<number, number>();
  private distinct = 0;

  get size(): number {
    return this.distinct;
  }

  get bytes(): number {
    return (this.dense ?? (this.sparse as Uint32Array)).byteLength + this.large.size * 40;
  }

  get(bigram: number): number {
    const count = this.dense
      ? this.dense[bigram]
      : codeOf((this.sparse as Uint32Array)[this.slotOf(bigram)]);
    return count === FULL ? (this.large.get(bigram) as number) : count;
  }

  forEach(visit: (bigram: number, count: number) => void): void {
    const { sparse, dense } = this;
    if (sparse) for (const entry of sparse) if (entry !== 0) visit(upperOf(entry), this.get(upperOf(entry))); // prettier-ignore
    if (dense) dense.forEach((count, bigram) => count > 0 && visit(bigram, this.get(bigram)));
  }

  add(bigram: number): void {
    const count = this.get(bigram) + 1;
    if (count === 1) this.distinct += 1;
    this.set(bigram, count);
    if (this.sparse && this.distinct > this.sparse.length * 0.6)
      this.resize(this.sparse.length * 2);
  }

  /**
   * Adds many at once. They are sorted by their first bits before they are counted: otherwise each lookup would go to
   * a different part of memory, which takes five times as long.
   */
  addAll(bigrams: Uint32Array): void {
    const ends = new Uint32Array(PARTS + 1);
    for (let i = 0; i < bigrams.length; i += 1) ends[(bigrams[i] >>> PART_BITS) + 1] += 1;
    for (let part = 0; part < PARTS; part += 1) ends[part + 1] += ends[part];
    const ordered = new Uint32Array(bigrams.length);
    for (let i = 0; i < bigrams.length; i += 1) {
      const part = bigrams[i] >>> PART_BITS;
      ordered[ends[part]] = bigrams[i];
      ends[part] += 1;
    }
    const dense = this.dense ?? this.toDense();
    for (const bigram of ordered) {
      const count = dense[bigram];
      if (count >= FULL - 1) this.set(bigram, this.get(bigram) + 1);
      else {
        if (count === 0) this.distinct += 1;
        dense[bigram] = count + 1;
      }
    }
  }

  /** Releases memory that `addAll` allocated but that the bigrams turned out not to need. */
  fit(): void {
    let capacity = MIN_CAPACITY;
    while (this.distinct > capacity * 0.6) capacity *= 2;
    this.resize(capacity);
  }

  private toDense(): Uint8Array {
    this.resize(MAX_CAPACITY);
    return this.dense as unknown as Uint8Array;
  }

  remove(bigram: number): void {
    const count = this.get(bigram) - 1;
    if (count === 0) this.distinct -= 1;
    this.set(bigram, count);
    const capacity = this.sparse?.length ?? MAX_CAPACITY;
    if (capacity > MIN_CAPACITY && this.distinct < capacity * 0.2) this.resize(capacity / 2);
  }

  /** Changes a count by any number; it never falls below zero. */
  change(bigram: number, by: number): void {
    const before = this.get(bigram);
    const after = Math.max(0, before + by);
    if (after === before) return;
    this.distinct += Number(after > 0) - Number(before > 0);
    this.set(bigram, after);
    if (before >= FULL && after < FULL) this.large.delete(bigram);
    const capacity = this.sparse?.length ?? MAX_CAPACITY;
    if (this.sparse && this.distinct > capacity * 0.6) this.resize(capacity * 2);
    else if (capacity > MIN_CAPACITY && this.distinct < capacity * 0.2) this.resize(capacity / 2);
  }

  private set(bigram: number, count: number): void {
    if (count >= FULL) this.large.set(bigram, count);
    else if (count === FULL - 1) this.large.delete(bigram);
    const byte = Math.min(FULL, count);
    if (this.dense) this.dense[bigram] = byte;
    else if (byte > 0) (this.sparse as Uint32Array)[this.slotOf(bigram)] = pack(bigram, byte);
    else this.vacate(this.sparse as Uint32Array, this.slotOf(bigram));
  }

  /** Where a bigram is in the sparse table, or would be. */
  private slotOf(bigram: number): number {
    const table = this.sparse as Uint32Array;
    const mask = table.length - 1;
    let slot = bigram & mask;
    while (table[slot] !== 0 && upperOf(table[slot]) !== bigram) slot = (slot + 1) & mask;
    return slot;
  }

  /** Empties a slot and closes the gap (Knuth, The Art of Computer Programming 3, algorithm 6.4 R). */
  private vacate(table: Uint32Array, gap: number): void {
    const mask = table.length - 1;
    for (let slot = (gap + 1) & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
      const home = upperOf(table[slot]) & mask;
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      table[gap] = table[slot];
      gap = slot;
    }
    table[gap] = 0;
  }

  private resize(capacity: number): void {
    const { sparse, dense } = this;
    if (capacity >= MAX_CAPACITY) {
      if (dense) return;
      this.dense = new Uint8Array(BIGRAM_SPACE);
      for (const entry of sparse as Uint32Array)
        if (entry !== 0) this.dense[upperOf(entry)] = codeOf(entry);
      this.sparse = null;
      return;
    }
    const table = new Uint32Array(capacity);
    this.sparse = table;
    this.dense = null;
    const put = (entry: number) => {
      table[this.slotOf(upperOf(entry))] = entry;
    };
    if (sparse) for (const entry of sparse) if (entry !== 0) put(entry);
    if (dense) dense.forEach((count, bigram) => count > 0 && put(pack(bigram, count) >>> 0));
  }
}
