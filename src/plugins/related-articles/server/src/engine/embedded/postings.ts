import { GrowableInts } from '../growable';
import { pack, upperOf } from '../packed';

/** Capacities of the blocks that hold lists: each is half as large again as the one before. */
const CAPACITIES: number[] = [];
for (let capacity = 2; capacity < 2 ** 30; capacity = Math.ceil(capacity * 1.5)) {
  CAPACITIES.push(capacity);
}
/** In place of a block: the list has at most one entry, which is stored directly. */
const INLINE = -1;
const SLOT_BITS = 24;
export const MAX_SLOTS = 2 ** SLOT_BITS;

/**
 * For each word, the documents that contain it: lists of numbers `slot << 8 | posting code`, by slot. All lists are in
 * one array, in blocks that are reused; most words occur in only one document and need no block.
 */
export class Postings {
  /** Entries of all lists. Read through `start`, `length` and `only`; invalid after the next write. */
  data = new Uint32Array(1024);
  private used = 0;
  private readonly starts = new GrowableInts();
  private readonly lengths = new GrowableInts();
  private readonly classes = new GrowableInts();
  private readonly free: number[][] = CAPACITIES.map(() => []);

  get bytes(): number {
    return this.data.byteLength + 12 * this.starts.length;
  }

  /** Makes room for a word; its list is empty. */
  create(word: number): void {
    this.starts.set(word, 0);
    this.lengths.set(word, 0);
    this.classes.set(word, INLINE);
  }

  /** The number of documents that contain the word. */
  length(word: number): number {
    return this.lengths.get(word);
  }

  /** Where the word's list begins in `data`; -1 when it has one entry, see `only`. */
  start(word: number): number {
    return this.classes.get(word) === INLINE ? -1 : this.starts.get(word);
  }

  /** The entry of a list of one. */
  only(word: number): number {
    return this.starts.get(word) >>> 0;
  }

  /** The documents that contain the word. */
  slots(word: number): number[] {
    const start = this.start(word);
    const length = this.lengths.get(word);
    if (start < 0) return length > 0 ? [upperOf(this.only(word))] : [];
    return Array.from(this.data.subarray(start, start + length), upperOf);
  }

  /** Puts a document on a word's list, or its new code in place of the old. */
  put(word: number, slot: number, code: number): void {
    const entry = pack(slot, code) >>> 0;
    const length = this.lengths.get(word);
    if (length === 0 || (length === 1 && upperOf(this.only(word)) === slot)) {
      this.starts.set(word, entry | 0);
      this.lengths.set(word, 1);
      return;
    }
    if (this.classes.get(word) === INLINE) this.toBlock(word);
    const start = this.starts.get(word);
    const at = this.search(start, length, slot);
    if (at < length && upperOf(this.data[start + at]) === slot) this.data[start + at] = entry;
    else this.insert(word, at, entry);
  }

  /**
   * Makes lists of these lengths, by word, for the caller to fill.
   *
   * @returns Where in `data` each list begins; lists of one entry are stored separately, see `setOnly`.
   */
  reserve(lengths: Uint32Array): Uint32Array {
    const classes = new Uint8Array(lengths.length);
    let total = this.used;
    for (let word = 0; word < lengths.length; word += 1) {
      if (lengths[word] <= 1) continue;
      while (CAPACITIES[classes[word]] < lengths[word]) classes[word] += 1;
      total += CAPACITIES[classes[word]];
    }
    this.makeRoom(total);
    const starts = new Uint32Array(lengths.length);
    for (let word = 0; word < lengths.length; word += 1) {
      this.lengths.set(word, lengths[word]);
      if (lengths[word] <= 1) continue;
      starts[word] = this.allocate(classes[word]);
      this.starts.set(word, starts[word]);
      this.classes.set(word, classes[word]);
    }
    return starts;
  }

  /** Sets the entry of a list of one. */
  setOnly(word: number, slot: number, code: number): void {
    this.starts.set(word, pack(slot, code));
  }

  private insert(word: number, at: number, entry: number): void {
    const length = this.lengths.get(word);
    if (length === CAPACITIES[this.classes.get(word)]) this.move(word, 1);
    const start = this.starts.get(word);
    if (at < length) this.data.copyWithin(start + at + 1, start + at, start + length);
    this.data[start + at] = entry;
    this.lengths.set(word, length + 1);
  }

  remove(word: number, slot: number): void {
    const length = this.lengths.get(word) - 1;
    this.lengths.set(word, length);
    const size = this.classes.get(word);
    if (size === INLINE) return;
    const start = this.starts.get(word);
    const at = this.search(start, length + 1, slot);
    this.data.copyWithin(start + at, start + at + 1, start + length + 1);
    if (length === 1) this.toInline(word);
    else if (size > 1 && length < CAPACITIES[size - 2]) this.move(word, -1);
  }

  /** Frees the memory that an empty list still occupies. */
  destroy(word: number): void {
    const size = this.classes.get(word);
    if (size !== INLINE) this.free[size].push(this.starts.get(word));
    this.classes.set(word, INLINE);
  }

  private search(start: number, length: number, slot: number): number {
    const { data } = this;
    if (length === 0 || upperOf(data[start + length - 1]) < slot) return length;
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (upperOf(data[start + middle]) < slot) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private toBlock(word: number): void {
    const start = this.allocate(0);
    this.data[start] = this.only(word);
    this.starts.set(word, start);
    this.classes.set(word, 0);
  }

  private toInline(word: number): void {
    const start = this.starts.get(word);
    this.free[this.classes.get(word)].push(start);
    this.starts.set(word, this.data[start] | 0);
    this.classes.set(word, INLINE);
  }

  private move(word: number, by: 1 | -1): void {
    const size = this.classes.get(word);
    const from = this.starts.get(word);
    const start = this.allocate(size + by);
    const length = Math.min(CAPACITIES[size], CAPACITIES[size + by]);
    this.data.copyWithin(start, from, from + length);
    this.free[size].push(from);
    this.starts.set(word, start);
    this.classes.set(word, size + by);
  }

  private allocate(size: number): number {
    const known = this.free[size].pop();
    if (known !== undefined) return known;
    const start = this.used;
    this.used += CAPACITIES[size];
    this.makeRoom(this.used);
    return start;
  }

  private makeRoom(length: number): void {
    if (length <= this.data.length) return;
    const grown = new Uint32Array(Math.ceil(length * 1.3));
    grown.set(this.data);
    this.data = grown;
  }
}
