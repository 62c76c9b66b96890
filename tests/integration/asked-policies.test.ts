import { coreController, publishIn, uidOf, writeType, type GuardedType } from '../helpers/guarded-types'; // prettier-ignore
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/* How often the project's own code runs for one request: it may take long, or count. */

const SIZES: Record<string, number> = { counted: 60, limited: 60, grouped: 20, fickle: 6, text: 6 };

const guarded = { find: { policies: ['count'] }, findOne: { policies: ['count'] } };
const counting = (name: string) => `require('@strapi/strapi').factories.createCoreRouter('${uidOf(name)}', { config: ${JSON.stringify(guarded)} })`; // prettier-ignore
const count = `module.exports = (ctx, config, { strapi }) => { strapi.asked = (strapi.asked ?? 0) + 1; return true; }`;
/** Hides an entry only once it is read with the fields that the caller asks for. */
const fickle = coreController('fickle', `{ async find(ctx) {
  if (ctx.query.fields) ctx.query.filters = { $and: [ctx.query.filters ?? {}, { title: { $ne: 'Entry 3' } }] };
  return super.find(ctx);
} }`); // prettier-ignore
const text = coreController('text', `{ async find(ctx) {
  const answer = JSON.stringify(await super.find(ctx));
  ctx.type = 'json';
  ctx.body = ctx.get('x-as') === 'buffer' ? Buffer.from(answer) : answer;
} }`); // prettier-ignore

const TYPES: GuardedType[] = [
  { name: 'counted', routes: counting('counted'), policies: { count }, attributes: {} },
  ...['grouped', 'limited'].map((name) => ({
    name,
    routes: counting(name),
    policies: { count },
    attributes: { part: { type: 'relation', relation: 'oneToOne', target: uidOf(name) } },
  })),
  { name: 'fickle', controller: fickle, attributes: {} },
  { name: 'text', controller: text, attributes: {} },
];

/** Words that no other topic has: lists of different topics have no candidates in common. */
const topic = (which: number) =>
  Array.from(
    { length: 30 },
    (_, at) => `topic${String.fromCharCode(97 + which, 97 + at)}word`,
  ).join(' ');

let site: Running;
const ids: Record<string, string[]> = {};
const get = (place: string) => site.http.get(`/api/${place}`);

interface Entry {
  documentId: string;
  title: string;
  related?: Entry[];
}

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const type of TYPES) {
      writeType(appDir, type);
      config.contentTypes[uidOf(type.name)] = { title: 'title', text: { body: 1 } };
    }
    const relations = { part: 0.01 };
    Object.assign(config.contentTypes[uidOf('grouped')], { relations });
    const rules = { atMost: { part: 1 } };
    Object.assign(config.contentTypes[uidOf('limited')], { relations, rules });
  });
  const { strapi } = site;
  for (const { name } of TYPES) {
    ids[name] = [];
    for (let at = 0; at < SIZES[name]; at += 1) {
      const text =
        name === 'counted' || name === 'limited'
          ? topic(Math.floor(at / 3))
          : `${BREAD[at % 3]} ${BREAD[(at + 1) % 3]}`;
      ids[name].push(
        await publishIn(strapi, name, { title: `Entry ${at}`, body: `${text} word${at}` }),
      );
    }
  }
  const finds = TYPES.flatMap(({ name }) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]);
  await grantPublic(strapi, [RELATED_FIND, ...finds]);
  await site.settled();
}, 60_000);
afterAll(() => site?.stop());

async function askedFor(place: string): Promise<number> {
  const { strapi } = site as unknown as { strapi: { asked: number } };
  strapi.asked = 0;
  const { status } = await get(place);
  expect([place, status]).toEqual([place, 200]);
  return strapi.asked;
}

test('a policy of the type runs a few times, and not for each list of a page', async () => {
  const one = await askedFor(`counteds/${ids.counted[0]}/related?pagination[pageSize]=5`);
  const page = (size: number) =>
    askedFor(`counteds?related=5&relatedFields=title&pagination[pageSize]=${size}`);
  const batch = (size: number) =>
    askedFor(`related-articles/counteds?documentIds=${ids.counted.slice(0, size).join()}&pagination[pageSize]=5&fields=title`); // prettier-ignore
  const told = { one, page5: await page(5), page50: await page(50), batch3: await batch(3), batch50: await batch(50) }; // prettier-ignore
  expect(one).toBeLessThanOrEqual(6);
  for (const asked of Object.values(told)) expect(asked).toBeLessThanOrEqual(6);
});

