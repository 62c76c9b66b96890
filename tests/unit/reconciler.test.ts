import { NO_DRIFT, type Verification } from 'plugin/changes/consumer';
import { Problems } from 'plugin/changes/problems';
import { Reconciler, untilTimeOfDay, type ReconcilerOptions } from 'plugin/changes/reconciler';

const HOUR = 3_600_000;

const logger = { error: jest.fn(), info: jest.fn(), warn: jest.fn() } as unknown as ReconcilerOptions['logger']; // prettier-ignore

const reconcilerOf = (consumers: object[], problems = new Problems(logger)) =>
  new Reconciler({
    feed: { idle: async () => undefined, position: 0 } as ReconcilerOptions['feed'],
    consumers: consumers as unknown as ReconcilerOptions['consumers'],
    problems,
    logger,
    intervalMs: HOUR,
    deepAt: null,
  });

test('the deep check runs at its time of day, at slightly different times on each instance', () => {
  const evening = new Date(2026, 10, 25, 22, 0);
  expect(untilTimeOfDay(180, evening, 0)).toBe(5 * HOUR);
  expect(untilTimeOfDay(180, evening, 1)).toBe(5 * HOUR + 600_000);
  const morning = new Date(2026, 10, 25, 2, 30);
  expect(untilTimeOfDay(180, morning, 0)).toBe(HOUR / 2);
  // In that very minute, it is the next day's.
  expect(untilTimeOfDay(180, new Date(2026, 10, 25, 3, 0), 0)).toBe(24 * HOUR);
});

test('a failed check is repeated within seconds, not after the whole interval', async () => {
  jest.useFakeTimers();
  const problems = new Problems(logger);
  let calls = 0;
  const verify = async () => {
    calls += 1;
    if (calls === 1) throw new Error('the database is away');
    return { compared: 0, differences: 0, description: '', changes: [] };
  };
  const reconciler = reconcilerOf([{ verify, isAwaited: true }], problems);
  let checked = 0;
  reconciler.onChecked = () => (checked += 1);
  reconciler.start();
  await jest.advanceTimersByTimeAsync(1000);
  expect(problems.list()).toHaveLength(1);
  expect(checked).toBe(0);
  await jest.advanceTimersByTimeAsync(5500);
  expect(problems.list()).toHaveLength(0);
  expect(checked).toBe(1);
  await reconciler.stop();
  jest.useRealTimers();
});

test('a check that a stop has cut short does not count', async () => {
  let goOn: (drift: typeof NO_DRIFT) => void = () => undefined;
  const verify = jest.fn(() => new Promise((resolve) => (goOn = resolve)));
  const reconciler = reconcilerOf([{ verify, isAwaited: true }]);
  reconciler.onChecked = jest.fn();
  reconciler.start();
  while (verify.mock.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const stopped = reconciler.stop();
  goOn(NO_DRIFT);
  await stopped;
  expect(reconciler.onChecked).not.toHaveBeenCalled();
});

test('a deep check lets quick ones go first between its pages', async () => {
  const told: string[] = [];
  let hasBegun: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (hasBegun = resolve));
  const goOn: (() => void)[] = [];
  const gates = [0, 1].map(() => new Promise<void>((resolve) => goOn.push(resolve)));
  const verify = async ({ depth, pause }: Verification) => {
    told.push(`${depth} begins`);
    hasBegun();
    if (depth === 'deep') {
      await gates[0];
      await pause?.();
      await gates[1];
    }
    told.push(`${depth} ends`);
    return NO_DRIFT;
  };
  const reconciler = reconcilerOf([{ verify, isAwaited: true }]);
  const deep = reconciler.deep();
  await begun;
  const quick = reconciler.quick();
  goOn[0]();
  expect(await quick).toMatchObject({ kind: 'quick' });
  // What comes after the last pause is checked after it.
  await new Promise((resolve) => setImmediate(resolve));
  const last = reconciler.quick();
  goOn[1]();
  expect([(await deep).kind, (await last).kind]).toEqual(['deep', 'quick']);
  expect(told).toEqual(['deep begins', 'quick begins', 'quick ends', 'deep ends', 'quick begins', 'quick ends']); // prettier-ignore
});

test('pins that cannot be compared do not keep the index from being compared', async () => {
  const problems = new Problems(logger);
  let isThere = false;
  const pins = {
    failure: 'pins cannot be read',
    isAwaited: false,
    verify: async () => {
      if (!isThere) throw new Error('no such table');
      return NO_DRIFT;
    },
  };
  const index = {
    isAwaited: true,
    verify: async () => ({ compared: 5, differences: 0, description: '', changes: [] }),
  };
  const reconciler = reconcilerOf([pins, index], problems);
  expect(await reconciler.quick()).toMatchObject({ compared: 5 });
  expect(problems.list()).toMatchObject([{ message: expect.stringMatching(/pins cannot be read.*no such table/) }]); // prettier-ignore
  isThere = true;
  await reconciler.quick();
  expect(problems.list()).toEqual([]);
  await reconciler.stop();
});
