import { setTimeout as pause } from 'node:timers/promises';

import { appOf } from 'plugin/app';

import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import type { Running } from '../helpers/strapi';

/* Hooks of a project cut texts for everybody, but do not run while Strapi transfers content. */

const CUT = "{ for (const one of [event.result].flat()) if (one?.title?.startsWith('Premium') && one.body) one.body = 'Subscribers only'; }"; // prettier-ignore
const HOOKED = uidOf('hooked');
let site: Running;

const publish = (title: string, body: string) => publishIn(site.strapi, 'hooked', { title, body });

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    const lifecycles = `{ afterFindMany(event) ${CUT}, afterFindOne(event) ${CUT} }`;
    writeType(appDir, { name: 'hooked', attributes: {}, lifecycles });
    config.contentTypes[HOOKED] = { title: 'title', text: { body: 1 } };
  });
  for (let at = 0; at < 4; at += 1) await publish(`Free ${at}`, `alpha beta gamma word${at}`);
  await site.settled();
  await appOf(site.strapi).index.check('deep');
}, 120_000);
afterAll(() => site?.stop());

async function readWhileOff() {
  const { lifecycles } = site.strapi.db;
  lifecycles.disable();
  await publish('Premium', 'alpha beta secret');
  await site.settled();
  return () => lifecycles.enable();
}

/** How many entries differ between the index and what the project gives. */
async function wrong(): Promise<number> {
  await site.settled();
  return (await appOf(site.strapi).index.check('deep')).differences;
}

test('texts read meanwhile are read again as the hooks cut them', async () => {
  const enable = await readWhileOff();
  enable();
  await pause(500);
  expect(await wrong()).toBe(0);
}, 60_000);

test('also if the change log accepts nothing just then', async () => {
  const { index } = appOf(site.strapi);
  const knex = site.strapi.db.connection;
  const enable = await readWhileOff();
  await knex.raw("create trigger no_more before insert on related_articles_changes begin select raise(abort, 'no more'); end"); // prettier-ignore
  enable();
  await pause(500);
  expect(index.health().troubles).toMatchObject([{ message: expect.stringContaining('cannot be written to the change log') }]); // prettier-ignore
  await knex.raw('drop trigger no_more');
  expect(await wrong()).toBe(0);
  expect(index.health().troubles).toEqual([]);
}, 60_000);
