import { GrowableInts } from '../growable';
import { Postings } from './postings';

/** Word ids take 24 bits in a document's terms. */
const MAX_WORDS = 2 ** 24;

/**
 * Words as numbers, with the documents that contain them. An id is reused once its last document is gone, so that the
 * dictionary of a site that is edited for years does not keep growing.
 */
export class Dictionary {
  readonly postings = new Postings();
  private readonly ids = new Map<string, number>();
  private readonly texts: string[] = [];
  private readonly hashes = new GrowableInts();
  private readonly free: number[] = [];
  /** Whether an id may have stood for another word before. */
  hasReusedIds = false;
  /** Set only by `equalStatistics`. */
  readonly isEqual: boolean = false;

  /** @param maxWords Words beyond this many get no id. */
  constructor(private readonly maxWords = MAX_WORDS) {}

  get size(): number {
    return this.ids.size;
  }

  /** The id of a word, or -1. */
  id(text: string): number {
    return this.ids.get(text) ?? -1;
  }

  /**
   * The id of a word, created if there is none. Its list is empty until documents are added to it. -1 for a new word
   * when there are too many words: it then counts in no comparison, but known words still do.
   *
   * @param hash `hashText` of it.
   */
  intern(text: string, hash: number): number {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.free.pop() ?? this.texts.length;
    if (id >= this.maxWords) return -1;
    this.ids.set(text, id);
    this.texts[id] = text;
    this.hashes.set(id, hash);
    this.postings.create(id);
    return id;
  }

  text(id: number): string {
    return this.texts[id];
  }

  hash(id: number): number {
    return this.hashes.get(id);
  }

  /** In how many documents the word occurs. */
  documentFrequency(id: number): number {
    return this.postings.length(id);
  }

  /** Removes a document from a word's list, and forgets the word when the list is empty. */
  release(id: number, slot: number): void {
    this.postings.remove(id, slot);
    this.forgetUnused(id);
  }

  /** One more than the largest id in use. */
  get capacity(): number {
    return this.texts.length;
  }

  /** Forgets a word that occurs in no document. */
  forgetUnused(id: number): void {
    if (this.postings.length(id) > 0 || this.texts[id] === '') return;
    this.postings.destroy(id);
    this.ids.delete(this.texts[id]);
    this.texts[id] = '';
    this.free.push(id);
    this.hasReusedIds = true;
  }

  /** Estimated bytes: map entries, texts and lists. */
  get bytes(): number {
    return this.ids.size * 90 + this.postings.bytes;
  }
}
