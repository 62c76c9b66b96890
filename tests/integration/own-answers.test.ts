import type { UID as Uid } from '@strapi/strapi';

import {
  coreController,
  publishIn,
  uidOf,
  writeType,
  type GuardedType,
} from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { createToken, FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi'; // prettier-ignore
import { BREAD } from '../helpers/texts';

/* Controllers and routes of the project that answer in their own ways. */

const PRESENTER = `class Shown {
  constructor(one) { Object.assign(this, one); }
  toJSON() { const { body, slug, ...rest } = this; return rest; }
}`;
const shown = coreController('shown', `(() => { ${PRESENTER} return {
  async find(ctx) { const { data, meta } = await super.find(ctx); return { data: data.map((one) => new Shown(one)), meta }; },
  async findOne(ctx) { const answer = await super.findOne(ctx); return answer && { ...answer, data: new Shown(answer.data) }; },
}; })()`); // prettier-ignore
const everywhere = coreController('everywhere', `{ async find(ctx) { ctx.query.locale = '*'; return super.find(ctx); } }`); // prettier-ignore
const bare = coreController('bare', `{ async find(ctx) {
  const { filters } = ctx.query;
  const data = await strapi.documents('${uidOf('bare')}').findMany({ filters, status: 'published', locale: '*' });
  return { data, meta: {} };
} }`); // prettier-ignore
const download = coreController('download', `{ async find(ctx) {
  if (ctx.get('accept') === 'text/csv') { ctx.type = 'text/csv'; ctx.body = require('node:stream').Readable.from(['a,b']); return; }
  if (ctx.get('accept') === 'text/list') { ctx.body = [1, 2]; return; }
  return super.find(ctx);
} }`); // prettier-ignore
const graded = coreController('graded', `{
  async find(ctx) { const { data, meta } = await super.find(ctx); return { meta, data: data.map(({ grade, day, ...rest }) => rest) }; },
  async findOne(ctx) { const answer = await super.findOne(ctx); if (!answer) return answer; const { grade, day, ...data } = answer.data; return { ...answer, data }; },
}`); // prettier-ignore
const masked = coreController('masked', `(() => {
  const mask = (one) => ({ ...one, grade: 'members only', day: '1970-01-01' });
  return {
    async find(ctx) { const { data, meta } = await super.find(ctx); return { meta, data: data.map(mask) }; },
    async findOne(ctx) { const answer = await super.findOne(ctx); return answer && { ...answer, data: mask(answer.data) }; },
  };
})()`); // prettier-ignore
/** Takes it for granted that there is such an entry. */
const hopeful = coreController('hopeful', `{
  async findOne(ctx) { const answer = await super.findOne(ctx); const { body, ...data } = answer.data; return { ...answer, data }; },
}`); // prettier-ignore
/** Caches answers by their address, like a cache in front of a route. */
const keeping = (name: string) => `(() => {
  const kept = new Map();
  const cache = async (ctx, next) => {
    if (kept.has(ctx.url)) { ctx.body = kept.get(ctx.url); return; }
    await next();
    if (ctx.status === 200) kept.set(ctx.url, ctx.body);
  };
  const config = { find: { middlewares: [cache] }, findOne: { middlewares: [cache] } };
  return require('@strapi/strapi').factories.createCoreRouter('${uidOf(name)}', { config });
})()`;
const SECRETS = { note: { type: 'text', private: true }, tel: { type: 'string', private: true }, secret: { type: 'password' } }; // prettier-ignore
const OPEN = { find: { auth: false }, findOne: { auth: false } };
const openRoutes = `require('@strapi/strapi').factories.createCoreRouter('${uidOf('open')}', { config: ${JSON.stringify(OPEN)} })`; // prettier-ignore

const slug = { type: 'string' };
const inLocales = { title: { type: 'string', pluginOptions: { i18n: { localized: true } } }, slug };
const TYPES: GuardedType[] = [
  { name: 'shown', controller: shown, attributes: { slug } },
  { name: 'everywhere', controller: everywhere, attributes: inLocales, localized: true },
  { name: 'bare', controller: bare, attributes: inLocales, localized: true },
  { name: 'download', controller: download, attributes: { slug } },
  { name: 'plain', attributes: { slug } },
  { name: 'cached', routes: keeping('cached'), attributes: { slug, ...SECRETS } },
  { name: 'shelved', routes: keeping('shelved'), attributes: { slug, ...SECRETS } },
  { name: 'graded', controller: graded, attributes: { slug, grade: { type: 'string' }, day: { type: 'date' } } }, // prettier-ignore
  { name: 'marked', attributes: { slug, grade: { type: 'string' }, day: { type: 'date' } } },
  { name: 'masked', controller: masked, attributes: { slug, grade: { type: 'string' }, day: { type: 'date' } } }, // prettier-ignore
  { name: 'sealed', attributes: { slug, grade: { type: 'string', private: true }, day: { type: 'date', private: true } } }, // prettier-ignore
  { name: 'open', routes: openRoutes, attributes: { slug } },
  { name: 'hopeful', controller: hopeful, attributes: { slug } },
];

interface Graded {
  grade?: string;
}
const GRADE = { weight: 0.3, attributes: ['grade'], score: (one: Graded, other: Graded) => Number(one.grade === other.grade) }; // prettier-ignore

const LOCALES = ['fr', 'es', 'it', 'pt', 'nl', 'sv', 'da', 'fi', 'pl', 'cs', 'de'];

let site: Running;
const ids: Record<string, string[]> = {};
const get = (place: string) => site.http.get(`/api/${place}`);

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const type of TYPES) {
      writeType(appDir, type);
      config.contentTypes[uidOf(type.name)] = { title: 'title', slug: 'slug', text: { body: 1 } };
    }
    Object.assign(config.contentTypes[uidOf('shelved')], { documentsFrom: 'plugin' });
    for (const name of ['graded', 'marked', 'masked', 'sealed']) {
      const compared = { date: 'day', signals: { grade: GRADE }, rules: { halfLife: 30 } };
      const allowPrivate = name === 'sealed' ? ['grade', 'day'] : [];
      Object.assign(config.contentTypes[uidOf(name)], { ...compared, allowPrivate });
    }
  });
  const { strapi } = site;
  const locales = strapi.plugin('i18n').service('locales');
  for (const code of LOCALES) {
    if (!(await locales.findByCode(code))) await locales.create({ code, name: code });
  }
  for (const { name, localized } of TYPES) {
    ids[name] = [];
    for (let at = 0; at < 4; at += 1) {
      const data = { title: `En ${at}`, slug: `secret-${at}`, body: `${BREAD[0]} zeppelin${at} zeppelins ${BREAD[1]}`, ...(/graded|marked|masked|sealed/.test(name) && { grade: 'kept', day: `2026-01-0${at + 1}` }), ...(/cached|shelved/.test(name) && { note: 'hush-note', tel: 'hush-tel', secret: 'Hush-0815' }) }; // prettier-ignore
      const documentId = await publishIn(strapi, name, data);
      ids[name].push(documentId);
      if (!localized) continue;
      // One entry has more rows than a list is first asked for.
      for (const locale of at === 0 ? LOCALES : ['de']) {
        const translated = { documentId, locale, data: { ...data, title: `${locale} ${at}` } };
        await strapi.documents(uidOf(name) as never).update({ ...translated, status: 'published' } as never); // prettier-ignore
      }
    }
  }
  const finds = TYPES.flatMap(({ name }) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]);
  await grantPublic(strapi, [RELATED_FIND, FIND_BY_TEXT, ...finds]);
  await site.settled();
}, 60_000);
afterAll(() => site?.stop());

