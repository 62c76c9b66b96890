import { appOf } from 'plugin/app';

import { paywall, publishIn, uidOf, withoutPremium, writeType, type GuardedType } from '../helpers/guarded-types'; // prettier-ignore
import { startSite } from '../helpers/site';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

/* A word that occurs only in hidden entries must affect a list like a word that occurs nowhere. */

const LARGE = 1100;
const SMALL = 300;
const DEEP = 6000;
const SIZES: Record<string, number> = { large: LARGE, largewall: LARGE, small: SMALL, smallwall: SMALL }; // prettier-ignore
const TYPES: GuardedType[] = [
  { name: 'large', controller: withoutPremium('large') },
  { name: 'largewall', controller: paywall('largewall') },
  { name: 'small', controller: withoutPremium('small') },
  { name: 'smallwall', controller: paywall('smallwall') },
  { name: 'deep', controller: withoutPremium('deep') },
];
/** Words of one hidden entry, and of three. */
const HIDDEN = ['zirconium', 'antwerp midnight bishop', 'walrus tusk antwerp'];
/** As many words of the same lengths that no entry has. */
const INVENTED = ['zorkonuim', 'antwirp modnight bashop', 'welrus tosk antwirp'];

let site: Running;
let seed = 7;
const random = (below: number): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return Math.floor((seed / 0x80000000) * below);
};
/** A word that stands for a number. */
const wordOf = (number: number): string => {
  const syllables = [number & 15, (number >> 4) & 15, (number >> 8) & 15, (number >> 12) & 15];
  return `q${syllables.map((at, i) => `${'bcdfghjklmnprtvz'[at]}${'aeiou'[(number + i * 7) % 5]}`).join('')}`;
};
const words = (count: number, make: () => string): string => Array.from({ length: count }, make).join(' '); // prettier-ignore
const common = (): string => `common${Math.min(random(60), random(60))}`;

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const type of TYPES) {
      writeType(appDir, { attributes: {}, ...type });
      config.contentTypes[uidOf(type.name)] = { title: 'title', text: { body: 1 } };
    }
  });
  const { strapi } = site;
  const insert = (name: string, rows: { title: string; body: string }[]) =>
    strapi.db.connection.batchInsert(
      `${name}_table`,
      rows.map((row, i) => ({ ...row, document_id: `${name}${i}`, published_at: Date.now() })),
      100,
    );
  for (const [name, size] of Object.entries(SIZES)) {
    const isLarge = size === LARGE;
    const rows = Array.from({ length: size }, (_, i) => ({
      title: `Free ${wordOf(i + 5000)} ${isLarge ? '' : common()}`,
      body: isLarge ? `${wordOf(i)} ${wordOf(i + 20_000)}` : words(10 + random(60), common),
    }));
    await insert(name, rows);
    const scoop = 'the zirconium smuggler met the bishop in Antwerp at midnight';
    await publishIn(strapi, name, { title: 'Premium scoop', body: scoop });
    for (let i = 0; i < 3; i += 1) {
      await publishIn(strapi, name, { title: `Premium ${i}`, body: `a walrus and its tusk ${i}` });
    }
  }
  // Every fifteenth is hidden, and one has words of its own.
  const deep = Array.from({ length: DEEP }, (_, i) => ({
    title: `${i % 15 === 7 ? 'Premium' : 'Free'} ${wordOf(i)}`,
    body: `alpha ${i % 50 === 0 ? 'delta' : ''} ${wordOf(i + 9000)}`,
  }));
  await insert('deep', deep);
  await publishIn(strapi, 'deep', { title: 'Premium scoop', body: 'alpha delta zirconium' });
  await grantPublic(strapi, [
    RELATED_FIND,
    FIND_BY_TEXT,
    ...TYPES.flatMap(({ name }) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]),
  ]);
  await appOf(strapi).index.check('quick');
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

const post = (name: string, body: object) =>
  site.http
    .post(
      `/api/related-articles/${name}s?minScore=0&fields=title&fallback=none&pagination[pageSize]=100`,
    ) // prettier-ignore
    .send(body);

async function answer(name: string, body: object) {
  const { status, body: told } = await post(name, body);
  expect(status).toBe(200);
  return { total: told.meta.pagination.total, related: told.meta.related };
}

describe.each(Object.keys(SIZES))('%s', (name) => {
  /** Texts that match many entries; some of them fill all the places that there are for words. */
  const bases =
    SIZES[name] === LARGE
      ? [1, 48, 300].map((count) => words(count, () => wordOf(random(LARGE))))
      : [1, 3, 20].map((count) => words(count, common));

  test.each(HIDDEN.map((hidden, at) => [hidden, INVENTED[at]]))(
    '“%s” has the same effect as “%s”',
    async (hidden, invented) => {
      for (const base of bases) {
        for (const ask of [
          (tried: string) => ({ title: `${base} ${tried}` }),
          (tried: string) => ({ title: base, text: tried }),
          (tried: string) => ({ text: `${tried} ${base}` }),
        ]) {
          const expected = await answer(name, ask(invented));
          expect({ base, ...(await answer(name, ask(hidden))) }).toEqual({ base, ...expected });
        }
      }
    },
    60_000,
  );
});

test('a word of a hidden entry makes a search look only a little further', async () => {
  const { engine } = appOf(site.strapi);
  const ranked = jest.spyOn(engine, 'related');
  const cost: Record<string, number> = {};
  for (const word of ['zirconium', 'unheard']) {
    ranked.mockClear();
    await answer('deep', { text: `delta alpha ${word}` });
    cost[word] = ranked.mock.calls.length;
    const depths = ranked.mock.calls.map(([, , query]) => query?.maxCandidates ?? 0);
    expect(Math.max(...depths)).toBeLessThanOrEqual(400);
  }
  ranked.mockRestore();
  expect(cost.zirconium).toBeLessThanOrEqual(cost.unheard + 4);
});
