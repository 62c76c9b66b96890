import { appOf } from 'plugin/app';

import { ALL_READS, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, two } from '../helpers/texts';

/* Ages count from the newest entry that the caller may see: a hidden entry does not reveal its date. */

const ARTICLE = 'api::article.article';
const DAY_MS = 86_400_000;
const HIDDEN_DAY = 161;
const on = (day: number) => new Date(Date.UTC(2026, 0, 1) + day * DAY_MS).toISOString();

interface Call {
  uid: string;
  action: string;
  params: { filters?: object };
}

let running: Running;
const create = (data: object) =>
  running.strapi.documents(ARTICLE).create({ data, status: 'published' } as never);

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  strapi.documents.use((async (call: Call, next: () => unknown) => {
    if (call.uid === ARTICLE && strapi.requestContext.get()) {
      const shown = { $or: [{ excerpt: { $ne: 'secret' } }, { excerpt: { $null: true } }] };
      call.params = { ...call.params, filters: { $and: [call.params.filters ?? {}, shown] } };
    }
    return next();
  }) as never);
  await grantPublic(strapi, ALL_READS);
  for (const at of [0, 1, 2, 3, 4]) {
    await create({ title: `Bread ${at}`, body: two(BREAD, at), date: on(at) });
  }
  await appOf(strapi).index.check('deep');
  await running.settled();
});
afterAll(() => running.stop());

/** The smallest age limit with which the oldest entry is in the list. */
async function leastAge(fallback: string): Promise<number> {
  for (let age = 1; age <= 2 * HIDDEN_DAY; age += age < 8 ? 1 : 50) {
    const { body } = await running.http.get(`/api/articles/bread-1/related?minScore=0&maxAge=${age}&fallback=${fallback}`); // prettier-ignore
    if (body.data.some(({ title }: { title: string }) => title === 'Bread 0')) return age;
  }
  return Infinity;
}

test('a newer hidden entry does not move the age limit', async () => {
  expect([await leastAge('none'), await leastAge('newest')]).toEqual([4, 4]);
  await create({ title: 'Hidden', body: two(BREAD, 1), date: on(HIDDEN_DAY), excerpt: 'secret' });
  await running.settled();
  expect([await leastAge('none'), await leastAge('newest')]).toEqual([4, 4]);
  await create({ title: 'Seen', body: two(BREAD, 2), date: on(6) });
  await running.settled();
  expect([await leastAge('none'), await leastAge('newest')]).toEqual([6, 6]);
});
