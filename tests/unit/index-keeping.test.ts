import { setTimeout as pause } from 'node:timers/promises';

import { LostPosition } from 'plugin/changes/change-log';
import { Problems } from 'plugin/changes/problems';
import { IndexKeeper } from 'plugin/indexing/shared/index-keeper';
import { IndexKeeping } from 'plugin/indexing/shared/index-keeping';
import { OtherWriters } from 'plugin/indexing/shared/other-writers';

const logger = { warn: jest.fn(), info: jest.fn(), error: jest.fn() } as never;

/** A log to which nobody writes. */
const QUIET_LOG = {
  isOpen: true,
  identity: async () => 'one',
  latest: async () => ({ id: 7, token: '7' }),
  missing: async () => [],
  clones: async () => [],
  holds: async () => true,
  hasNews: async () => false,
  presence: async () => 'there',
  open: async () => undefined,
  read: async () => ({ changes: [], isLast: true, isLate: false }),
};

/** A cluster that has nothing, and notes what it is told. */
function emptyEngine<Told>(told: Told[]) {
  return {
    isPublished: true,
    isSettled: true,
    readState: async () => null,
    findLost: async () => [],
    keepOnly: async () => undefined,
    recover: async () => undefined,
    collections: async () => [],
    beginRebuild: async () => undefined,
    isWhole: async () => true,
    writeState: async (state: Told) => void told.push(state),
  };
}

const keepingOf = (engine: object, log: object) =>
  new IndexKeeping({
    types: new Map(),
    config: { pollInterval: 0.05, retention: 60, checkInterval: 60, deepCheck: false },
    ...{ engine, log, logger, reader: {}, documents: {}, dependencies: new Map() },
    isHeld: () => true,
    wasWatched: () => true,
    others: new OtherWriters({
      here: async () => 'here',
      recorded: async () => 'here',
      record: async () => undefined,
    }),
    version: '1',
    problems: new Problems(logger),
  } as never);

test('after the log is made again, others learn of the index through the new log', async () => {
  const is = { identity: 'one', position: 7 };
  const log = {
    ...QUIET_LOG,
    identity: async () => is.identity,
    latest: async () => ({ id: is.position, token: `${is.position}` }),
    holds: async () => false,
    async read({ position }: { position: { id: number } }) {
      if (position.id !== is.position) throw new LostPosition('No such row.');
      return { changes: [], isLast: true, isLate: false };
    },
  };
  const told: { database: string; cursor: { id: number } | null }[] = [];
  const keeping = keepingOf(emptyEngine(told), log);
  const until = async (database: string, id: number) => {
    for (let times = 0; times < 100; times += 1) {
      const last = told.at(-1);
      if (last?.database === database && last.cursor?.id === id) return;
      await pause(50);
    }
    throw new Error(`Told at last: ${JSON.stringify(told.at(-1))}`);
  };
  await keeping.start();
  await until('one', 7);
  // The log is made again; the first row, by which others know it, is yet to come.
  Object.assign(is, { identity: '', position: 3 });
  keeping.indexer.onResync({ uid: 'api::article.article' } as never);
  await pause(200);
  const { length } = told;
  await pause(200);
  expect(told).toHaveLength(length);
  is.identity = 'two';
  await until('two', 3);
  await keeping.stop();
});

test('while nothing can be published, others are told that the index is still kept', async () => {
  const told: { cursor: { id: number } | null; details: { at: number } }[] = [];
  const engine = emptyEngine(told);
  const keeping = keepingOf(engine, QUIET_LOG);
  await keeping.start();
  for (let times = 0; times < 100 && told.at(-1)?.cursor?.id !== 7; times += 1) await pause(50);
  engine.isPublished = false;
  const { length } = told;
  await pause(11_000);
  const since = told.slice(length);
  expect(since.map(({ cursor }) => cursor?.id)).toContain(7);
  expect(since.length).toBeLessThan(4);
  expect(since[0].details.at).toBeGreaterThan(told[length - 1].details.at);
  await keeping.stop();
});

test('an index whose keeping was given up as it began is kept again once the lease is held', async () => {
  const is = { held: true, begun: 0 };
  let goOn: () => void = () => undefined;
  const create = () => {
    is.begun += 1;
    const keeping = { wasAborted: false, isLost: false, stop: jest.fn(async () => undefined) };
    return {
      ...keeping,
      abort() {
        this.wasAborted = true;
      },
      start: () => (is.begun > 1 ? undefined : new Promise<void>((resolve) => (goOn = resolve))),
    };
  };
  const keeper = new IndexKeeper({
    lease: { hold: async () => is.held, release: async () => undefined },
    leaseMs: 10_000,
    engine: { release: jest.fn() },
    create,
    problems: new Problems(logger),
  } as never);
  const until = async (begun: number) => {
    for (let times = 0; times < 100 && is.begun < begun; times += 1) await pause(50);
    expect(is.begun).toBe(begun);
  };
  keeper.start();
  await until(1);
  is.held = false;
  // As long as it takes to notice.
  await pause(2200);
  is.held = true;
  await pause(2200);
  goOn();
  await until(2);
  await pause(50);
  expect(keeper.current).not.toBeNull();
  await keeper.stop();
});
