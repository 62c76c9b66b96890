import { CurationCache } from 'plugin/curations/curation-cache';

// What it does beyond reading needs a real database: tests/databases/contention.
jest.mock('plugin/changes/own-rows', () => ({
  ownRows: ({ db }: { db: { query(uid: string): unknown } }, uid: string) => db.query(uid),
}));

const ROW = {
  ...{ id: 1, documentId: 'c1', sourceType: 'api::a.a', sourceId: 'a1', revision: 1 },
  ...{ pins: ['a2'], exclusions: [], hidden: false, updatedAt: '2026-01-01T00:00:00Z' },
  // As before the type had locales, for example during a rolling deploy.
  sourceLocale: '',
};

test('asks again for a default locale that it could not get', async () => {
  let fails = 1;
  const getDefaultLocale = async () => {
    fails -= 1;
    if (fails >= 0) throw new Error('Knex: Timeout acquiring a connection');
    return 'en';
  };
  const query = { findMany: async ({ where }: { where: { id?: { $gt: number } } }) => (where.id && where.id.$gt > 0 ? [] : [ROW]) }; // prettier-ignore
  const db = {
    dialect: { client: 'sqlite' },
    query: () => query,
    inTransaction: () => false,
    metadata: { get: () => ({ tableName: 'curations' }) },
    getConnection: () => {
      throw new Error('The table cannot be counted');
    },
  };
  const strapi = { db, plugin: () => ({ service: () => ({ getDefaultLocale }) }) };
  const cache = new CurationCache(strapi as never);
  const list = { sourceType: 'api::a.a', sourceId: 'a1', sourceLocale: 'en' };
  await cache.apply();
  expect([cache.isReady, cache.get(list).pins]).toEqual([true, []]);
  await cache.verify({ depth: 'quick' } as never).catch(() => undefined);
  expect(cache.get(list).pins).toHaveLength(1);
});

test('forgets an old name together with the database, and takes that for no difference', async () => {
  const rows = [{ ...ROW, sourceLocale: 'en', editor: 'Ann' }];
  const query = { findMany: async ({ where }: { where: { id?: { $gt: number } } }) => (where.id && where.id.$gt > 0 ? [] : rows) }; // prettier-ignore
  const db = {
    dialect: { client: 'sqlite' },
    query: () => query,
    inTransaction: () => false,
    metadata: { get: () => ({ tableName: 'curations' }) },
  };
  const getDefaultLocale = async () => 'en';
  const strapi = { db, plugin: () => ({ service: () => ({ getDefaultLocale }) }) };
  const cache = new CurationCache(strapi as never);
  await cache.apply();
  const names = () => [...cache.all()].map(({ editor }) => editor);
  expect(names()).toEqual(['Ann']);
  const verify = async () => (await cache.verify({ depth: 'deep', idle: async () => undefined, position: () => 1, isStopped: () => false } as never)).differences; // prettier-ignore
  rows[0] = { ...rows[0], editor: null as never };
  expect([await verify(), names()]).toEqual([0, [null]]);
  rows[0] = { ...rows[0], editor: 'Bob' };
  expect(await verify()).toBe(1);
});
