import { appOf } from 'plugin/app';

import { ALL_READS, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, two } from '../helpers/texts';

const ARTICLE = 'api::article.article';
let running: Running;
beforeAll(async () => {
  running = await startStrapi(undefined, {
    RELATED_ARTICLES_SEARCH_PREFIX: `smoke-${process.pid}-${Date.now()}-`,
  });
  await grantPublic(running.strapi, ALL_READS);
});
afterAll(() => running.stop());

test('lists over HTTP', async () => {
  const { strapi } = running;
  for (const at of [0, 1, 2, 3]) {
    const data = { title: `Bread ${at}`, body: two(BREAD, at) };
    await strapi.documents(ARTICLE).create({ data, status: 'published' } as never);
  }
  console.time('settled');
  await running.settled();
  console.timeEnd('settled');
  const { body } = await running.http.get('/api/articles/bread-1/related?explain=true');
  console.log(JSON.stringify(body.meta, null, 1));
  console.log(appOf(strapi).index.health());
  expect(body.data).toHaveLength(3);
});
