import { publishIn, uidOf, writeType, type GuardedType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';

/* What a document middleware hides is as hidden as behind a controller: it affects no list. */

const attributes = {
  hidden: { type: 'boolean', default: false },
  slug: { type: 'string' },
  labels: { type: 'relation', relation: 'manyToMany', target: uidOf('label') },
};
const TYPES: GuardedType[] = [
  { name: 'label', draftAndPublish: false, attributes: { name: { type: 'string' } } },
  { name: 'grouped', attributes },
  { name: 'gated', attributes },
  { name: 'linked', attributes },
  { name: 'ruled', attributes },
  { name: 'hub', attributes },
];

interface Context {
  uid: string;
  params: { filters?: object };
}

let site: Running;
const slugOf = (title: string) => title.toLowerCase().replaceAll(' ', '-');
const create = (name: string, data: Record<string, unknown>) =>
  publishIn(site.strapi, name, { slug: slugOf(String(data.title)), ...data });
const words = (seed: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${seed}${at}`).join(' ');

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const type of TYPES) writeType(appDir, type);
    for (const { name } of TYPES.slice(1)) {
      config.contentTypes[uidOf(name)] = {
        title: 'title',
        slug: 'slug',
        text: { body: 1 },
        relations: { labels: 1 },
        url: `/${name}s/:slug`,
        ...(name === 'grouped' && { rules: { atMost: { labels: 1 } } }),
        ...(name === 'ruled' && { rules: { same: ['labels'] } }),
      };
    }
  });
  const { strapi } = site;
  strapi.documents.use((context, next) => {
    const { uid, params } = context as unknown as Context;
    if (TYPES.slice(1).some(({ name }) => uid === uidOf(name)) && strapi.requestContext.get()) {
      params.filters = { $and: [params.filters ?? {}, { hidden: false }] };
    }
    return next();
  });
  await grantPublic(strapi, [
    RELATED_FIND,
    ...TYPES.flatMap(({ name }) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]),
  ]);
}, 60_000);
afterAll(() => site?.stop());

interface Listed {
  title: string;
  __related: { score: number; explanation: { signals: { links: number } } };
}

/** The list of an entry, asked for in every way. */
async function listsOf(
  name: string,
  id: string,
  query = 'minScore=0',
): Promise<Record<string, Listed[]>> {
  // prettier-ignore
  await site.settled();
  const asked = `${query}&fields=title&fallback=none&explain=true&inline=true&pagination[limit]=20`;
  const get = async (path: string) => {
    const { status, body } = await site.http.get(`/api/${path}&${asked}`);
    expect({ path, status }).toEqual({ path, status: 200 });
    return body.data;
  };
  return {
    alone: await get(`${name}s/${id}/related?`),
    filtered: await get(`${name}s/${id}/related?filters[title][$ne]=x`),
    batch: (await get(`related-articles/${name}s?documentIds=${id}`))[0].related,
    together: await get(`related-articles/${name}s?documentIds=${id}&together=true`),
  };
}
const titlesOf = (lists: Record<string, Listed[]>) =>
  Object.fromEntries(Object.entries(lists).map(([way, list]) => [way, list.map(({ title }) => title)])); // prettier-ignore

test('hidden entries do not use up a group’s places', async () => {
  const label = await create('label', { name: 'Group' });
  const source = await create('grouped', { title: 'Source', body: `${BREAD.join(' ')} quartz marble granite` }); // prettier-ignore
  for (let i = 0; i < 10; i += 1) await create('grouped', { title: `Other ${i}`, body: `${MOON[i % 3]} o${i}` }); // prettier-ignore
  await create('grouped', { title: 'Victim', body: `${BREAD[0]} ${words('vic', 60)}`, labels: [label] }); // prettier-ignore
  const before = titlesOf(await listsOf('grouped', source));
  expect(before.alone).toContain('Victim');
  for (let i = 0; i < 30; i += 1) {
    const body = `quartz marble granite ${BREAD.join(' ')} ${words(`sheaf${i}x`, 30)}`;
    await create('grouped', { title: `Hidden ${i}`, hidden: true, body, labels: [label] });
  }
  const after = titlesOf(await listsOf('grouped', source));
  for (const way of ['alone', 'filtered', 'batch', 'together']) expect(after[way]).toContain('Victim'); // prettier-ignore
});

test('a hidden neighbour does not turn an empty list into a filled one', async () => {
  const body = `${words('uniq', 40)} shared1 shared2 oven`;
  const source = await create('gated', { title: 'Lonely zebra', body });
  for (let i = 0; i < 60; i += 1) {
    const shared = i === 0 ? 'shared1 shared2' : '';
    await create('gated', { title: `Bg ${i}`, body: `${BREAD[i % 3]} ${MOON[i % 3]} ${words(`bg${i}x`, 20)} ${shared}` }); // prettier-ignore
  }
  const empty = { alone: [], filtered: [], batch: [], together: [] };
  expect(titlesOf(await listsOf('gated', source, ''))).toEqual(empty);
  await create('gated', { title: 'Hidden zebra', hidden: true, body: words('uniq', 30) });
  expect(titlesOf(await listsOf('gated', source, ''))).toEqual(empty);
});

test('links to and from hidden entries count in no list', async () => {
  const ids: string[] = [];
  const link = (to: string) => `[x](/linkeds/${to})`;
  for (let i = 0; i < 12; i += 1) {
    const body = `${BREAD[i % 3]} ${MOON[(i >> 1) % 3]} w${i % 7} ${link(`hidden-${i % 3}`)} ${link(`seen-${(i * 7) % 12}`)}`;
    ids.push(await create('linked', { title: `Seen ${i}`, body }));
  }
  for (let i = 0; i < 10; i += 1) {
    const links = Array.from({ length: 6 }, (_, at) => link(`seen-${(i * 5 + at * 3) % 12}`));
    await create('linked', { title: `Hidden ${i}`, hidden: true, body: `${BREAD[i % 3]} w${i % 7} ${links.join(' ')}` }); // prettier-ignore
  }
  for (const id of ids) {
    const { alone, filtered, batch } = await listsOf('linked', id);
    const told = (list: Listed[]) =>
      list.map(({ title, __related: { explanation } }) => ({ title, explanation }));
    expect(told(batch)).toEqual(told(alone));
    expect(told(filtered)).toEqual(told(alone));
  }
});

test.each([
  ['ruled', 'that rules leave out', 0],
  ['hub', 'beyond what a list is compared with', 140],
])(
  '%s: a link that two entries share to something hidden, %s, does not reveal that it exists',
  async (name, _, links) => {
    const [label, foreign] = [await create('label', { name: `${name} a` }), await create('label', { name: `${name} b` })]; // prettier-ignore
    const link = (title: string) => `[x](/${name}s/${slugOf(title)})`;
    const titles = Array.from({ length: links }, (_, at) => `Linked ${at}`);
    for (const title of titles) await create(name, { title, body: `${MOON[1]} ${MOON[0]}`, labels: [label] }); // prettier-ignore
    const shared = link('Merger with Acme');
    const body = `${BREAD.join(' ')} ${titles.map(link).join(' ')} ${shared}`;
    const source = await create(name, { title: 'Source', body, labels: [label] });
    await create(name, { title: 'Other', body: `${BREAD.join(' ')} loaf oven ${shared}`, labels: [label] }); // prettier-ignore
    const told = async () => {
      const { alone } = await listsOf(name, source);
      return alone.find(({ title }) => title === 'Other')?.__related;
    };
    const before = await told();
    expect(before).toMatchObject({ explanation: { links: { coupled: 0 } } });
    await create(name, { title: 'Merger with Acme', hidden: true, body: words('entirely', 5), labels: [foreign] }); // prettier-ignore
    const after = await told();
    expect(after).toMatchObject({
      explanation: { links: { coupled: 0 }, signals: { links: before?.explanation.signals.links } },
    });
    // Lists without reasons are kept, and given again.
    for (let time = 0; time < 3; time += 1) {
      const place = `/api/${name}s/${source}/related?minScore=0&fields=title&fallback=none&inline=true`;
      const { body } = await site.http.get(`${place}&pagination[limit]=20`);
      const other = body.data.find(({ title }: Listed) => title === 'Other');
      expect(other.__related.score).toBe(after?.score);
    }
  },
  60_000,
);
