import { appOf } from 'plugin/app';

import { Editor } from '../helpers/editors';
import { startSite } from '../helpers/site';
import type { Running } from '../helpers/strapi';

/* Lists of pins made by SQL, without what it may leave out. */

const FACT = 'api::fact.fact';
const CURATION = 'plugin::related-articles.curation';
const TABLE = 'related_articles_curations';

let site: Running;
let chief: Editor;
const ids: string[] = [];
beforeAll(async () => {
  site = await startSite();
  for (let i = 0; i < 4; i += 1) {
    const documents = site.strapi.documents(FACT as never) as unknown as { create(params: object): Promise<{ documentId: string }> }; // prettier-ignore
    ids.push((await documents.create({ data: { claim: `Fact ${i} about bread` } })).documentId);
  }
  chief = await Editor.create(site, 'Chief');
  await site.settled();
}, 60_000);
afterAll(() => site?.stop());
afterEach(async () => {
  await site.strapi.db.query(CURATION).deleteMany({ where: {} });
  await site.settled();
});

const insert = (row: object) =>
  site.strapi.db.connection(TABLE).insert({ document_id: `row${Math.random()}`, source_type: FACT, source_id: ids[0], exclusions: '[]', revision: 1, ...row }); // prettier-ignore
const rows = () => site.strapi.db.query(CURATION).findMany({ orderBy: { id: 'asc' } });
const check = () => appOf(site.strapi).index.check('quick');
const panel = async () => {
  const { body } = await chief.request('get', `/related-articles/curations/${FACT}/${ids[0]}`);
  if (!body.data) throw new Error(JSON.stringify(body));
  return body.data;
};

test('editors see and change a list that has no locale', async () => {
  await insert({ pins: JSON.stringify([ids[1]]) });
  await appOf(site.strapi).index.sweep();
  await check();
  const { revision } = await panel();
  expect(revision).toBeGreaterThan(0);
  const saved = await chief.request('put', `/related-articles/curations/${FACT}/${ids[0]}`, { pins: [ids[2]], exclusions: [], revision }); // prettier-ignore
  expect(saved.status).toBe(200);
  expect(await rows()).toMatchObject([{ sourceLocale: '', pins: [ids[2]] }]);
  const { differences } = appOf(site.strapi).index.health();
  await check();
  expect(appOf(site.strapi).index.health().differences).toBe(differences);
});

test('adds what is missing to a list that an editor has made', async () => {
  const made = await chief.request('put', `/related-articles/curations/${FACT}/${ids[0]}`, { pins: [ids[2]], exclusions: [ids[3]], revision: 0 }); // prettier-ignore
  expect(made.status).toBe(200);
  await insert({ pins: JSON.stringify([ids[1], ids[3]]) });
  await appOf(site.strapi).index.sweep();
  await check();
  expect(await rows()).toMatchObject([{ sourceLocale: '', pins: [ids[2], ids[1]], exclusions: [ids[3]] }]); // prettier-ignore
});

test('a list that a younger instance has moved is neither moved nor removed by this one', async () => {
  const RECIPE = 'api::recipe.recipe';
  const documents = site.strapi.documents(RECIPE as never) as unknown as { create(params: object): Promise<{ documentId: string }> }; // prettier-ignore
  const { documentId } = await documents.create({ data: { dish: 'Soup' }, locale: 'en' });
  await insert({ source_type: RECIPE, source_id: documentId, source_locale: '', pins: '["x"]' });
  const { index } = appOf(site.strapi);
  const younger = { id: 'tz', position: 0, seen_at: Date.now() };
  const instances = () => site.strapi.db.connection('related_articles_instances');
  await instances().insert(younger);
  await check();
  for (let i = 0; i < 3; i += 1) await index.sweep(0);
  expect(await rows()).toMatchObject([{ sourceId: documentId, sourceLocale: '', pins: ['x'] }]);
  await instances().where({ id: younger.id }).delete();
  await index.sweep(0);
  expect(await rows()).toMatchObject([{ sourceId: documentId, sourceLocale: 'en', pins: ['x'] }]);
});

test('a list without a documentId can be changed', async () => {
  await insert({ pins: JSON.stringify([ids[1]]), source_locale: '', document_id: null });
  await appOf(site.strapi).index.sweep();
  await check();
  const { revision } = await panel();
  const saved = await chief.request('put', `/related-articles/curations/${FACT}/${ids[0]}`, { pins: [], exclusions: [ids[1]], revision }); // prettier-ignore
  expect(saved.status).toBe(200);
  expect(await rows()).toMatchObject([{ pins: [], exclusions: [ids[1]] }]);
});

test.each([-7, null])('a list of revision %p can be changed', async (revision) => {
  await insert({ source_locale: '', pins: JSON.stringify([ids[1]]), revision });
  await appOf(site.strapi).index.sweep();
  await check();
  const seen = await panel();
  const saved = await chief.request('put', `/related-articles/curations/${FACT}/${ids[0]}`, { pins: [ids[2]], exclusions: [], revision: seen.revision }); // prettier-ignore
  expect([saved.status, saved.body.error?.message]).toEqual([200, undefined]);
  expect(await rows()).toMatchObject([{ pins: [ids[2]] }]);
});
