import { SpareTime } from 'plugin/services/spare-time';

const open = { max: 10, used: 0, pending: 0 };
const spareWith = (pool: typeof open | null) =>
  new SpareTime({
    db: {
      connection: {
        client: {
          pool: pool && {
            max: pool.max,
            numUsed: () => pool.used,
            numPendingAcquires: () => pool.pending,
          },
        },
      },
    },
  } as never);
const idle = () => new Promise((go) => setTimeout(go, 50));
const busy = () => {
  for (const end = performance.now() + 50; performance.now() < end;);
};

test.each([
  ['connections are free', open, true],
  ['there is no pool', null, true],
  ['half of them are in use', { ...open, used: 5 }, true],
  ['more than half of them are in use', { ...open, used: 6 }, false],
  ['somebody waits for one', { ...open, pending: 1 }, false],
  ['SQLite’s only one is in use', { ...open, max: 1, used: 1 }, false],
  ['SQLite’s only one is free', { ...open, max: 1 }, true],
])('an idle process has time to spare where %s: %j, %s', async (_, pool, expected) => {
  const spare = spareWith(pool);
  spare.has();
  await idle();
  expect(spare.has()).toBe(expected);
});

test('a busy process has none, whatever was before it was asked last', async () => {
  const spare = spareWith(open);
  await idle();
  spare.has();
  busy();
  await new Promise(setImmediate);
  expect(spare.has()).toBe(false);
});
