import { startSiteWithGraphQL } from '../helpers/graphql';
import {
  createToken,
  FIND_BY_TEXT,
  grantPublic,
  RELATED_FIND,
  type Running,
} from '../helpers/strapi';
import { statementsOf } from '../helpers/statements';

/* Lists over GraphQL: what REST gives, batched, and never more than the caller may have. */

const RECIPE = 'api::recipe.recipe';
const CUISINE = 'api::cuisine.cuisine';
const FIND = `${RECIPE}.find`;
const FIND_ONE = `${RECIPE}.findOne`;
const PODCAST = 'api::podcast.podcast';
const SHOW = 'api::show.show';
const PERSON = 'api::person.person';
const SOUP = 'beetroot and cabbage simmer slowly in a pot of broth with dill';

let site: Running;
const ids: Record<string, string> = {};
let all: string;

interface Documents {
  create(params: object): Promise<{ documentId: string }>;
  update(params: object): Promise<{ documentId: string }>;
}
const documents = (uid: string) => site.strapi.documents(uid as never) as unknown as Documents;

interface Answered {
  // Whatever a query asked for.
  data: any; // eslint-disable-line @typescript-eslint/no-explicit-any
  errors?: { message: string; path: string[]; extensions: { code: string } }[];
}

async function ask(
  query: string,
  { token, variables }: { token?: string; variables?: object } = {},
) {
  const request = site.http.post('/graphql').send({ query, variables });
  const { body } = await (token ? request.set('Authorization', `Bearer ${token}`) : request);
  return body as Answered;
}
const dishes = (nodes: { dish: string }[]) => nodes.map(({ dish }) => dish);

beforeAll(async () => {
  site = await startSiteWithGraphQL();
  const { documentId: cuisine } = await documents(CUISINE).create({ data: { name: 'Eastern' } });
  ids.cuisine = cuisine;
  for (const [dish, method] of [
    ['Borscht', `${SOUP} and beef`],
    ['Cabbage soup', `${SOUP} and caraway`],
    ['Beetroot soup', `${SOUP} and horseradish`],
    ['Pancakes', 'eggs milk and flour fry in butter until golden'],
  ]) {
    const data = { dish, method, cuisine };
    ids[dish] = (await documents(RECIPE).create({ data, locale: 'en', status: 'published' })).documentId; // prettier-ignore
  }
  const secret = { dish: 'Secret soup', method: SOUP, cuisine };
  ids.draft = (await documents(RECIPE).create({ data: secret, locale: 'en' })).documentId;
  // Drafts that are in no list themselves, but that a type without drafts leads to.
  const { documentId: host } = await documents(PERSON).create({ data: { fullName: 'Ada' } });
  const { documentId: show } = await documents(SHOW).create({ data: { name: 'Secret show' } });
  for (const headline of ['Soup on air', 'More soup on air']) {
    ids[headline] = (await documents(PODCAST).create({ data: { headline, notes: SOUP, hosts: [host], show } })).documentId; // prettier-ignore
  }
  await grantPublic(site.strapi, [RELATED_FIND, FIND, FIND_ONE, FIND_BY_TEXT, `${PODCAST}.find`, `${PODCAST}.findOne`, `${SHOW}.find`, `${PERSON}.find`]); // prettier-ignore
  all = await createToken(site.strapi, 'full-access');
  await site.settled();
}, 60_000);
afterAll(() => site?.stop());

test('gives a list next to each entry, read together for all', async () => {
  const { data, errors } = await ask(
    '{ recipes(sort: "dish", locale: "en") { dish related(limit: 2) { dish goesWith { dish } } } }',
  );
  expect(errors).toBeUndefined();
  expect(data.recipes.map(({ dish }: { dish: string }) => dish)).toEqual(['Beetroot soup', 'Borscht', 'Cabbage soup', 'Pancakes']); // prettier-ignore
  for (const { dish, related } of data.recipes) {
    const rest = await site.http.get(`/api/recipes/${ids[dish]}/related?pagination[limit]=2&locale=en`); // prettier-ignore
    expect(dishes(related)).toEqual(dishes(rest.body.data));
    for (const { goesWith } of related) expect(goesWith).toEqual([]);
  }
  expect(data.recipes.flatMap(({ related }: { related: unknown[] }) => related).length).toBeGreaterThan(4); // prettier-ignore
});

