import { checkShards, SearchFailure, type SearchClient } from './client';

/** How often documents are counted, in milliseconds. */
const COUNT_MS = 15_000;
/** A type that was built anew for its count is not built anew again for as long, in milliseconds. */
const SPARED_MS = 600_000;

/** An index, and how many documents it should hold. */
export interface CountedIndex {
  type: string;
  name: string;
  version: number;
  size: number;
}

/**
 * Finds indexes that hold another number of documents than was counted as they were written: a shard was lost, or given
 * up, or somebody removed or restored documents. What is written later is counted from what is there, so the counts
 * would stay wrong for good.
 */
export class LostDocuments {
  private countedAt = -Infinity;
  /** What differed when it was last counted. */
  private differing = new Map<string, string>();
  /** When types were last to be built anew for it, on the clock of `performance`. */
  private readonly toldAt = new Map<string, number>();

  constructor(private readonly client: SearchClient) {}

  /** Whether none differs that did so the last time too, with nothing written between. */
  async isNone(indexes: () => readonly CountedIndex[]): Promise<boolean> {
    if (performance.now() - this.countedAt < COUNT_MS) return true;
    this.countedAt = performance.now();
    const before = this.differing;
    const found = await this.find(indexes);
    this.differing = new Map(found.map((index) => [index.name, keyOf(index)]));
    return found.every((index) => before.get(index.name) !== keyOf(index));
  }

  /** The types of which an index differs now: they are to be built anew. */
  async types(indexes: () => readonly CountedIndex[]): Promise<string[]> {
    const types = new Set((await this.find(indexes)).map(({ type }) => type));
    for (const type of types) this.toldAt.set(type, performance.now());
    this.differing.clear();
    return [...types];
  }

  private async find(indexes: () => readonly CountedIndex[]): Promise<CountedIndex[]> {
    const found: CountedIndex[] = [];
    for (const index of indexes()) {
      if (performance.now() - (this.toldAt.get(index.type) ?? -Infinity) < SPARED_MS) continue;
      const count = await this.count(index.name);
      // What was written meanwhile is counted the next time.
      const isSame = indexes().some((now) => keyOf(now) === keyOf(index) && now.size === index.size); // prettier-ignore
      if (count !== null && count !== index.size && isSame) found.push(index);
    }
    return found;
  }

  /** `null` where the index cannot be asked. */
  private async count(name: string): Promise<number | null> {
    try {
      const answer = await this.client.request<{ count: number; _shards?: { failed: number } }>({
        method: 'POST',
        path: `/${name}/_count`,
        body: { query: { bool: { must_not: [{ term: { deleted: true } }] } } },
      });
      checkShards(answer);
      return answer.count;
    } catch (error) {
      if (!(error instanceof SearchFailure)) throw error;
      return null;
    }
  }
}

const keyOf = ({ name, version, size }: CountedIndex): string => `${name} ${version} ${size}`;
