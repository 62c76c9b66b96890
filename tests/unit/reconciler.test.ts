import { untilTimeOfDay } from 'plugin/changes/reconciler';

const HOUR = 3_600_000;

test('the deep check comes at its time of the day, each instance a little later or sooner', () => {
  const evening = new Date(2026, 10, 25, 22, 0);
  expect(untilTimeOfDay(180, evening, 0)).toBe(5 * HOUR);
  expect(untilTimeOfDay(180, evening, 1)).toBe(5 * HOUR + 600_000);
  const morning = new Date(2026, 10, 25, 2, 30);
  expect(untilTimeOfDay(180, morning, 0)).toBe(HOUR / 2);
  // At the very minute it is the next day's.
  expect(untilTimeOfDay(180, new Date(2026, 10, 25, 3, 0), 0)).toBe(24 * HOUR);
});
