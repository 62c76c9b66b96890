import { appOf } from 'plugin/app';
import type { Collection, Engine, EngineDocument } from 'plugin/engine/engine';

import { doc } from '../helpers/documents';
import { differences, rebuilt } from '../helpers/in-step';
import {
  ALL_READS,
  createAdministrator,
  grantPublic,
  startStrapi,
  type Running,
} from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';
import { until } from '../../soak/processes';

const ARTICLE = 'api::article.article';
const CATEGORY = 'api::category.category';

let running: Running;
let category: string;
let source: string;

beforeAll(async () => {
  running = await startStrapi();
  await running.strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  await grantPublic(running.strapi, ALL_READS);
  category = (await running.strapi.documents(CATEGORY).create({ data: { name: 'Kitchen' } }))
    .documentId;
  source = await published('Source', BREAD.join(' '));
  await published('Constant', BREAD[0]);
});
afterAll(() => running.stop());
// After each test, the index equals one rebuilt from the database.
afterEach(async () => {
  await running.settled();
  expect(await differences(running.strapi)).toEqual([]);
});

const documents = () => running.strapi.documents(ARTICLE);
const indexing = () => appOf(running.strapi);

async function published(title: string, body: string, more: object = {}): Promise<string> {
  const { documentId } = await documents().create({
    data: { title, body, ...more },
    status: 'published',
  });
  return documentId;
}

async function suggested(locale = 'en'): Promise<string[]> {
  await running.settled();
  return listed(locale);
}

/** The same without waiting for the index. */
async function listed(locale = 'en'): Promise<string[]> {
  const { body } = await running.http.get(
    `/api/articles/${source}/related?locale=${locale}&pagination[limit]=100&fields=title`,
  );
  return body.data.map(({ title }: { title: string }) => title);
}

test('a draft does not show; publishing, re-publishing and unpublishing do', async () => {
  const { documentId } = await documents().create({ data: { title: 'New', body: BREAD[1] } });
  expect(await suggested()).toEqual(['Constant']);
  await documents().publish({ documentId });
  expect(await suggested()).toContain('New');
  await documents().update({ documentId, data: { title: 'Edited', body: MOON[0] } });
  expect(await suggested()).toContain('New');
  await documents().publish({ documentId });
  expect(await suggested()).toEqual(['Constant']);
  await documents().update({ documentId, data: { body: BREAD[1] }, status: 'published' });
  expect(await suggested()).toContain('Edited');
  await documents().unpublish({ documentId });
  expect(await suggested()).toEqual(['Constant']);
  await documents().delete({ documentId });
});

test('discarding a draft keeps what is published; deleting takes it away', async () => {
  const documentId = await published('Kept', BREAD[1]);
  await documents().update({ documentId, data: { body: MOON[0] } });
  await documents().discardDraft({ documentId });
  expect(await suggested()).toContain('Kept');
  await documents().delete({ documentId });
  expect(await suggested()).toEqual(['Constant']);
});

test('a clone is a draft, and shows when it is published', async () => {
  const documentId = await published('Original', BREAD[1]);
  const clone = await documents().clone({ documentId, data: { title: 'Copy' } });
  expect(await suggested()).not.toContain('Copy');
  await documents().publish({ documentId: clone?.documentId as string });
  expect(await suggested()).toEqual(expect.arrayContaining(['Copy', 'Original']));
  await documents().delete({ documentId });
  await documents().delete({ documentId: clone?.documentId as string });
});

test('locales come and go one by one', async () => {
  const german = (documentId: string, title: string) =>
    documents().update({
      documentId,
      locale: 'de',
      data: { title, body: 'Sauerteig und Roggenmehl im Ofen' },
      status: 'published',
    });
  const documentId = await published('Both', BREAD[1]);
  await german(source, 'Quelle');
  await german(documentId, 'Beide');
  expect(await suggested('de')).toEqual(['Beide']);
  await documents().unpublish({ documentId, locale: 'de' });
  expect(await suggested('de')).toEqual([]);
  expect(await suggested('en')).toContain('Both');
  await documents().publish({ documentId, locale: '*' });
  expect(await suggested('de')).toEqual(['Beide']);
  await documents().delete({ documentId, locale: 'en' });
  expect(await suggested('en')).toEqual(['Constant']);
  expect(await suggested('de')).toEqual(['Beide']);
  await documents().delete({ documentId, locale: '*' });
  await documents().delete({ documentId: source, locale: 'de' });
});