test('gives the same details of each suggestion as REST', async () => {
  const { data, errors } = await ask(
    `query ($ids: [ID!]!) { relatedRecipes_connection(documentIds: $ids, explain: true) {
      total nodes { documentId } edges { origin score node { documentId dish }
      explanation { signals terms taxonomy links { toSuggestion fromSuggestion cocited coupled } } } } }`,
    { variables: { ids: [ids.Borscht] } },
  );
  expect(errors).toBeUndefined();
  const { edges, nodes, total } = data.relatedRecipes_connection;
  const rest = (await site.http.get(`/api/recipes/${ids.Borscht}/related?explain=true`)).body;
  expect(total).toBe(rest.meta.pagination.total);
  expect(nodes.map(({ documentId }: { documentId: string }) => documentId)).toEqual(rest.data.map(({ documentId }: { documentId: string }) => documentId)); // prettier-ignore
  expect(edges.map(({ node, ...told }: { node: { documentId: string } }) => ({ documentId: node.documentId, ...told }))).toEqual(rest.meta.related); // prettier-ignore
});

test('filters by times take what Strapi’s own filters take', async () => {
  const [old, now] = ['2020-01-01T00:00:00.000Z', '2100-01-01T00:00:00.000Z'];
  const { data, errors } = await ask(
    `query ($ids: [ID!]!, $old: DateTime) {
      since: relatedRecipes(documentIds: $ids, filters: { createdAt: { gt: $old } }) { dish }
      between: relatedRecipes(documentIds: $ids, filters: { createdAt: { between: ["${old}", "${now}"] } }) { dish }
      later: relatedRecipes(documentIds: $ids, filters: { and: [{ createdAt: { gt: "${now}" } }] }) { dish }
      own: recipes(filters: { createdAt: { gt: $old } }, locale: "en") { dish }
    }`,
    { token: all, variables: { ids: [ids.Borscht], old } },
  );
  expect(errors).toBeUndefined();
  expect(data.own.length).toBeGreaterThan(0);
  expect(data.since.length).toBeGreaterThan(0);
  expect([data.between, data.later]).toEqual([data.since, []]);
});

test('gives lists for several entries together, for a text, and filtered', async () => {
  const { data, errors } = await ask(
    `query ($ids: [ID!]!) {
      together: relatedRecipes(documentIds: $ids) { dish }
      text: relatedRecipesToText(title: "Soup", text: "${SOUP}") { dish }
      filtered: relatedRecipesToText(text: "${SOUP}", filters: { dish: { startsWith: "Cab" } }) { dish }
    }`,
    { token: all, variables: { ids: [ids.Borscht, ids['Cabbage soup']] } },
  );
  expect(errors).toBeUndefined();
  expect(dishes(data.together)).toEqual(['Beetroot soup']);
  expect(dishes(data.text).sort()).toEqual(['Beetroot soup', 'Borscht', 'Cabbage soup']);
  expect(dishes(data.filtered)).toEqual(['Cabbage soup']);
});

test('distinct: no entry appears in two lists of an answer', async () => {
  const lists = async (distinct: boolean) => {
    const { data } = await ask(`{ recipes(sort: "dish", locale: "en") { related(limit: 3, distinct: ${distinct}) { dish } } }`); // prettier-ignore
    return data.recipes.flatMap(({ related }: { related: { dish: string }[] }) => dishes(related));
  };
  const plain = await lists(false);
  expect(new Set(plain).size).toBeLessThan(plain.length);
  const distinct = await lists(true);
  expect(new Set(distinct).size).toBe(distinct.length);
});

