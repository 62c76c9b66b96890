import { BIGRAM_SPACE, slotShift, spread } from '../hash';
import { GrowableInts } from '../growable';
import { codeOf, pack, upperOf } from '../packed';

const MIN_CAPACITY = 2 ** 10;
/** From this size on, a table of all possible bigrams is smaller than one of those that occur. */
const MAX_CAPACITY = BIGRAM_SPACE / 4;
const FULL = 255;
/** In how many parts, one after the other, the table is updated when many bigrams are counted. */
const PARTS = 2 ** 8;
/** Tables of this size and more do not fit into a processor's cache: additions wait until there are many. */
const WAITING_FROM = 2 ** 20;
const MAX_WAITING = 2 ** 18;
/** Up to this many are counted in the order in which they came. */
const FEW = 2 ** 10;

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
  /** What was added to a large table and is not counted yet. */
  private readonly waiting = new GrowableInts();

  get size(): number {
    this.countWaiting();
    return this.distinct;
  }

  get bytes(): number {
    return 4 * this.waiting.length + this.table.byteLength + this.large.size * 40;
  }

  get(bigram: number): number {
    this.countWaiting();
    return this.counted(bigram);
  }

  forEach(visit: (bigram: number, count: number) => void): void {
    this.countWaiting();
    const { sparse, dense } = this;
    if (sparse) for (const entry of sparse) if (entry !== 0) visit(upperOf(entry), this.counted(upperOf(entry))); // prettier-ignore
    if (dense) dense.forEach((count, bigram) => count > 0 && visit(bigram, this.counted(bigram)));
  }

  add(bigram: number): void {
    if (this.table.length < WAITING_FROM) return this.addOne(bigram);
    this.waiting.push(bigram);
    if (this.waiting.length >= MAX_WAITING) this.countWaiting();
  }

  addAll(bigrams: Uint32Array): void {
    this.countWaiting();
    if (!this.dense) this.resize(MAX_CAPACITY);
    this.addSorted(bigrams);
  }

  private countWaiting(): void {
    if (this.waiting.length === 0) return;
    const bigrams = Uint32Array.from(this.waiting.values());
    this.waiting.length = 0;
    if (bigrams.length > FEW) this.addSorted(bigrams);
    else for (const bigram of bigrams) this.addOne(bigram);
  }

  /** Adds bigrams by parts of the table. Otherwise, each would touch another part of memory, several times as slow. */
  private addSorted(bigrams: Uint32Array): void {
    const { sparse, table } = this;
    const shift = Math.log2(table.length / PARTS);
    const toPlace = slotShift(table.length);
    const partOf = (bigram: number) => (sparse ? spread(bigram) >>> toPlace : bigram) >>> shift;
    const ends = new Uint32Array(PARTS + 1);
    for (let i = 0; i < bigrams.length; i += 1) ends[partOf(bigrams[i]) + 1] += 1;
    for (let part = 0; part < PARTS; part += 1) ends[part + 1] += ends[part];
    const sorted = new Uint32Array(bigrams.length);
    for (let i = 0; i < bigrams.length; i += 1) {
      const part = partOf(bigrams[i]);
      sorted[ends[part]] = bigrams[i];
      ends[part] += 1;
    }
    for (let i = 0; i < sorted.length; i += 1) this.addOne(sorted[i]);
  }

  private addOne(bigram: number): void {
    const count = this.counted(bigram) + 1;
    if (count === 1) this.distinct += 1;
    this.set(bigram, count);
    if (this.sparse && this.distinct > this.sparse.length * 0.6)
      this.resize(this.sparse.length * 2);
  }

  private counted(bigram: number): number {
    const count = this.dense
      ? this.dense[bigram]
      : codeOf((this.sparse as Uint32Array)[this.slotOf(bigram)]);
    return count === FULL ? (this.large.get(bigram) as number) : count;
  }

  private get table(): Uint32Array | Uint8Array {
    return this.dense ?? (this.sparse as Uint32Array);
  }

  /** Releases memory that `addAll` allocated but that the bigrams turned out not to need. */
  fit(): void {
    let capacity = MIN_CAPACITY;
    while (this.distinct > capacity * 0.6) capacity *= 2;
    this.resize(capacity);
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
    let slot = spread(bigram) >>> slotShift(table.length);
    while (table[slot] !== 0 && upperOf(table[slot]) !== bigram) slot = (slot + 1) & mask;
    return slot;
  }

  /** Empties a slot and closes the gap (Knuth, The Art of Computer Programming 3, algorithm 6.4 R). */
  private vacate(table: Uint32Array, gap: number): void {
    const mask = table.length - 1;
    const shift = slotShift(table.length);
    for (let slot = (gap + 1) & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
      const home = spread(upperOf(table[slot])) >>> shift;
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
