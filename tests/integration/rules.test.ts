import { appOf } from 'plugin/app';

import {
  coreController,
  publishIn,
  uidOf,
  writeType,
  type GuardedType,
} from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';

/* The rules of a site, where lists are filled and where entries are hidden. */

const PODCAST = 'api::podcast.podcast';
const TOPIC = 'api::topic.topic';
const TEASED = `{ async find(ctx) { const answer = await super.find(ctx); return { ...answer, data: answer.data.map((one) => one.title?.startsWith('Premium') && one.body ? { ...one, body: 'Subscribers only' } : one) }; } }`;
const TYPES: GuardedType[] = [
  { name: 'label', draftAndPublish: false, attributes: { name: { type: 'string' } } },
  {
    name: 'wall',
    attributes: {
      labels: { type: 'relation', relation: 'manyToMany', target: uidOf('label') },
    },
    controller: coreController('wall', TEASED),
  },
];
/** Hides hidden entries, in lists and by themselves. */
const NARROWED = "{ async find(ctx) { ctx.query = { ...ctx.query, filters: { $and: [ctx.query.filters ?? {}, { hidden: { $ne: true } }] } }; return super.find(ctx); }, async findOne(ctx) { const found = await strapi.documents('api::hall.hall').findFirst({ filters: { documentId: ctx.params.id, hidden: { $ne: true } }, status: 'published' }); return found ? super.findOne(ctx) : ctx.notFound(); } }"; // prettier-ignore
TYPES.push({
  name: 'hall',
  attributes: { ...TYPES[1].attributes, hidden: { type: 'boolean', default: false } },
  controller: coreController('hall', NARROWED),
});
/** Keeps its labels from answers. */
TYPES.push({
  name: 'desk',
  attributes: { labels: { ...(TYPES[1].attributes?.labels as object), private: true } },
});
TYPES.push({ name: 'shelf', attributes: TYPES[1].attributes });
const HIDDEN = 30;
let site: Running;
const warnings: string[] = [];

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const type of TYPES) writeType(appDir, { attributes: {}, ...type });
    for (const name of ['wall', 'hall', 'shelf']) {
      config.contentTypes[uidOf(name)] = {
        title: 'title',
        text: { body: 1 },
        relations: { labels: 1 },
        url: `/${name}s/:documentId`,
        rules: { atMost: { labels: 1 } },
      };
    }
    config.contentTypes[uidOf('desk')] = {
      title: 'title',
      text: { body: 1 },
      relations: { labels: 1 },
      allowPrivate: ['labels'],
      rules: { never: { labels: ['Embargoed'] } },
    };
    config.contentTypes[PODCAST].rules = {
      never: { subject: ['Embargoed'], mentions: ['Withdrawn'] },
    };
  });
  const { strapi } = site;
  strapi.log.level = 'silent';
  jest.spyOn(strapi.log, 'warn').mockImplementation((text) => {
    warnings.push(String(text));
    return strapi.log;
  });
  const label = await publishIn(strapi, 'label', { name: 'Shared' });
  for (let i = 0; i < 20; i += 1) {
    const body = `${MOON[i % 3]} ${BREAD[(i * 7) % 3]} number${i}`;
    await publishIn(strapi, 'wall', { title: `Public ${i}`, body });
  }
  const visible = `${MOON.join(' ')} walrusses ${BREAD.join(' ')}`;
  await publishIn(strapi, 'wall', { title: 'Victim', body: visible, labels: [label] });
  for (let i = 0; i < HIDDEN; i += 1) {
    await publishIn(strapi, 'wall', { title: `Premium teaser${i}`, body: `hush${i}`, labels: [label] }); // prettier-ignore
  }
  const scoop = { title: 'Premium scoop', body: 'zirconium antwerp', labels: [label] };
  await publishIn(strapi, 'wall', scoop);
  await grantPublic(strapi, [
    RELATED_FIND,
    FIND_BY_TEXT,
    ...[PODCAST, TOPIC, ...TYPES.map(({ name }) => uidOf(name))].flatMap((uid) => [
      `${uid}.find`,
      `${uid}.findOne`,
    ]),
  ]);
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

