import { OtherSite, OtherWriters, type Place } from 'plugin/indexing/shared/other-writers';

/* Another site may have a copy of the database, and so its identity and a lease of its own. */

jest.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number) => void (passed += ms),
}));
/** The time that was waited, in milliseconds. */
let passed = 0;
beforeEach(() => {
  passed = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => passed);
});
afterEach(() => jest.restoreAllMocks());

const DAY = 24 * 3600_000;
let at = 0;
interface Written {
  home?: string;
  count?: number;
  age?: number;
  database?: string;
  isEnd?: boolean;
  isOriginal?: boolean;
}
/** A state as somebody wrote it; each is another one. */
const told = ({
  home,
  count = 1,
  age = 0,
  database = 'one',
  isEnd = false,
  isOriginal = false,
}: Written) => {
  const claim = home && { home, count, since: Date.now() - age, isOriginal };
  return { version: 1, state: { database, cursor: null, details: { claim, isEnd, at: Date.now() + (at += 1) } } }; // prettier-ignore
};
/** Gives these states in turn, and the last one from then on. */
const engineWith = (...states: (ReturnType<typeof told> | null)[]) =>
  ({ readState: async () => (states.length > 1 ? states.shift() : states[0]) }) as never;
const engineThatIsWritten = (written: Written) =>
  ({ readState: async () => told(written) }) as never;

/** A database here that was noted there. */
function placeAt(here: string, noted: string | null): Place & { noted: string | null } {
  const place = {
    noted,
    here: async () => here,
    recorded: async () => place.noted,
    record: async (home: string) => void (place.noted = home),
  };
  return place;
}

test.each([
  ['no state', null, { count: 1, noted: 'here' }],
  [
    'a state of this database',
    told({ home: 'here', isOriginal: true }),
    { count: 1, noted: 'here' },
  ],
  [
    'a state of this database, which it took over',
    told({ home: 'here', count: 4 }),
    { count: 4, noted: null },
  ],
])('%s: claimed at once', async (_state, state, { count, noted }) => {
  const place = placeAt('here', null);
  const { claim } = await new OtherWriters(place).settled(engineWith(state), 'one');
  expect([claim.home, claim.count, place.noted, passed]).toEqual(['here', count, noted, 0]);
});

test('the original takes its indexes back at once, and a copy leaves them while they are written', async () => {
  const original = new OtherWriters(placeAt('here', 'here'));
  const { claim } = await original.settled(engineThatIsWritten({ home: 'there', count: 2 }), 'one');
  expect([claim.count, passed]).toEqual([3, 0]);
  const copy = new OtherWriters(placeAt('there', 'here'));
  const wait = copy.settled(engineThatIsWritten({ home: 'here', count: 3 }), 'one');
  await expect(wait).rejects.toThrow(/another site writes .* Set a different engine\.indexPrefix/);
});

test('a database that has moved claims the indexes that nobody writes to any more, and is noted after a week', async () => {
  const place = placeAt('there', 'here');
  const others = new OtherWriters(place);
  const { claim } = await others.settled(engineWith(told({ home: 'here' })), 'one');
  expect([claim.home, claim.count, passed, place.noted]).toEqual(['there', 2, 30_000, 'here']);
  await others.settled(engineWith(told({ home: 'there', count: 2, age: 6 * DAY })), 'one');
  expect(place.noted).toBe('here');
  await others.settled(engineWith(told({ home: 'there', count: 2, age: 8 * DAY })), 'one');
  expect([passed, place.noted]).toEqual([30_000, 'there']);
});

test('a week may pass while it runs', async () => {
  const place = placeAt('there', 'here');
  const others = new OtherWriters(place);
  const claim = { home: 'there', count: 2, since: Date.now() - 6 * DAY, isOriginal: false };
  expect([await others.confirmed(claim), place.noted]).toEqual([claim, 'here']);
  const old = { ...claim, since: Date.now() - 8 * DAY };
  expect(await others.confirmed(old)).toEqual({ ...old, isOriginal: true });
  expect(place.noted).toBe('there');
});

test('a state of an earlier version is claimed if nobody writes it any more', async () => {
  const place = placeAt('here', null);
  const { claim } = await new OtherWriters(place).settled(engineWith(told({})), 'one');
  expect([claim.home, claim.count, place.noted, passed]).toEqual(['here', 1, 'here', 30_000]);
  const wait = new OtherWriters(placeAt('there', null)).settled(engineThatIsWritten({}), 'one');
  await expect(wait).rejects.toThrow(OtherSite);
  await new OtherWriters(place).settled(engineThatIsWritten({}), 'one');
});

