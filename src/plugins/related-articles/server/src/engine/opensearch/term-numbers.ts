import { GrowableInts } from '../growable';
import { hashText } from '../hash';
import { NumberCounts } from '../counts/number-counts';

/** Word ids take 24 bits in a document's terms; the last one stands for all words that are too many. */
const MAX_WORDS = 2 ** 24 - 1;

/**
 * This process's numbers for words and taxonomy entries. In the cluster, words are hashes and entries are texts.
 * Numbers are never freed: when there are too many, the owner starts again with a new object.
 */
export class TermNumbers {
  /** Word hash -> its number plus one. */
  private readonly numbers = new NumberCounts();
  private readonly hashes = new GrowableInts();
  private readonly entries = new Map<string, number>();
  private readonly keys: string[] = [];

  /** How many words and entries have numbers. */
  get size(): number {
    return this.hashes.length + this.keys.length;
  }

  intern(hash: number): number {
    const known = this.numbers.get(hash);
    if (known > 0) return known - 1;
    const number = this.hashes.length;
    if (number >= MAX_WORDS) return MAX_WORDS;
    this.hashes.push(hash | 0);
    this.numbers.add(hash, number + 1);
    return number;
  }

  ofText(word: string): number {
    return this.intern(hashText(word));
  }

  /** The hash of a word, as a whole number of 32 bits. */
  hash(number: number): number {
    return number >= MAX_WORDS ? 0 : this.hashes.get(number) >>> 0;
  }

  internEntry(key: string): number {
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    const number = this.keys.length;
    this.entries.set(key, number);
    this.keys.push(key);
    return number;
  }

  entry(number: number): string {
    return this.keys[number];
  }
}
