import { GrowableInts } from '../growable';
import { pack, upperOf } from '../packed';

/** Capacities of the blocks that hold lists: each is half as large again as the one before. */
const CAPACITIES: number[] = [];
for (let capacity = 2; capacity < 2 ** 30; capacity = Math.ceil(capacity * 1.5)) {
  CAPACITIES.push(capacity);
}
/** In place of a block: the list has at most one entry, which is stored directly. */
const INLINE = -1;
/**
 * The numbers in a word's record: where its list begins (or its only entry), how long it is, the class of its block,
 * and a slot that none of its entries exceeds. Together, so that adding to a list touches one part of memory.
 */
const RECORD = 4;
const START = 0;
const LENGTH = 1;
const CLASS = 2;
const LAST = 3;
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
  private readonly records = new GrowableInts();
  private readonly free: number[][] = CAPACITIES.map(() => []);

  get bytes(): number {
    return this.data.byteLength + 4 * this.records.length;
  }

  /** Makes room for a word; its list is empty. */
  create(word: number): void {
    this.set(word, LAST, -1);
    this.set(word, START, 0);
    this.set(word, LENGTH, 0);
    this.set(word, CLASS, INLINE);
  }

  /** The number of documents that contain the word. */
  length(word: number): number {
    return this.get(word, LENGTH);
  }

  /** Where the word's list begins in `data`; -1 when it has one entry, see `only`. */
  start(word: number): number {
    return this.get(word, CLASS) === INLINE ? -1 : this.get(word, START);
  }

  /** The entry of a list of one. */
  only(word: number): number {
    return this.get(word, START) >>> 0;
  }

  /** The documents that contain the word. */
  slots(word: number): number[] {
    const start = this.start(word);
    const length = this.get(word, LENGTH);
    if (start < 0) return length > 0 ? [upperOf(this.only(word))] : [];
    return Array.from(this.data.subarray(start, start + length), upperOf);
  }

  /** Adds a document to a word's list, or replaces its code. */
  put(word: number, slot: number, code: number): void {
    const entry = pack(slot, code) >>> 0;
    const length = this.get(word, LENGTH);
    const isLast = slot > this.get(word, LAST);
    if (isLast) this.set(word, LAST, slot);
    if (length === 0 || (length === 1 && upperOf(this.only(word)) === slot)) {
      this.set(word, START, entry | 0);
      this.set(word, LENGTH, 1);
      return;
    }
    if (this.get(word, CLASS) === INLINE) this.toBlock(word);
    const start = this.get(word, START);
    const at = isLast ? length : this.search(start, length, slot);
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
      this.set(word, LENGTH, lengths[word]);
      if (lengths[word] <= 1) continue;
      starts[word] = this.allocate(classes[word]);
      this.set(word, START, starts[word]);
      this.set(word, CLASS, classes[word]);
      this.set(word, LAST, MAX_SLOTS);
    }
    return starts;
  }

  /** Sets the entry of a list of one. */
  setOnly(word: number, slot: number, code: number): void {
    this.set(word, START, pack(slot, code));
    this.set(word, LAST, slot);
  }

  private get(word: number, what: number): number {
    return this.records.get(word * RECORD + what);
  }

  private set(word: number, what: number, value: number): void {
    this.records.set(word * RECORD + what, value);
  }

  private insert(word: number, at: number, entry: number): void {
    const length = this.get(word, LENGTH);
    if (length === CAPACITIES[this.get(word, CLASS)]) this.move(word, 1);
    const start = this.get(word, START);
    if (at < length) this.data.copyWithin(start + at + 1, start + at, start + length);
    this.data[start + at] = entry;
    this.set(word, LENGTH, length + 1);
  }

  remove(word: number, slot: number): void {
    const length = this.get(word, LENGTH) - 1;
    this.set(word, LENGTH, length);
    const size = this.get(word, CLASS);
    if (size === INLINE) return;
    const start = this.get(word, START);
    const at = this.search(start, length + 1, slot);
    this.data.copyWithin(start + at, start + at + 1, start + length + 1);
    if (length === 1) this.toInline(word);
    else if (size > 1 && length < CAPACITIES[size - 2]) this.move(word, -1);
  }

  /** Frees the memory that an empty list still occupies. */
  destroy(word: number): void {
    const size = this.get(word, CLASS);
    if (size !== INLINE) this.free[size].push(this.get(word, START));
    this.set(word, CLASS, INLINE);
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
    this.set(word, START, start);
    this.set(word, CLASS, 0);
  }

  private toInline(word: number): void {
    const start = this.get(word, START);
    this.free[this.get(word, CLASS)].push(start);
    this.set(word, START, this.data[start] | 0);
    this.set(word, CLASS, INLINE);
  }

  private move(word: number, by: 1 | -1): void {
    const size = this.get(word, CLASS);
    const from = this.get(word, START);
    const start = this.allocate(size + by);
    const length = Math.min(CAPACITIES[size], CAPACITIES[size + by]);
    this.data.copyWithin(start, from, from + length);
    this.free[size].push(from);
    this.set(word, START, start);
    this.set(word, CLASS, size + by);
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
