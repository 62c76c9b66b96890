import { BIGRAM_SPACE } from './hash';

/** From how many different bigrams on a table of all of them is smaller than a map of those that occur. */
const DENSE_FROM = 300_000;
const FULL = 255;

/** In how many documents each bigram stands. */
export class BigramCounts {
  private sparse: Map<number, number> | null = new Map();
  private dense: Uint8Array | null = null;
  /** What a byte cannot hold. */
  private readonly large = new Map<number, number>();
  private distinct = 0;

  get size(): number {
    return this.distinct;
  }

  get bytes(): number {
    return (this.dense?.byteLength ?? 0) + ((this.sparse?.size ?? 0) + this.large.size) * 40;
  }

  get(bigram: number): number {
    if (this.sparse) return this.sparse.get(bigram) ?? 0;
    const count = (this.dense as Uint8Array)[bigram];
    return count === FULL ? (this.large.get(bigram) as number) : count;
  }

  add(bigram: number): void {
    const count = this.get(bigram) + 1;
    if (count === 1) this.distinct += 1;
    this.set(bigram, count);
    if (this.sparse && this.distinct > DENSE_FROM) this.toDense(this.sparse);
  }

  remove(bigram: number): void {
    const count = this.get(bigram) - 1;
    if (count === 0) this.distinct -= 1;
    this.set(bigram, count);
    if (this.dense && this.distinct < DENSE_FROM / 4) this.toSparse(this.dense);
  }

  private set(bigram: number, count: number): void {
    if (this.sparse) {
      if (count > 0) this.sparse.set(bigram, count);
      else this.sparse.delete(bigram);
      return;
    }
    (this.dense as Uint8Array)[bigram] = Math.min(FULL, count);
    if (count >= FULL) this.large.set(bigram, count);
    else this.large.delete(bigram);
  }

  private toDense(sparse: Map<number, number>): void {
    this.dense = new Uint8Array(BIGRAM_SPACE);
    this.sparse = null;
    for (const [bigram, count] of sparse) this.set(bigram, count);
  }

  private toSparse(dense: Uint8Array): void {
    const sparse = new Map<number, number>();
    for (let bigram = 0; bigram < dense.length; bigram += 1) {
      if (dense[bigram] > 0) sparse.set(bigram, this.get(bigram));
    }
    this.sparse = sparse;
    this.dense = null;
    this.large.clear();
  }
}
