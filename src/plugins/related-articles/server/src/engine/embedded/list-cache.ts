import type { RankedDocument, RankQuery } from '../ranking/query';

/** Sets up to this size are part of a key. */
const SHORT_SET = 20;
/** How many larger sets are known at a time; each list with its own pins or exclusions has one. */
const MAX_SETS = 200;

/**
 * The recently requested lists of one collection. A list is a function of the index, the document and the query, so
 * each is valid until the next write.
 */
export class ListCache {
  private readonly lists = new Map<string, readonly RankedDocument[]>();
  /** Numbers that stand for sets of documents: the one excluded everywhere can be long, and all lists share it. */
  private readonly sets = new Map<string, number>();
  private version = '';

  /** @param capacity How many lists are kept, some 10 kB each. */
  constructor(private readonly capacity: number) {}

  /** @param version The version of the index that all lists depend on: a different one empties the cache. */
  get(
    version: string,
    id: string,
    query: RankQuery,
    make: () => RankedDocument[],
  ): readonly RankedDocument[] {
    if (this.capacity === 0) return make();
    if (version !== this.version || this.sets.size > MAX_SETS) {
      this.lists.clear();
      this.sets.clear();
    }
    this.version = version;
    const key = this.keyOf(id, query);
    const found = this.lists.get(key);
    if (found) this.lists.delete(key);
    const list = found ?? make();
    this.lists.set(key, list);
    if (this.lists.size > this.capacity) {
      const [oldest] = this.lists.keys();
      this.lists.delete(oldest);
    }
    return list;
  }

  private keyOf(id: string, query: RankQuery): string {
    const entries = Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([id, entries], (_, value: unknown) =>
      value instanceof Set && value.size > SHORT_SET ? this.numberOf(value) : valueOf(value),
    );
  }

  private numberOf(set: ReadonlySet<unknown>): { set: number } {
    const content = JSON.stringify(valueOf(set));
    const number = this.sets.get(content) ?? this.sets.size;
    this.sets.set(content, number);
    return { set: number };
  }
}

const valueOf = (value: unknown): unknown => (value instanceof Set ? [...value].sort() : value);
