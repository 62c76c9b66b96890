import { Backlog } from 'plugin/indexing/backlog';
import { Failures } from 'plugin/indexing/failures';

function setUp() {
  const waiting = new Backlog<string, number>({ last: 0 });
  const done: string[] = [];
  const is = { red: ['a'] as string[] };
  const turn = async () => {
    const failures = new Failures();
    const take = (but: Pick<ReadonlySet<string>, 'has'>) => waiting.take(2, but);
    await failures.passOver(take, async ({ key, items }) => {
      if (is.red.includes(key)) throw new Error(`${key} is red`);
      done.push(`${key}${items.join('')}`);
    });
    return failures.first?.message ?? null;
  };
  return { waiting, done, is, turn };
}

test('work that fails keeps its place, and does not hold up that of other types', async () => {
  const { waiting, done, is, turn } = setUp();
  waiting.add('a', [1, 2, 3]);
  waiting.add('b', [1, 2, 3]);
  waiting.add('c', [1]);
  expect(await turn()).toBe('a is red');
  expect(done).toEqual(['b12', 'b3', 'c1']);
  expect([waiting.size, waiting.has('a', 1)]).toEqual([3, true]);
  is.red = [];
  expect([await turn(), await turn(), done.slice(3)]).toEqual([null, null, ['a12', 'a3']]);
});

test('one batch a turn while nothing fails', async () => {
  const { waiting, done, turn } = setUp();
  waiting.add('b', [1, 2, 3]);
  expect([await turn(), done]).toEqual([null, ['b12']]);
});

test('a turn ends when a failure has taken long', async () => {
  const { waiting, done, turn } = setUp();
  let now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => (now += 25_000));
  waiting.add('a', [1]);
  waiting.add('b', [1]);
  expect([await turn(), done]).toEqual(['a is red', []]);
  jest.restoreAllMocks();
});
