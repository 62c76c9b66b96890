import { executionAsyncResource } from 'node:async_hooks';

import { SharedTurn } from 'plugin/services/shared-turn';

import { stopClock } from '../helpers/stopped-clock';

let pass: (milliseconds: number) => void;
beforeEach(() => {
  pass = stopClock();
});
afterEach(() => jest.restoreAllMocks());

/** Work that ends on command. */
function work() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const named = (name: string) => () =>
    new Promise<void>((resolve) => {
      begun.push(name);
      ends.push(resolve);
    });
  /** Ends what was begun first, and lets others begin. */
  const end = async () => {
    ends.shift()?.();
    await new Promise(setImmediate);
  };
  return { begun, named, end };
}

test('callers take turns, however much one of them asks for', async () => {
  const turn = new SharedTurn();
  const { begun, named, end } = work();
  for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2']) {
    void turn.next(named(name), { caller: { from: name[0] } });
  }
  for (let at = 0; at < 7; at += 1) await end();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
});

test('a caller’s earliest work comes first, with other callers’ in between', async () => {
  const turn = new SharedTurn();
  const { begun, named, end } = work();
  for (const name of ['a1', 'a2', 'b1']) void turn.next(named(name), { caller: { from: name[0] } });
  void turn.next(named('a of 2'), { caller: { from: 'a' }, since: 2 });
  void turn.next(named('a of 1'), { caller: { from: 'a' }, since: 1 });
  void turn.next(named('c of 1'), { caller: { from: 'c' }, since: 1 });
  for (let at = 0; at < 6; at += 1) await end();
  expect(begun).toEqual(['a1', 'a of 1', 'b1', 'c of 1', 'a of 2', 'a2']);
});

test('work without a time counts from when it was asked for', async () => {
  const turn = new SharedTurn();
  const { begun, named, end } = work();
  void turn.next(named('a1'), { caller: { from: 'a' } });
  void turn.next(named('single'), { caller: { from: 'a' } });
  pass(5);
  void turn.next(named('later'), { caller: { from: 'a' }, since: performance.now() });
  for (let at = 0; at < 3; at += 1) await end();
  expect(begun).toEqual(['a1', 'single', 'later']);
});

test('does as much at once as is allowed, and work that fails gives its turn back', async () => {
  const turn = new SharedTurn(2);
  const { begun, named, end } = work();
  const failed = turn.next(() => Promise.reject(new Error('no')));
  for (const name of ['a', 'b', 'c']) void turn.next(named(name));
  await expect(failed).rejects.toThrow('no');
  await new Promise(setImmediate);
  expect(begun).toEqual(['a', 'b']);
  await end();
  expect(begun).toEqual(['a', 'b', 'c']);
  await end();
  await expect(turn.next(() => { throw new Error('at once'); })).rejects.toThrow('at once'); // prettier-ignore
});

test('nested work goes on, and work that hangs holds up others only as long as it may', async () => {
  const turn = new SharedTurn();
  expect(await turn.next(() => turn.next(async () => 'inner'))).toBe('inner');
  void turn.next(() => new Promise(() => undefined), { longest: 10 });
  expect(await turn.next(async () => 'next')).toBe('next');
});

/** Work of several steps, with a look at whether others wait after each. */
const inSteps = (turn: SharedTurn, steps: number, log: string[], name: string, busy = 60) =>
  turn.next(
    async () => {
      for (let step = 0; step < steps; step += 1) {
        log.push(`${name}${step}`);
        pass(busy);
        await turn.give();
      }
    },
    { caller: { from: name } },
  );

test('long work lets others have their turn when it has had its share', async () => {
  const turn = new SharedTurn();
  const log: string[] = [];
  await Promise.all([
    inSteps(turn, 4, log, 'a', 120),
    inSteps(turn, 1, log, 'b', 1),
    inSteps(turn, 2, log, 'c', 120),
  ]);
  // Twice as long, as two wait.
  expect(log).toEqual(['a0', 'a1', 'b0', 'c0', 'c1', 'a2', 'a3']);
  expect(await turn.next(async () => 'free')).toBe('free');
});

