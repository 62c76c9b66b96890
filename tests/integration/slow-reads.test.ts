import { setTimeout as pause } from 'node:timers/promises';

import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { createToken, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

/* A hook of the project that waits for something elsewhere, for one draft. */

const HOLD = "{ const rows = [event.result].flat(); if (strapi.held && rows.some((one) => one && one.title === 'Slow')) await new Promise((go) => strapi.held.push(go)); }"; // prettier-ignore
const HOOKED = uidOf('hooked');

let site: Running;
let held: (() => void)[];
let token: string;
let slow: string;
let other: string;

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    const lifecycles = `{ async afterFindMany(event) ${HOLD}, async afterFindOne(event) ${HOLD} }`;
    writeType(appDir, { name: 'hooked', attributes: {}, lifecycles });
    config.contentTypes[HOOKED] = { title: 'title', text: { body: 1 } };
  });
  for (let at = 0; at < 4; at += 1) {
    other = await publishIn(site.strapi, 'hooked', { title: `Free ${at}`, body: `alpha beta gamma word${at}` }); // prettier-ignore
  }
  const draft = { title: 'Slow', body: 'alpha beta gamma' };
  const documents = site.strapi.documents(HOOKED as 'api::article.article');
  slow = (await documents.create({ data: draft as never })).documentId;
  await grantPublic(site.strapi, [RELATED_FIND, `${HOOKED}.find`, `${HOOKED}.findOne`]);
  token = await createToken(site.strapi, 'full-access');
  await site.settled();
  held = [];
  Object.assign(site.strapi, { held });
}, 120_000);
afterAll(() => site?.stop());

test('a draft that takes long to read does not delay other lists', async () => {
  let reads = 0;
  let isDone = false;
  const preview = site.http
    .get(`/api/hookeds/${slow}/related?status=draft&minScore=0`)
    .set('Authorization', `Bearer ${token}`)
    .then((answer) => ((isDone = true), answer));
  // If the test fails, this request fails with the site.
  void preview.catch(() => undefined);
  while (!isDone) {
    if (held.length === 0) {
      await pause(10);
      continue;
    }
    // One read of the draft after the other.
    reads += 1;
    const list = await site.http.get(`/api/hookeds/${other}/related?minScore=0`).timeout(5000);
    expect(list.status).toBe(200);
    held.splice(0).forEach((go) => go());
  }
  expect((await preview).status).toBe(200);
  expect(reads).toBeGreaterThan(0);
}, 60_000);