test('where nothing is noted, a copy that was refused does not count as the original', async () => {
  const copy = new OtherWriters(placeAt('there', null));
  await expect(copy.settled(engineThatIsWritten({}), 'one')).rejects.toThrow(OtherSite);
  const { claim } = await copy.settled(engineWith(told({})), 'one');
  expect(claim).toMatchObject({ home: 'there', count: 1, isOriginal: false });
  const place = placeAt('here', null);
  const original = await new OtherWriters(place).settled(
    engineThatIsWritten({ home: 'there' }),
    'one',
  );
  expect([original.claim.count, original.claim.isOriginal, place.noted]).toEqual([2, true, 'here']);
});

test('a copy does not claim indexes that were deleted before their writer had time to make them again', async () => {
  const copy = new OtherWriters(placeAt('there', 'here'));
  const wait = copy.settled(engineWith(null, null, told({ home: 'here' })), 'one');
  await expect(wait).rejects.toThrow(OtherSite);
});

test('who was overtaken gives in; the original takes the indexes back, except from another original', async () => {
  const others = new OtherWriters(placeAt('here', 'here'));
  const own = { home: 'here', count: 3, since: 0, isOriginal: true };
  const isTaken = (written: Written) => others.isTaken(engineWith(told(written)), own);
  expect(await isTaken({ home: 'here', count: 3 })).toBe(false);
  expect(await isTaken({ home: 'there', count: 2 })).toBe(false);
  expect(await others.isTaken(engineWith(null), own)).toBe(false);
  // Of two at once, one gives in.
  expect(await isTaken({ home: 'there', count: 3 })).toBe(false);
  expect(await isTaken({ home: 'before', count: 3, isOriginal: true })).toBe(false);
  expect(await isTaken({ home: 'there', count: 3, isOriginal: true })).toBe(true);
  expect(await isTaken({ home: 'there', count: 4 })).toBe(true);
  const again = await others.settled(engineThatIsWritten({ home: 'there', count: 4 }), 'one');
  expect([again.claim, passed]).toEqual([{ home: 'here', count: 5, since: expect.any(Number), isOriginal: true }, 0]); // prettier-ignore
  expect(await isTaken({ home: 'there', count: 6, isOriginal: true })).toBe(true);
});

test('of two originals, the one that writes keeps the indexes: neither a restart nor the other takes them', async () => {
  const others = new OtherWriters(placeAt('here', 'here'));
  const theirs = { home: 'there', count: 6, isOriginal: true };
  const wait = others.settled(engineThatIsWritten(theirs), 'one');
  await expect(wait).rejects.toThrow(OtherSite);
  const { claim } = await others.settled(engineWith(told(theirs)), 'one');
  expect([claim.count, claim.isOriginal]).toEqual([7, true]);
});

test('a state of another database is another site’s as long as it is written', async () => {
  const ask = (later: number) => {
    const state = told({ home: 'x', database: 'two' });
    state.state.details.at -= later;
    return new OtherWriters(placeAt('here', 'here')).settled(engineWith(state), 'one');
  };
  await expect(ask(50_000)).rejects.toThrow(OtherSite);
  await ask(61_000);
});

test('who gives up does not wait', async () => {
  const copy = new OtherWriters(placeAt('there', 'here'));
  await copy.settled(engineWith(told({ home: 'here' })), 'one', () => true);
  expect(passed).toBe(0);
});

test('indexes are free to remove when they are this database’s and nobody writes to them', async () => {
  const others = new OtherWriters(placeAt('here', null));
  await others.checkUnused(engineWith(null), 'one');
  await others.checkUnused(engineWith(told({ home: 'here', isEnd: true })), 'one');
  expect(passed).toBe(0);
  await others.checkUnused(engineWith(told({ home: 'here' })), 'one');
  expect(passed).toBe(12_000);
  for (const engine of [
    engineThatIsWritten({ home: 'here' }),
    engineWith(told({ home: 'there', isEnd: true })),
    engineWith(told({ database: 'two' })),
  ])
    await expect(others.checkUnused(engine, 'one')).rejects.toThrow(OtherSite);
});
