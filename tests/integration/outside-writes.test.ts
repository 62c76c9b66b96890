import { setTimeout } from 'node:timers/promises';

import { appOf } from 'plugin/app';
import { differences } from '../helpers/in-step';
import { startStrapi, type Running } from '../helpers/strapi';

/* Writes that tell of a whole type, or of nothing. */

const ARTICLE = 'api::article.article';
const COUNT = 250;
let running: Running;

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  const at = new Date();
  const rows = Array.from({ length: COUNT }, (_, n) => ({
    ...{ document_id: `article${n}`, title: `Bread ${n}`, slug: `bread-${n}` },
    ...{ body: 'rye oven crust', locale: 'en', created_at: at, updated_at: at, published_at: at },
  }));
  for (let n = 0; n < COUNT; n += 50) {
    const part = rows.slice(n, n + 50);
    const drafts = part.map((row) => ({ ...row, published_at: null }));
    await strapi.db.connection('articles').insert(drafts);
    await strapi.db.connection('articles').insert(part);
  }
  await appOf(strapi).index.reindex();
  await appOf(strapi).index.idle();
}, 60_000);
afterAll(() => running.stop());

test('what updateMany changed shows, though others come before all is read again', async () => {
  const { strapi } = running;
  const { reader } = appOf(strapi);
  const page = reader.page.bind(reader);
  // As beside many answers, or with more entries: reading all takes longer than the time between two writes.
  const slow = jest.spyOn(reader, 'page').mockImplementation(async (...asked) => {
    await setTimeout(500);
    return page(...asked);
  });
  const update = (documentId: string) =>
    strapi.db.query(ARTICLE).updateMany({ where: { documentId }, data: { title: 'Zebra' } });
  try {
    await update(`article${COUNT - 1}`);
    let isIn = false;
    for (let round = 0; round < 20 && !isIn; round += 1) {
      await setTimeout(300);
      await update('article0');
      isIn = (await differences(strapi, 5)).length === 0;
    }
    expect(isIn).toBe(true);
  } finally {
    slow.mockRestore();
    await appOf(strapi).index.idle();
  }
});

test('bulk writes that find no row tell of nothing', async () => {
  const { strapi } = running;
  const query = strapi.db.query(ARTICLE);
  const rows = async () =>
    Number((await strapi.db.connection('related_articles_changes').count({ n: '*' }))[0].n);
  const before = await rows();
  const where = { documentId: 'nothing' };
  await query.updateMany({ where, data: { title: 'None' } });
  await query.deleteMany({ where });
  expect(await rows()).toBe(before);
  await query.updateMany({ where: { documentId: 'article5' }, data: { title: 'Bread 5' } });
  expect(await rows()).toBe(before + 1);
  await appOf(strapi).index.idle();
});

test('each quick check finds the join rows that SQL has added since the last one', async () => {
  const { strapi } = running;
  const { index } = appOf(strapi);
  const tag = await strapi.db.query('api::tag.tag').create({ data: { name: 'Rye' } });
  await index.idle();
  await index.check('deep');
  await index.check('quick');
  for (const n of [1, 2, 3]) {
    const where = { documentId: `article${n}`, publishedAt: { $notNull: true } };
    const row = await strapi.db.query(ARTICLE).findOne({ where });
    const joined = { article_id: row.id, tag_id: tag.id, article_ord: 1, tag_ord: n };
    await strapi.db.connection('articles_tags_lnk').insert(joined);
    expect((await index.check('quick')).differences).toBe(1);
  }
});