test('entries that fill a list obey rules on relations to several types', async () => {
  const { strapi } = site;
  const create = (uid: string, data: object) =>
    strapi.documents(uid as never).create({ data, status: 'published' } as never);
  const topic = async (title: string) => {
    const { id, documentId } = await create(TOPIC, { title });
    return { __type: TOPIC, id, documentId };
  };
  const [embargoed, withdrawn] = [await topic('Embargoed'), await topic('Withdrawn')];
  const podcast = (headline: string, transcript: string, more: object = {}) =>
    create(PODCAST, { headline, transcript, ...more });
  const source = await podcast('Source', BREAD[0]);
  await podcast('Other', 'moon crater telescope');
  await podcast('Embargoed', 'hedgehogs in spring', { subject: embargoed });
  await podcast('Withdrawn', 'moon and crater', { mentions: [withdrawn] });
  await site.settled();
  for (const fallback of ['newest', 'category']) {
    const { body } = await site.http.get(
      `/api/broadcasts/${source.documentId}/related?fields=headline&fallback=${fallback}`,
    );
    const data = body.data.map(({ headline }: { headline: string }) => headline);
    expect({ fallback, data }).toEqual({ fallback, data: ['Other'] });
  }
});

test('entries that fill a list obey rules on a relation that nobody gets', async () => {
  const { strapi } = site;
  const { index } = appOf(strapi);
  const unmet = async () => {
    await index.sweep();
    return warnings.filter((text) => text.includes('"never" of api::desk'));
  };
  const told = [expect.stringContaining('does nothing for "Embargoed": no published entry')];
  expect([await unmet(), await unmet()]).toEqual([told, told]);
  expect(index.health().troubles).toEqual([]);
  const label = await publishIn(strapi, 'label', { name: 'Embargoed' });
  expect(await unmet()).toEqual(told);
  const source = await publishIn(strapi, 'desk', { title: 'Source', body: BREAD[0] });
  await publishIn(strapi, 'desk', { title: 'Other', body: MOON[0] });
  await publishIn(strapi, 'desk', { title: 'Embargoed', body: MOON[1], labels: [label] });
  await site.settled();
  for (const fallback of ['newest', 'category']) {
    const { body } = await site.http.get(`/api/desks/${source}/related?fields=title&fallback=${fallback}`); // prettier-ignore
    const data = body.data.map(({ title }: { title: string }) => title);
    expect({ fallback, data }).toEqual({ fallback, data: ['Other'] });
  }
});

test('a limit for each group reveals nothing about hidden entries', async () => {
  const hasVictim = async (count: number, word: string) => {
    const teasers = Array.from({ length: count }, (_, i) => `teaser${i}`).join(' ');
    const { status, body } = await site.http
      .post(
        '/api/related-articles/walls?fallback=none&minScore=0&fields=title&pagination[limit]=100',
      ) // prettier-ignore
      .send({ title: `${teasers} ${word}`.trim(), text: 'walrusses' });
    expect(status).toBe(200);
    return body.data.some(({ title }: { title: string }) => title === 'Victim');
  };
  for (let count = 0; count <= HIDDEN; count += 3) {
    for (const word of ['zirconium', 'antwerp', 'titanium', 'oostende']) {
      expect({ count, word, isListed: await hasVictim(count, word) }).toEqual({ count, word, isListed: true }); // prettier-ignore
    }
  }
});