test('deleting a whole locale, as in Settings, empties its index', async () => {
  const { strapi } = running;
  const locales = strapi.plugin('i18n').service('locales');
  const french = await locales.create({ code: 'fr', name: 'French' });
  const documentId = await published('Deux', BREAD[1]);
  for (const id of [source, documentId]) {
    await documents().update({
      documentId: id,
      locale: 'fr',
      data: { title: 'Pain', body: 'pain levain farine four' },
      status: 'published',
    });
  }
  expect(await suggested('fr')).toHaveLength(1);
  await locales.delete({ id: french.id });
  await running.settled();
  expect(await indexing().engine.collections()).not.toContainEqual({ type: ARTICLE, locale: 'fr' });
  expect(await suggested('en')).toContain('Deux');
  await documents().delete({ documentId, locale: '*' });
});

test('a category renamed, filled from its own side, emptied and deleted changes its articles', async () => {
  const explanationOf = async () => {
    await running.settled();
    const { body } = await running.http.get(`/api/articles/${source}/related?explain=true`);
    return body.meta.related[0]?.explanation.taxonomy;
  };
  const categories = () => running.strapi.documents(CATEGORY);
  const [constant] = await documents().findMany({
    filters: { title: 'Constant' },
    status: 'published',
  });
  const both = [source, constant.documentId];
  expect(await explanationOf()).toEqual({});

  await categories().update({
    documentId: category,
    data: { articles: { connect: both } } as never,
  });
  await documents().publish({ documentId: source });
  await documents().publish({ documentId: constant.documentId });
  expect(await explanationOf()).toEqual({ category: ['Kitchen'] });

  await categories().update({ documentId: category, data: { name: 'Baking' } });
  expect(await explanationOf()).toEqual({ category: ['Baking'] });

  await categories().update({
    documentId: category,
    data: { articles: { disconnect: [source] } } as never,
  });
  await running.settled();
  await categories().update({
    documentId: category,
    data: { articles: { connect: [source] } } as never,
  });
  await running.settled();

  await categories().delete({ documentId: category });
  expect(await explanationOf()).toEqual({});
});

test('follows a category that takes articles from another one and loses them before it is read', async () => {
  const categories = running.strapi.documents('api::category.category');
  const first = await categories.create({ data: { name: 'First' } });
  const second = await categories.create({ data: { name: 'Second' } });
  const ids = await Promise.all(
    [0, 1, 2].map((i) => published(`Loaf ${i}`, BREAD[i], { category: first.documentId })),
  );
  await running.settled();
  const fill = (articles: string[]) =>
    categories.update({ documentId: second.documentId, data: { articles: { set: articles } } as never }); // prettier-ignore
  await fill([ids[0]]);
  await fill([]);
  await running.settled();
  expect(await differences(running.strapi)).toEqual([]);
  const third = await categories.create({ data: { name: 'Third', articles: [ids[1]] } as never });
  await categories.delete({ documentId: third.documentId });
  await running.settled();
  expect(await differences(running.strapi)).toEqual([]);
  // In every form that the database layer accepts.
  const rows = running.strapi.db.query('api::category.category');
  const forms = [(id: number) => id, String, (id: number) => [String(id)], (id: number) => ({ connect: [{ id: String(id) }] })]; // prettier-ignore
  for (const form of forms) {
    const [{ id }] = await running.strapi.db.query(ARTICLE).findMany({ where: { documentId: ids[2], publishedAt: { $notNull: true } } }); // prettier-ignore
    const articles = form(id);
    for (const value of [articles, { set: [] }]) {
      await rows.update({ where: { documentId: second.documentId }, data: { articles: value } } as never); // prettier-ignore
    }
    await running.settled();
    expect({ articles, differences: await differences(running.strapi) }).toEqual({ articles, differences: [] }); // prettier-ignore
    await documents().update({ documentId: ids[2], data: { category: first.documentId }, status: 'published' } as never); // prettier-ignore
    await running.settled();
  }
  for (const documentId of ids) await documents().delete({ documentId });
  for (const { documentId } of [first, second]) await categories.delete({ documentId });
});

