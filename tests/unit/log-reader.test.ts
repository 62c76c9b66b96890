import { EndsBefore, LostPosition, type ChangeLog } from 'plugin/changes/change-log';
import { LogReader } from 'plugin/changes/log-reader';
import { presenceOfLog } from 'plugin/changes/tables';
import { Problems } from 'plugin/changes/problems';

import { stopClock } from '../helpers/stopped-clock';

const logger = { warn: jest.fn(), info: jest.fn(), error: jest.fn() } as never;
const AT = { id: 7, token: 'seven', gaps: [] };

let pass: (milliseconds: number) => void;
beforeEach(() => {
  pass = stopClock();
});
afterEach(() => jest.restoreAllMocks());

type Presence = 'missing' | 'empty' | 'there' | 'unknown';

/** A log that a dump may be restored to, and its reader. */
function make() {
  const is = { presence: 'there' as Presence, position: 7, opened: 0, resyncs: 0, isBehind: false };
  const log = {
    isOpen: true,
    async presence() {
      if (is.presence === 'unknown') throw new Error('the database is away');
      return is.presence;
    },
    async open() {
      is.opened += 1;
      if (is.presence !== 'there') is.position = 1;
      is.presence = 'there';
    },
    async read({ position }: { position: { id: number } }) {
      if (is.presence === 'missing' || is.presence === 'unknown') throw new Error('no such table');
      if (is.isBehind) throw new EndsBefore('The log ends before row 7.');
      if (is.presence === 'empty' || position.id !== is.position) throw new LostPosition('No such row.'); // prettier-ignore
      return { changes: [], isLast: true, isLate: false };
    },
    latest: async () => ({ id: is.position, token: `${is.position}` }),
    missing: async () => [],
    clones: async () => [],
  };
  const listener = { handle: () => undefined, resync: () => (is.resyncs += 1), hasApplied: () => false }; // prettier-ignore
  const problems = new Problems(logger);
  const reader = new LogReader({ log: log as never as ChangeLog, listener, problems, logger, retentionMs: 1000 }); // prettier-ignore
  reader.resume(AT);
  /** Reads twice a second for this many seconds. */
  const readFor = async (seconds: number) => {
    for (let at = 0; at < 2 * seconds; at += 1) {
      while (await reader.read()) continue;
      pass(500);
    }
  };
  return { is, readFor, problems };
}

test.each<Presence>(['missing', 'empty'])(
  'while a dump is restored, a log that is %s is not made again; then everything is read again',
  async (gone) => {
    const { is, readFor, problems } = make();
    await readFor(2);
    is.presence = gone;
    await readFor(15);
    expect([is.opened, problems.list().length]).toEqual([0, 1]);
    Object.assign(is, { presence: 'there', position: 5 });
    await readFor(5);
    expect(is).toMatchObject({ opened: 0, resyncs: 1 });
    expect(problems.list()).toEqual([]);
    // Makes sure, once, that nothing else is missing.
    await readFor(60);
    expect(is).toMatchObject({ opened: 1, resyncs: 1 });
  },
);

test.each<Presence>(['missing', 'empty'])('a log that stays %s is made again', async (gone) => {
  const { is, readFor, problems } = make();
  is.presence = gone;
  await readFor(25);
  expect(is).toMatchObject({ presence: 'there', resyncs: 1 });
  expect(problems.list()).toEqual([]);
});

test('a database that does not answer does not count as a missing log', async () => {
  const { is, readFor } = make();
  is.presence = 'unknown';
  await readFor(60);
  is.presence = 'missing';
  await readFor(15);
  expect(is.opened).toBe(0);
});

test('does not ask for long whether the log exists', async () => {
  jest.useFakeTimers({ doNotFake: ['performance'] });
  try {
    const hasTable = () => new Promise(() => undefined);
    const db = { dialect: { client: 'postgres' }, getSchemaConnection: () => ({ hasTable }) };
    const asking = presenceOfLog(db as never);
    const given = expect(asking).rejects.toThrow(/has not answered/);
    await jest.advanceTimersByTimeAsync(11_000);
    await given;
  } finally {
    jest.useRealTimers();
  }
});

test('a node of the database that is behind for a moment does not make everything be read again', async () => {
  const { is, readFor, problems } = make();
  await readFor(1);
  for (const seconds of [1, 2]) {
    is.isBehind = true;
    await readFor(seconds);
    is.isBehind = false;
    await readFor(1);
  }
  expect([is.resyncs, problems.list()]).toEqual([0, []]);
  // A restored backup has lost those rows.
  Object.assign(is, { isBehind: true, position: 3 });
  await readFor(4);
  expect(is.resyncs).toBe(1);
});