test('hidden entries do not use up a group’s places', async () => {
  const { strapi } = site;
  const label = await publishIn(strapi, 'label', { name: 'Seals' });
  const words = 'walrus harpoon iceberg blubber seal';
  const source = await publishIn(strapi, 'hall', { title: 'Source', body: `${words} ${BREAD[0]}` });
  const visible = { title: 'Victim', body: `walrus harpoon ${MOON[0]}`, labels: [label] };
  await publishIn(strapi, 'hall', visible);
  for (let i = 0; i < 12; i += 1) {
    const body = `${words} ${BREAD[0]} extra${i}`;
    await publishIn(strapi, 'hall', { title: `Hidden ${i}`, body, labels: [label], hidden: true });
  }
  for (let i = 0; i < 5; i += 1) await publishIn(strapi, 'hall', { title: `Filler ${i}`, body: `${MOON[i % 3]} number${i}` }); // prettier-ignore
  await site.settled();
  const titles = async (place: string) => {
    const { body } = await site.http.get(`/api/${place}&fields=title&minScore=0&fallback=none`);
    return body.data.map(({ title }: { title: string }) => title);
  };
  const list = await titles(`halls/${source}/related?pagination[pageSize]=100`);
  expect(list).toContain('Victim');
  expect(await titles(`halls/${source}/related?pagination[pageSize]=100&filters[title][$notNull]=true`)).toEqual(list); // prettier-ignore
  const together = `related-articles/halls?documentIds=${source}&together=true&pagination[limit]=20`;
  expect(await titles(together)).toContain('Victim');
});

test('lists that leave out what earlier ones have, and those that do not, are as full as they can be', async () => {
  const { strapi } = site;
  const labels: string[] = [];
  for (let at = 0; at < 40; at += 1) labels.push(await publishIn(strapi, 'label', { name: `Label ${at}` })); // prettier-ignore
  const ids: string[] = [];
  for (let at = 0; at < 120; at += 1) {
    const body = `${MOON[at % 3]} ${BREAD[at % 3]} number${at}`;
    ids.push(await publishIn(strapi, 'shelf', { title: `Entry ${at}`, body, labels: [labels[at % 40]] })); // prettier-ignore
  }
  await site.settled();
  const lists = async (more: string) => {
    const asked = `documentIds=${ids.slice(0, 6).join()}&fields=title&${more}`;
    const { status, body } = await site.http.get(`/api/related-articles/shelfs?${asked}`);
    expect([status, body.error]).toEqual([200, undefined]);
    return body.data.map(({ related }: { related: { title: string }[] }) => related.map(({ title }) => title)); // prettier-ignore
  };
  // Filters that all entries match make each list by itself.
  const distinct = 'distinct=true&pagination[pageSize]=12';
  expect(await lists(distinct)).toEqual(await lists(`${distinct}&filters[id][$notNull]=true`));
  const { body } = await site.http.get(`/api/shelfs/${ids[0]}/related?pagination[start]=95&pagination[limit]=10`); // prettier-ignore
  const [first] = await lists('pagination[start]=95&pagination[limit]=10');
  expect(first).toHaveLength(body.data.length);

  const one = async (more: string): Promise<string[]> => {
    const asked = `documentIds=${ids.slice(0, 6).join()}&fields=title&together=true&fallback=none&${more}`;
    const answer = await site.http.get(`/api/related-articles/shelfs?${asked}`);
    return answer.body.data.map(({ title }: { title: string }) => title);
  };
  const found = await one('pagination[limit]=20');
  const labelsOf = (titles: readonly string[]) => titles.map((title) => Number(title.slice('Entry '.length)) % 40); // prettier-ignore
  expect(new Set(labelsOf(found)).size).toBe(found.length);
  expect(found.length).toBeGreaterThan(10);
  expect(await one('pagination[limit]=20&filters[id][$notNull]=true')).toEqual(found);

  // Each label is on three entries, of which the filter takes one.
  const taken = Array.from(
    { length: 40 },
    (_, at) => `filters[title][$in][${at}]=Entry ${80 + at}`,
  );
  const filtered = `pagination[pageSize]=20&fallback=none&minScore=0&fields=title&${taken.join('&')}`;
  const single = await site.http.get(`/api/shelfs/${ids[0]}/related?${filtered}`);
  expect(single.body.data).toHaveLength(20);
  expect(await one(`pagination[limit]=20&minScore=0&${taken.join('&')}`)).toHaveLength(20);
});
