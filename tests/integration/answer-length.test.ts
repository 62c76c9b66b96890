import { appOf } from 'plugin/app';

import { publishIn, uidOf, writeType } from '../helpers/guarded-types';
import { startSiteWithGraphQL } from '../helpers/graphql';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

/* An answer with many lists repeats the same long texts. */

const LIMIT = 100_000;
const LONG = 'bread '.repeat(1000);
const NAME = 'essay';

let site: Running;
let documentIds: string[];
beforeAll(async () => {
  site = await startSiteWithGraphQL((config, appDir) => {
    const part = { type: 'relation', relation: 'oneToOne', target: uidOf(NAME) };
    writeType(appDir, { name: NAME, attributes: { part } });
    config.contentTypes[uidOf(NAME)] = { title: 'title', text: { body: 1 } };
    config.limits = { answerLength: LIMIT };
  });
  documentIds = [];
  for (let at = 0; at < 10; at += 1) {
    const data = { title: `Bread ${at}`, body: `${LONG} own${at}` };
    documentIds.push(await publishIn(site.strapi, NAME, data));
  }
  const reads = ['find', 'findOne'].map((action) => `${uidOf(NAME)}.${action}`);
  await grantPublic(site.strapi, [RELATED_FIND, FIND_BY_TEXT, ...reads]);
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

const lists = (count: number, more = '') =>
  `/api/related-articles/essays?documentIds=${documentIds.slice(0, count).join()}&pagination[limit]=5${more}`;

test.each([
  ['documentIds', () => lists(10)],
  ['related', () => '/api/essays?related=5&pagination[pageSize]=10'],
])('%s: refuses an answer that is too long, by name', async (parameter, address) => {
  const { status, body } = await site.http.get(address());
  expect([status, body.error?.message]).toEqual([
    400,
    `${parameter}: expected lists whose entries have at most ${LIMIT} characters together, got more; ask for fewer entries, or only for the fields that you need`,
  ]);
});

test.each([
  ['fewer lists', () => lists(3), 3],
  ['the fields that are needed', () => lists(10, '&fields=title'), 10],
  ['one entry', () => `/api/essays/${documentIds[0]}/related?pagination[limit]=9`, 9],
])('%s are served', async (_, address, length) => {
  const { status, body } = await site.http.get(address());
  expect([status, body.data?.length]).toEqual([200, length]);
});

test('lists that are made one by one count together', async () => {
  const filtered = '&filters[title][$notNull]=true';
  expect((await site.http.get(lists(3, filtered))).status).toBe(200);
  expect((await site.http.get(lists(10, filtered))).status).toBe(400);
});

const ask = async (fields: string, limit = 5) => {
  const query = `query { essays { related(limit: ${limit}) { ...Some } } } fragment Some on Essay { ${fields} }`;
  return (await site.http.post('/graphql').send({ query })).body;
};

test('GraphQL counts a text once for each alias, and does not count fields of relations', async () => {
  expect((await ask('body', 1)).errors).toBeUndefined();
  expect((await ask('body again: body', 1)).errors[0].message).toMatch(/^related: expected lists/);
  expect((await ask('title part { body }')).errors).toBeUndefined();
});

test('GraphQL counts entries once for each alias in a connection', async () => {
  const connection = async (fields: string) => {
    const query = `query { essays { related_connection(limit: 1) { ${fields} } } }`;
    return (await site.http.post('/graphql').send({ query })).body.errors?.[0].message;
  };
  expect(await connection('nodes { body }')).toBeUndefined();
  for (const fields of [
    'nodes { body } again: nodes { body }',
    'nodes { body } edges { node { body } }',
    'edges { node { body } again: node { body } }',
  ]) {
    expect(await connection(fields)).toMatch(/^related: expected lists whose entries/);
  }
});

test('GraphQL also counts scores and explanations once for each alias', async () => {
  const told = async (fields: string) => {
    const query = `query { relatedEssays_connection(documentIds: ["${documentIds[0]}"], explain: true) { edges { ${fields} } } }`;
    const { data, errors } = (await site.http.post('/graphql').send({ query })).body;
    return errors?.[0].message ?? data.relatedEssays_connection.edges.length;
  };
  const names = (count: number, field: string) =>
    Array.from({ length: count }, (_, at) => `n${at}: ${field}`).join(' ');
  expect(await told('score origin explanation { terms signals }')).toBe(5);
  for (const fields of [
    names(3000, 'score'),
    names(900, 'explanation { terms }'),
    `explanation { ${names(900, 'terms')} }`,
  ]) {
    expect(await told(fields)).toMatch(/^related: expected lists whose entries/);
  }
});

test('GraphQL stops when it has read far more than an answer may hold', async () => {
  const { limits } = appOf(site.strapi).config;
  limits.answerLength = LIMIT / 100;
  expect((await ask('title')).errors[0].message).toMatch(/^related: expected lists .* 5000 /);
  limits.answerLength = LIMIT;
});

test('GraphQL counts the fields that are asked for, also inside fragments', async () => {
  const short = await ask('documentId title');
  expect(short.data.essays.every(({ related }: { related: object[] }) => related.length === 5)).toBe(true); // prettier-ignore
  const { errors } = await ask('documentId long: body');
  expect(errors[0].message).toMatch(/^related: expected lists whose entries have at most 100000/);
});
