import { Housekeeping, type HousekeepingOptions } from 'plugin/indexing/housekeeping';

const HEARTBEAT_MS = 10_000;

afterEach(() => jest.useRealTimers());

test('a sweep that is not done goes on with the next heartbeat', async () => {
  jest.useFakeTimers();
  const done: string[] = [];
  let left = 3;
  const options = {
    config: { retention: 60, curationRetention: 60 },
    log: { trim: async () => undefined },
    feed: { position: 1, wake: () => undefined },
    heartbeats: {
      send: async () => void done.push('beat'),
      live: async () => [],
      forgetOld: async () => undefined,
    },
    maintenance: {
      sweep: async () => {
        done.push('sweep');
        left -= 1;
        return left === 0;
      },
    },
    problems: { raise: () => undefined, resolve: () => undefined },
    alsoSweep: async () => undefined,
  };
  const housekeeping = new Housekeeping(options as unknown as HousekeepingOptions);
  await housekeeping.start();
  await housekeeping.sweep();
  expect(done).toEqual(['beat', 'sweep']);
  for (let beat = 0; beat < 2; beat += 1) await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);
  expect(done.slice(2)).toEqual(['beat', 'sweep', 'beat', 'sweep']);
  // By now, all is done: only the regular sweep follows.
  await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);
  expect(done.filter((one) => one === 'sweep')).toHaveLength(4);
  await housekeeping.stop();
});
