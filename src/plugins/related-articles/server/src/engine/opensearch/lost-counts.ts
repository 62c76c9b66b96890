import type { Catalog } from './catalog';
import type { CatalogEntry } from './catalog-entry';
import { CountsMissing } from './published-counts';
import { keyOf } from './mapping';

/** How often it is checked whether the published counts are still there, in milliseconds. */
const CHECK_MS = 15_000;

/** Finds collections whose published counts are gone: a process that has not read them could make no lists. */
export class LostCounts {
  private checkedAt = -Infinity;
  /** The content types of these collections, by collection. */
  private readonly found = new Map<string, string>();

  constructor(private readonly catalog: Catalog) {}

  get types(): string[] {
    return [...this.found.values()];
  }

  /** Notes that counts are there again. */
  forget(entry: CatalogEntry): void {
    this.found.delete(keyOf(entry));
  }

  clear(): void {
    this.found.clear();
  }

  /**
   * Notes that the counts of an entry could not be read.
   *
   * @throws The error, if newer counts have replaced them, or if it is of another kind.
   */
  async note(entry: CatalogEntry, error: unknown): Promise<void> {
    if (!(error instanceof CountsMissing)) throw error;
    const there = await this.catalog.entry(entry);
    if (there?.version !== entry.version || there.index !== entry.index) throw error;
    this.found.set(keyOf(entry), entry.type);
  }

  /**
   * Whether the published counts of all entries are still there.
   *
   * @param watch Called before the cluster is asked. It returns whether that entry was in force all the while: newer
   *   counts may replace those that are asked for.
   */
  async isNone(
    entries: readonly CatalogEntry[],
    watch: (entry: CatalogEntry) => () => boolean,
  ): Promise<boolean> {
    if (performance.now() - this.checkedAt < CHECK_MS) return true;
    this.checkedAt = performance.now();
    for (const entry of entries) {
      const isInForce = watch(entry);
      if ((await this.catalog.hasCounts(entry)) || !isInForce()) continue;
      this.found.set(keyOf(entry), entry.type);
      return false;
    }
    return true;
  }
}
