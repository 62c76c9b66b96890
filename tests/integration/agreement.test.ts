import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Suggestions } from 'strapi-plugin-related-articles/strapi-server';
import { related, RelatedError } from 'strapi-plugin-related-articles/client';

import { startSiteWithGraphQL } from '../helpers/graphql';
import { createAdministrator, createToken, FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi'; // prettier-ignore

/* One table of questions and callers: REST, GraphQL and the client agree on each, and agents get what editors get. */

const RECIPE = 'api::recipe.recipe';
const SOUP = 'beetroot and cabbage simmer slowly in a pot of broth with dill';
const CAKE = 'butter sugar flour and eggs rise in a tin in the oven';
const RIGHTS = [RELATED_FIND, FIND_BY_TEXT, `${RECIPE}.find`, `${RECIPE}.findOne`];

interface Args {
  limit?: number;
  start?: number;
  minScore?: number;
  maxAge?: number;
  fallback?: 'none' | 'category' | 'newest';
  exclude?: string[];
  locale?: string;
  startsWith?: string;
}

interface Question {
  name: string;
  /** Names of dishes; `?` stands for one that does not exist. Several ask for one list together. */
  of?: string[];
  text?: string;
  args?: Args;
}

const QUESTIONS: Question[] = [
  { name: 'one', of: ['Borscht'] },
  { name: 'one, two of them', of: ['Borscht'], args: { limit: 2 } },
  { name: 'one, after the first', of: ['Borscht'], args: { start: 1, limit: 2 } },
  { name: 'one with little in common', of: ['Pancakes'], args: { minScore: 0.9 } },
  { name: 'one, filled', of: ['Pancakes'], args: { fallback: 'newest', limit: 5 } },
  { name: 'one, not all', of: ['Borscht'], args: { exclude: ['Cabbage soup'] } },
  { name: 'one, filtered', of: ['Borscht'], args: { startsWith: 'B' } },
  { name: 'one, of late', of: ['Borscht'], args: { maxAge: 2 } },
  { name: 'one in another language', of: ['Borscht'], args: { locale: 'de' } },
  { name: 'one that editors curated', of: ['Sponge cake'] },
  { name: 'one that picks', of: ['Cupcakes'] },
  { name: 'a draft', of: ['Secret soup'] },
  { name: 'nothing', of: ['?'] },
  { name: 'two together', of: ['Borscht', 'Sponge cake'] },
  { name: 'two, one of which is nothing', of: ['Borscht', '?'], args: { limit: 3 } },
  { name: 'a text', text: SOUP },
  { name: 'a text, filtered', text: CAKE, args: { startsWith: 'S', limit: 3 } },
  { name: 'too much', of: ['Borscht'], args: { limit: 0 } },
  { name: 'too close', of: ['Borscht'], args: { minScore: 3 } },
  { name: 'what must not be left out', of: ['Borscht'], args: { exclude: ['Secret soup'] } },
];

const CALLERS: Record<
  string,
  { token?: 'read-only' | 'full-access' | string[]; granted?: string[] }
> = {
  // prettier-ignore
  'a stranger': {},
  'a stranger who may': { granted: RIGHTS },
  'a stranger who may not find': { granted: [RELATED_FIND, FIND_BY_TEXT] },
  'a token that may': { token: RIGHTS },
  'a token without texts': { token: [RELATED_FIND, `${RECIPE}.find`] },
  'a token that reads': { token: 'read-only' },
  'a token for everything': { token: 'full-access' },
};

let site: Running;
let base: string;
const ids: Record<string, string> = { '?': 'nosuchrecipe' };
const tokens: Record<string, string> = {};

/** The answer: documents with origins and scores, or why there are none. */
type Came = [string, string, number][] | 'refused' | 'wrong' | 'missing';

interface Documents {
  create(params: object): Promise<{ documentId: string }>;
  update(params: object): Promise<unknown>;
}

beforeAll(async () => {
  site = await startSiteWithGraphQL((_config, appDir) => {
    const server =
      "({ env }) => ({ app: { keys: env.array('APP_KEYS') }, mcp: { enabled: true } })";
    fs.writeFileSync(path.join(appDir, 'config/server.js'), `module.exports = ${server};`);
  });
  const { strapi } = site;
  await strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  const recipes = strapi.documents(RECIPE as never) as unknown as Documents;
  let day = 1;
  for (const [dish, method] of [
    ['Borscht', `${SOUP} and beef`],
    ['Cabbage soup', `${SOUP} and caraway`],
    ['Beetroot soup', `${SOUP} and horseradish`],
    ['Dill soup', `${SOUP} and cream`],
    ['Sponge cake', `${CAKE} with vanilla`],
    ['Cupcakes', `${CAKE} with chocolate`],
    ['Shortbread', `${CAKE} with salt`],
    ['Pancakes', 'milk fries in a pan until golden'],
  ]) {
    const data = { dish, method, testedOn: new Date(Date.UTC(2026, 0, (day += 1))) };
    ids[dish] = (await recipes.create({ data, locale: 'en', status: 'published' })).documentId;
  }
  ids['Secret soup'] = (await recipes.create({ data: { dish: 'Secret soup', method: SOUP }, locale: 'en' })).documentId; // prettier-ignore
  for (const dish of ['Borscht', 'Cabbage soup']) {
    const data = { dish: `${dish} (de)`, method: 'Rote Bete und Kohl in Brühe mit Dill' };
    await recipes.update({ documentId: ids[dish], data, locale: 'de', status: 'published' });
  }
  await recipes.update({ documentId: ids.Cupcakes, data: { goesWith: [ids.Borscht] }, locale: 'en', status: 'published' }); // prettier-ignore
  await strapi.db.query('plugin::related-articles.curation').create({
    data: { sourceType: RECIPE, sourceId: ids['Sponge cake'], sourceLocale: 'en', revision: 1, pins: [ids.Pancakes], exclusions: [ids.Shortbread], editor: 'Chief' }, // prettier-ignore
  });
  const app = strapi.plugin('related-articles').service('app');
  await site.settled();
  await app.index.check('deep');
  for (const [name, { token }] of Object.entries(CALLERS)) {
    if (!token) continue;
    const granted = Array.isArray(token) ? token : undefined;
    tokens[name] = await createToken(strapi, Array.isArray(token) ? 'custom' : token, granted);
  }
  const { httpServer } = strapi.server;
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
}, 60_000);
afterAll(() => site?.stop());

const idsOf = (dishes: readonly string[]) => dishes.map((dish) => ids[dish]);

interface Answered {
  data: { documentId: string }[];
  meta: { related: { origin: string; score: number }[] };
}
const came = ({ data, meta }: Answered): Came =>
  data.map(({ documentId }, at) => [documentId, meta.related[at].origin, meta.related[at].score]);

async function byClient(caller: string, { of, text, args = {} }: Question): Promise<Came> {
  const client = related({ baseURL: `${base}/api`, auth: tokens[caller] });
  const { limit, start, exclude, startsWith, ...rest } = args;
  const query = {
    ...rest,
    ...((limit ?? start) !== undefined && { pagination: { limit, start } }),
    ...(exclude && { exclude: idsOf(exclude) }),
    ...(startsWith && { filters: { dish: { $startsWith: startsWith } } }),
  };
  try {
    if (text !== undefined) return came(await client.relatedToText('recipes', { text }, query) as never); // prettier-ignore
    const [first, ...others] = idsOf(of ?? []);
    if (others.length === 0) return came((await client.related('recipes', first, query)) as never);
    return came(await client.relatedMany('recipes', [first, ...others], { ...query, together: true }) as never); // prettier-ignore
  } catch (error) {
    const { status } = error as RelatedError;
    return status === 404 ? 'missing' : status === 400 ? 'wrong' : 'refused';
  }
}

/** The answer to the project's own code, which may see everything. */
async function byCode({ of, text, args = {} }: Question): Promise<Came> {
  const service = site.strapi.plugin('related-articles').service('suggestions') as Suggestions;
  const { exclude, startsWith, ...rest } = args;
  const query = {
    ...rest,
    ...(exclude && { exclude: idsOf(exclude) }),
    ...(startsWith && { filters: { dish: { $startsWith: startsWith } } }),
  };
  try {
    const list =
      text === undefined
        ? await service.related(RECIPE, ids[of?.[0] ?? ''], query)
        : await service.relatedToText(RECIPE, { text, ...query });
    if (!list) return 'missing';
    return list.results.map(({ documentId, __related: { origin, score } }) => [documentId, origin, score]); // prettier-ignore
  } catch {
    return 'wrong';
  }
}

async function byRest(caller: string, { of, text, args = {} }: Question): Promise<Came> {
  const { limit, start, exclude, startsWith, ...rest } = args;
  const query = new URLSearchParams(Object.entries(rest).map(([key, value]) => [key, String(value)])); // prettier-ignore
  if (limit !== undefined) query.set('pagination[limit]', String(limit));
  if (start !== undefined) query.set('pagination[start]', String(start));
  if (exclude) query.set('exclude', idsOf(exclude).join());
  if (startsWith) query.set('filters[dish][$startsWith]', startsWith);
  const sources = idsOf(of ?? []);
  if (sources.length > 1) {
    query.set('documentIds', sources.join());
    query.set('together', 'true');
  }
  const place = text !== undefined || sources.length > 1 ? 'related-articles/recipes' : `recipes/${sources[0]}/related`; // prettier-ignore
  const auth = tokens[caller] ? { Authorization: `Bearer ${tokens[caller]}` } : {};
  const response = await fetch(`${base}/api/${place}?${query}`, {
    headers: { ...auth, 'Content-Type': 'application/json' } as Record<string, string>,
    ...(text !== undefined && { method: 'POST', body: JSON.stringify({ text }) }),
  });
  if (response.status === 404) return 'missing';
  if (response.status === 400) return 'wrong';
  return response.ok ? came(await response.json()) : 'refused';
}

async function byGraphQL(caller: string, { of, text, args = {} }: Question): Promise<Came> {
  const { exclude, startsWith, ...rest } = args;
  const given = {
    ...rest,
    ...(exclude && { exclude: idsOf(exclude) }),
    ...(startsWith && { filters: { dish: { startsWith } } }),
    ...(text === undefined ? { documentIds: idsOf(of ?? []) } : { text }),
  };
  const written = Object.entries(given).map(([name, value]) => `${name}: ${name === 'fallback' ? value : JSON.stringify(value).replace(/"(\w+)":/g, '$1:')}`); // prettier-ignore
  const field = `relatedRecipes${text === undefined ? '' : 'ToText'}_connection`;
  const auth = tokens[caller] ? { Authorization: `Bearer ${tokens[caller]}` } : {};
  const response = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { ...auth, 'Content-Type': 'application/json' } as Record<string, string>,
    body: JSON.stringify({ query: `{ ${field}(${written.join(', ')}) { edges { origin score node { documentId } } } }` }), // prettier-ignore
  });
  const { data, errors } = await response.json();
  if (errors) return errors[0].extensions.code === 'FORBIDDEN' ? 'refused' : 'wrong';
  return data[field].edges.map(({ node, origin, score }: { node: { documentId: string }; origin: string; score: number }) => [node.documentId, origin, score]); // prettier-ignore
}

