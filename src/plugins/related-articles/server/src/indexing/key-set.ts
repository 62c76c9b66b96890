import { hashBackwards, hashText } from '../engine/hash';

const SMALLEST = 1024;

/**
 * A set of keys, each kept as two hashes: 16 to 32 bytes instead of about a hundred. With a million keys, the chance
 * that another key is mistaken for one of them is one in 10^13.
 */
export class KeySet {
  private hashes = new Int32Array(2 * SMALLEST);
  private size = 0;

  add(key: string): void {
    if (2 * (this.size + 1) * 2 > this.hashes.length) this.grow();
    this.put(hashText(key) | 0, secondHash(key));
  }

  has(key: string): boolean {
    const [first, second] = [hashText(key) | 0, secondHash(key)];
    const at = this.placeOf(first, second);
    return this.hashes[at + 1] === second && this.hashes[at] === first;
  }

  private put(first: number, second: number): void {
    const at = this.placeOf(first, second);
    if (this.hashes[at + 1] === 0) this.size += 1;
    this.hashes[at] = first;
    this.hashes[at + 1] = second;
  }

  /** Where these hashes are, or would be. */
  private placeOf(first: number, second: number): number {
    const mask = this.hashes.length / 2 - 1;
    let at = first & mask;
    for (;;) {
      const there = this.hashes[2 * at + 1];
      if (there === 0 || (there === second && this.hashes[2 * at] === first)) return 2 * at;
      at = (at + 1) & mask;
    }
  }

  private grow(): void {
    const { hashes } = this;
    this.hashes = new Int32Array(hashes.length * 2);
    this.size = 0;
    for (let at = 0; at < hashes.length; at += 2) {
      if (hashes[at + 1] !== 0) this.put(hashes[at], hashes[at + 1]);
    }
  }
}

/** Never 0, which stands for an empty place. */
const secondHash = (key: string): number => hashBackwards(key) | 0 || 1;
