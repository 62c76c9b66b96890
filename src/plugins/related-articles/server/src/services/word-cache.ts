/** What may be shown of a document's text. */
export interface VisibleWords {
  /** For each term, a form in which it is written there. */
  surfaces: ReadonlyMap<string, string>;
  /** The slugs and documentIds that its links lead to. */
  links: ReadonlySet<string>;
}

/** The total number of cached terms and links, about 100 bytes each. */
const MAX_ITEMS = 300_000;

/** The analysed words of recently explained documents, by a key of their content. */
export class WordCache {
  private readonly entries = new Map<string, VisibleWords>();
  private items = 0;

  get(key: string): VisibleWords | undefined {
    const found = this.entries.get(key);
    if (found) {
      this.entries.delete(key);
      this.entries.set(key, found);
    }
    return found;
  }

  set(key: string, words: VisibleWords): void {
    const size = sizeOf(words);
    if (size > MAX_ITEMS / 4 || this.entries.has(key)) return;
    this.entries.set(key, words);
    this.items += size;
    for (const [oldest, old] of this.entries) {
      if (this.items <= MAX_ITEMS) return;
      this.entries.delete(oldest);
      this.items -= sizeOf(old);
    }
  }
}

const sizeOf = ({ surfaces, links }: VisibleWords): number => 1 + surfaces.size + links.size;
