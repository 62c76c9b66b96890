import { runInSlices, type Steps } from 'plugin/engine/steps';

const SLICES = 5;

/** Runs that many slices while something else keeps the process busy for a millisecond per turn. */
async function beside(isAwaited: () => boolean): Promise<{ turns: number; slices: number[] }> {
  function* steps(): Steps<void> {
    for (let slice = 0; slice < SLICES; slice += 1) {
      const end = performance.now() + 11;
      while (performance.now() < end);
      yield;
    }
  }
  let turns = 0;
  let isOver = false;
  const answer = () => {
    if (isOver) return;
    turns += 1;
    const end = performance.now() + 1;
    while (performance.now() < end);
    setImmediate(answer);
  };
  setImmediate(answer);
  const slices: number[] = [];
  await runInSlices(steps(), { isAwaited, onSlice: (took) => slices.push(took) });
  isOver = true;
  return { turns, slices };
}

test('work that nobody waits for lets answers come first, until somebody does', async () => {
  const awaited = await beside(() => true);
  expect(awaited.slices.length).toBeGreaterThanOrEqual(SLICES);
  const patient = await beside(() => false);
  expect(patient.turns).toBeGreaterThan(2 * awaited.turns);
  // The time of other work does not count. Some slice may hold that of another process.
  expect(Math.min(...patient.slices)).toBeLessThan(100);
  let asked = 0;
  const hurried = await beside(() => ++asked > 1);
  expect(hurried.turns).toBeLessThan(patient.turns);
});