test('gives only what an entry’s toJSON returns', async () => {
  const [id, other] = ids.shown;
  for (const place of [
    'showns',
    `showns/${id}`,
    'showns?related=2',
    `showns/${id}?related=2`,
    `showns/${id}/related`,
    `showns/${id}/related?explain=true`,
    `related-articles/showns?documentIds=${id},${other}&explain=true`,
    `related-articles/showns?documentIds=${id},${other}&together=true`,
  ]) {
    const { status, text } = await get(place);
    expect([place, status, /zeppelin|secret-/.test(text)]).toEqual([place, 200, false]);
    expect(text).toMatch(/"title":"En /);
  }
});

test('a controller that fails for an unknown documentId keeps nobody from lists by slug', async () => {
  const titles = async (key: string) => {
    const { status, body } = await get(`hopefuls/${key}/related?fields=title`);
    return [status, body.data?.map(({ title }: { title: string }) => title)];
  };
  const byId = await titles(ids.hopeful[0]);
  expect(byId).toEqual([200, expect.arrayContaining(['En 1'])]);
  expect(await titles('secret-0')).toEqual(byId);
});

type Clean = (...args: unknown[]) => Promise<unknown>;
interface Cleaners {
  query: Clean;
  output: Clean;
}

interface Told {
  explanation: { signals: Record<string, number>; rules?: object[] };
}

test('shares of signals and rules reveal nothing about attributes that are not given', async () => {
  const told = async (name: string) => {
    const { body } = await get(`${name}s/${ids[name][0]}/related?explain=true`);
    const related = body.meta.related as Told[];
    const shares = related.map(({ explanation: { signals } }) => [signals.grade > 0, signals.date > 0]); // prettier-ignore
    return { shares, aged: related.filter(({ explanation }) => explanation.rules).length };
  };
  // The rule does not lower the newest entry.
  expect(await told('marked')).toEqual({ shares: Array(3).fill([true, true]), aged: 2 });
  const nothing = { shares: Array(3).fill([false, false]), aged: 0 };
  for (const name of ['graded', 'masked', 'sealed']) expect([name, await told(name)]).toEqual([name, nothing]); // prettier-ignore
});

test.each(['everywhere', 'bare'])('%s: picks each locale from a list that gives all of them', async (name) => {
  for (const [locale, title] of [['en', 'En'], ['de', 'de']]) {
    const { status, body } = await get(`${name}s/${ids[name][0]}/related?locale=${locale}`);
    const titles = (body.data as { title: string }[]).map((one) => one.title).sort();
    expect([status, titles]).toEqual([200, [1, 2, 3].map((at) => `${title} ${at}`)]);
  }
}); // prettier-ignore

test.each(['cached', 'shelved'])('%s: what a middleware of the route caches by its address is what anybody may see', async (name) => {
  const [id, other, third] = ids[name];
  const draft = { title: 'Later', slug: 'later', body: BREAD[0] };
  const documents = site.strapi.documents(uidOf(name) as Uid.CollectionType);
  const { documentId: later } = await documents.create({ data: draft } as never);
  const places = [
    `${name}s/${id}/related`,
    `${name}s/secret-1/related`,
    `${name}s/${id}/related?explain=true`,
    `related-articles/${name}s?documentIds=${id},${other}`,
    `${name}s?related=2`,
    ...[id, other, third].map((one) => `${name}s/${one}?status=published`),
  ];
  for (const place of places) {
    const { status, text } = await get(place);
    expect([place, status, /hush|\$2[aby]\$/.test(text), /"body":/.test(text)]).toEqual([place, 200, false, true]); // prettier-ignore
  }
  expect((await get(`${name}s/${later}/related`)).status).toBe(404);
  await (documents as unknown as { publish(of: object): Promise<unknown> }).publish({ documentId: later });
  await site.settled();
  const { body } = await get(`${name}s/${later}?status=published`);
  expect(body.data).toMatchObject({ title: 'Later', body: BREAD[0] });
}); // prettier-ignore

test('an answer without entries stays as it is', async () => {
  const csv = await get('downloads?related=2').set('accept', 'text/csv');
  expect([csv.status, csv.text]).toEqual([200, 'a,b']);
  const list = await get('downloads?related=2').set('accept', 'text/list');
  expect([list.status, list.body]).toEqual([200, [1, 2]]);
  const { body } = await get('downloads?related=2');
  expect(body.data[0].related).toHaveLength(2);
});

test('routes without authentication accept the parameter from callers with the rights', async () => {
  const [id] = ids.open;
  const token = await createToken(site.strapi, 'read-only');
  for (const place of ['opens?related=2', `opens/${id}?related=2`]) {
    const { status, body } = await get(place);
    expect([status, [body.data].flat()[0].related.length]).toEqual([200, 2]);
    expect((await get(place).set('Authorization', `Bearer ${token}`)).status).toBe(200);
    expect((await get(place).set('Authorization', 'Bearer wrong')).status).toBe(401);
  }
});

test('replaced sanitizers of queries and answers apply to each caller', async () => {
  const { sanitize } = site.strapi.contentAPI as unknown as { sanitize: Cleaners };
  const { query, output } = sanitize;
  const isMember = () => site.strapi.requestContext.get()?.get('x-member') === 'yes';
  const [source, ...others] = ids.plain;
  const asked = async (member: string) => {
    const places = [`plains/${source}/related`, `related-articles/plains?documentIds=${source}`];
    const answers = places.map((place) => get(place).set('x-member', member));
    const texts = (await Promise.all(answers)).map(({ text }) => text);
    return [...texts, (await get(`plains/${others[0]}/related`).set('x-member', member)).status];
  };
  try {
    await asked('no');
    sanitize.output = async (...args) => {
      const answer = (await output(...args)) as object | object[];
      const cut = (one: object) => (isMember() ? one : { ...one, body: 'Members only' });
      return Array.isArray(answer) ? answer.map(cut) : cut(answer);
    };
    for (const member of ['yes', 'no', 'yes']) {
      for (const text of (await asked(member)).slice(0, 2)) {
        expect([/zeppelin/.test(String(text)), /Members only/.test(String(text))]).toEqual(member === 'yes' ? [true, false] : [false, true]); // prettier-ignore
      }
    }
    sanitize.output = output;
    sanitize.query = async (...args) => {
      const question = (await query(...args)) as { filters?: object };
      if (isMember()) return question;
      return {
        ...question,
        filters: { $and: [question.filters ?? {}, { title: { $ne: 'En 1' } }] },
      };
    };
    for (const member of ['yes', 'no', 'yes']) {
      const [one, many, status] = await asked(member);
      const isThere = member === 'yes';
      expect([one, many].map((text) => /En 1/.test(String(text)))).toEqual([isThere, isThere]);
      expect(status).toBe(isThere ? 200 : 404);
    }
  } finally {
    Object.assign(sanitize, { query, output });
  }
});

type Reads = Record<'findOne' | 'findMany', Clean>;

test.each<[string, () => Reads]>([
  [
    'the document service',
    () => site.strapi.documents(uidOf('plain') as never) as unknown as Reads,
  ],
  ['the entity manager', () => site.strapi.db.entityManager as unknown as Reads],
])('a replacement of %s applies to each caller', async (_name, at) => {
  const reads = at();
  const { findOne, findMany } = reads;
  const isGuest = () => site.strapi.requestContext.get()?.get('x-member') === 'no';
  const cut = (one: object | null) => (one && isGuest() ? { ...one, body: 'Members only' } : one);
  const asked = async (member: string) => {
    const { text } = await get(`plains/${ids.plain[0]}/related`).set('x-member', member);
    return /zeppelin/.test(text);
  };
  try {
    await asked('no');
    reads.findOne = async (...args) => cut((await findOne.apply(reads, args)) as object | null);
    reads.findMany = async (...args) => ((await findMany.apply(reads, args)) as object[]).map(cut);
    expect([await asked('yes'), await asked('no'), await asked('yes')]).toEqual([
      true,
      false,
      true,
    ]);
  } finally {
    Object.assign(reads, { findOne, findMany });
  }
});

test('a middleware that shares reads in progress gets no error of a query that another middleware changes', async () => {
  interface Call {
    uid: string;
    action: string;
    params: { filters?: object };
  }
  const use = site.strapi.documents.use as unknown as (middleware: unknown) => () => void;
  const kept = new Map<string, unknown>();
  const removals = [
    use(({ uid, action, params }: Call, next: () => unknown) => {
      const key = JSON.stringify([uid, action, params]);
      if (action.startsWith('find') && !kept.has(key)) kept.set(key, next());
      return action.startsWith('find') ? kept.get(key) : next();
    }),
    use(({ params }: Call, next: () => unknown) => {
      params.filters = { $and: [params.filters ?? {}, { title: { $notNull: true } }] };
      return next();
    }),
  ];
  const [id] = ids.plain;
  const status = async (place: string) => (await get(place)).status;
  for (const place of [`plains/${id}/related`, `plains/${id}`, 'plains', `plains/${id}/related`]) {
    expect([place, await status(place)]).toEqual([place, 200]);
  }
  const told = (await Promise.allSettled(kept.values())).map((one) => one.status);
  expect(told).not.toContain('rejected');
  for (const remove of removals) remove();
});

test('what code of the project adds to a query is not carried over to the next one', async () => {
  const lengths: number[] = [];
  const use = site.strapi.documents.use as unknown as (middleware: unknown) => () => void;
  const remove = use(({ params }: { params: { fields?: string[] } }, next: () => unknown) => {
    params.fields?.push('title');
    lengths.push(params.fields?.length ?? 0);
    return next();
  });
  const longest = async () => {
    lengths.length = 0;
    expect((await get(`plains/${ids.plain[0]}/related`)).status).toBe(200);
    return Math.max(...lengths);
  };
  const first = await longest();
  expect([await longest(), await longest(), first > 1]).toEqual([first, first, true]);
  remove();
});

test('an answer to a caller whom the project’s own authentication lets in is private', async () => {
  const place = `plains/${ids.plain[0]}/related`;
  expect((await get(place)).headers['cache-control']).toMatch(/^public/);
  const strategy = {
    name: 'cookie',
    authenticate: (ctx: { get(name: string): string }) => ({ authenticated: ctx.get('x-member') === 'yes' }), // prettier-ignore
    verify: () => undefined,
  };
  const permissions = site.strapi.db.query('plugin::users-permissions.permission');
  await permissions.deleteMany({ where: { role: { type: 'public' } } });
  site.strapi.get('auth').register('content-api', strategy);
  expect((await get(place)).status).toBe(401);
  const { status, headers } = await get(place).set('x-member', 'yes');
  expect([status, headers['cache-control']]).toEqual([200, 'private, no-cache']);
});
