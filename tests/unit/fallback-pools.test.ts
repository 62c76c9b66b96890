import { FallbackPools } from 'plugin/services/fallback-pools';

// Strapi's own helper asks a running site.
jest.mock('plugin/config/private-attributes', () => ({ isPrivate: () => false }));

const GROUPS = Array.from({ length: 50 }, (_, at) => [`group${at}`]);
const SIZE = 200;

/** Fifty groups of two hundred entries, of which the caller may have every second one. */
function make() {
  const asked: number[] = [];
  const findMany = async ({
    where,
    limit,
  }: {
    where: { $and: { part?: { documentId: { $in: string[] } } }[] };
    limit: number;
  }) => {
    // prettier-ignore
    const group = where.$and.flatMap(({ part }) => part?.documentId.$in ?? [])[0] ?? 'all';
    return Array.from({ length: Math.min(SIZE, limit) }, (_, at) => ({ documentId: `${group}-${at}` })); // prettier-ignore
  };
  const strapi = {
    db: { query: () => ({ findMany }) },
    getModel: () => ({ attributes: {} }),
    requestContext: { run: (_: unknown, work: () => unknown) => work() },
  };
  const access = {
    pageSize: 100,
    find: async (ids: string[]) => {
      asked.push(ids.length);
      return {
        has: (id: string) => Number(id.split('-')[1]) % 2 === 0,
        read: async () => new Map(),
      };
    },
  };
  const type = {
    uid: 'api::a.a',
    relations: [{ attribute: 'part', polymorphic: false }],
    date: null,
  };
  const request = {
    limit: 5,
    query: {},
    access,
    isGuarded: false,
    checkTime: async () => undefined,
  };
  const pools = new FallbackPools(
    strapi as never,
    { type, locale: null } as never,
    request as never,
  );
  return { asked, pools };
}

test('a few of each group are looked up at first, and together', async () => {
  const { asked, pools } = make();
  await pools.read(GROUPS);
  expect(asked.length).toBeLessThan(10);
  expect(await pools.get(GROUPS[3])).toEqual(Array.from({ length: 8 }, (_, at) => `group3-${2 * at}`)); // prettier-ignore
  expect(asked.length).toBeLessThan(10);
});

test('the others are looked up once they are needed', async () => {
  const { asked, pools } = make();
  const first = await pools.get(null);
  expect([first.length, asked]).toEqual([8, [15]]);
  expect(await pools.more(null)).toHaveLength(SIZE / 2);
  expect(asked).toEqual([15, 100, 85]);
  expect(await pools.more(null)).toEqual([]);
  expect(asked).toHaveLength(3);
});
