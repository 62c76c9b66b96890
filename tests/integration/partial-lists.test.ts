import { setTimeout as pause } from 'node:timers/promises';

import { appOf } from 'plugin/app';

import { startSiteWithGraphQL } from '../helpers/graphql';
import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

/* While the index is being built, whoever gets a list is told that it is partial. */

const UID = uidOf('page');

let site: Running;
let documentId: string;

beforeAll(async () => {
  site = await startSiteWithGraphQL((config, appDir) => {
    writeType(appDir, { name: 'page', attributes: {} });
    config.contentTypes[UID] = { title: 'title', text: { body: 1 } };
  });
  for (const title of ['One', 'Two'])
    documentId = await publishIn(site.strapi, 'page', { title, body: 'alpha beta gamma delta' });
  await grantPublic(site.strapi, [RELATED_FIND, FIND_BY_TEXT, `${UID}.find`, `${UID}.findOne`]);
  await site.settled();
  while (!appOf(site.strapi).index.progress().ready) await pause(10);
}, 120_000);
afterAll(() => site?.stop());

const FIELDS = '{ nodes { title } index { percent } }';
const GRAPHQL = `{
  ofEntry: relatedPages_connection(documentIds: ["$"]) ${FIELDS}
  ofText: relatedPagesToText_connection(text: "alpha beta") ${FIELDS}
  page(documentId: "$") { related_connection ${FIELDS} }
}`;

/** What each kind of answer tells of the index. */
async function told(): Promise<Record<string, unknown>> {
  const { http, strapi } = site;
  const found: Record<string, unknown> = {};
  for (const place of [
    `pages/${documentId}/related`,
    `related-articles/pages?documentIds=${documentId}`,
    `related-articles/pages?documentIds=${documentId}&together=true`,
    'pages?related=3',
    `pages/${documentId}?related=3`,
    'pages?related=3&filters[title]=none',
  ]) {
    const { body } = await http.get(`/api/${place}`);
    found[place] = body.meta.index;
  }
  const text = await http.post('/api/related-articles/pages').send({ text: 'alpha beta' });
  found.text = text.body.meta.index;
  const query = GRAPHQL.replaceAll('$', documentId);
  const { data } = (await http.post('/graphql').send({ query })).body;
  found.graphql = data.ofEntry.index;
  found.graphqlOfText = data.ofText.index;
  found.graphqlField = data.page.related_connection.index;
  const suggestions = strapi.plugin('related-articles').service('suggestions');
  found.code = (await suggestions.related(UID, documentId)).index;
  found.codeOfMany = (await suggestions.relatedMany(UID, [documentId]))[0].index;
  found.codeOfText = (await suggestions.relatedToText(UID, { text: 'alpha' })).index;
  return found;
}

async function whilePartial<T>(ask: () => PromiseLike<T>): Promise<T> {
  const { index } = appOf(site.strapi);
  const { progress } = index;
  index.progress = (...of) => ({ ...progress.apply(index, of), ready: false });
  try {
    return await ask();
  } finally {
    index.progress = progress;
  }
}

test('each kind of list says while it is partial, and only then', async () => {
  const before = Object.entries(await told());
  expect(before.filter(([, value]) => value)).toEqual([]);
  const found = await whilePartial(told);
  for (const [kind, value] of Object.entries(found))
    expect({ kind, value }).toEqual({
      kind,
      value: expect.objectContaining({ percent: expect.any(Number) }),
    });
});

test('an answer of the project without meta gets one', async () => {
  const { body } = await whilePartial(() => site.http.get(`/api/pages/${documentId}?related=1`));
  expect(body.meta).toEqual({ index: { ready: false, percent: expect.any(Number) } });
  expect(body.data.related).toHaveLength(1);
});
