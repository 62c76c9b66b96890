import { SearchFailure } from 'plugin/engine/opensearch/client';
import { LostDocuments, type CountedIndex } from 'plugin/engine/opensearch/lost-documents';

function setUp() {
  const is = { now: 0, counts: { one: 9, other: 5 } as Record<string, number | null> };
  jest.spyOn(performance, 'now').mockImplementation(() => is.now);
  const indexes: CountedIndex[] = [
    { type: 'one', name: 'one', version: 1, size: 10 },
    { type: 'other', name: 'other', version: 1, size: 5 },
  ];
  const request = async ({ path, query }: { path: string; query: object }) => {
    // Otherwise those of a shard that is away would be taken for gone.
    expect(query).toEqual({ allow_partial_search_results: false });
    const value = is.counts[path.split('/')[1]];
    if (value === null) throw new SearchFailure(503, 'red', 'A shard is away');
    return { hits: { total: { value }, hits: [] }, timed_out: false };
  };
  const lost = new LostDocuments({ request } as never);
  /** Half a minute later. */
  const isNone = () => {
    is.now += 30_000;
    return lost.isNone(() => indexes);
  };
  return { is, indexes, lost, isNone };
}
afterEach(() => jest.restoreAllMocks());

test('what lacks as many twice is lost, whatever is written between', async () => {
  const { is, indexes, isNone } = setUp();
  expect([await isNone(), await isNone()]).toEqual([true, false]);
  is.counts.one = 20;
  indexes[0] = { ...indexes[0], version: 2, size: 21 };
  expect(await isNone()).toBe(false);
  is.counts.one = 21;
  expect([await isNone(), await isNone()]).toEqual([true, true]);
});

test('what is written while it is counted is counted the next time', async () => {
  const { indexes, lost, is } = setUp();
  let version = 1;
  const changing = () => [{ ...indexes[0], version: (version += 1) }];
  for (const time of [1, 2, 3]) {
    is.now += 30_000;
    expect([time, await lost.isNone(changing)]).toEqual([time, true]);
  }
});

test('an index that cannot be asked is not taken for one that has lost some', async () => {
  const { is, isNone } = setUp();
  is.counts.one = null;
  expect([await isNone(), await isNone()]).toEqual([true, true]);
});

test('a type that is built anew is not built anew again and again', async () => {
  const { is, indexes, lost, isNone } = setUp();
  // Until it is built: a start may fail before.
  for (const time of [1, 2]) expect([time, await lost.types(() => indexes)]).toEqual([time, ['one']]); // prettier-ignore
  lost.noteBuilt('one');
  expect([await isNone(), await isNone(), await lost.types(() => indexes)]).toEqual([true, true, []]); // prettier-ignore
  is.now += 600_000;
  expect([await isNone(), await isNone()]).toEqual([true, false]);
}, 20_000);

test('what is there again a moment later is not lost', async () => {
  const { is, indexes, lost } = setUp();
  const types = lost.types(() => indexes);
  setTimeout(() => {
    is.counts.one = 10;
  }, 500);
  expect(await types).toEqual([]);
});
