import { hashBackwards, hashText } from '../engine/hash';

const BUCKETS = 4096;

/** The totals over all buckets, in 32 bits each. */
export type Totals = readonly [first: number, second: number];

/**
 * Sums over the versions of documents, in buckets by key. Equal sets of documents have equal sums; different sets have
 * equal sums with a chance of one in 2^64. So two sets can be compared, and their differences located, without holding
 * either in memory. This is a hash tree of one level (R. Merkle, "A Digital Signature Based on a Conventional
 * Encryption Function", 1987) whose leaves can be changed one by one, because sums can.
 */
export class VersionSums {
  private readonly first = new Int32Array(BUCKETS);
  private readonly second = new Int32Array(BUCKETS);

  add(key: string, version: string): void {
    this.change(key, version, 1);
  }

  subtract(key: string, version: string): void {
    this.change(key, version, -1);
  }

  /**
   * Returns the buckets that differ.
   *
   * @param among The buckets to compare. Default: all.
   */
  differing(other: VersionSums, among: Iterable<number> = this.first.keys()): Set<number> {
    const buckets = new Set<number>();
    for (const at of among) {
      const isSame = this.first[at] === other.first[at] && this.second[at] === other.second[at];
      if (!isSame) buckets.add(at);
    }
    return buckets;
  }

  /** Takes over some buckets of other sums. Returns by how much that changes the totals. */
  take(other: VersionSums, buckets: Iterable<number>): Totals {
    let [first, second] = [0, 0];
    for (const at of buckets) {
      first += other.first[at] - this.first[at];
      second += other.second[at] - this.second[at];
      this.first[at] = other.first[at];
      this.second[at] = other.second[at];
    }
    return [first | 0, second | 0];
  }

  /** Equal for equal sums; different sums have equal totals with the same chance. */
  get totals(): Totals {
    const total = (sums: Int32Array) => sums.reduce((sum, one) => (sum + one) | 0, 0);
    return [total(this.first), total(this.second)];
  }

  clear(): void {
    this.first.fill(0);
    this.second.fill(0);
  }

  private change(key: string, version: string, sign: 1 | -1): void {
    const at = bucketOf(key);
    const text = `${key} ${version}`;
    // One hash of 32 bits would be too few.
    this.first[at] += sign * hashText(text);
    this.second[at] += sign * hashBackwards(text);
  }
}

export const bucketOf = (key: string): number => hashText(key) % BUCKETS;

export const isSameTotals = (one: Totals, other: Totals): boolean =>
  one[0] === other[0] && one[1] === other[1];

/** Returns totals that are changed by a difference. */
export const movedBy = (totals: Totals, by: Totals): Totals => [
  (totals[0] + by[0]) | 0,
  (totals[1] + by[1]) | 0,
];
