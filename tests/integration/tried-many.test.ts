import fs from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { appOf } from 'plugin/app';
import type { RelatedType } from 'plugin/config/resolve';

import { answering, paywall, publishIn, uidOf, withoutPremium, writeType, type GuardedType } from '../helpers/guarded-types'; // prettier-ignore
import { startSite } from '../helpers/site';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

/* Callers try words while so much is hidden that a search has to look through hundreds of entries. */

const TRIED = ['alpha beta', 'alpha beta zirconium', 'alpha beta titanium', 'alpha beta plumber'];
const HIDDEN = 449;

const TYPES: GuardedType[] = [
  { name: 'wall', controller: paywall('wall') },
  { name: 'gone', controller: withoutPremium('gone') },
  // Every text differs from the stored one, but has the same words.
  { name: 'shouted', controller: answering('shouted', 'one.body ? { ...one, body: `${one.body}\\n` } : one') }, // prettier-ignore
  { name: 'closed', draftAndPublish: false, controller: paywall('closed') },
  { name: 'behind', draftAndPublish: false, controller: withoutPremium('behind') },
  { name: 'open', draftAndPublish: false, controller: paywall('open') },
];

let site: Running;
const junk = (seed: number, count = 12) =>
  Array.from({ length: count }, (_, at) => `junk${seed}x${at}`).join(' ');
const typeOf = (name: string) => appOf(site.strapi).types.get(uidOf(name)) as RelatedType;
const post = (name: string, title: string) =>
  site.http.post(`/api/related-articles/${name}s?minScore=0&fields=title&fallback=none`).send({ title }); // prettier-ignore

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const type of TYPES) {
      writeType(appDir, { attributes: {}, ...type });
      config.contentTypes[uidOf(type.name)] = { title: 'title', text: { body: 1 } };
    }
    fs.writeFileSync(path.join(appDir, 'config/api.js'), 'module.exports = { rest: { maxLimit: 25 } };'); // prettier-ignore
  });
  const { strapi } = site;
  for (const { name } of TYPES) {
    const count =
      { wall: HIDDEN, gone: HIDDEN, shouted: 0, behind: 890, closed: 2600, open: 2100 }[name] ??
      1100;
    const isOpen = name === 'open';
    const rows = Array.from({ length: count }, (_, i) => ({
      document_id: `${name}${i}`,
      title: isOpen && i % 10 > 0 ? `Free ${i}` : `Premium ${i}`,
      body: `alpha beta ${junk(i)}`,
      published_at: Date.now(),
    }));
    await strapi.db.connection.batchInsert(`${name}_table`, rows, 100);
    if (name === 'behind') {
      // A search among the best hundred meets one hidden entry at a time.
      const nearer = Array.from({ length: 99 }, (_, i) => ({ ...rows[i], document_id: `near${i}`, title: `Free alpha ${i}`, body: `delta epsilon alpha ${junk(8000 + i)}` })); // prettier-ignore
      await strapi.db.connection.batchInsert(`${name}_table`, nearer, 100);
    }
    await publishIn(strapi, name, { title: 'Premium scoop', body: `zirconium beta ${junk(-1, 24)}` }); // prettier-ignore
    await publishIn(strapi, name, { title: 'Free', body: `beta ${junk(-2)}` });
    for (let i = 0; i < 40; i += 1) {
      await publishIn(strapi, name, { title: `Free other ${i}`, body: junk(5000 + i, 20) });
    }
  }
  await grantPublic(strapi, [
    RELATED_FIND,
    FIND_BY_TEXT,
    ...TYPES.flatMap(({ name }) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]),
  ]);
  await appOf(strapi).index.check('quick');
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

test.each(['wall', 'gone'])(
  '%s: how much is kept back from callers does not affect a list',
  async (name) => {
    for (const title of TRIED) {
      const { status, body } = await post(name, title);
      const titles = body.data?.map((one: { title: string }) => one.title);
      expect({ title, status, titles }).toEqual({ title, status: 200, titles: ['Free'] });
    }
  },
);

test('hidden entries behind a hundred others are told apart in a few rounds', async () => {
  const { engine } = appOf(site.strapi);
  const ranked = jest.spyOn(engine, 'related');
  for (const word of ['beta', 'unheard']) {
    ranked.mockClear();
    const { status, body } = await post('behind', `delta epsilon alpha ${word}`);
    const titles = body.data?.map(({ title }: { title: string }) => title);
    expect({ word, status, titles }).toEqual({ word, status: 200, titles: expect.arrayContaining([expect.stringMatching(/^Free alpha/)]) }); // prettier-ignore
    expect(ranked.mock.calls.length).toBeLessThan(12);
  }
  ranked.mockRestore();
});

test('if most of a large type is hidden, lists for texts are empty, and the log says why', async () => {
  const warned = jest.spyOn(site.strapi.log, 'warn').mockImplementation();
  for (const title of TRIED) expect((await post('closed', title)).body.data).toEqual([]);
  const said = warned.mock.calls.map(([message]) => String(message));
  expect(said.filter((one) => /texts of api::closed\.closed are empty/.test(one))).toHaveLength(1);
  warned.mockRestore();
  for (const title of TRIED) {
    const titles = (await post('open', title)).body.data.map((one: { title: string }) => one.title);
    expect(titles.every((one: string) => one.startsWith('Free'))).toBe(true);
    expect(titles.length).toBeGreaterThan(4);
  }
});

test('entries that were deleted since a type was sampled do not count as hidden', async () => {
  const { documentIds } = await appOf(site.strapi).samples.of(typeOf('open'), null);
  expect(documentIds).toHaveLength(40);
  await site.strapi.db.query(uidOf('open') as never).deleteMany({ where: { documentId: { $in: documentIds } } } as never); // prettier-ignore
  await site.settled();
  expect((await post('open', 'alpha beta')).body.data.length).toBeGreaterThan(4);
  const again = await appOf(site.strapi).samples.of(typeOf('open'), null);
  expect(again.documentIds.filter((id) => documentIds.includes(id))).toEqual([]);
});

test('marks in an order that takes long to normalize hold nobody up', async () => {
  const run = `${'\u0301'.repeat(45_000)}${'\u0323'.repeat(45_000)}`;
  await publishIn(site.strapi, 'shouted', { title: 'Marks', body: `gamma a${run}` });
  await site.settled();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const { status, body } = await post('shouted', 'gamma marks');
  delay.disable();
  expect({ status, titles: body.data.map(({ title }: { title: string }) => title) }).toEqual({ status: 200, titles: ['Marks'] }); // prettier-ignore
  // It took many seconds when the whole text was normalized at once.
  expect(delay.max / 1e6).toBeLessThan(1500);
}, 60_000);
