import fs from 'node:fs';
import path from 'node:path';

import { RelationStatistics } from 'plugin/permissions/relation-statistics';

import { uidOf, writeCircle, writeType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { readsOf } from '../helpers/statements';
import { createToken, grantPublic, type Running } from '../helpers/strapi';

/* A category with drafts, from which a query could go on to all of its articles. */

const GUARD = "{ policies: ['plugin::related-articles.published-only'] }";
const guarded = (name: string) =>
  `require('@strapi/strapi').factories.createCoreRouter('${uidOf(name)}', { config: { find: ${GUARD}, findOne: ${GUARD} } })`;
const PIECES = 1500;
let site: Running;

beforeAll(async () => {
  site = await startSite((_, appDir) => {
    writeType(appDir, { name: 'piece', routes: guarded('piece') });
    writeCircle(appDir, ['piece']);
    const file = path.join(appDir, 'src/api/circle/content-types/circle/schema.json');
    const schema = JSON.parse(fs.readFileSync(file, 'utf8'));
    fs.writeFileSync(file, JSON.stringify({ ...schema, options: { draftAndPublish: true } }));
  });
  const { strapi } = site;
  strapi.log.level = 'silent';
  for (let i = 0; i < 3; i += 1) {
    await strapi.documents(uidOf('circle') as never).create({ data: { title: `circle ${i}` }, status: 'published' } as never); // prettier-ignore
  }
  const knex = strapi.db.connection;
  const rows = Array.from({ length: PIECES }, (_, i): Record<string, unknown>[] => {
    const row = { document_id: `piece${i}`, title: `Piece ${i}`, body: 'sourdough bread '.repeat(20) }; // prettier-ignore
    return [
      { ...row, published_at: Date.now() },
      { ...row, published_at: null },
    ];
  });
  await knex.batchInsert('piece_table', rows.flat(), 100);
  const idsOf = async (table: string) => knex(table).select('id', 'published_at');
  const circles = await idsOf('circle_table');
  const pieces = await idsOf('piece_table');
  const links = pieces.map(({ id, published_at: published }, i) => {
    const those = circles.filter((circle) => Boolean(circle.published_at) === Boolean(published));
    return { piece_id: id, circle_id: those[i % those.length].id };
  });
  await knex.batchInsert('piece_table_circle_lnk', links, 100);
  await grantPublic(strapi, ['piece', 'circle'].flatMap((name) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`])); // prettier-ignore
});
afterAll(() => site.stop());

test.each([
  'filters[circle][pieces][body][$containsi]=zzqq',
  'filters[circle][pieces][title]=zz',
  'filters[circle][pieces][title][$notNull]=true',
  'filters[circle][pieces][id][$gt]=0',
  'sort=circle.pieces.title',
])('refuses to go from articles to a category and on to all its articles: %s', async (question) => {
  const reads = await readsOf(site.strapi, 'piece_table', async () => {
    const { status, body } = await site.http.get(`/api/pieces?${question}`);
    expect({ status, name: body.error?.name }).toEqual({ status: 400, name: 'ValidationError' });
  });
  expect(reads).toEqual([]);
});

test('an allowed query is seen to read the table', async () => {
  const ask = () => site.http.get('/api/pieces?filters[circle][title]=circle 1');
  expect(await readsOf(site.strapi, 'piece_table', ask)).not.toEqual([]);
});

test('refuses it also with a token that reads everything and may ask for drafts', async () => {
  const token = await createToken(site.strapi, 'read-only');
  const get = (query: string) => site.http.get(`/api/pieces?${query}`).set('Authorization', `Bearer ${token}`); // prettier-ignore
  for (const query of [
    'filters[circle][pieces][title][$notNull]=true',
    'populate[circle][populate][pieces][populate][circle][populate][pieces][fields][0]=title',
    `fields=title&x=${'y'.repeat(9000)}`,
    'filters[title][$gt][x]=1',
  ]) {
    expect({ query, status: (await get(query)).status }).toEqual({ query, status: 400 });
  }
  expect((await get('status=draft&filters[circle][title][$notNull]=true')).status).toBe(200);
  // Only callers who may read drafts may use conditions that look at them.
  const { status } = await site.http
    .get('/api/circles?filters[pieces][title][$startsWith]=P&status=draft')
    .set('Authorization', `Bearer ${token}`);
  expect(status).toBe(200);
});

test.each([
  'filters[circle][title][$contains]=circle',
  'filters[body][$containsi]=bread',
  'sort=circle.title',
  'populate[circle][populate][pieces][fields][0]=title&pagination[pageSize]=5',
])('answers what a site asks: %s', async (question) => {
  const { status } = await site.http.get(`/api/pieces?${question}`);
  expect(status).toBe(200);
});

test('a project that sets no limit for pages has none, in the estimate either', async () => {
  const { config } = site.strapi;
  const limit = config.get('api.rest.maxLimit');
  config.set('api.rest.maxLimit', undefined);
  try {
    const asked = (size: number) => site.http.get(`/api/pieces?populate[circle][fields][0]=title&fields=title&pagination[pageSize]=${size}`); // prettier-ignore
    expect((await asked(1_000_000)).status).toBe(400);
    expect((await asked(50)).status).toBe(200);
  } finally {
    config.set('api.rest.maxLimit', limit);
  }
});

test.each(['limit', 'pageSize'])('a page of size zero counts as size one: %s', async (name) => {
  const deep =
    'populate[circle][populate][pieces][populate][circle][populate][pieces][fields][0]=title';
  for (const size of ['0', '00', '-0', '1']) {
    const { status } = await site.http.get(`/api/pieces?${deep}&pagination[${name}]=${size}`);
    expect({ size, status }).toEqual({ size, status: 400 });
  }
});

test('a refusal does not reveal how many drafts there are', async () => {
  const figures = async () => {
    const statistics = new RelationStatistics(site.strapi);
    const { mean, weighted, max, total } = await statistics.fanOut(uidOf('circle'), 'pieces');
    const [rows, length] = [await statistics.rows(uidOf('piece')), await statistics.length(uidOf('piece'), 'body')]; // prettier-ignore
    return [mean, weighted, max, total, rows, length];
  };
  const before = await figures();
  for (const figure of before) expect((4 * Math.log2(figure)) % 1).toBeCloseTo(0, 9);
  const drafts = Array.from({ length: 40 }, (_, i) => ({ document_id: `draft${i}`, title: 'Draft', body: 'x' })); // prettier-ignore
  await site.strapi.db.connection.batchInsert('piece_table', drafts, 100);
  expect(await figures()).toEqual(before);
});
