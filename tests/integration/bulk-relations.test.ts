import { differences } from '../helpers/in-step';
import { startSite } from '../helpers/site';
import type { Running } from '../helpers/strapi';

const SHOW = 'api::show.show';
const PODCAST = 'api::podcast.podcast';

let site: Running;

beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.stop());

test('follows bulk writes to an entry that others name in a polymorphic relation', async () => {
  const { strapi } = site;
  const { documentId } = await strapi
    .documents(SHOW as never)
    .create({ data: { name: 'Night Music' }, status: 'published' } as never);
  const shows = strapi.db.query(SHOW as never);
  const row = await shows.findOne({ where: { documentId, publishedAt: { $notNull: true } } });
  const mentions = [{ id: row.id, __type: SHOW }];
  await strapi.db.query(PODCAST as never).create({ data: { headline: 'Episode', mentions } } as never); // prettier-ignore
  await site.settled();
  expect(await differences(strapi)).toEqual([]);
  const where = { documentId, id: row.id };
  // The podcast has it, then it does not, then it has it again.
  for (const publishedAt of [null, new Date()]) {
    await shows.updateMany({ where, data: { publishedAt } } as never);
    await site.settled();
    expect({ publishedAt, found: await differences(strapi) }).toEqual({ publishedAt, found: [] });
  }
});
