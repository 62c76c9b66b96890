import { GrowableInts, PostingList } from './growable';

/** Pairs of word ids become one number; ids stay below this. */
const PAIR = 2 ** 26;

/**
 * Terms as numbers. Words and bigrams share one space of ids; an id whose document
 * frequency falls to zero is used again, so that a site that is edited for years does not grow.
 *
 * A bigram's words always stand in the same document, so a bigram never outlives its words.
 */
export class Dictionary {
  private readonly words = new Map<string, number>();
  private readonly bigrams = new Map<number, number>();
  /** For a word its text; for a bigram its pair number. */
  private readonly keys: (string | number)[] = [];
  private readonly postings: (PostingList | null)[] = [];
  private readonly frequencies = new GrowableInts();
  private readonly free: number[] = [];

  /** One more than the largest id ever used. */
  get capacity(): number {
    return this.keys.length;
  }

  get size(): number {
    return this.words.size + this.bigrams.size;
  }

  get wordCount(): number {
    return this.words.size;
  }

  /** The id of a word, or -1. */
  word(text: string): number {
    return this.words.get(text) ?? -1;
  }

  /** The id of a bigram of two word ids, or -1. */
  bigram(first: number, second: number): number {
    return this.bigrams.get(first * PAIR + second) ?? -1;
  }

  internWord(text: string): number {
    const known = this.words.get(text);
    if (known !== undefined) return known;
    const id = this.allocate(text, new PostingList());
    this.words.set(text, id);
    return id;
  }

  internBigram(first: number, second: number): number {
    const pair = first * PAIR + second;
    const known = this.bigrams.get(pair);
    if (known !== undefined) return known;
    const id = this.allocate(pair, null);
    this.bigrams.set(pair, id);
    return id;
  }

  /** In how many documents the term stands. */
  documentFrequency(id: number): number {
    return this.frequencies.get(id);
  }

  /** The posting list of a word; bigrams have none. */
  postingsOf(id: number): PostingList {
    return this.postings[id] as PostingList;
  }

  text(id: number): string {
    return String(this.keys[id]);
  }

  /** Counts one more document for the term. */
  retain(id: number): void {
    this.frequencies.set(id, this.frequencies.get(id) + 1);
  }

  /** Counts one document less, and frees the id after the last. */
  release(id: number): void {
    const left = this.frequencies.get(id) - 1;
    this.frequencies.set(id, left);
    if (left > 0) return;
    const key = this.keys[id];
    if (typeof key === 'string') this.words.delete(key);
    else this.bigrams.delete(key);
    this.keys[id] = '';
    this.postings[id] = null;
    this.free.push(id);
  }

  /** Estimated bytes: map entries, keys and posting lists. */
  get bytes(): number {
    let bytes = this.words.size * 80 + this.bigrams.size * 48;
    for (const list of this.postings) if (list) bytes += list.bytes + 48;
    return bytes;
  }

  private allocate(key: string | number, postings: PostingList | null): number {
    const id = this.free.pop() ?? this.keys.length;
    if (id >= PAIR) throw new RangeError(`The index holds more than ${PAIR} different terms.`);
    this.keys[id] = key;
    this.postings[id] = postings;
    this.frequencies.set(id, 0);
    return id;
  }
}
