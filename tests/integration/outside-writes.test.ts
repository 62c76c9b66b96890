import { setTimeout } from 'node:timers/promises';

import { appOf } from 'plugin/app';
import { LOCALE_LETTERS } from 'plugin/content/row-reader';
import { ChangeLog } from 'plugin/changes/change-log';
import type { ChangeFeed } from 'plugin/changes/change-feed';
import { differences } from '../helpers/in-step';
import { startStrapi, type Running } from '../helpers/strapi';

/* Writes that the change log reports for a whole type, or not at all. */

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

test('changes by updateMany show even if more of them come before everything has been reread', async () => {
  const { strapi } = running;
  const { reader } = appOf(strapi);
  const page = reader.page.bind(reader);
  // As under load, or with more entries: reading everything takes longer than the time between two writes.
  const slow = jest.spyOn(reader, 'page').mockImplementation(async (...asked) => {
    await setTimeout(500);
    return page(...asked);
  });
  const update = (slug: string) =>
    strapi.db.query(ARTICLE).updateMany({ where: { slug }, data: { title: 'Zebra' } });
  try {
    await update(`bread-${COUNT - 1}`);
    let isIn = false;
    for (let round = 0; round < 20 && !isIn; round += 1) {
      await setTimeout(300);
      await update('bread-0');
      isIn = (await differences(strapi, 5)).length === 0;
    }
    expect(isIn).toBe(true);
  } finally {
    slow.mockRestore();
    await appOf(strapi).index.idle();
  }
});

test('if everything must be reread again and again, callers who wait are answered and checks go on', async () => {
  const { strapi } = running;
  const { reader, index } = appOf(strapi);
  const { feed } = (index as unknown as { options: { feed: ChangeFeed } }).options;
  const page = reader.page.bind(reader);
  const slow = jest.spyOn(reader, 'page').mockImplementation(async (...asked) => {
    await setTimeout(200);
    return page(...asked);
  });
  let isOver = false;
  const write = () =>
    strapi.db.query(ARTICLE).updateMany({ where: { slug: 'bread-9' }, data: { title: 'Often' } });
  const writing = (async () => {
    while (!isOver) await Promise.all([write(), setTimeout(100)]);
  })();
  try {
    await setTimeout(1000);
    const before = feed.applied?.id ?? 0;
    await index.idle();
    const { differences: found } = await index.check('quick');
    expect(found).toBe(0);
    // Not by chance: there is always more to do.
    expect(feed.isIdle).toBe(false);
    expect(feed.applied?.id).toBeGreaterThan(before);
    expect(index.progress()).toMatchObject({ ready: true });
    expect(index.progress().lag).toBeLessThan(10);
  } finally {
    isOver = true;
    await writing;
    slow.mockRestore();
    await index.idle();
  }
  expect(await differences(strapi)).toEqual([]);
}, 60_000);

test('bulk writes that name a document are logged for that document alone', async () => {
  const { strapi } = running;
  const query = strapi.db.query(ARTICLE);
  const told = async () => {
    const rows = await strapi.db.connection('related_articles_changes').orderBy('id', 'desc');
    return [rows[0].kind, rows[0].entry];
  };
  const where = { documentId: { $in: ['article7'] }, publishedAt: { $notNull: true } };
  await query.updateMany({ where, data: { title: 'Seventh' } });
  expect(await told()).toEqual(['document', 'article7']);
  await query.updateMany({ where: { documentId: 'article8' }, data: { title: 'Eighth' } });
  expect(await told()).toEqual(['document', 'article8']);
  await query.deleteMany({ where: { documentId: 'article8' } });
  expect(await told()).toEqual(['document', 'article8']);
  await query.updateMany({ where: { documentId: { $ne: 'article7' } }, data: { title: 'All' } });
  expect(await told()).toEqual(['type', null]);
  // Strapi decides whether that means all or none.
  await query.updateMany({ where: { documentId: { $in: [] } }, data: { title: 'All or none' } });
  await appOf(strapi).index.idle();
  expect(await differences(strapi)).toEqual([]);
});

test('bulk writes that find no row are not logged', async () => {
  const { strapi } = running;
  const query = strapi.db.query(ARTICLE);
  const rows = async () =>
    Number((await strapi.db.connection('related_articles_changes').count({ n: '*' }))[0].n);
  const before = await rows();
  const where = { documentId: 'nothing' };
  await query.updateMany({ where, data: { title: 'None' } });
  await query.deleteMany({ where });
  expect(await rows()).toBe(before);
  await query.updateMany({ where: { slug: 'bread-5' }, data: { title: 'Bread 5' } });
  expect(await rows()).toBe(before + 1);
  await appOf(strapi).index.idle();
});

