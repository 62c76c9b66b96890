import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import type * as openapi from '@strapi/openapi';
import { appOf } from 'plugin/app';
import { PARAMETERS } from 'plugin/controllers/rest/related-query';
import { ofMany, ofOne, ofText } from 'plugin/routes/descriptions';

import { requireOutside } from '../environment/outside';
import { ALL_READS, FIND_BY_TEXT, grantPublic, startStrapi, type Running } from '../helpers/strapi';
import { BREAD, MOON, two } from '../helpers/texts';

/* Strapi generates docs/openapi.json from the routes; the running server accepts and answers what it describes. */

const FILE = path.resolve(__dirname, '../../docs/openapi.json');
const ARTICLE = 'api::article.article';
const ids: string[] = [];
let running: Running;

interface Operation {
  parameters: { name: string; in: string }[];
}
let paths: Record<string, Record<string, Operation>>;

beforeAll(async () => {
  running = await startStrapi();
  await grantPublic(running.strapi, [...ALL_READS, FIND_BY_TEXT]);
  for (const [at, texts] of [BREAD, MOON, BREAD, MOON, BREAD, MOON].entries()) {
    const data = { title: `Text ${at}`, body: two(texts, at % 3), date: new Date(Date.UTC(2024, at)) }; // prettier-ignore
    ids.push((await running.strapi.documents(ARTICLE).create({ data, status: 'published' } as never)).documentId); // prettier-ignore
  }
  await running.settled();
  const { generate }: typeof openapi = requireOutside('@strapi/openapi');
  const { document } = generate(running.strapi, { type: 'content-api' });
  const all = Object.entries((document as unknown as { paths: typeof paths }).paths);
  paths = Object.fromEntries(
    all.filter(([place]) => /^\/related-articles\/|\/related$/.test(place)),
  );
});
afterAll(() => running.stop());

test('docs/openapi.json is what `strapi openapi generate` says about the plugin', () => {
  const content = `${JSON.stringify({ openapi: '3.1.0', info: { title: 'Related Articles', version: '0.1.0' }, paths }, null, 2)}\n`; // prettier-ignore
  if (process.env.UPDATE_OPENAPI) fs.writeFileSync(FILE, content);
  expect(JSON.parse(fs.readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(content));
});

test('every accepted parameter is described, and vice versa', () => {
  const namesOf = (place: string, method: string) => {
    const { parameters } = paths[place][method];
    const names = parameters.filter((one) => one.in === 'query').map(({ name }) => name.replace(/\[.*/, '')); // prettier-ignore
    return [...new Set(names)].sort();
  };
  expect(namesOf('/articles/{documentId}/related', 'get')).toEqual([...PARAMETERS.one].sort());
  expect(namesOf('/related-articles/articles', 'get')).toEqual([...PARAMETERS.many].sort());
  expect(namesOf('/related-articles/articles', 'post')).toEqual([...PARAMETERS.text].sort());
});

const flag = fc.constantFrom('true', 'false');
const common = {
  locale: fc.constant('en'),
  'fields[0]': fc.constantFrom('title', 'slug'),
  populate: fc.constantFrom('category', '*'),
  'filters[title][$contains]': fc.constantFrom('Text', '1'),
  'pagination[limit]': fc.integer({ min: 1, max: 20 }).map(String),
  'pagination[start]': fc.integer({ min: 0, max: 3 }).map(String),
  exclude: fc.constantFrom(0, 1, 2).map((at) => () => ids[at]),
  minScore: fc.integer({ min: 0, max: 100 }).map((percent) => String(percent / 100)),
  maxAge: fc.integer({ min: 1, max: 400 }).map(String),
  fallback: fc.constantFrom('none', 'category', 'newest'),
  explain: flag,
  inline: flag,
};
type Value = string | (() => string);
const queryOf = (parameters: Record<string, Value | undefined>) =>
  Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) =>
        `${name}=${encodeURIComponent(typeof value === 'function' ? value() : String(value))}`,
    ) // prettier-ignore
    .join('&');

test('everything described is accepted, and answered as described', async () => {
  const of = (more: Record<string, fc.Arbitrary<Value>>, requiredKeys: string[] = []) =>
    fc.record({ ...common, ...more } as Record<string, fc.Arbitrary<Value>>, { requiredKeys });
  const asked = fc.oneof(
    of({ status: fc.constant('published') }).map((query) => ({ kind: 'one' as const, query })),
    of({ documentIds: fc.constant(() => ids.slice(2).join(',')), distinct: flag }, ['documentIds']).map(({ 'pagination[start]': start, ...query }) => ({ kind: 'many' as const, query: { ...query, ...(query.distinct !== 'true' && { 'pagination[start]': start }) } })), // prettier-ignore
    of({ documentIds: fc.constant(() => ids.slice(3).join(',')), together: flag }, ['documentIds']).map((query) => ({ kind: 'many' as const, query })), // prettier-ignore
    of({}).map((query) => ({ kind: 'text' as const, query })),
  );
  const schemas = { one: ofOne.response, many: ofMany.response, text: ofText.response };
  const { index } = appOf(running.strapi);
  const { progress } = index;
  let related = 0;
  await fc.assert(
    fc.asyncProperty(asked, fc.boolean(), async ({ kind, query }, ready) => {
      index.progress = () => ({ ...progress.call(index), ready });
      const place = kind === 'one' ? `articles/${ids[3]}/related` : 'related-articles/articles';
      const url = `/api/${place}?${queryOf(query)}`;
      const { status, body } = await (kind === 'text'
        ? running.http.post(url).send({ title: 'Bread', text: BREAD[0] })
        : running.http.get(url));
      expect({ url, status, error: body.error }).toEqual({ url, status: 200, error: undefined });
      const parsed = schemas[kind].safeParse(body);
      expect({ url, problems: parsed.error?.issues }).toEqual({ url, problems: undefined });
      expect(body.meta.index?.ready).toBe(ready ? undefined : false);
      related += body.data.length;
    }),
    { numRuns: 150 },
  );
  expect(related).toBeGreaterThan(150);
});
