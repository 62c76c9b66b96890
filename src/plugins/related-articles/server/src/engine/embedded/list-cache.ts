import type { RankedDocument, RankQuery } from '../ranking/query';

/**
 * The recently requested lists of one collection. A list is a function of the index, the document and the query, so
 * each is valid until the next write.
 */
export class ListCache {
  private readonly lists = new Map<string, readonly RankedDocument[]>();
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
    if (version !== this.version) this.lists.clear();
    this.version = version;
    const key = keyOf(id, query);
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
}

function keyOf(id: string, query: RankQuery): string {
  const entries = Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([id, entries], (_, value: unknown) =>
    value instanceof Set ? [...value].sort() : value,
  );
}