test('each quick check finds the join rows that SQL has added since the last one, whatever else is written', async () => {
  const { strapi } = running;
  const { index } = appOf(strapi);
  const tag = await strapi.db.query('api::tag.tag').create({ data: { name: 'Rye' } });
  const used = await strapi.db.query('api::tag.tag').create({ data: { name: 'Oven' } });
  const { id } = await strapi.db.query(ARTICLE).findOne({ where: { documentId: 'article9', publishedAt: { $notNull: true } } }); // prettier-ignore
  await strapi.db.connection('articles_tags_lnk').insert({ article_id: id, tag_id: used.id, article_ord: 1, tag_ord: 1 }); // prettier-ignore
  await index.idle();
  await index.check('deep');
  await index.idle();
  await index.check('quick');
  for (const n of [1, 2, 3, 4]) {
    const where = { documentId: `article${n}`, publishedAt: { $notNull: true } };
    const row = await strapi.db.query(ARTICLE).findOne({ where });
    const joined = { article_id: row.id, tag_id: tag.id, article_ord: 1, tag_ord: n };
    await strapi.db.connection('articles_tags_lnk').insert(joined);
    // Logged, but not of the type.
    const ref = { uid: 'plugin::related-articles.curation', documentId: `${n}` };
    if (n > 1) await new ChangeLog(strapi.db).append({ kind: 'document', ref });
    if (n > 2) await strapi.documents('api::tag.tag').create({ data: { name: 'Of no article' } });
    // Articles that have it are read again.
    if (n > 3) await strapi.documents('api::tag.tag').update({ documentId: used.documentId, data: { name: 'Stone oven' } }); // prettier-ignore
    expect((await index.check('quick')).differences).toBe(1);
  }
});

test('the quick check finds picks that SQL has added', async () => {
  const { strapi } = running;
  const { index } = appOf(strapi);
  await index.check('quick');
  await index.idle();
  const published = await strapi.db.connection('articles').whereNotNull('published_at').orderBy('id').limit(2); // prettier-ignore
  const [article_id, inv_article_id] = published.map(({ id }: { id: number }) => id);
  await strapi.db.connection('articles_related_articles_lnk').insert({ article_id, inv_article_id, article_ord: 1 }); // prettier-ignore
  expect((await index.check('quick')).differences).toBeGreaterThan(0);
  await index.idle();
  expect(await differences(strapi, 5)).toEqual([]);
});

test('the quick check finds rows that SQL gives to another locale or document', async () => {
  const { strapi } = running;
  const { index } = appOf(strapi);
  const rows = () => strapi.db.connection('articles');
  await index.idle();
  await index.check('quick');
  await rows().where({ document_id: 'article11' }).update({ document_id: 'article1x' });
  // One document is gone, one has come.
  expect((await index.check('quick')).differences).toBe(2);
  expect((await index.check('quick')).differences).toBe(0);
  for (const locale of ['zh-Hans-HK', 'zh-Hant-HK', 'sr-Cyrl', 'sr-Latn', 'fr', 'es', 'de']) {
    await rows().where({ document_id: 'article12' }).update({ locale });
    expect([locale, (await index.check('quick')).differences]).not.toEqual([locale, 0]);
  }
  expect(await differences(strapi)).toEqual([]);
  await rows().where({ document_id: 'article13' }).update({ document_id: 'swap' });
  await rows().where({ document_id: 'article14' }).update({ document_id: 'article13' });
  await rows().where({ document_id: 'swap' }).update({ document_id: 'article14' });
  expect((await index.check('quick')).differences).toBeGreaterThan(0);
  expect(await differences(strapi)).toEqual([]);
});

test('the quick check can tell all locales of Strapi from each other', async () => {
  const locales: { code: string }[] = running.strapi.plugin('i18n').service('iso-locales').getIsoLocales(); // prettier-ignore
  expect(locales.length).toBeGreaterThan(600);
  const sums = new Map<number, string>();
  for (const { code } of locales) {
    const letter = (at: number) => (code.at(at < 0 ? at : at - 1) ?? '\0').charCodeAt(0);
    const sum = [...LOCALE_LETTERS].reduce((all, [at, weight]) => all + weight * letter(at), 0);
    expect([code, sums.get(sum)]).toEqual([code, undefined]);
    sums.set(sum, code);
  }
});

test('the deep check finds what the index itself has lost', async () => {
  const { strapi } = running;
  const { index, engine } = appOf(strapi);
  await index.idle();
  await index.check('deep');
  await engine.remove({ type: ARTICLE, locale: 'en' }, ['article20', 'article21']);
  expect((await differences(strapi)).length).toBeGreaterThan(0);
  expect((await index.check('deep')).differences).toBe(2);
  expect(await differences(strapi)).toEqual([]);
  expect((await index.check('deep')).differences).toBe(0);
});

test('after very many changes of a type in one transaction, one row stands for the rest', async () => {
  const { strapi } = running;
  const log = new ChangeLog(strapi.db);
  const rows = () => strapi.db.connection('related_articles_changes').count({ all: '*' });
  const [{ all: before }] = await rows();
  await strapi.db.transaction(async () => {
    for (let at = 0; at < 2100; at += 1) {
      await log.append({ kind: 'document', ref: { uid: ARTICLE, documentId: `bulk${at}` } });
    }
    await log.append({
      kind: 'clone',
      ref: { uid: ARTICLE, documentId: 'bulk1' },
      clonedFrom: 'x',
    });
  });
  const [{ all: after }] = await rows();
  expect(Number(after) - Number(before)).toBe(2002);
  await appOf(strapi).index.idle();
});
