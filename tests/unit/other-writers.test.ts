import { OtherSite, OtherWriters } from 'plugin/indexing/shared/other-writers';

/* Another site may have a copy of the database, and so a lease of its own. */

const told = (keeper: string | null | undefined, age: number, database = 'one') => ({
  version: 1,
  state: { database, cursor: null, details: { keeper, at: Date.now() - age } },
});
/** Gives these states in turn, and the last one from then on. */
const engineWith = (...states: ReturnType<typeof told>[]) => {
  const readState = async () => (states.length > 1 ? states.shift() : states[0]);
  return { readState } as never;
};
const took = async (work: Promise<unknown>) => {
  const began = performance.now();
  await work;
  return performance.now() - began;
};

test.each([
  ['this process', told('own', 0)],
  ['a process that has stopped', told(null, 0)],
  ['an earlier version', told(undefined, 0)],
  ['a process that has crashed', told('other', 13_000)],
])('the state of %s is taken over at once', async (_of, state) => {
  const others = new OtherWriters('own');
  expect(await took(others.settled(engineWith(state), 'one'))).toBeLessThan(500);
});

test('a state that nobody writes any more is taken over when its writer would have told again', async () => {
  const state = told('other', 10_000);
  expect(await new OtherWriters('own').settled(engineWith(state), 'one')).toBe(state);
});

test('a state that goes on being written is another site’s, also while that starts again', async () => {
  const others = new OtherWriters('own');
  const wait = others.settled(engineWith(told('other', 5000), told('other', 0)), 'one');
  await expect(wait).rejects.toThrow(OtherSite);
  const ask = (state: ReturnType<typeof told>) => others.settled(engineWith(state), 'one');
  await expect(ask(told(null, 1000))).rejects.toThrow(/another site writes .* Set a different engine\.indexPrefix/); // prettier-ignore
  await ask(told(null, 61_000));
  await ask(told(null, 1000));
});

test('a state of another database is another site’s as long as it is written', async () => {
  const ask = (age: number) =>
    new OtherWriters('own').settled(engineWith(told('x', age, 'two')), 'one');
  await expect(ask(50_000)).rejects.toThrow(OtherSite);
  await ask(61_000);
});

test('who gives up does not wait', async () => {
  const wait = new OtherWriters('own').settled(engineWith(told('other', 0)), 'one', () => true);
  expect(await took(wait)).toBeLessThan(500);
});