test('lists for several entries take no more queries than a list for one', async () => {
  const { engine } = site.strapi.plugin('related-articles').service('app');
  const asked = jest.spyOn(engine, 'related');
  const questions = async (query: string) => {
    asked.mockClear();
    let times = 0;
    const statements = await statementsOf(site.strapi, async () => {
      await ask(query);
      times += 1;
    });
    expect(asked).toHaveBeenCalledTimes(times);
    return statements;
  };
  const one = await questions('{ recipes(locale: "en", pagination: { limit: 1 }) { related(limit: 2) { dish } } }'); // prettier-ignore
  expect(one).toBeGreaterThan(0);
  expect(await questions('{ recipes(locale: "en") { related(limit: 2) { dish } } }')).toBe(one);
  asked.mockRestore();
});

test('lists of one answer are made one after the other, and a filtered one costs more', async () => {
  const { engine } = site.strapi.plugin('related-articles').service('app');
  const original = engine.related.bind(engine);
  let [running, most] = [0, 0];
  const asked = jest.spyOn(engine, 'related').mockImplementation(async (...of) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 20));
    running -= 1;
    return original(...of);
  });
  const lists = (count: number, filters = '') =>
    Array.from({ length: count }, (_, at) => `a${at}: relatedRecipes(documentIds: ["${ids.Borscht}"], limit: 1 ${filters}) { dish }`).join(' '); // prettier-ignore
  const { data, errors } = await ask(`{ ${lists(8)} }`);
  expect(errors).toBeUndefined();
  expect(Object.keys(data)).toHaveLength(8);
  expect(most).toBe(1);
  asked.mockRestore();
  const refused = await ask(`{ ${lists(26, ', filters: { dish: { ne: "x" } }')} }`);
  expect(refused.errors?.[0].message).toMatch(/a filtered list as at least 20/);
});

test('totals do not count what a document middleware hides, not even beyond the page', async () => {
  const totals = async () => {
    const { data } = await ask(
      '{ recipes(locale: "en") { dish related_connection(limit: 1, minScore: 0) { total } } }',
    );
    const lists: { dish: string; related_connection: { total: number } }[] = data.recipes;
    return Object.fromEntries(lists.map(({ dish, related_connection: { total } }) => [dish, total])); // prettier-ignore
  };
  expect(await totals()).toMatchObject({ Borscht: 2, 'Beetroot soup': 2 });
  const remove = site.strapi.documents.use((async (context: never, next: () => Promise<unknown>) => {
    const { uid, action } = context as { uid: string; action: string };
    const answer = await next();
    if (uid !== RECIPE || action !== 'findMany') return answer;
    return (answer as { documentId: string }[]).filter(({ documentId }) => documentId !== ids['Cabbage soup']); // prettier-ignore
  }) as never) as unknown as () => void; // prettier-ignore
  try {
    expect(await totals()).toMatchObject({ Borscht: 1, 'Beetroot soup': 1 });
  } finally {
    remove();
  }
});

test('an entry that is asked for twice in the same way has the same list twice', async () => {
  const { data } = await ask('{ recipes(sort: "dish", locale: "en") { a: related(limit: 3, distinct: true) { dish } b: related_connection(limit: 3, distinct: true) { nodes { dish } } } }'); // prettier-ignore
  for (const { a, b } of data.recipes) expect(b.nodes).toEqual(a);
  expect(data.recipes.flatMap(({ a }: { a: unknown[] }) => a).length).toBeGreaterThan(2);
});

test('a mutation gives no lists, and a server error reveals no details', async () => {
  const mutation = `mutation { updateRecipe(documentId: "${ids.Borscht}", data: {}) { related { dish } } }`; // prettier-ignore
  const refused = await ask(mutation, { token: all });
  expect(refused.errors?.[0].message).toMatch(/expected a query/);
  const { engine } = site.strapi.plugin('related-articles').service('app');
  const broken = jest.spyOn(engine, 'related').mockRejectedValueOnce(new Error('select secret from articles')); // prettier-ignore
  const log = jest.spyOn(site.strapi.log, 'error').mockImplementation(() => site.strapi.log);
  const { errors } = await ask(`{ relatedRecipes(documentIds: ["${ids.Borscht}"]) { dish } }`);
  expect(errors?.[0].message).toBe('Internal Server Error');
  expect(JSON.stringify(errors)).not.toContain('secret');
  broken.mockRestore();
  log.mockRestore();
});

