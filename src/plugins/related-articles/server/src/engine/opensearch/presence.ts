import { SearchFailure, type SearchClient } from './client';
import { aliasOf, catalogOf, type IndexSettings } from './mapping';

interface FoundIndex {
  /** Tells it apart from earlier ones of its name. */
  uuid: string;
  /** Whether it has the alias that it is written through. */
  isOpen: boolean;
}

/** Finds the indexes that match a pattern, by name. */
async function indexesOf(
  client: SearchClient,
  pattern: string,
): Promise<ReadonlyMap<string, FoundIndex>> {
  const found = await client.request<
    Record<string, { aliases?: object; settings: { index: { uuid: string } } }>
  >({
    method: 'GET',
    path: `/${pattern}`,
    query: { expand_wildcards: 'all', filter_path: '*.settings.index.uuid,*.aliases.*' },
  });
  return new Map(
    Object.entries(found).map(([name, { aliases = {}, settings }]) => [
      name,
      { uuid: settings.index.uuid, isOpen: aliasOf(name) in aliases },
    ]),
  );
}

/** Returns what tells an index apart from earlier ones of its name. */
export const uuidOf = async (client: SearchClient, index: string): Promise<string | undefined> =>
  (await indexesOf(client, index)).get(index)?.uuid;

interface Present {
  /** The UUIDs of the indexes that the cluster has and that can be written to, by name; also of a closed catalog. */
  present: ReadonlyMap<string, string>;
  /** Whether the catalog can be written to. */
  isCatalogOpen: boolean;
}

/** Finds the indexes of a prefix. */
async function presentIndexes(client: SearchClient, settings: IndexSettings): Promise<Present> {
  const found = await indexesOf(client, `${settings.prefix}*`);
  const catalog = catalogOf(settings);
  if (!found.has(catalog)) await checkRecovered(client);
  const usable = [...found].filter(([name, { isOpen }]) => isOpen || name === catalog);
  return {
    present: new Map(usable.map(([name, { uuid }]) => [name, uuid])),
    isCatalogOpen: found.get(catalog)?.isOpen ?? false,
  };
}

/**
 * Checks that a cluster has recovered its state: before that, it knows no index, and a missing one may not be gone.
 *
 * @throws SearchFailure until it has recovered its state.
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
  /** UUIDs of indexes by name, as they were first seen. */
  private readonly ids = new Map<string, string>();
  /** Indexes that were gone before this process wrote; others will take their places. */
  private lost: ReadonlySet<string> = new Set();

  constructor(
    private readonly client: SearchClient,
    private readonly settings: IndexSettings,
  ) {}

  isLost(name: string): boolean {
    return this.lost.has(name);
  }

  /** The catalog entries whose indexes are gone, or are not the ones that were created or seen under their names. */
  async findLost<Entry extends { index: string; uuid?: string }>(
    entries: () => Promise<readonly Entry[]>,
  ): Promise<Entry[]> {
    const catalog = catalogOf(this.settings);
    const { present } = await presentIndexes(this.client, this.settings);
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

  /** @param namesOf Returns the names of the indexes that this process knows at the time of the call. */
  async isWhole(namesOf: () => readonly string[]): Promise<boolean> {
    const catalog = this.hasCatalog ? [catalogOf(this.settings)] : [];
    const before = new Set([...namesOf(), ...catalog]);
    const { present, isCatalogOpen } = await presentIndexes(this.client, this.settings);
    // Its alias is put back like anything else that is lost.
    if (this.hasCatalog && !isCatalogOpen) return false;
    // Leave out indexes that were created or given up meanwhile.
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