test('work keeps its turn while nobody waits, and for its share', async () => {
  const turn = new SharedTurn();
  const log: string[] = [];
  await Promise.all([inSteps(turn, 3, log, 'a', 1), inSteps(turn, 1, log, 'b', 1)]);
  expect(log).toEqual(['a0', 'a1', 'a2', 'b0']);
  await turn.give();
  await inSteps(turn, 2, log, 'c', 120);
  expect(log.slice(4)).toEqual(['c0', 'c1']);
});

test('work that waits for its next turn in two places has one, and gives it back if one of them fails', async () => {
  const turn = new SharedTurn();
  const { named, end } = work();
  const split = turn.next(
    async () => {
      await new Promise(setImmediate);
      pass(120);
      await Promise.all([turn.give(), turn.give(), Promise.reject(new Error('no'))]);
    },
    { caller: { from: 'a' } },
  );
  void turn.next(named('b'), { caller: { from: 'b' } });
  await expect(split).rejects.toThrow('no');
  await end();
  expect(await turn.next(async () => 'free')).toBe('free');
  let both = 0;
  const alone = turn.next(named('c'), { caller: { from: 'c' } });
  const other = turn.next(async () => { both += 1; }, { caller: { from: 'd' } }); // prettier-ignore
  await new Promise(setImmediate);
  expect(both).toBe(0);
  await end();
  await Promise.all([alone, other]);
});

test('turns of many requests leave nothing behind in the async context', async () => {
  const carried = () =>
    new Promise<number>((resolve) => {
      setImmediate(() => resolve(Object.getOwnPropertySymbols(executionAsyncResource()).length));
    });
  await new SharedTurn().next(carried);
  const before = await carried();
  for (let request = 0; request < 20; request += 1) await new SharedTurn().next(carried);
  expect(await carried()).toBe(before);
});

test('work in one turn can take another one, and hands on each separately', async () => {
  const [one, other] = [new SharedTurn(), new SharedTurn()];
  const nested = one.next(() => other.next(() => one.next(async () => { await other.give(); return 'inner'; }))); // prettier-ignore
  expect(await nested).toBe('inner');
  expect(await Promise.all([one.next(async () => 1), other.next(async () => 2)])).toEqual([1, 2]);
});

test('work of one caller is done in order, with others’ in between', async () => {
  const turn = new SharedTurn();
  const log: string[] = [];
  const steps = (name: string, caller: string) =>
    turn.next(
      async () => {
        for (let step = 0; step < 3; step += 1) {
          log.push(`${name}${step}`);
          pass(120);
          await turn.give();
        }
      },
      { caller: { from: caller } },
    );
  await Promise.all([steps('a', 'one'), steps('b', 'one'), steps('c', 'other')]);
  expect(log.join(' ')).toBe('a0 c0 a1 c1 a2 c2 b0 b1 b2');
});

test('long works of several callers have long turns, and short ones come in between', async () => {
  const turn = new SharedTurn();
  const log: string[] = [];
  const works = ['a', 'b'].map((name) => inSteps(turn, 30, log, name, 100));
  await new Promise(setImmediate);
  await Promise.all(works);
  const runs = log.map((one) => one[0]).join('').match(/a+|b+/g) as string[]; // prettier-ignore
  // Ten short ones each, until both have taken a second; then two seconds at a time.
  expect(runs.map((run) => run.length)).toEqual([...Array(19).fill(1), 20, 20, 1]);
});

test('new work does not wait for a long turn', async () => {
  const turn = new SharedTurn();
  const log: string[] = [];
  const long = turn.next(
    async () => {
      for (let step = 0; step < 30; step += 1) {
        await new Promise(setImmediate);
        log.push('long');
        pass(200);
        await turn.give();
      }
    },
    { caller: { from: 'a' } },
  );
  while (log.length < 20) await new Promise(setImmediate);
  await inSteps(turn, 1, log, 'b', 100);
  expect(log.length).toBeLessThan(24);
  await long;
});

test('short work does not wait for the long turns of others, however many there are', async () => {
  const turn = new SharedTurn();
  const log: string[] = [];
  const long = Array.from({ length: 6 }, (_, at) => inSteps(turn, 40, log, `long${at}`, 100));
  // Until each of them has taken a second.
  while (log.length < 66) await new Promise(setImmediate);
  const before = log.length;
  await inSteps(turn, 1, log, 'short', 100);
  // The one that has its turn keeps it for a share at most, the five others for one each.
  expect(log.slice(before).findIndex((one) => one.startsWith('short'))).toBeLessThan(12);
  await Promise.all(long);
});