describe.each(Object.keys(CALLERS))('%s', (caller) => {
  beforeAll(() => grantPublic(site.strapi, CALLERS[caller].granted ?? []));

  test.each(QUESTIONS)('$name', async (question) => {
    const rest = await byRest(caller, question);
    expect(await byClient(caller, question)).toEqual(rest);
    // In GraphQL, an entry that does not exist is not an error.
    expect(await byGraphQL(caller, question)).toEqual(rest === 'missing' ? [] : rest);
  });
});

test('the table is not trivial: each kind of answer occurs, and callers get different ones', async () => {
  await grantPublic(site.strapi, RIGHTS);
  const answers = await Promise.all(QUESTIONS.map((question) => byRest('a token for everything', question))); // prettier-ignore
  const kinds = new Set(answers.map((answer) => (Array.isArray(answer) ? (answer.length > 0 ? 'list' : 'empty') : answer))); // prettier-ignore
  expect([...kinds].sort()).toEqual(['empty', 'list', 'missing', 'wrong']);
  expect(new Set(answers.flat().map((entry) => (Array.isArray(entry) ? entry[1] : '')))).toEqual(new Set(['suggested', 'pinned', 'picked', 'fallback', ''])); // prettier-ignore
  const byText = QUESTIONS.find(({ text }) => text) as Question;
  expect(await byRest('a token without texts', byText)).toBe('refused');
});

