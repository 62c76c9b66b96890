import { PARAMETERS } from 'plugin/controllers/rest/related-query';

import {
  ALL_READS,
  ARTICLE_FIND,
  CATEGORY_FIND,
  createToken,
  grantPublic,
  RELATED_FIND,
  startStrapi,
  TAG_FIND,
  type Running,
} from '../helpers/strapi';
import { Editor } from '../helpers/editors';
import { BREAD, MOON } from '../helpers/texts';

/*
 * Whatever a caller asks of the plugin's route, it gives no document, field or relation that `GET /api/articles`
 * would not give the same caller for the same parameters. The questions are made from the route's own list of
 * parameters and from the content type's attributes, so that what is added to either is asked too.
 */

const ARTICLE = 'api::article.article';
/** Words that occur only in drafts. */
const SECRETS = ['zzsecret', 'zzdraftslug', 'zzedit', 'zzgermandraft'];

/** What a caller may see does not depend on where the index is, so on a cluster only the most different callers ask. */
const FEW = ['public', 'public without categories and tags', 'a read-only token'];
const ON_CLUSTER = process.env.RELATED_ARTICLES_SEARCH_NODES && process.env.CLUSTER_SUITES !== 'all'; // prettier-ignore

interface Caller {
  name: string;
  token?: string;
  /** What the public may do meanwhile. */
  grants: string[];
  seesCategories: boolean;
  seesDrafts: boolean;
}

let running: Running;
let callers: Caller[];
let source: string;
/** An entry whose pins include some that may be seen and some that may not. */
let curated: string;
let draftOnly: string;
let unpublished: string;
let germanOnly: string;

beforeAll(async () => {
  running = await startStrapi();
  const { strapi } = running;
  await strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
  const category = await strapi
    .documents('api::category.category')
    .create({ data: { name: 'zzcategory' } });
  const tag = await strapi.documents('api::tag.tag').create({ data: { name: 'zztag' } });
  const create = async (data: object, status: 'draft' | 'published' = 'published') =>
    (await strapi.documents(ARTICLE).create({ data, status } as never)).documentId;
  const filed = { category: category.documentId, tags: [tag.documentId] };
  const ids: string[] = [];
  for (const [i, body] of BREAD.entries()) {
    ids.push(await create({ title: `Bread ${i}`, slug: `bread-${i}`, body, ...filed }));
  }
  let moon = '';
  for (const [i, body] of MOON.entries()) {
    moon = await create({ title: `Moon ${i}`, body, ...filed });
  }
  [source] = ids;
  draftOnly = await create(
    { title: 'zzsecret', slug: 'zzdraftslug', body: BREAD.join(' zzsecret '), ...filed },
    'draft',
  );
  unpublished = await create({ title: 'zzsecret gone', slug: 'was-there', body: BREAD[1] });
  await strapi.documents(ARTICLE).unpublish({ documentId: unpublished });
  await strapi.documents(ARTICLE).update({
    documentId: ids[1],
    data: { body: `${BREAD.join(' ')} zzedit`, slug: 'zzdraftslug-2' },
  });
  germanOnly = await create({ title: 'zzsecret english draft', body: BREAD[0] }, 'draft');
  await strapi.documents(ARTICLE).update({
    documentId: germanOnly,
    locale: 'de',
    data: { title: 'Brot', slug: 'brot', body: 'Sauerteig im Ofen' },
    status: 'published',
  } as never);
  await strapi.documents(ARTICLE).update({
    documentId: ids[2],
    locale: 'de',
    data: { title: 'zzgermandraft', body: 'Sauerteig im Ofen' },
  } as never);

  curated = ids[2];
  const editor = await Editor.create(running, 'Chief');
  const pins = [draftOnly, unpublished, germanOnly, ids[1], moon];
  const saved = await editor.curate(curated, { pins, exclusions: [source] });
  expect(saved.status).toBe(200);

  const role = await strapi.db
    .query('plugin::users-permissions.role')
    .create({ data: { name: 'Reader', type: 'reader' } });
  for (const action of [RELATED_FIND, ARTICLE_FIND, TAG_FIND]) {
    await strapi.db
      .query('plugin::users-permissions.permission')
      .create({ data: { action, role: role.id } });
  }
  const user = await strapi.plugin('users-permissions').service('user').add({
    username: 'reader',
    email: 'reader@example.com',
    password: 'Passw0rd!',
    provider: 'local',
    confirmed: true,
    blocked: false,
    role: role.id,
  });
  const jwt = await strapi.plugin('users-permissions').service('jwt').issue({ id: user.id });
  const custom = (actions: string[]) => createToken(strapi, 'custom', actions);

  const everything = { seesCategories: true, seesDrafts: false };
  const noCategories = { seesCategories: false, seesDrafts: false };
  callers = [
    { name: 'public', grants: ALL_READS, ...everything },
    {
      name: 'public without categories and tags',
      grants: [RELATED_FIND, ARTICLE_FIND],
      ...noCategories,
    },
    { name: 'public without related.find', grants: [ARTICLE_FIND, CATEGORY_FIND], ...everything },
    { name: 'public without article.find', grants: [RELATED_FIND, CATEGORY_FIND], ...everything },
    { name: 'public without anything', grants: [], ...noCategories },
    { name: 'a user without category.find', token: jwt, grants: [], ...noCategories },
    {
      name: 'a read-only token',
      token: await createToken(strapi, 'read-only'),
      grants: [],
      seesCategories: true,
      seesDrafts: true,
    },
    {
      name: 'a full-access token',
      token: await createToken(strapi, 'full-access'),
      grants: [],
      seesCategories: true,
      seesDrafts: true,
    },
    {
      name: 'a custom token',
      token: await custom([RELATED_FIND, ARTICLE_FIND, TAG_FIND, CATEGORY_FIND]),
      grants: [],
      ...everything,
    },
    {
      name: 'a custom token for articles alone',
      token: await custom([RELATED_FIND, ARTICLE_FIND]),
      grants: [],
      ...noCategories,
    },
    {
      name: 'a custom token without article.find',
      token: await custom([RELATED_FIND]),
      grants: [],
      ...noCategories,
    },
    { name: 'a token that is none', token: 'nonsense', grants: ALL_READS, ...noCategories },
  ].filter(({ name }) => !ON_CLUSTER || FEW.includes(name));
  await running.settled();
});
afterAll(() => running.stop());

