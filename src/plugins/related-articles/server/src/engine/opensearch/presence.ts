import { SearchFailure, type SearchClient } from './client';
import { catalogOf, type IndexSettings } from './mapping';

/**
 * The indexes that a pattern stands for: their names, and what tells one from another that had its name before.
 *
 * @throws SearchFailure where the cluster cannot tell.
 */
export async function uuidsOf(
  client: SearchClient,
  pattern: string,
): Promise<ReadonlyMap<string, string>> {
  const found = await client.request<Record<string, { settings: { index: { uuid: string } } }>>({
    method: 'GET',
    path: `/${pattern}/_settings`,
    query: { expand_wildcards: 'all', filter_path: '*.settings.index.uuid' },
  });
  return new Map(Object.entries(found).map(([name, one]) => [name, one.settings.index.uuid]));
}

/** The indexes of a prefix that the cluster has. */
async function presentIndexes(
  client: SearchClient,
  settings: IndexSettings,
): Promise<ReadonlyMap<string, string>> {
  const present = await uuidsOf(client, `${settings.prefix}*`);
  if (!present.has(catalogOf(settings))) await checkRecovered(client);
  return present;
}

/**
 * A cluster that has just started knows no index before it has recovered its state: what is missing then is not gone.
 *
 * @throws SearchFailure while that is so.
 */
export async function checkRecovered(client: SearchClient): Promise<void> {
  const { blocks } = await client.request<{ blocks?: { global?: object } }>({
    method: 'GET',
    path: '/_cluster/state/blocks',
  });
  if (!blocks?.global) return;
  throw new SearchFailure(503, 'cluster_block_exception', 'The cluster has not recovered its state.'); // prettier-ignore
}

/** Tells whether the indexes of a prefix are still those that this process has seen, or others of the same names. */
export class Presence {
  /** Whether this process has found, or made, a catalog. */
  hasCatalog = false;
  /** What tells indexes from others of the same name, as they were first seen. */
  private readonly ids = new Map<string, string>();
  /** Indexes that were gone before this process wrote; others are to take their places. */
  private lost: ReadonlySet<string> = new Set();

  constructor(
    private readonly client: SearchClient,
    private readonly settings: IndexSettings,
  ) {}

  isLost(name: string): boolean {
    return this.lost.has(name);
  }

  /** The entries of the catalog whose indexes are gone, or are not those that were made, or seen, under their names. */
  async findLost<Entry extends { index: string; uuid?: string }>(
    entries: () => Promise<readonly Entry[]>,
  ): Promise<Entry[]> {
    const catalog = catalogOf(this.settings);
    const present = await presentIndexes(this.client, this.settings);
    const before = new Map(this.ids);
    const isOther = (name: string, known = before.get(name)) =>
      known !== undefined && known !== present.get(name);
    this.ids.clear();
    this.hasCatalog = present.has(catalog);
    for (const [name, id] of present) this.ids.set(name, id);
    const lost = (await entries()).filter(
      ({ index, uuid }) =>
        isOther(catalog) || !present.has(index) || isOther(index) || isOther(index, uuid),
    );
    this.lost = new Set(lost.map(({ index }) => index));
    return lost;
  }

  /** @param namesOf The indexes that this process knows, as they are when it is called. */
  async isWhole(namesOf: () => readonly string[]): Promise<boolean> {
    const catalog = this.hasCatalog ? [catalogOf(this.settings)] : [];
    const before = new Set([...namesOf(), ...catalog]);
    const present = await presentIndexes(this.client, this.settings);
    // What was made or given up meanwhile is left out.
    const asked = [...namesOf(), ...catalog].filter((name) => before.has(name) && !this.isLost(name)); // prettier-ignore
    for (const name of asked) {
      const id = present.get(name);
      const known = this.ids.get(name) ?? id;
      if (id === undefined || id !== known) return false;
      this.ids.set(name, id);
    }
    return true;
  }
}
