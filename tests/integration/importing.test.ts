import { appOf } from 'plugin/app';
import { Importer } from 'plugin/cli/importer';

import { uidOf, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import type { Running } from '../helpers/strapi';

const KINDS = ['date', 'datetime', 'timestamp'] as const;

let site: Running;
beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const kind of KINDS) {
      const attributes = { slug: { type: 'string' }, written: { type: kind } };
      writeType(appDir, { name: `${kind}-note`, attributes });
      const options = { title: 'title', slug: 'slug', text: { body: 1 }, date: 'written' };
      config.contentTypes[uidOf(`${kind}-note`)] = options;
    }
  });
}, 60_000);
afterAll(() => site?.stop());

test.each(KINDS)('an article with a %s that is imported again is unchanged', async (kind) => {
  const uid = uidOf(`${kind}-note`);
  const type = appOf(site.strapi).types.get(uid);
  if (!type) throw new Error(`${uid} is not configured`);
  const importer = new Importer(site.strapi, type, { publish: true });
  const line = { slug: 'one', title: 'One', publishedAt: '2026-03-01T23:30:00-05:00' };
  expect(await importer.put(line)).toBe('created');
  expect(await importer.put(line)).toBe('unchanged');
  expect(await importer.put({ ...line, publishedAt: '2026-03-02T23:30:00-05:00' })).toBe('updated');
  const [stored] = await site.strapi.documents(uid as never).findMany({ status: 'published' });
  const moment = new Date('2026-03-03T04:30:00Z');
  const expected = { date: '2026-03-02', datetime: moment.toISOString(), timestamp: `${+moment}` };
  expect((stored as unknown as { written: unknown }).written).toBe(expected[kind]);
});
