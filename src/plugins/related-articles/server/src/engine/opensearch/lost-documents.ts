import { SearchFailure, WHOLE, type SearchAnswer, type SearchClient } from './client';

/** How often documents are counted, in milliseconds. */
const COUNT_MS = 15_000;
/** How long after a first count documents are counted again, in milliseconds. */
const AGAIN_MS = 3000;
/** How long a rebuilt type is not rebuilt again for its number of documents, in milliseconds. */
const SPARED_MS = 600_000;

/** An index, and how many documents it should hold. */
export interface CountedIndex {
  type: string;
  name: string;
  version: number;
  size: number;
}

/**
 * Finds indexes whose number of documents is not what was counted when writing: a shard was lost or given up, or
 * somebody removed or restored documents. Later writes are counted relative to what is there, so the counts would stay
 * wrong for good.
 */
export class LostDocuments {
  private countedAt = -Infinity;
  /** How many documents each index lacked when they were last counted. */
  private lacking = new Map<string, number>();
  /** When each type was last rebuilt, by `performance.now()`. */
  private readonly builtAt = new Map<string, number>();

  constructor(private readonly client: SearchClient) {}

  /** Whether no index lacks as many documents as it did the last time. */
  async isNone(indexes: () => readonly CountedIndex[]): Promise<boolean> {
    if (performance.now() - this.countedAt < COUNT_MS) return true;
    this.countedAt = performance.now();
    const before = this.lacking;
    this.lacking = new Map((await this.find(indexes)).map(({ name, lacks }) => [name, lacks]));
    return [...this.lacking].every(([name, lacks]) => before.get(name) !== lacks);
  }

  /** The types to rebuild: those with an index that lacks documents, and still lacks as many a moment later. */
  async types(indexes: () => readonly CountedIndex[]): Promise<string[]> {
    const first = await this.find(indexes);
    if (first.length === 0) return [];
    // A replica may be behind.
    await new Promise((go) => setTimeout(go, AGAIN_MS));
    const again = await this.find(indexes);
    const isStill = ({ name, lacks }: Found) => again.some((one) => one.name === name && one.lacks === lacks); // prettier-ignore
    return [...new Set(first.filter(isStill).map(({ type }) => type))];
  }

  /** Spares a type that was just rebuilt: if its new index differs at once, it would do so again and again. */
  noteBuilt(type: string): void {
    this.builtAt.set(type, performance.now());
  }

  private async find(indexes: () => readonly CountedIndex[]): Promise<Found[]> {
    const found: Found[] = [];
    for (const index of indexes()) {
      const { type, name, version, size } = index;
      if (performance.now() - (this.builtAt.get(type) ?? -Infinity) < SPARED_MS) continue;
      const count = await this.count(name);
      // The cluster would not answer for the other indexes, either.
      if (count === 'no answer') break;
      const isSame = (one: CountedIndex) => one.name === name && one.version === version && one.size === size; // prettier-ignore
      // An index that was written to meanwhile is checked the next time.
      const isTold = count !== null && indexes().some(isSame);
      if (isTold && count !== size) found.push({ type, name, lacks: size - count });
    }
    return found;
  }

  /** How many documents an index holds; `null` if not all shards can be asked. */
  private async count(name: string): Promise<number | 'no answer' | null> {
    try {
      // The cluster's own `_count` silently leaves out shards that are away.
      const { hits, timed_out: isCut } = await this.client.request<SearchAnswer & { timed_out?: boolean }>({
        method: 'POST',
        path: `/${name}/_search`,
        query: { ...WHOLE },
        body: {
          size: 0,
          track_total_hits: true,
          query: { bool: { must_not: [{ term: { deleted: true } }] } },
        },
      }); // prettier-ignore
      return isCut ? null : (hits.total?.value ?? null);
    } catch (error) {
      if (!(error instanceof SearchFailure)) throw error;
      return error.status === null ? 'no answer' : null;
    }
  }
}

interface Found {
  type: string;
  name: string;
  /** How many fewer it holds than were counted; less than 0 for more. */
  lacks: number;
}
