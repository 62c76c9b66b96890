import { slotShift, spread } from '../hash';
import { codeOf, pack, upperOf } from '../packed';

const MIN_FILTER_BITS = 2 ** 12;
const MAX_FILTER_BITS = 2 ** 20;

/**
 * The positions of a source's terms by their ids. Most terms of a candidate are not among them: a bitmap that fits
 * into the processor's fastest cache rules those out at once, and a small hash table finds the rest.
 */
export class TermTable {
  private readonly filter: Uint32Array;
  private readonly filterMask: number;
  private readonly keys: Int32Array;
  private readonly positions: Int32Array;
  private readonly mask: number;
  private readonly shift: number;

  constructor(size: number) {
    const bits = powerOfTwo(Math.min(MAX_FILTER_BITS, Math.max(MIN_FILTER_BITS, size * 64)));
    this.filter = new Uint32Array(bits / 32);
    this.filterMask = bits - 1;
    const capacity = powerOfTwo(Math.max(16, size * 2));
    this.keys = new Int32Array(capacity).fill(-1);
    this.positions = new Int32Array(capacity);
    this.mask = capacity - 1;
    this.shift = slotShift(capacity);
  }

  set(id: number, position: number): void {
    const bit = id & this.filterMask;
    this.filter[bit >>> 5] |= 1 << (bit & 31);
    let at = spread(id) >>> this.shift;
    while (this.keys[at] !== -1 && this.keys[at] !== id) at = (at + 1) & this.mask;
    this.keys[at] = id;
    this.positions[at] = position;
  }

  /** The position of a term, or -1. */
  get(id: number): number {
    const bit = id & this.filterMask;
    if ((this.filter[bit >>> 5] & (1 << (bit & 31))) === 0) return -1;
    let at = spread(id) >>> this.shift;
    for (;;) {
      const key = this.keys[at];
      if (key === id) return this.positions[at];
      if (key === -1) return -1;
      at = (at + 1) & this.mask;
    }
  }

  /**
   * Finds which of a candidate's terms are the source's too. The innermost loop of the ranking.
   *
   * @param terms As `id << 8 | code`, from `start` to `end`.
   * @param into Filled with `position << 8 | code` of each match; must be long enough for all of them.
   * @returns How many there are.
   */
  match(terms: Uint32Array, start: number, end: number, into: Uint32Array): number {
    const { filter, filterMask, keys, positions, mask, shift } = this;
    let found = 0;
    for (let i = start; i < end; i += 1) {
      const term = terms[i];
      const id = upperOf(term);
      const bit = id & filterMask;
      if ((filter[bit >>> 5] & (1 << (bit & 31))) === 0) continue;
      let at = spread(id) >>> shift;
      let key = keys[at];
      while (key !== id && key !== -1) {
        at = (at + 1) & mask;
        key = keys[at];
      }
      if (key !== id) continue;
      into[found] = pack(positions[at], codeOf(term));
      found += 1;
    }
    return found;
  }
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}
