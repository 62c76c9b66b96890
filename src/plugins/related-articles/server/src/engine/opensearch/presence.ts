import { SearchFailure, type SearchClient } from './client';
import { catalogOf, type IndexSettings } from './mapping';

/**
 * The indexes of a prefix that the cluster has: their names, and what tells one from another that had its name before.
 *
 * @throws SearchFailure where the cluster cannot tell.
 */
export async function presentIndexes(
  client: SearchClient,
  settings: IndexSettings,
): Promise<ReadonlyMap<string, string>> {
  const found = await client.request<Record<string, { settings: { index: { uuid: string } } }>>({
    method: 'GET',
    path: `/${settings.prefix}*/_settings`,
    query: { expand_wildcards: 'all', filter_path: '*.settings.index.uuid' },
  });
  const present = new Map(Object.entries(found).map(([name, one]) => [name, one.settings.index.uuid])); // prettier-ignore
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
