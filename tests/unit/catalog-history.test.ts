import type { CatalogEntry } from 'plugin/engine/opensearch/catalog-entry';
import { CatalogHistory } from 'plugin/engine/opensearch/catalog-history';

const counts = (version: number, name: string) => ({ version, bytes: 1, parts: [name] });
/** An entry whose counts have these names, the first of them in full. */
const entryOf = (index: string, first: number, ...names: string[]) => {
  const [full, ...changes] = names.map((name, at) => counts(first + at, name));
  const version = first + names.length - 1;
  return { type: 'a', locale: 'en', index, version, full, changes } as unknown as CatalogEntry;
};

function setUp(known: CatalogEntry, previous: string | null = null) {
  const history = new CatalogHistory();
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const look = (entry: CatalogEntry, after = 0) => {
    now += after;
    return [history.isNews(entry, { entry: known, previous }), history.hasGoneBack];
  };
  return look;
}
afterEach(() => jest.restoreAllMocks());

test.each([
  ['an earlier version', entryOf('one', 1, 'f', 'a'), null],
  ['another publication of that version', entryOf('one', 1, 'f', 'a', 'x'), null],
  ['the index before', entryOf('zero', 7, 'z'), 'zero'],
])('%s is a late answer, unless it stays', (_, older, previous) => {
  const look = setUp(entryOf('one', 1, 'f', 'a', 'b'), previous);
  expect(look(older)).toEqual([false, false]);
  expect(look(older, 9000)).toEqual([false, false]);
  expect(look(older, 1500)).toEqual([false, true]);
});

test('a late answer now and then is none that stays', () => {
  const known = entryOf('one', 1, 'f', 'a', 'b');
  const look = setUp(known);
  for (let time = 0; time < 5; time += 1) {
    expect(look(entryOf('one', 1, 'f', 'a'), 6000)).toEqual([false, false]);
    expect(look(known, 6000)).toEqual([false, false]);
  }
});

test('a later version continues the known one, replaces it, or is of another history', () => {
  const known = entryOf('one', 1, 'f', 'a', 'b');
  expect(setUp(known)(entryOf('one', 1, 'f', 'a', 'b', 'c'))).toEqual([true, false]);
  expect(setUp(known)(entryOf('one', 9, 'g'))).toEqual([true, false]);
  expect(setUp(known)(entryOf('two', 1, 'g'))).toEqual([true, false]);
  expect(setUp(known)(entryOf('one', 1, 'f', 'a', 'x', 'y'))).toEqual([true, true]);
});