test.each([
  ['counted', 'filters[title][$contains]=Entry'],
  ['limited', 'fields=title'],
  ['limited', 'fields=title&filters[title][$contains]=Entry'],
])('nor for each list of %s with %s, which is searched for twice', async (name, query) => {
  const batch = (size: number) =>
    askedFor(`related-articles/${name}s?documentIds=${ids[name].slice(0, size).join()}&pagination[pageSize]=5&${query}`); // prettier-ignore
  for (const size of [1, 3, 20]) expect(await batch(size)).toBeLessThanOrEqual(7);
});

test('lists of a page are those of each entry by itself', async () => {
  const { body } = await get('counteds?related=5&pagination[pageSize]=20');
  for (const { documentId, related } of body.data as Entry[]) {
    const alone = (await get(`counteds/${documentId}/related?pagination[pageSize]=5`)).body
      .data as Entry[];
    expect(related?.map((one) => one.documentId)).toEqual(alone.map((one) => one.documentId));
    const { __related, ...first } = (related?.[0] ?? {}) as Entry & { __related?: object };
    expect([first, typeof __related]).toEqual([alone[0], 'object']);
  }
});

test('what is hidden when it is read leaves no gap in lists that are read together', async () => {
  const named = ids.fickle.join();
  const both = `related-articles/fickles?documentIds=${named}&pagination[pageSize]=3&fields=title`;
  for (const [place, shown] of [
    [both, 3],
    [`${both}&distinct=true`, 0],
  ] as const) {
    const { status, body } = await get(place);
    expect([place, status]).toEqual([place, 200]);
    const lists = (body.data as { related: Entry[] }[]).map(({ related }) => related);
    const titles = lists.flat().map(({ title }) => title);
    expect(titles).not.toContain('Entry 3');
    for (const list of lists) expect(list.length).toBeGreaterThanOrEqual(shown);
    if (shown === 0) expect(new Set(titles).size).toBe(titles.length);
    // All that may be shown is shown.
    if (shown === 0) expect(titles).toHaveLength(5);
  }
});

test.each(['text', 'buffer'])(
  'entries in an answer that is JSON as a %s have their lists',
  async (as) => {
    const { status, body, headers } = await get('texts?related=2').set('x-as', as);
    expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('json')]);
    for (const { related } of body.data as Entry[]) expect(related).toHaveLength(2);
  },
);

test('lists that are filled ask for what groups their entries once', async () => {
  for (const [at, documentId] of ids.grouped.entries()) {
    const data = {
      body: `${BREAD[0]} lonely${at}`,
      part: at === 0 ? null : ids.grouped[Math.floor((at - 1) / 2)],
    };
    await site.strapi.documents(uidOf('grouped') as never).update({ documentId, data, status: 'published' } as never); // prettier-ignore
  }
  await site.settled();
  const place = (count: number) =>
    `related-articles/groupeds?documentIds=${ids.grouped.slice(0, count).join()}&fallback=category&fields=title`;
  const few = await askedFor(place(4));
  expect(few).toBeLessThanOrEqual(13);
  expect(await askedFor(place(20))).toBeLessThanOrEqual(few);
  const { data } = (await get(place(20))).body as { data: { related: Entry[] }[] };
  expect(data.filter(({ related }) => related.length < 5)).toEqual([]);
});

test("the project's own code looks up the entries of all its lists together", async () => {
  const { strapi } = site;
  let asked = 0;
  strapi.documents.use((context, next) => {
    if (context.uid === uidOf('counted') && context.action === 'findMany') asked += 1;
    return next();
  });
  const filters = { title: { $contains: 'Entry' } };
  const suggestions = strapi.plugin('related-articles').service('suggestions');
  const lists = await suggestions.relatedMany(uidOf('counted'), ids.counted, { limit: 5, filters });
  expect(lists.map((list: { results: object[] }) => list.results.length > 0)).toEqual(Array(60).fill(true)); // prettier-ignore
  expect(asked).toBeLessThan(6);
});