const get = (caller: Caller, place: string) => {
  const request = running.http.get(`/api/${place}`);
  return caller.token ? request.set('Authorization', `Bearer ${caller.token}`) : request;
};
/** Answers of Strapi's own lists, asked for once: nothing is written meanwhile. */
const lists = new Map<string, ReturnType<typeof get>>();
const listOf = (caller: Caller, place: string) => {
  const key = `${caller.name} ${place}`;
  const list = lists.get(key) ?? get(caller, place);
  lists.set(key, list);
  return list;
};

const as = async (caller: Caller) => {
  await grantPublic(running.strapi, caller.grants);
};

/** The questions for each parameter, as parts of a query string. */
function questions(): string[] {
  const attributes = Object.entries(running.strapi.contentType(ARTICLE).attributes);
  const names = [...attributes.map(([name]) => name), 'id', 'documentId', 'nonsense', '*'];
  const relations = attributes.filter(([, { type }]) => ['relation', 'media'].includes(type));
  const byParameter: Record<string, string[]> = {
    locale: ['locale=en', 'locale=de', 'locale=fr', 'locale='],
    status: ['status=draft', 'status=published'],
    fields: names.map((name) => `fields[0]=${name}`),
    populate: [
      'populate=*',
      'populate=deep',
      ...names.map((name) => `populate=${name}`),
      ...relations.flatMap(([name]) => [
        `populate[${name}][fields][0]=id`,
        `populate[${name}][populate]=*`,
        `populate[${name}][populate][articles][fields][0]=title`,
        `populate[${name}][populate][articles][status]=draft`,
        `populate[${name}][filters][id][$gt]=0`,
      ]),
    ],
    filters: [
      ...names.flatMap((name) => [
        `filters[${name}][$notNull]=true`,
        `filters[${name}][$contains]=zz`,
      ]),
      ...relations.flatMap(([name]) => [
        `filters[${name}][id][$gt]=0`,
        `filters[${name}][name][$startsWith]=zz`,
        `filters[${name}][articles][title][$contains]=zzsecret`,
        `filters[$or][0][${name}][name][$contains]=zz`,
        `filters[$not][${name}][documentId][$null]=true`,
      ]),
    ],
    pagination: ['pagination[limit]=100', 'pagination[page]=2', 'pagination[limit]=-1'],
    exclude: [`exclude=${draftOnly}`, `exclude=${unpublished},${source}`],
    minScore: ['minScore=0', 'minScore=0.5', 'minScore=1'],
    explain: ['explain=true', 'explain=true&minScore=0', 'explain=true&populate=*'],
    inline: ['inline=true&explain=true'],
    maxAge: ['maxAge=1&minScore=0', 'maxAge=36500'],
    fallback: ['fallback=newest&minScore=1', 'fallback=category&minScore=1&pagination[limit]=100'],
  };
  expect(Object.keys(byParameter).sort()).toEqual([...PARAMETERS.one].sort());
  const refused = ['sort', '_q', 'publicationFilter', 'hasPublishedVersion', 'nonsense'];
  return ['', ...Object.values(byParameter).flat(), ...refused.map((name) => `${name}=title`)];
}