test('a tag renamed while its articles are being read shows its new name', async () => {
  const tags = running.strapi.documents('api::tag.tag');
  const { documentId: tag } = await tags.create({ data: { name: 'zymurgy' } });
  await running.settled();
  const { reader } = indexing();
  const read = reader.published.bind(reader);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reading = new Promise<void>((resolve) => {
    reader.published = async (...args) => {
      const rows = await read(...args);
      resolve();
      await held;
      return rows;
    };
  });
  const documentId = await published('Tagged', BREAD[1], { tags: [tag] });
  await reading;
  await tags.update({ documentId: tag, data: { name: 'enology' } });
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
  reader.published = read;
  release();
  await running.settled();
  // The name's words are terms of the index: an old name would leave terms that a rebuild does not have.
  const termsOf = async (engine: Engine) => (await engine.stats()).collections[0].terms;
  const document = doc('asked', { title: 'enology', body: '' });
  const [found] = await indexing().engine.related({ type: ARTICLE, locale: 'en' }, [{ document }], {
    minScore: 0,
  });
  expect(found?.map((suggestion) => suggestion.documentId)).toEqual([documentId]);
  expect(await termsOf(indexing().engine)).toBe(await termsOf(await rebuilt(running.strapi)));
  await documents().delete({ documentId });
  await tags.delete({ documentId: tag });
});

