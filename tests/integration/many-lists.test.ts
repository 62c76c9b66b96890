import { appOf } from 'plugin/app';

import { startStrapi, type Running } from '../helpers/strapi';

/* Lists by the thousand: what the plugin does to all of them takes few transactions, and nobody waits for it. */

const ARTICLE = 'api::article.article';
const ENDED = '2020-01-01T00:00:00.000Z';
const COUNT = 40;
let running: Running;

beforeAll(async () => {
  running = await startStrapi();
});
afterAll(() => running.stop());

const table = (name: string) => running.strapi.db.getConnection(`related_articles_${name}`);

/** Writes lists of entries that do not exist, whose only pin with an end is over. */
async function writeLists(locale = 'en', count = COUNT) {
  await table('curations').delete();
  await table('curation_events').delete();
  const now = Date.now();
  const rows = Array.from({ length: count }, (_, at) => ({
    document_id: `list${at}`,
    source_type: ARTICLE,
    source_id: `gone${at}`,
    source_locale: locale,
    pins: '["ends","stays"]',
    pin_ends: JSON.stringify({ ends: ENDED }),
    exclusions: '[]',
    revision: 1,
    created_at: now,
    updated_at: now,
  }));
  // SQLite takes so many values at a time.
  for (let at = 0; at < count; at += 50) await table('curations').insert(rows.slice(at, at + 50));
  await readAgain();
}

async function readAgain() {
  const { curations } = appOf(running.strapi);
  const rows = await table('curations').select('revision');
  const sumOf = (lists: Iterable<{ revision: number }>) =>
    [...lists].reduce((sum, { revision }) => sum + revision, 0);
  // Whatever else follows the log may be reading at the same moment.
  do {
    curations.resync();
    await curations.apply();
  } while (sumOf(curations.all()) !== sumOf(rows as { revision: number }[]));
}

/** Counts the transactions of some work. */
async function transactionsOf(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const onQuery = ({ sql }: { sql: string }) => {
    if (/^begin/i.test(sql)) count += 1;
  };
  running.strapi.db.connection.on('query', onQuery);
  await work().finally(() => running.strapi.db.connection.off('query', onQuery));
  return count;
}

const endPins = () => appOf(running.strapi).maintenance.endPins(new Date());
const eventsOf = (action: string) => table('curation_events').where({ action });
const ended = () => table('curations').where({ pins: '["stays"]', revision: 2 });

test.each([
  ['end pins in', 'en', endPins, async () => [(await ended()).length, await eventsOf('ended')]],
  [
    'remove',
    'en',
    async () => {
      await table('curations').update({ pin_ends: null });
      await readAgain();
      const { maintenance } = appOf(running.strapi);
      maintenance.resync();
      await maintenance.sweep(0);
    },
    async () => [COUNT - (await table('curations')).length, await eventsOf('removed')],
  ],
  [
    'move',
    '',
    () => appOf(running.strapi).maintenance.followLocalization(),
    async () => [
      (await table('curations').where({ source_locale: 'en' })).length,
      await eventsOf('changed'),
    ],
  ],
])('few transactions %s many lists', async (_what, locale, work, done) => {
  await writeLists(locale);
  expect(await transactionsOf(work)).toBeLessThan(COUNT / 4);
  const [count, events] = await done();
  expect([count, (events as unknown[]).length]).toEqual([COUNT, COUNT]);
});

/** Does work that fails, while the database accepts no change of some lists. */
async function refusing(sourceIds: readonly string[], work: () => Promise<unknown>) {
  await running.strapi.db.connection.raw(
    `create trigger refuse before update on related_articles_curations
     when old.source_id in (${sourceIds.map((id) => `'${id}'`).join()})
     begin select raise(abort, 'refused by a test'); end`,
  );
  try {
    await expect(work()).rejects.toMatchObject({
      message: expect.stringContaining('refused by a test'),
    });
  } finally {
    await running.strapi.db.connection.raw('drop trigger refuse');
  }
}

test('a list that cannot be changed, or has just been changed, keeps its pins; others do not', async () => {
  await writeLists();
  await table('curations').where({ source_id: 'gone3' }).update({ revision: 7 });
  await refusing(['gone15'], endPins);
  const left = await table('curations').where({ pins: '["ends","stays"]' }).orderBy('id');
  expect(left.map((row: { source_id: string }) => row.source_id)).toEqual(['gone3', 'gone15']);
  // Nothing of the refused transaction is there twice.
  expect((await eventsOf('ended')).length).toBe((await ended()).length);
  expect((await ended()).length).toBe(COUNT - 2);

  await endPins();
  expect((await ended()).length).toBe(COUNT - 1);
  await readAgain();
  await endPins();
  expect(await eventsOf('ended')).toHaveLength(COUNT);
});

test('where the pins of a list cannot be ended, the lists of deleted entries are removed all the same', async () => {
  // More than are removed at a time.
  await writeLists('en', 250);
  const { maintenance } = appOf(running.strapi);
  maintenance.resync();
  await refusing(['gone15'], () => maintenance.sweep(0));
  const left: { source_id: string }[] = await table('curations');
  expect(left.map((row) => row.source_id)).toEqual(['gone15']);
});

test('several lists that cannot be changed hold up the others only once', async () => {
  await writeLists();
  const stuck = ['gone0', 'gone1', 'gone2'];
  await refusing(stuck, async () => {
    await expect(endPins()).rejects.toBeDefined();
    // At the third, the rest is left.
    expect(await ended()).toEqual([]);
    await endPins();
  });
  expect((await ended()).length).toBe(COUNT - stuck.length);
  await endPins();
  expect((await ended()).length).toBe(COUNT);
});

test('what there is no time for is left for the next time', async () => {
  const { maintenance } = appOf(running.strapi);
  await writeLists('');
  expect(await maintenance.followLocalization(0)).toBe(false);
  expect(await table('curations').where({ source_locale: 'en' })).toEqual([]);
  expect(await maintenance.followLocalization()).toBe(true);
  expect(await maintenance.endPins(new Date(), 0)).toBe(false);
  expect(await maintenance.endPins(new Date())).toBe(true);
});

test('reading many lists lets other work run in between', async () => {
  await writeLists('en', 10_000);
  const { curations } = appOf(running.strapi);
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  curations.resync();
  count();
  await curations.apply();
  isOver = true;
  expect(turns).toBeGreaterThan(3);
}, 60_000);
