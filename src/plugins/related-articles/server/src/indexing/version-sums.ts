import { hashBackwards, hashText } from '../engine/hash';

const BUCKETS = 4096;

/**
 * Sums over the versions of documents, in buckets by key. They are equal for equal sets of documents and, but for a
 * chance of one in 2^64, for no others: so two sets are compared, and it is told where they differ, without either
 * being held in memory. It is a hash tree of one level (R. Merkle, "A Digital Signature Based on a Conventional
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
   * The buckets that differ.
   *
   * @param among Those that are compared. Default: all.
   */
  differing(other: VersionSums, among: Iterable<number> = this.first.keys()): Set<number> {
    const buckets = new Set<number>();
    for (const at of among) {
      const isSame = this.first[at] === other.first[at] && this.second[at] === other.second[at];
      if (!isSame) buckets.add(at);
    }
    return buckets;
  }

  /** Takes over some buckets of others. */
  take(other: VersionSums, buckets: Iterable<number>): void {
    for (const at of buckets) {
      this.first[at] = other.first[at];
      this.second[at] = other.second[at];
    }
  }

  /** Equal for equal sums and, by the same chance, for no others. */
  get digest(): string {
    const total = (sums: Int32Array) => sums.reduce((sum, one) => (sum + one) | 0, 0);
    return `${total(this.first)} ${total(this.second)}`;
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
