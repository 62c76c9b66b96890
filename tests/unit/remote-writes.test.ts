import { SearchFailure, type SearchRequest } from 'plugin/engine/opensearch/client';
import { IndexWriter, type Write } from 'plugin/engine/opensearch/index-writer';
import { IndexReader } from 'plugin/engine/opensearch/reader';

const LIMIT = 10_000_000;

/** A cluster behind a gateway that takes only so much at once. */
function gateway(limit: number) {
  const sizes: number[] = [];
  const stored = new Set<string>();
  const request = async ({ path, lines = [], body }: SearchRequest) => {
    if (path.endsWith('_mget')) return { docs: (body as { ids: string[] }).ids.map((_id) => ({ _id, found: false })) }; // prettier-ignore
    const bytes = lines.reduce((sum: number, line) => sum + JSON.stringify(line).length, 0);
    sizes.push(bytes);
    if (bytes > limit) throw new SearchFailure(413, '', 'HTTP status 413');
    const ids = lines.flatMap((line) => (line as { index?: { _id: string } }).index?._id ?? []);
    for (const id of ids) stored.add(id);
    return { items: ids.map((_id) => ({ index: { _id, status: 200 } })) };
  };
  const writer = new IndexWriter({ request } as never);
  const write = (writes: readonly Write[]) => writer.write('index', {} as never, writes, () => 1, () => undefined); // prettier-ignore
  return { sizes, stored, write };
}

const documents = (count: number, length: number): Write[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `d${at}`,
    stored: { id: `d${at}`, body: 'a'.repeat(length), words: 'b', features: '' } as never,
  }));

test('long documents are sent in parts that any cluster takes', async () => {
  const { sizes, stored, write } = gateway(LIMIT);
  const written = await write(documents(100, 300_000));
  expect(written.filter(({ error }) => error)).toEqual([]);
  expect([stored.size, Math.max(...sizes) < LIMIT]).toEqual([100, true]);
  const small = gateway(LIMIT);
  await small.write(documents(100, 1000));
  expect(small.sizes).toHaveLength(1);
});

test('parts that are refused as too large are halved, and a single document that is too large is named', async () => {
  const { stored, write } = gateway(700_000);
  const written = await write([...documents(8, 100_000), ...documents(9, 800_000).slice(8)]);
  expect(written.filter(({ error }) => error).map(({ id }) => id)).toEqual(['d8']);
  expect([...stored].sort()).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7']);
});

test('a page of a scan is asked for once, as another try would get the next one', async () => {
  const asked: SearchRequest[] = [];
  const pages = [[{ _id: 'a' }], [{ _id: 'b' }], []];
  const request = async (one: SearchRequest) => {
    asked.push(one);
    return { _scroll_id: 's', _shards: { failed: 0 }, hits: { hits: pages.shift() ?? [] } };
  };
  const found: string[] = [];
  for await (const hits of new IndexReader({ request } as never).scan({ name: 'index' }, [], 1)) {
    found.push(...hits.map(({ _id }) => _id));
  }
  expect(found).toEqual(['a', 'b']);
  const further = asked.filter(
    ({ method, path }) => method === 'POST' && path === '/_search/scroll',
  );
  expect(further.map(({ isTriedOnce }) => isTriedOnce)).toEqual([true, true]);
});