/** The same question for Strapi's own list, without the plugin's parameters; suggestions are always published. */
function ownListOf(question: string): string {
  const shared = question
    .split('&')
    .filter(
      (part) =>
        part !== '' &&
        !/^(exclude|minScore|explain|inline|maxAge|fallback|pagination|status)/.test(part),
    );
  return `articles?${[...shared, 'pagination[limit]=100'].join('&')}`;
}

test.each([
  ['a list as it is found', () => source],
  ['a list with pins', () => curated],
])('no caller gets more than their own list of articles gives: %s', async (_, from) => {
  let answered = 0;
  let pinned = 0;
  for (const caller of callers) {
    await as(caller);
    for (const question of questions()) {
      const place = `articles/${from()}/related?${question}`;
      const mine = await get(caller, place);
      const asked = `${caller.name}: ${place}`;
      if (![200, 400, 401, 403, 404].includes(mine.status)) {
        throw new Error(`${asked}: ${mine.status} ${mine.text}`);
      }
      if (mine.status !== 200) continue;
      answered += 1;
      const list = await listOf(caller, ownListOf(question));
      expect({ asked, status: list.status }).toEqual({ asked, status: 200 });
      const allowed = new Map(
        list.body.data.map((document: { documentId: string }) => [document.documentId, document]),
      );
      for (const { ...document } of mine.body.data) {
        delete document.__related;
        expect({ asked, document: allowed.get(document.documentId) }).toEqual({ asked, document });
      }
      expect(mine.body.meta.pagination.total).toBeLessThanOrEqual(list.body.data.length);
      for (const { documentId, origin } of mine.body.meta.related) {
        expect({ asked, documentId, isThere: allowed.has(documentId) }).toMatchObject({
          isThere: true,
        });
        pinned += Number(origin === 'pinned');
      }

      // Explanations name nothing else either. Tokens that read drafts may see the draft that they ask about.
      const text = mine.text.toLowerCase();
      const seen = caller.seesDrafts && /status=draft/.test(question) ? [] : SECRETS;
      expect({ asked, secrets: seen.filter((secret) => text.includes(secret)) }).toEqual({
        asked,
        secrets: [],
      });
      if (caller.seesCategories) continue;
      expect({ asked, names: text.includes('zzcategory') }).toEqual({ asked, names: false });
      for (const { explanation } of mine.body.meta.related) {
        if (!explanation) continue;
        expect(explanation.taxonomy.category).toBeUndefined();
      }
    }
  }
  // If all questions were refused, the test would prove nothing.
  expect(answered).toBeGreaterThan(25 * callers.length);
  if (from() === curated) expect(pinned).toBeGreaterThan(25 * callers.length);
  else expect(pinned).toBe(0);
});

test('lists for several entries, for texts and next to entries give no more either', async () => {
  let answered = 0;
  const ids = `${source},${curated},${draftOnly},${unpublished},zzdraftslug`;
  for (const caller of callers) {
    await as(caller);
    const many = [...questions(), 'distinct=true', 'together=true', 'together=true&minScore=0'];
    const places = [
      ...many.map((question) => `related-articles/articles?documentIds=${ids}&${question}`),
      ...['related=3', 'related=9&relatedExplain=true', 'related=3&relatedPopulate=category,tags', 'related=3&relatedFields=body,createdBy', 'related=3&status=draft', 'related=3&populate=*'].flatMap((question) => [`articles?${question}`, `articles/${source}?${question}`, `articles/${draftOnly}?${question}`]), // prettier-ignore
    ];
    for (const place of places) {
      const mine = await get(caller, place);
      const asked = `${caller.name}: ${place}`;
      if (![200, 400, 401, 403, 404].includes(mine.status)) throw new Error(`${asked}: ${mine.status} ${mine.text}`); // prettier-ignore
      if (mine.status !== 200) continue;
      answered += 1;
      const text = mine.text.toLowerCase().replaceAll('"source":"zzdraftslug"', '');
      const seen = caller.seesDrafts && /status=draft/.test(place) ? [] : SECRETS;
      expect({ asked, secrets: seen.filter((secret) => text.includes(secret)) }).toEqual({ asked, secrets: [] }); // prettier-ignore
      if (!caller.seesCategories) expect({ asked, names: text.includes('zzcategory') }).toEqual({ asked, names: false }); // prettier-ignore
      const list = await listOf(caller, `articles?pagination[limit]=100${/locale=de/.test(place) ? '&locale=de' : ''}`); // prettier-ignore
      const allowed = new Set(list.body.data.map(({ documentId }: { documentId: string }) => documentId)); // prettier-ignore
      const groups: { related?: { documentId: string }[]; documentId: string }[] = [mine.body.data].flat(); // prettier-ignore
      for (const { documentId } of groups.flatMap(
        ({ related, ...own }) => related ?? (/together/.test(place) ? [own] : []),
      )) {
        // prettier-ignore
        expect({ asked, documentId, isThere: allowed.has(documentId) }).toMatchObject({ isThere: true }); // prettier-ignore
      }
    }
  }
  expect(answered).toBeGreaterThan(16 * callers.length);
});

