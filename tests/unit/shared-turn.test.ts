import { SharedTurn } from 'plugin/services/shared-turn';

/** Work that ends when it is told to. */
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
    void turn.next(named(name), { caller: name[0] });
  }
  for (let at = 0; at < 7; at += 1) await end();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
});

test('as much is done at once as is allowed, and the turn is given back by work that fails', async () => {
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

test('work that asks for more of its kind goes on, and what hangs holds others up no longer than it may', async () => {
  const turn = new SharedTurn();
  expect(await turn.next(() => turn.next(async () => 'inner'))).toBe('inner');
  void turn.next(() => new Promise(() => undefined), { longest: 10 });
  expect(await turn.next(async () => 'next')).toBe('next');
});