describe('never more than the caller may see', () => {
  test('gives no draft, neither in lists nor through relations', async () => {
    const { data, errors } = await ask(
      `query ($ids: [ID!]!) {
        relatedRecipes(documentIds: $ids) { dish }
        relatedBroadcasts(documentIds: ["${ids['Soup on air']}"]) { headline show { name } hosts { broadcasts { show { name } } } }
        broadcasts { related { show { name } } }
      }`,
      { variables: { ids: [ids.draft] } },
    );
    expect(errors).toBeUndefined();
    expect(data.relatedRecipes).toEqual([]);
    expect(data.relatedBroadcasts).toHaveLength(1);
    expect(JSON.stringify(data)).not.toContain('Secret');
    const asDraft = await ask(`query ($ids: [ID!]!) { relatedRecipes(documentIds: $ids, status: DRAFT) { dish } }`, { variables: { ids: [ids.draft] } }); // prettier-ignore
    expect(asDraft.errors?.[0].message).toMatch(/status=draft requires/);
    const beside = await ask('{ recipes(status: DRAFT, locale: "en") { related { dish } } }');
    expect(beside.errors?.[0].message).toMatch(/status=draft requires/);
  });

  test('an unpublished entry is a source for callers who may read drafts', async () => {
    const query = `query ($ids: [ID!]!) { relatedRecipes(documentIds: $ids, status: DRAFT) { dish } recipes(status: DRAFT, locale: "en") { dish related { dish } } }`; // prettier-ignore
    const { data, errors } = await ask(query, { token: all, variables: { ids: [ids.draft] } });
    expect(errors).toBeUndefined();
    expect(data.relatedRecipes).toHaveLength(3);
    const own = data.recipes.find(({ dish }: { dish: string }) => dish === 'Secret soup');
    expect(own.related).toEqual(data.relatedRecipes);
  });

  test.each([
    ['without the plugin’s action', [FIND, FIND_ONE]],
    ['without find of the type', [RELATED_FIND, FIND_ONE, FIND_BY_TEXT]],
  ])('%s, nothing', async (_name, granted) => {
    const token = await createToken(site.strapi, 'custom', granted);
    for (const query of [
      `{ recipe(documentId: "${ids.Borscht}") { related { dish } } }`,
      `{ recipe(documentId: "${ids.Borscht}") { related_connection { edges { score } } } }`,
      `{ relatedRecipes(documentIds: ["${ids.Borscht}"]) { dish } }`,
      `{ relatedRecipes_connection(documentIds: ["${ids.Borscht}"]) { total } }`,
      `{ relatedRecipesToText(text: "${SOUP}") { dish } }`,
      `{ relatedRecipesToText_connection(text: "${SOUP}") { total } }`,
    ]) {
      const { data, errors } = await ask(query, { token });
      expect([query, errors?.[0].extensions.code]).toEqual([query, 'FORBIDDEN']);
      expect(JSON.stringify(data ?? null)).not.toMatch(/soup|score|total":\d/);
    }
  });

  test('refuses queries that ask for too much, nested or wide', async () => {
    const wide = Array.from({ length: 6 }, (_, at) => `a${at}: relatedRecipes(documentIds: ["${ids.Borscht}"], limit: 100) { dish }`).join(' '); // prettier-ignore
    const nested = '{ recipes(locale: "en") { related(limit: 100) { related(limit: 100) { related(limit: 100) { dish } } } } }'; // prettier-ignore
    const asked = (field: string, times: number) => `{ ${Array.from({ length: times }, (_, at) => `a${at}: ${field}`).join(' ')} }`; // prettier-ignore
    const one = `relatedRecipes(documentIds: ["${ids.Borscht}"], limit: 1) { dish }`;
    const text = `relatedRecipesToText(text: "${SOUP}", limit: 1) { dish }`;
    const hundred = JSON.stringify(Array.from({ length: 60 }, (_, at) => `nothing${at}`));
    const many = `relatedRecipes(documentIds: ${hundred}, limit: 1) { dish }`;
    const beside = `recipes(locale: "en") { ${Array.from({ length: 51 }, (_, at) => `r${at}: related(limit: 1, minScore: 0.${100 + at}) { dish }`).join(' ')} }`; // prettier-ignore
    expect((await ask(asked(one, 50))).errors).toBeUndefined();
    for (const query of [
      `{ ${wide} }`,
      nested,
      asked(one, 51),
      asked(text, 11),
      asked(many, 9),
      `{ ${beside} }`,
    ]) {
      const { errors } = await ask(query);
      expect(errors?.[0].message).toMatch(
        /related: expected at most 500 suggestions in one answer/,
      );
      expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  test('refuses thousands of ids and fields before doing any work for them', async () => {
    const ids = JSON.stringify(Array.from({ length: 20_000 }, (_, at) => `n${at}`));
    const many = await ask(`{ relatedRecipes(documentIds: ${ids}) { dish } }`);
    expect(many.errors?.[0].message).toMatch(/expected at most 2000 parts/);
    const excluding = await ask(`{ relatedRecipes(documentIds: ["x"], exclude: ${ids}) { dish } }`);
    expect(excluding.errors?.[0].message).toMatch(/expected at most 2000 parts/);
    const fields = Array.from({ length: 100 }, (_, at) => `a${at}: relatedRecipes(documentIds: ["x"]) { dish }`); // prettier-ignore
    const wide = await ask(`{ ${fields.join(' ')} }`);
    expect(wide.errors?.[0].message).toMatch(/at most 500 suggestions in one answer/);
  });

  test('checks a variable that is too long once, however many fields use it', async () => {
    const fields = Array.from({ length: 50 }, (_, at) => `a${at}: relatedRecipes(documentIds: ["x"], exclude: $x) { dish }`); // prettier-ignore
    const written = jest.spyOn(JSON, 'stringify');
    const { errors } = await ask(`query ($x: [ID!]) { ${fields.join(' ')} }`, {
      variables: { x: ['y'.repeat(500_000)] },
    });
    const looked = written.mock.calls.filter(
      ([value]) => (value as { exclude?: string[] } | null)?.exclude?.[0].length === 500_000,
    );
    written.mockRestore();
    expect(errors?.[0].message).toMatch(/characters; expected at most 8000/);
    expect(looked).toHaveLength(1);
  });

  test.each([
    ['limit: 0', /pagination/],
    ['limit: -5', /pagination/],
    ['start: -1', /pagination/],
    ['minScore: 2', /minScore: expected a number from 0 to 1/],
    ['minScore: -1', /minScore: expected a number from 0 to 1/],
    ['minScore: 1e300', /minScore: expected a number from 0 to 1, got "1e\+300"/],
    ['maxAge: 0', /maxAge: expected a whole number/],
    ['exclude: ["?"]', /exclude: expected documentIds/],
    ['exclude: ["nothing"]', /exclude: expected documentIds of published/],
    ['start: 2, distinct: true', /distinct: expected no start/],
    ['filters: { dish: { contains: "a" }, not: { not: { not: { not: { goesWith: { dish: { eq: "x" } } } } } } }', /^(?!.*Internal)/], // prettier-ignore
  ])('%s is answered with what is expected', async (args, message) => {
    const { errors } = await ask(`{ recipe(documentId: "${ids.Borscht}") { related(${args}) { dish } } }`); // prettier-ignore
    const [{ message: told, extensions }] = errors ?? [{ message: '', extensions: { code: '' } }];
    expect(told).toMatch(message);
    expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
  });
});