test('what may not be seen counts in no share and no score', async () => {
  const scoresOf = async (caller: Caller) => {
    await as(caller);
    const place = `articles/${source}/related?minScore=0&explain=true&pagination[limit]=100`;
    const { body } = await get(caller, place);
    return body.meta.related as {
      documentId: string;
      score: number;
      explanation: { signals: Record<string, number>; taxonomy: object };
    }[];
  };
  const [all, none] = [await scoresOf(callers[0]), await scoresOf(callers[1])];
  expect(all.some(({ explanation }) => explanation.signals.taxonomy > 0)).toBe(true);
  expect(none.length).toBeGreaterThan(0);
  for (const { documentId, score, explanation } of none) {
    expect(explanation.signals.taxonomy ?? 0).toBe(0);
    expect(explanation.taxonomy).toEqual({});
    const seen = all.find((other) => other.documentId === documentId);
    expect(score).toBeLessThan(seen?.score ?? Infinity);
  }
});

test('an article that may not be seen looks like one that does not exist', async () => {
  const references = [draftOnly, 'zzdraftslug', 'zzdraftslug-2', unpublished, 'was-there'];
  for (const caller of callers.filter(({ seesDrafts }) => !seesDrafts)) {
    await as(caller);
    for (const query of ['', '?locale=en', '?locale=de', '?explain=true&minScore=0']) {
      const nothing = await get(caller, `articles/does-not-exist/related${query}`);
      for (const reference of references) {
        const { status, text } = await get(caller, `articles/${reference}/related${query}`);
        expect({ reference, status, text: text.replaceAll(reference, 'does-not-exist') }).toEqual({
          reference,
          status: nothing.status,
          text: nothing.text,
        });
      }
    }
    const english = await get(caller, `articles/${germanOnly}/related?locale=en`);
    const nothing = await get(caller, 'articles/does-not-exist/related?locale=en');
    // Only callers who get it in German learn that it exists there.
    const given = (await get(caller, `articles/${germanOnly}?locale=de`)).status === 200;
    if (!given) expect(english.text.replaceAll(germanOnly, 'does-not-exist')).toBe(nothing.text);
    for (const place of ['articles/does-not-exist/related', `articles/${draftOnly}/related`]) {
      const draft = await get(caller, `${place}?status=draft`);
      expect([401, 403]).toContain(draft.status);
    }
  }
});

test('the health route tells strangers only whether lists are complete', async () => {
  for (const caller of callers) {
    await as(caller);
    const { status, body } = await get(caller, 'related-articles/health');
    expect(status).toBe(200);
    if (caller.seesDrafts) {
      // Strapi lets tokens that read everything call every action that finds.
      expect(Object.keys(body.data).sort()).toEqual(
        ['differences', 'from', 'lag', 'lastCheck', 'lastDeepCheck', 'pending', 'ready', 'snapshot', 'troubles'], // prettier-ignore
      );
      expect(body.data.lag).toBeLessThan(60);
    } else {
      expect({ name: caller.name, body }).toEqual({
        name: caller.name,
        body: { data: { ready: true } },
      });
    }
  }
  await grantPublic(running.strapi, ['plugin::related-articles.health.find']);
  const { body } = await running.http.get('/api/related-articles/health');
  expect(body.data).toMatchObject({ ready: true, pending: 0, troubles: [] });
});

test('the health route answers even while the database does not say who calls', async () => {
  const hangs = () => new Promise<never>(() => undefined);
  const { entityManager } = running.strapi.db;
  const asked = jest.spyOn(entityManager, 'findMany').mockImplementation(hangs);
  try {
    const { status, body, headers } = await running.http.get('/api/related-articles/health?ready');
    expect([status, body, asked.mock.calls.length > 0]).toEqual([
      200,
      { data: { ready: true } },
      true,
    ]);
    expect(headers['cache-control']).toBe('no-store');
  } finally {
    asked.mockRestore();
  }
});
