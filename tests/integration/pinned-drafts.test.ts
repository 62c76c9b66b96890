import { appOf } from 'plugin/app';

import { Editor } from '../helpers/editors';
import { startSiteWithGraphQL } from '../helpers/graphql';
import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/* An editor pins unpublished entries: callers who may not see them learn nothing, not even how many there are. */

const UID = uidOf('story');
let site: Running;
const ids: string[] = [];

beforeAll(async () => {
  site = await startSiteWithGraphQL((config, appDir) => {
    writeType(appDir, { name: 'story', attributes: {} });
    config.contentTypes[UID] = { title: 'title', text: { body: 1 } };
  });
  const { strapi } = site;
  for (let at = 0; at < 6; at += 1) {
    ids.push(
      await publishIn(strapi, 'story', { title: `En ${at}`, body: `${BREAD[0]} word${at}` }),
    );
  }
  await grantPublic(strapi, [RELATED_FIND, `${UID}.find`, `${UID}.findOne`]);
  await site.settled();
  const drafts: string[] = [];
  for (let at = 0; at < 3; at += 1) {
    const data = { title: `Secret ${at}`, body: BREAD[0] };
    const draft = await strapi.documents(UID as 'api::article.article').create({ data } as never);
    drafts.push(draft.documentId);
  }
  const anna = await Editor.create(site, 'Anna');
  const pins = [ids[3], ids[4], ...drafts];
  await anna.request('put', `/related-articles/curations/${UID}/${ids[0]}`, { pins, exclusions: [], revision: 0 }); // prettier-ignore
  await site.settled();
  await appOf(strapi).index.check('quick');
}, 200_000);
afterAll(() => site?.stop());

test.each([1, 2, 3, 5])('pinned drafts do not count in pages of %d', async (limit) => {
  const query = `{ storys(sort: "title") { related_connection(limit: ${limit}) { total nodes { title } } } }`;
  const graphql = await site.http.post('/graphql').send({ query });
  const { total, nodes } = graphql.body.data.storys[0].related_connection;
  expect({ total, shown: nodes.length }).toEqual({ total: 5, shown: limit });
  for (const start of [0, 2]) {
    const { body } = await site.http.get(
      `/api/storys/${ids[0]}/related?pagination[start]=${start}&pagination[limit]=${limit}`,
    );
    expect(body.meta.pagination.total).toBe(5);
    if (start === 0) expect(body.data[0].title).toBe('En 3');
    expect(body.data).toHaveLength(Math.min(limit, 5 - start));
  }
});

test('pages do not overlap while what SQL has deleted is still in the index', async () => {
  const page = async (start: number, limit = 2) => {
    const { body } = await site.http.get(`/api/storys/${ids[1]}/related?fields=title&pagination[start]=${start}&pagination[limit]=${limit}`); // prettier-ignore
    return { titles: body.data.map(({ title }: { title: string }) => title), total: body.meta.pagination.total }; // prettier-ignore
  };
  const [, second] = (await page(0, 5)).titles;
  const { tableName } = site.strapi.db.metadata.get(UID as never);
  await site.strapi.db.connection(tableName).where({ title: second }).whereNotNull('published_at').delete(); // prettier-ignore
  const pages = [await page(2), await page(0), await page(4)];
  const titles = pages.flatMap((one) => one.titles);
  expect(titles).toHaveLength(4);
  expect(new Set(titles).size).toBe(4);
  expect(pages.map(({ total }) => total)).toEqual([4, 4, 4]);
});
