import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { appOf } from 'plugin/app';
import { coreController, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

/* A type whose controller hides some entries, and a hub with so many links that its list is checked page by page. */

const UID = uidOf('story');
const COUNT = 1000;
const idOf = (at: number) => `doc${String(at).padStart(21, '0')}`;

let site: Running;
let place: string;

beforeAll(async () => {
  const controller = coreController(
    'story',
    '{ async find(ctx) { await strapi.onFind?.(); return super.find(ctx); } }',
  );
  site = await startSite((config, appDir) => {
    writeType(appDir, { name: 'story', controller, attributes: {} });
    config.contentTypes[UID] = { title: 'title', text: { body: 1 }, url: '/storys/:documentId' };
  });
  const link = (to: number) => `[x](/storys/${idOf(to)})`;
  const links = Array.from({ length: COUNT / 2 }, (_, at) => link(at + 1));
  const rows = Array.from({ length: COUNT }, (_, at) => ({
    document_id: idOf(at),
    title: `Title ${at}`,
    published_at: Date.now(),
    body: at === 0 ? links.join(' ') : `word${at % 50} ${at > COUNT / 2 ? link(0) : ''}`,
  }));
  await site.strapi.db.connection.batchInsert('story_table', rows, 50);
  await grantPublic(site.strapi, [RELATED_FIND, `${UID}.find`, `${UID}.findOne`]);
  await appOf(site.strapi).index.check('quick');
  await site.settled();
  const { httpServer } = site.strapi.server;
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  const { port } = httpServer.address() as AddressInfo;
  place = `http://127.0.0.1:${port}/api/storys/${idOf(0)}/related?fields=title`;
}, 60_000);
afterAll(() => site?.stop());

const whenFound = (work: () => Promise<void> | void) =>
  Object.assign(site.strapi, { onFind: work });

test('a caller who waits gets the list, after several questions', async () => {
  let asked = 0;
  whenFound(() => void (asked += 1));
  const { status } = await fetch(place);
  expect(status).toBe(200);
  expect(asked).toBeGreaterThan(5);
});

test('asks for no further page once the caller is gone', async () => {
  let [asked, after] = [0, 0];
  let isGone = false;
  const request = http.get(place, { agent: false });
  request.on('error', () => undefined);
  whenFound(async () => {
    asked += 1;
    if (isGone) after += 1;
    else {
      request.destroy();
      await new Promise((resolve) => setTimeout(resolve, 100));
      isGone = true;
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(asked).toBeGreaterThan(0);
  expect(after).toBeLessThan(2);
});
