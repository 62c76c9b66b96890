import { startSiteWithGraphQL } from '../helpers/graphql';
import { createToken, grantPublic, type Running } from '../helpers/strapi';

const FACT = 'api::fact.fact';
const CURATION = 'plugin::related-articles.curation';

let site: Running;
let tokens: (string | null)[];

beforeAll(async () => {
  site = await startSiteWithGraphQL();
  const { strapi } = site;
  const data = { sourceType: FACT, sourceId: 'zzsource', sourceLocale: '', revision: 1 };
  await strapi.db
    .query(CURATION)
    .create({ data: { ...data, pins: ['zzpin'], exclusions: [], editor: 'zzeditor' } });
  await strapi.documents(FACT as never).create({ data: { claim: 'Water is wet' } } as never);
  await grantPublic(strapi, [`${FACT}.find`]);
  tokens = [
    null,
    await createToken(strapi, 'read-only'),
    await createToken(strapi, 'full-access'),
    await createToken(strapi, 'custom', [`${FACT}.find`]),
  ];
}, 60_000);
afterAll(() => site?.stop());

const ask = (query: string, token: string | null) => {
  const request = site.http.post('/graphql').send({ query });
  return token ? request.set('Authorization', `Bearer ${token}`) : request;
};

test('with GraphQL installed, internal tables are not part of its schema', async () => {
  for (const token of tokens) {
    const { body } = await ask('{ __schema { types { name fields { name } } } }', token);
    const types: { name: string; fields: { name: string }[] | null }[] = body.data.__schema.types;
    const names = types.flatMap(({ name, fields }) => [name, ...(fields ?? []).map((field) => field.name)]); // prettier-ignore
    expect(names).toContain('Fact');
    expect(
      names.filter((name) => /related_?articles|curation|related_?setting/i.test(name)),
    ).toEqual([]);
  }
});

test('nobody reads or writes internal tables, whatever their token', async () => {
  const questions = [
    '{ relatedArticlesCurations { documentId pins editor } }',
    '{ relatedArticlesCurations_connection { nodes { pins } } }',
    '{ relatedArticlesCuration(documentId: "x") { pins } }',
    '{ relatedArticlesCurationEvents { editor editorId } }',
    'mutation { createRelatedArticlesCuration(data: { sourceType: "a", sourceId: "b", revision: -7, pins: "x" }) { documentId } }',
    'mutation { deleteRelatedArticlesCuration(documentId: "x") { documentId } }',
  ];
  for (const token of tokens) {
    for (const question of questions) {
      const { status, body, text } = await ask(question, token);
      expect({ question, status }).toEqual({ question, status: 400 });
      expect(body.errors.length).toBeGreaterThan(0);
      expect(text).not.toMatch(/zzpin|zzeditor|zzsource/);
    }
  }
  expect(await site.strapi.db.query(CURATION).count()).toBe(1);
});
