import { Catalog, emptyEntry } from 'plugin/engine/opensearch/catalog';
import { SearchFailure, type SearchRequest } from 'plugin/engine/opensearch/client';
import { CountChanges } from 'plugin/engine/opensearch/counts';

/** A cluster that answers to an entry with a failure. */
function failing(status: number | null) {
  const deleted: string[] = [];
  const request = async ({ method, path, lines = [] }: SearchRequest) => {
    deleted.push(...lines.map((line) => JSON.stringify(line)));
    const isEntry = method === 'PUT' && decodeURIComponent(path).endsWith('_doc/articles en');
    if (isEntry) throw new SearchFailure(status, 'failed', 'It failed');
    if (method === 'GET') throw new SearchFailure(404, '', 'Not found');
    return {};
  };
  const catalog = new Catalog({ request } as never, { prefix: 'a-', shards: 1, replicas: '0-1' });
  return { catalog, deleted };
}

test.each([
  ['not answered', null, 0],
  ['answered by a gateway', 503, 0],
  ['refused', 400, 1],
  ['refused because a newer one is there', 409, 1],
])('counts whose entry is %s are deleted only if it cannot be accepted later', async (_, status, count) => {
  const { catalog, deleted } = failing(status);
  const entry = emptyEntry({ type: 'articles', locale: 'en' }, { index: 'a-articles' });
  await expect(catalog.publish(entry, new CountChanges(), null)).rejects.toThrow('It failed');
  expect(deleted).toHaveLength(count);
}); // prettier-ignore