test('the project’s own code gets the same as a caller who may see everything', async () => {
  for (const question of QUESTIONS) {
    if ((question.of?.length ?? 0) > 1) continue;
    // Code may exclude any entry, at its own risk.
    if (question.args?.exclude?.includes('Secret soup')) continue;
    const rest = await byRest('a token for everything', question);
    expect([question.name, await byCode(question)]).toEqual([question.name, rest]);
  }
  const service = site.strapi.plugin('related-articles').service('suggestions') as Suggestions;
  const asked = ['Borscht', '?', 'Sponge cake'];
  const many = await service.relatedMany(RECIPE, idsOf(asked), { limit: 3, fields: ['dish'] });
  for (const [at, dish] of asked.entries()) {
    expect(many[at]).toEqual(
      await service.related(RECIPE, ids[dish], { limit: 3, fields: ['dish'] }),
    );
  }
  expect(many[1]).toBeNull();
  const draft = await service.related(RECIPE, ids['Secret soup'], { status: 'draft' });
  expect(draft?.results.length).toBeGreaterThan(2);
  await expect(service.related('api::no.such', 'x')).rejects.toThrow('uid: expected a configured content type'); // prettier-ignore
  const wrong: [Promise<unknown>, string][] = [
    [service.related(RECIPE, 'x', { minscore: 1 } as never), 'there is no option "minscore". Did you mean "minScore"?'],
    [service.related(RECIPE, 'x', null as never), 'options: expected an object, got null'],
    [service.relatedMany(RECIPE, [], { status: 'draft' } as never), 'there is no option "status".'],
    [service.relatedMany(RECIPE, [], { distinct: 'false' } as never), 'distinct: expected true or false, got "false"'],
    [service.relatedMany(RECIPE, 'x' as never), 'documentIds: expected an array, got "x"'],
    [service.relatedToText(RECIPE, undefined as never), 'options: expected an object, got undefined'],
  ]; // prettier-ignore
  for (const [answer, message] of wrong) await expect(answer).rejects.toThrow(message);
});

