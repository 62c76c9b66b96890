import { SearchFailure } from 'plugin/engine/opensearch/client';
import { LostDocuments, type CountedIndex } from 'plugin/engine/opensearch/lost-documents';

function setUp() {
  const is = { now: 0, counts: { one: 9, other: 5 } as Record<string, number | null> };
  jest.spyOn(performance, 'now').mockImplementation(() => is.now);
  const indexes: CountedIndex[] = [
    { type: 'one', name: 'one', version: 1, size: 10 },
    { type: 'other', name: 'other', version: 1, size: 5 },
  ];
  const request = async ({ path }: { path: string }) => {
    const count = is.counts[path.split('/')[1]];
    if (count === null) throw new SearchFailure(503, 'red', 'A shard is away');
    return { count, _shards: { failed: 0 } };
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

test('what differs twice, with nothing written between, is lost', async () => {
  const { indexes, isNone } = setUp();
  expect([await isNone(), await isNone()]).toEqual([true, false]);
  indexes[0] = { ...indexes[0], version: 2 };
  expect([await isNone(), await isNone()]).toEqual([true, false]);
  indexes[0] = { ...indexes[0], size: 9 };
  expect([await isNone(), await isNone()]).toEqual([true, true]);
});

test('an index that cannot be asked is not taken for one that has lost some', async () => {
  const { is, isNone } = setUp();
  is.counts.one = null;
  expect([await isNone(), await isNone()]).toEqual([true, true]);
});

test('a type is built anew for it once in a while, not again and again', async () => {
  const { is, indexes, lost, isNone } = setUp();
  expect(await lost.types(() => indexes)).toEqual(['one']);
  expect([await isNone(), await isNone(), await lost.types(() => indexes)]).toEqual([true, true, []]); // prettier-ignore
  is.now += 600_000;
  expect([await isNone(), await isNone()]).toEqual([true, false]);
});
