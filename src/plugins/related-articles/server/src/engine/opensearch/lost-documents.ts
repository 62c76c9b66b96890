import { SearchFailure, WHOLE, type SearchAnswer, type SearchClient } from './client';

/** How often indexes are compared with what was counted, in milliseconds. */
const COMPARE_MS = 15_000;
/** How long after a first comparison indexes are compared again, in milliseconds. */
const AGAIN_MS = 3000;
/** How often an index that is being written to is looked at, in one comparison, and how long after each other. */
const LOOKS = 8;
const LOOK_AGAIN_MS = 250;
/** How long a rebuilt type is not rebuilt again if its new index never was as counted, in milliseconds. */
const SPARED_MS = 600_000;

/** What an index should hold. */
export interface CountedIndex {
  type: string;
  name: string;
  version: number;
  /** How many documents. */
  size: number;
  /** The sum of their checksums. */
  checksum: number;
  /** Whether it is being written to just now, so that it may hold more than was counted. Default `false`. */
  isDirty?: boolean;
}

/**
 * Finds indexes that do not hold what was counted when writing: a shard was lost or given up, a node went back to an
 * earlier state of its disk, or somebody removed or restored documents. Later writes are counted relative to what is
 * there, so the counts would stay wrong for good.
 */
export class LostDocuments {
  private comparedAt = -Infinity;
  /** What each index lacked when it could last be compared. */
  private lacking = new Map<string, string>();
  /** When each type was last rebuilt, by `performance.now()`. */
  private readonly builtAt = new Map<string, number>();
  /** Indexes that have held what was counted. */
  private readonly proven = new Set<string>();

  constructor(private readonly client: SearchClient) {}

  /** Whether no index lacks the same as it did the last time. */
  async isNone(indexes: () => readonly CountedIndex[]): Promise<boolean> {
    if (performance.now() - this.comparedAt < COMPARE_MS) return true;
    this.comparedAt = performance.now();
    const before = this.lacking;
    const { compared, found } = await this.findSettled(indexes);
    this.lacking = new Map([...before].filter(([name]) => !compared.has(name)));
    for (const { name, lacks } of found) this.lacking.set(name, lacks);
    return found.every(({ name, lacks }) => before.get(name) !== lacks);
  }

  /** Compares all indexes; those that are being written to as soon as they are not, within a few looks. */
  private async findSettled(indexes: () => readonly CountedIndex[]): Promise<Comparison> {
    const compared = new Set<string>();
    const found: Found[] = [];
    for (let look = 1; ; look += 1) {
      const left = () => indexes().filter(({ name }) => !compared.has(name));
      const one = await this.find(left);
      found.push(...one.found);
      for (const name of one.compared) compared.add(name);
      if (look === LOOKS || !one.isAnswered || left().length === 0) return { compared, found };
      await new Promise((go) => setTimeout(go, LOOK_AGAIN_MS));
    }
  }

  /** The types to rebuild: those with an index that lacks something, and still lacks the same a moment later. */
  async types(indexes: () => readonly CountedIndex[]): Promise<string[]> {
    const { found: first } = await this.find(indexes);
    if (first.length === 0) return [];
    // A replica may be behind.
    await new Promise((go) => setTimeout(go, AGAIN_MS));
    const { found: again } = await this.find(indexes);
    const isStill = ({ name, lacks }: Found) => again.some((one) => one.name === name && one.lacks === lacks); // prettier-ignore
    return [...new Set(first.filter(isStill).map(({ type }) => type))];
  }

  /** Spares a type that was just rebuilt: if its new index differs at once, it would do so again and again. */
  noteBuilt(type: string): void {
    this.builtAt.set(type, performance.now());
  }

  private async find(
    indexes: () => readonly CountedIndex[],
  ): Promise<Comparison & { isAnswered: boolean }> {
    const found: Found[] = [];
    const compared = new Set<string>();
    for (const index of indexes()) {
      const { type, name, size, checksum } = index;
      if (index.isDirty) continue;
      const held = await this.held(name);
      // The cluster would not answer for the other indexes, either.
      if (held === 'no answer') return { compared, found, isAnswered: false };
      const isSame = (one: CountedIndex) =>
        one.name === name &&
        !one.isDirty &&
        one.version === index.version &&
        one.size === size &&
        one.checksum === checksum;
      // An index that was written to meanwhile is compared the next time.
      if (held !== null && !indexes().some(isSame)) continue;
      compared.add(name);
      if (held === null) continue;
      if (held.size === size && held.checksum === checksum) this.proven.add(name);
      else if (!this.isSpared(index))
        found.push({ type, name, lacks: `${size - held.size} ${checksum - held.checksum}` });
    }
    return { compared, found, isAnswered: true };
  }

  private isSpared({ type, name }: CountedIndex): boolean {
    const isNew = performance.now() - (this.builtAt.get(type) ?? -Infinity) < SPARED_MS;
    return isNew && !this.proven.has(name);
  }

  /** What an index holds; `null` if not all shards can be asked. */
  private async held(
    name: string,
  ): Promise<Pick<CountedIndex, 'size' | 'checksum'> | 'no answer' | null> {
    try {
      // The cluster's own `_count` silently leaves out shards that are away.
      const answer = await this.client.request<SearchAnswer & { timed_out?: boolean }>({
        method: 'POST',
        path: `/${name}/_search`,
        query: { ...WHOLE },
        body: {
          size: 0,
          track_total_hits: true,
          query: { bool: { must_not: [{ term: { deleted: true } }] } },
          aggs: { checksum: { sum: { field: 'checksum' } } },
        },
      });
      const size = answer.hits.total?.value;
      const checksum = answer.aggregations?.checksum.value;
      const isWhole = !answer.timed_out && size !== undefined && checksum !== undefined;
      return isWhole ? { size, checksum } : null;
    } catch (error) {
      if (!(error instanceof SearchFailure)) throw error;
      return error.status === null ? 'no answer' : null;
    }
  }
}

interface Found {
  type: string;
  name: string;
  /** By how much its number of documents and its checksum differ from what was counted. */
  lacks: string;
}

interface Comparison {
  /** The names of the indexes that could be compared, or cannot be asked. */
  compared: ReadonlySet<string>;
  found: Found[];
}
