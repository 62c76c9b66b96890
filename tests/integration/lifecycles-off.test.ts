import { appOf } from 'plugin/app';

import { ALL_READS, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, two } from '../helpers/texts';

/* Strapi switches off all lifecycles while content is transferred to or from the running server. */

const ARTICLE = 'api::article.article';
const CURATION = 'plugin::related-articles.curation';

let running: Running;
const ids: string[] = [];

const articles = () => running.strapi.documents(ARTICLE);
const list = async () => {
  const { body, headers } = await running.http.get(`/api/articles/${ids[1]}/related?fields=title`);
  const titles = (body.data as { title: string }[]).map(({ title }) => title).sort();
  return { titles, cacheControl: headers['cache-control'] };
};

beforeAll(async () => {
  running = await startStrapi();
  await grantPublic(running.strapi, ALL_READS);
  for (const at of [0, 1, 2, 3]) {
    const data = { title: `Bread ${at}`, body: two(BREAD, at) };
    ids[at] = (await articles().create({ data, status: 'published' } as never)).documentId;
  }
  await appOf(running.strapi).index.check('deep');
  await running.settled();
});
afterAll(() => running.stop());

test('what editors do meanwhile shows at once, and clones get their pins', async () => {
  const { strapi } = running;
  const { repository } = appOf(strapi);
  const source = { sourceType: ARTICLE, sourceId: ids[1], sourceLocale: 'en' };
  const decisions = {
    pins: [{ uid: ARTICLE, documentId: ids[3] }],
    exclusions: [],
    isHidden: false,
  };
  expect((await list()).titles).toEqual(['Bread 0', 'Bread 2', 'Bread 3']);
  strapi.db.lifecycles.disable();
  try {
    // A second time, as each transfer does it.
    strapi.db.lifecycles.disable();
    await articles().unpublish({ documentId: ids[2] });
    await running.settled();
    // This does not count as code of the project, so lists stay public.
    expect(await list()).toEqual({
      titles: ['Bread 0', 'Bread 3'],
      cacheControl: 'public, no-cache',
    });
    await repository.save(source, decisions, { revision: 0, editor: { id: '1', name: 'Chief' } } as never); // prettier-ignore
    await running.settled();
    const { documentId } = (await articles().clone({ documentId: ids[1] } as never)) as never as { documentId: string }; // prettier-ignore
    await running.settled();
    const rows = await strapi.db.query(CURATION).findMany({ where: { sourceId: [ids[1], documentId] } }); // prettier-ignore
    expect(rows.map(({ pins }) => pins)).toEqual([[ids[3]], [ids[3]]]);
    for (const row of rows) expect(row.createdAt).toEqual(expect.any(String));
    const events = await strapi.db.query(`${CURATION}-event`).findMany({});
    for (const row of events) expect(row.createdAt).toEqual(expect.any(String));
  } finally {
    strapi.db.lifecycles.enable();
  }
  await articles().publish({ documentId: ids[2] });
  await running.settled();
  expect((await list()).titles).toContain('Bread 2');
  expect((await appOf(strapi).index.check('deep')).differences).toBe(0);
});