test('a write that rolls back changes nothing', async () => {
  await expect(
    running.strapi.db.transaction(async () => {
      await published('Never', BREAD[1]);
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  expect(await suggested()).toEqual(['Constant']);
});

test('follows a transaction that rolls back to a savepoint and writes again', async () => {
  const target = await published('Withdrawn', BREAD[1]);
  expect(await suggested()).toContain('Withdrawn');
  const unpublish = () => documents().unpublish({ documentId: target });
  await running.strapi.db.transaction(async ({ trx }) => {
    const own = trx as unknown as { raw(sql: string): Promise<unknown> };
    await own.raw('savepoint a');
    await unpublish();
    await own.raw('rollback to savepoint a');
    await unpublish();
  });
  expect(await suggested()).not.toContain('Withdrawn');
  await documents().delete({ documentId: target });
});

test('a row that is updated without its documentId is read alone, with the entries that pick it', async () => {
  const target = await published('Viewed', BREAD[1]);
  expect(await suggested()).toContain('Viewed');
  const { strapi } = running;
  const where = { documentId: target, publishedAt: { $notNull: true } };
  const { id } = await strapi.db.query(ARTICLE).findOne({ where });
  const [{ last }] = await strapi.db.getConnection('related_articles_changes').max({ last: 'id' });
  await strapi.db.query(ARTICLE).update({ where: { id }, data: { title: 'Viewed again' }, select: ['id'] }); // prettier-ignore
  expect(await suggested()).toContain('Viewed again');
  const rows: { kind: string; entry: string }[] = await strapi.db
    .getConnection('related_articles_changes')
    .where('id', '>', last)
    .select('kind', 'entry');
  expect(rows).toEqual([{ kind: 'row', entry: String(id) }]);
  await documents().delete({ documentId: target });
});

test('a slug that changes takes its links along', async () => {
  const target = await published('Target', MOON[0], { slug: 'target' });
  await documents().update({
    documentId: source,
    data: { body: `${BREAD.join(' ')} [see](/articles/target)` },
    status: 'published',
  });
  expect(await suggested()).toContain('Target');
  await documents().update({
    documentId: target,
    data: { slug: 'elsewhere' },
    status: 'published',
  });
  expect(await suggested()).not.toContain('Target');
  await documents().delete({ documentId: target });
});

test('writes past the document service: query, updateMany, deleteMany, SQL', async () => {
  const { strapi } = running;
  const query = strapi.db.query(ARTICLE);
  const documentId = await published('Raw', BREAD[1]);
  const row = { documentId, publishedAt: { $notNull: true } };
  await query.update({ where: row, data: { title: 'By query' } });
  expect(await suggested()).toContain('By query');
  await query.updateMany({ where: row, data: { body: MOON[1], title: 'Many' } });
  expect(await suggested()).toEqual(['Constant']);
  await query.deleteMany({ where: { documentId } });
  expect(await suggested()).toEqual(['Constant']);

  // An entry that comes and goes between two checks leaves the rows as they were.
  await indexing().index.check('quick');
  const other = await published('Sql', BREAD[1]);
  expect(await suggested()).toContain('Sql');
  await strapi.db.connection('articles').where({ document_id: other }).delete();
  await indexing().index.check('quick');
  const left = await indexing().engine.documentIds({ type: ARTICLE, locale: 'en' });
  expect([...left]).not.toContain(other);
});

test('bulk actions of the admin panel', async () => {
  const { token } = await createAdministrator(running);
  const manage = (action: string, documentIds: string[]) =>
    running.http
      .post(`/content-manager/collection-types/${ARTICLE}/actions/${action}?locale=en`)
      .set('Authorization', `Bearer ${token}`)
      .send({ documentIds });

  const ids: string[] = [];
  for (const title of ['Bulk A', 'Bulk B']) {
    ids.push((await documents().create({ data: { title, body: BREAD[1] } })).documentId);
  }
  expect((await manage('bulkPublish', ids)).status).toBe(200);
  expect((await suggested()).sort()).toEqual(['Bulk A', 'Bulk B', 'Constant']);
  expect((await manage('bulkUnpublish', ids)).status).toBe(200);
  expect(await suggested()).toEqual(['Constant']);
  expect((await manage('bulkPublish', ids)).status).toBe(200);
  expect((await manage('bulkDelete', ids)).status).toBe(200);
  expect(await suggested()).toEqual(['Constant']);
});

describe('trouble with the index', () => {
  let upsert: Engine['upsert'];
  let level: string;
  beforeEach(() => {
    upsert = indexing().engine.upsert;
    level = running.strapi.log.level;
    running.strapi.log.level = 'silent';
  });
  afterEach(() => {
    indexing().engine.upsert = upsert;
    running.strapi.log.level = level;
  });

  async function untilSuggested(title: string): Promise<void> {
    for (let i = 0; i < 100; i += 1) {
      if ((await suggested()).includes(title)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${title} is still not suggested`);
  }

  test('does not reach editors: saves succeed, and the index catches up', async () => {
    indexing().engine.upsert = () => {
      throw new Error('index on fire');
    };
    const documentId = await published('Saved', BREAD[1]);
    const { index } = indexing();
    await until('it is told', async () => index.health().troubles.length > 0);
    expect(await listed()).not.toContain('Saved');
    indexing().engine.upsert = upsert;
    await untilSuggested('Saved');
    await documents().delete({ documentId });
  });

  test('one document that cannot be indexed does not hold up the others', async () => {
    const { engine } = indexing();
    engine.upsert = async (collection: Collection, documents: EngineDocument[]) => {
      const good = documents.filter(({ title }) => title !== 'Poison');
      const bad = documents.filter(({ title }) => title === 'Poison');
      return [
        ...(await upsert.call(engine, collection, good)),
        ...bad.map(({ id }) => ({ documentId: id, error: new Error('poison') })),
      ];
    };
    const poison = await published('Poison', BREAD[1]);
    const good = await published('Good', BREAD[1]);
    expect(await suggested()).toContain('Good');
    engine.upsert = upsert;
    await untilSuggested('Poison');
    for (const documentId of [poison, good]) await documents().delete({ documentId });
  });
});

test('after a check that failed, the next one finds what SQL has changed', async () => {
  const { reader, index } = indexing();
  const documentId = await published('Changed by SQL', BREAD[1]);
  await running.settled();
  await index.check('quick');
  const row = () => running.strapi.db.connection('articles').where({ document_id: documentId });
  await row().whereNotNull('published_at').update({ title: 'By SQL', updated_at: Date.now() + 1000 }); // prettier-ignore
  const failing = jest.spyOn(reader, 'page').mockImplementation(() => {
    throw new Error('Connection terminated unexpectedly');
  });
  const failed = await index.check('quick').catch((error: Error) => error.message);
  failing.mockRestore();
  expect(failed).toBe('Connection terminated unexpectedly');
  expect(await index.check('quick')).toMatchObject({ differences: 1 });
  await documents().delete({ documentId });
});