test('agents get the same as a caller who may read everything', async () => {
  const { id } = await createAdministrator(site, { name: 'Ada' });
  const rights = [
    { action: 'plugin::related-articles.suggestions.read', subject: null, properties: {}, conditions: [] }, // prettier-ignore
    ...Object.entries({
      recipe: ['dish', 'handle', 'method', 'cuisine', 'goesWith', 'goesWithThese', 'difficulty', 'testedOn'], // prettier-ignore
      cuisine: ['name'],
    }).map(([name, fields]) => ({
      action: 'plugin::content-manager.explorer.read',
      subject: `api::${name}.${name}`,
      properties: { fields, locales: ['en', 'de'] },
      conditions: [],
    })),
  ];
  const { accessKey } = await site.strapi.service('admin::api-token-admin').create(
    { name: 'Agent', description: '', lifespan: null, kind: 'admin', adminPermissions: rights, adminUserOwner: id }, // prettier-ignore
    { id },
  );
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit: { headers: { Authorization: `Bearer ${accessKey}` } } })); // prettier-ignore
  try {
    for (const { of, args = {} } of QUESTIONS) {
      const isAsked = of?.length === 1 && Object.keys(args).every((name) => name === 'locale');
      if (!isAsked) continue;
      const rest = await byRest('a token for everything', { name: '', of, args });
      const documentId = ids[of[0]];
      const { isError, structuredContent } = await client.callTool({ name: 'related_to', arguments: { type: RECIPE, documentId, ...args } }); // prettier-ignore
      // Like editors, agents also read drafts that their owner may read.
      if (rest === 'missing') continue;
      expect([of, isError]).toEqual([of, undefined]);
      const { suggestions } = structuredContent as { suggestions: { documentId: string; origin: string }[] }; // prettier-ignore
      expect(suggestions.map(({ documentId: one, origin }) => [one, origin])).toEqual((rest as [string, string, number][]).map(([one, origin]) => [one, origin])); // prettier-ignore
    }
  } finally {
    await client.close();
  }
});
