import { SearchFailure } from 'plugin/engine/opensearch/client';
import { LostDocuments, type CountedIndex } from 'plugin/engine/opensearch/lost-documents';

function setUp() {
  const is = {
    now: 0,
    counts: { one: 9, other: 5 } as Record<string, number | null>,
    checksums: { one: 100, other: 50 } as Record<string, number>,
  };
  jest.spyOn(performance, 'now').mockImplementation(() => is.now);
  const indexes: CountedIndex[] = [
    { type: 'one', name: 'one', version: 1, size: 10, checksum: 100 },
    { type: 'other', name: 'other', version: 1, size: 5, checksum: 50 },
  ];
  const request = async ({ path, query }: { path: string; query: object }) => {
    // Otherwise, documents of a shard that is away would count as lost.
    expect(query).toEqual({ allow_partial_search_results: false });
    const value = is.counts[path.split('/')[1]];
    if (value === null) throw new SearchFailure(503, 'red', 'A shard is away');
    const aggregations = { checksum: { value: is.checksums[path.split('/')[1]] } };
    return { hits: { total: { value }, hits: [] }, aggregations, timed_out: false };
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

test('an index that lacks the same number twice has lost them, whatever is written in between', async () => {
  const { is, indexes, isNone } = setUp();
  expect([await isNone(), await isNone()]).toEqual([true, false]);
  is.counts.one = 20;
  indexes[0] = { ...indexes[0], version: 2, size: 21 };
  expect(await isNone()).toBe(false);
  is.counts.one = 21;
  expect([await isNone(), await isNone()]).toEqual([true, true]);
});

test('an index that is written to while it is counted is counted the next time', async () => {
  const { indexes, lost, is } = setUp();
  let version = 1;
  const changing = () => [{ ...indexes[0], version: (version += 1) }];
  for (const time of [1, 2, 3]) {
    is.now += 30_000;
    expect([time, await lost.isNone(changing)]).toEqual([time, true]);
  }
});

test('an index that cannot be counted does not count as having lost documents', async () => {
  const { is, isNone } = setUp();
  is.counts.one = null;
  expect([await isNone(), await isNone()]).toEqual([true, true]);
});

test('does not rebuild a type again and again', async () => {
  const { is, indexes, lost, isNone } = setUp();
  // Reported until it is built: a start may fail before that.
  for (const time of [1, 2]) expect([time, await lost.types(() => indexes)]).toEqual([time, ['one']]); // prettier-ignore
  lost.noteBuilt('one');
  expect([await isNone(), await isNone(), await lost.types(() => indexes)]).toEqual([true, true, []]); // prettier-ignore
  is.now += 600_000;
  expect([await isNone(), await isNone()]).toEqual([true, false]);
}, 20_000);

test('documents that are back a moment later are not lost', async () => {
  const { is, indexes, lost } = setUp();
  const types = lost.types(() => indexes);
  setTimeout(() => {
    is.counts.one = 10;
  }, 500);
  expect(await types).toEqual([]);
});

test('changes that an index has lost are noticed, although it has as many documents', async () => {
  const { is, isNone } = setUp();
  is.counts.one = 10;
  is.checksums.one = 93;
  expect([await isNone(), await isNone()]).toEqual([true, false]);
});

test('a new index that was right once is not spared', async () => {
  const { is, lost, isNone } = setUp();
  lost.noteBuilt('one');
  is.counts.one = 10;
  expect(await isNone()).toBe(true);
  is.counts.one = 9;
  expect([await isNone(), await isNone()]).toEqual([true, false]);
});

test('an index that is being written to is compared as soon as it is not', async () => {
  const { is, indexes, lost } = setUp();
  let isDirty = false;
  const all = () => [{ ...indexes[0], isDirty }];
  const isNone = () => {
    is.now += 30_000;
    isDirty = true;
    setTimeout(() => (isDirty = false), 600);
    return lost.isNone(all);
  };
  expect([await isNone(), await isNone()]).toEqual([true, false]);
}, 20_000);

test('what an index lacked is remembered while it cannot be compared', async () => {
  const { is, indexes, lost } = setUp();
  let isDirty = false;
  const all = () => [{ ...indexes[0], isDirty }];
  const isNone = () => {
    is.now += 30_000;
    return lost.isNone(all);
  };
  expect(await isNone()).toBe(true);
  isDirty = true;
  expect(await isNone()).toBe(true);
  isDirty = false;
  expect(await isNone()).toBe(false);
}, 20_000);
