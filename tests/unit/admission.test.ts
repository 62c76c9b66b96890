import { Admission, Overload } from 'plugin/services/admission';

/** What a request may take, in milliseconds. */
const LIMIT = 10_000;
/** Four requests at once make a hundred lists a second. */
const LIST_MS = 40;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

interface Outcome {
  caller: string;
  at: number;
  took: number;
  end: 'answered' | 'refused' | 'late';
}

/** Sends requests for ten lists at steady rates, by caller. */
async function load(rates: Record<string, number>, seconds: number): Promise<Outcome[]> {
  const admission = new Admission();
  const outcomes: Outcome[] = [];
  const send = async (caller: string) => {
    const at = performance.now();
    const timeLeft = () => at + LIMIT - performance.now();
    const work = () =>
      new Promise<void>((resolve, reject) => {
        const end = () => (timeLeft() > 0 ? resolve() : reject(new Error('late')));
        setTimeout(end, Math.max(0, Math.min(10 * LIST_MS, timeLeft())));
      });
    const end = await admission.run(work, { caller, lists: 10, timeLeft }).then(
      () => 'answered' as const,
      (error) => (error instanceof Overload ? ('refused' as const) : ('late' as const)),
    );
    outcomes.push({ caller, at, took: performance.now() - at, end });
  };
  for (const [caller, rate] of Object.entries(rates)) {
    for (let i = 0; i < rate * seconds; i += 1) setTimeout(() => void send(caller), (i / rate) * 1000); // prettier-ignore
  }
  await jest.advanceTimersByTimeAsync(seconds * 1000 + 2 * LIMIT);
  return outcomes;
}

const share = (outcomes: Outcome[], end: Outcome['end']) =>
  outcomes.filter((one) => one.end === end).length / outcomes.length;

test('answers everything that it can bear', async () => {
  expect(share(await load({ site: 9 }, 60), 'answered')).toBe(1);
});

test.each([1.1, 1.5, 4])('at %s times what it can bear, goes on at full speed', async (times) => {
  const outcomes = (await load({ site: 10 * times }, 90)).filter(({ at }) => at > 30_000);
  expect(share(outcomes, 'late')).toBe(0);
  expect(share(outcomes, 'answered') * times).toBeGreaterThan(0.95);
});

test('refuses at once what would come too late', async () => {
  const refused = (await load({ site: 30 }, 60)).filter(({ end }) => end === 'refused');
  expect(refused.length).toBeGreaterThan(0);
  for (const { took } of refused) expect(took).toBeLessThan(LIMIT / 2);
  const atOnce = refused.filter(({ took }) => took < 1);
  expect(atOnce.length / refused.length).toBeGreaterThan(0.95);
});

test('a caller who asks for little is answered soon, whatever another one asks for', async () => {
  const outcomes = await load({ site: 40, visitor: 0.5 }, 60);
  const visitors = outcomes.filter(({ caller, at }) => caller === 'visitor' && at > 10_000);
  expect(share(visitors, 'answered')).toBe(1);
  for (const { took } of visitors) expect(took).toBeLessThan(1500);
});

test('requests that need not wait are admitted, however long the ones before them took', async () => {
  const admission = new Admission();
  const run = (ms: number) =>
    admission.run(() => new Promise((go) => setTimeout(go, ms)), { caller: 'site', lists: 1, timeLeft: () => LIMIT }); // prettier-ignore
  for (const ms of [60_000, 10]) {
    const done = [run(ms), run(ms), run(ms), run(ms)];
    await jest.advanceTimersByTimeAsync(ms);
    await Promise.all(done);
  }
});

test('requests that fail at once do not make others look cheap', async () => {
  const admission = new Admission();
  const run = (ms: number, fails = false) => {
    const work = () =>
      new Promise<void>((resolve, reject) => setTimeout(() => (fails ? reject(new Error('left')) : resolve()), ms)); // prettier-ignore
    const done = admission.run(work, { caller: 'site', lists: 1, timeLeft: () => LIMIT });
    return done.then(() => 'answered', ({ message }: Error) => message || 'refused'); // prettier-ignore
  };
  const slow = run(6000);
  await jest.advanceTimersByTimeAsync(6000);
  expect(await slow).toBe('answered');
  for (let at = 0; at < 50; at += 1) {
    const left = run(1, true);
    await jest.advanceTimersByTimeAsync(1);
    expect(await left).toBe('left');
  }
  const first = [run(6000), run(6000), run(6000), run(6000)];
  expect(await run(6000)).toBe('refused');
  await jest.advanceTimersByTimeAsync(6000);
  expect(await Promise.all(first)).toEqual(Array(4).fill('answered'));
});
