import { SpareTime } from 'plugin/services/spare-time';

const open = { max: 10, used: 0, pending: 0 };
const spareWith = (pool: typeof open | null, client = 'postgres') =>
  new SpareTime({
    db: {
      dialect: { client },
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
  ['connections are free', open, 'idle'],
  ['there is no pool', null, 'idle'],
  ['half of them are in use', { ...open, used: 5 }, 'idle'],
  ['more than half of them are in use', { ...open, used: 6 }, 'full'],
  ['somebody waits for one', { ...open, pending: 1 }, 'full'],
])('a process with time to spare where %s: %j, %s', async (_, pool, expected) => {
  const spare = spareWith(pool);
  spare.look();
  await idle();
  expect(spare.look()).toBe(expected);
});

test.each([
  ['in use', { max: 1, used: 1, pending: 0 }, 'busy'],
  ['awaited', { max: 1, used: 1, pending: 9 }, 'busy'],
  ['free', { max: 1, used: 0, pending: 0 }, 'idle'],
])('where SQLite’s only connection is %s: %j, %s', async (_, pool, expected) => {
  const spare = spareWith(pool, 'sqlite');
  spare.look();
  await idle();
  expect(spare.look()).toBe(expected);
});

test('a busy process has no time, whatever was before the last look', async () => {
  const spare = spareWith(open);
  await idle();
  spare.look();
  busy();
  await new Promise(setImmediate);
  expect(spare.look()).toBe('busy');
});
