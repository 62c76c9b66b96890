import { Backlog } from 'plugin/indexing/backlog';
import { Failures } from 'plugin/indexing/failures';

function setUp() {
  const waiting = new Backlog<string, number>({ last: 0 });
  const done: string[] = [];
  const tried: string[] = [];
  const is = { red: ['a'] as string[], beforeWork: (() => undefined) as (key: string) => void };
  /** @param stages How many kinds of work there are, all on what waits. */
  const turn = async (stages = 1, isRepeated = false) => {
    const failures = new Failures(() => false, isRepeated);
    for (let stage = 0; stage < stages; stage += 1) {
      await failures.passOver<string, number>({
        take: (but) => waiting.take(2, but),
        typeOf: (key) => key[0] as never,
        async work({ key, items }) {
          tried.push(key);
          is.beforeWork(key);
          if (is.red.includes(key[0])) throw new Error(`${key} is red`);
          done.push(`${key}${items.join('')}`);
        },
      });
    }
    return failures.first?.message ?? null;
  };
  return { waiting, done, tried, is, turn };
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

test('all that waits in a turn after one that has failed, because the next one is far', async () => {
  const { waiting, done, turn } = setUp();
  waiting.add('b', [1, 2, 3]);
  waiting.add('c', [1]);
  expect([await turn(1, true), done]).toEqual([null, ['b12', 'b3', 'c1']]);
});

test('what needs the index of a type that has failed is not tried in the same turn', async () => {
  const { waiting, done, tried, turn } = setUp();
  waiting.add('a: author', [1]);
  waiting.add('a: tags', [1]);
  waiting.add('b', [1]);
  expect(await turn(2)).toBe('a: author is red');
  expect([tried, done]).toEqual([['a: author', 'b'], ['b1']]);
});

test.each([
  ['however long it took to fail', 'a', ['b1', 'c1']],
  ['but not for long', 'b', ['b1']],
])('others have their turn after a failure, %s', async (_what, slow, expected) => {
  const { waiting, done, is, turn } = setUp();
  let now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  is.beforeWork = (key) => {
    if (key === slow) now += 25_000;
  };
  waiting.add('a', [1]);
  waiting.add('b', [1]);
  waiting.add('c', [1]);
  expect([await turn(), done]).toEqual(['a is red', expected]);
  jest.restoreAllMocks();
});

test('after long work, each kind of work still has one piece done', async () => {
  const { waiting, done, is, turn } = setUp();
  let now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  is.beforeWork = () => {
    now += 25_000;
  };
  for (const key of ['a', 'b', 'c', 'd']) waiting.add(key, [1]);
  expect([await turn(2), done]).toEqual(['a is red', ['b1', 'c1']]);
  jest.restoreAllMocks();
});
