import { Catalog } from 'plugin/engine/opensearch/catalog';
import { emptyEntry } from 'plugin/engine/opensearch/catalog-entry';
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
  ['not answered', null],
  ['answered by a gateway', 503],
  ['refused', 400],
  ['refused because a newer one is there', 409],
])('counts whose entry is %s stay: it may have been accepted before', async (_, status) => {
  const { catalog, deleted } = failing(status);
  const entry = emptyEntry({ type: 'articles', locale: 'en' }, { index: 'a-articles' });
  await expect(catalog.publish(entry, new CountChanges(), null)).rejects.toThrow('It failed');
  expect(deleted).toEqual([]);
});

test('counts are sent in parts that a gateway with a limit of a megabyte lets through', async () => {
  const sent: number[] = [];
  const request = async ({ method, body }: SearchRequest) => {
    if (body) sent.push(JSON.stringify(body).length);
    if (method === 'GET') throw new SearchFailure(404, '', 'Not found');
    return {};
  };
  const catalog = new Catalog({ request } as never, { prefix: 'a-', shards: 1, replicas: '0-1' });
  const counts = new CountChanges();
  for (let at = 0; at < 150_000; at += 1) counts.addEntry(`tags ${at} ${'x'.repeat(20)}`, 1);
  const entry = emptyEntry({ type: 'articles', locale: 'en' }, { index: 'a-articles' });
  const { full, changes } = await catalog.publish(entry, counts, counts);
  expect([full, ...changes].flatMap(({ parts }) => parts).length).toBeGreaterThan(4);
  expect(Math.max(...sent)).toBeLessThan(1_000_000);
});

test('counts of tries without an answer are deleted once a later one is accepted', async () => {
  const parts = new Set<string>();
  let isAway = true;
  const request = async ({ method, path, lines = [] }: SearchRequest) => {
    const id = decodeURIComponent(path.split('/').pop() ?? '');
    if (method === 'GET') throw new SearchFailure(404, '', 'Not found');
    for (const line of lines as { delete?: { _id: string } }[])
      parts.delete(line.delete?._id ?? '');
    if (method !== 'PUT' || lines.length > 0) return {};
    if (id !== 'articles en') parts.add(id);
    else if (isAway) throw new SearchFailure(null, '', 'No answer');
    return {};
  };
  const catalog = new Catalog({ request } as never, { prefix: 'a-', shards: 1, replicas: '0-1' });
  const entry = emptyEntry({ type: 'articles', locale: 'en' }, { index: 'a-articles' });
  const counts = new CountChanges();
  for (let tries = 0; tries < 3; tries += 1) {
    await expect(catalog.publish(entry, counts, null)).rejects.toThrow('No answer');
  }
  expect(parts.size).toBe(3);
  isAway = false;
  const { full } = await catalog.publish(entry, counts, null);
  expect([...parts]).toEqual(full.parts);
});
