import { paywall, publishIn, uidOf, withoutPremium, writeType, type GuardedType } from '../helpers/guarded-types'; // prettier-ignore
import { startSite } from '../helpers/site';
import { grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

/* Visitors who may write entries put words of their own into them, and look at what is related. */

const WROTE = ['zirconium bishop', 'smuggler mill'];
const INVENTED = ['zorkonuim bashop', 'smoggler moll'];
const routerOf = (name: string, create: string) =>
  `require('@strapi/strapi').factories.createCoreRouter('${uidOf(name)}', { config: { create: ${create} } })`; // prettier-ignore
const TYPES: GuardedType[] = [
  { name: 'wall', controller: paywall('wall') },
  { name: 'gone', controller: withoutPremium('gone') },
  { name: 'readonly', controller: paywall('readonly') },
  { name: 'opened', controller: paywall('opened'), routes: routerOf('opened', '{ auth: false }') },
  { name: 'scoped', controller: paywall('scoped'), routes: routerOf('scoped', "{ auth: { scope: ['api::gone.gone.create'] } }") }, // prettier-ignore
  { name: 'noted', attributes: { note: { type: 'richtext', private: true } } },
  { name: 'label', draftAndPublish: false, attributes: { name: { type: 'string' } } },
  {
    name: 'labelled',
    controller: paywall('labelled'),
    attributes: { labels: { type: 'relation', relation: 'manyToMany', target: uidOf('label') } },
  },
];
const WALLS = ['wall', 'gone', 'readonly', 'labelled', 'opened', 'scoped', 'noted'];

let site: Running;
beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const type of TYPES) {
      writeType(appDir, { attributes: {}, ...type });
      if (type.name === 'label') continue;
      config.contentTypes[uidOf(type.name)] = {
        title: 'title',
        text: { body: 1 },
        ...(type.name === 'noted' && { text: { body: 1, note: 1 }, allowPrivate: ['note'] }),
        ...(type.name === 'labelled' && { relations: { labels: { weight: 1, label: 'name' } } }),
      };
    }
  });
  for (const name of WALLS) {
    for (let i = 0; i < 45; i += 1) {
      const body = `alpha beta word${i} word${i % 9} gamma`;
      await publishIn(site.strapi, name, { title: `Free ${i}`, body });
    }
    const secret = 'zirconium smuggler met the bishop in antwerp beside the mill at midnight';
    const body = name === 'noted' ? { body: 'alpha beta gamma', note: secret } : { body: secret };
    await publishIn(site.strapi, name, { title: 'Premium scoop', ...body });
  }
  await grantPublic(site.strapi, [
    RELATED_FIND,
    ...TYPES.flatMap(({ name }) => ['find', 'findOne'].map((action) => `${uidOf(name)}.${action}`)),
    ...['wall', 'gone', 'noted'].flatMap((name) =>
      ['create', 'delete'].map((action) => `${uidOf(name)}.${action}`),
    ),
    `${uidOf('label')}.update`,
  ]);
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

interface Told {
  titles: string[];
  related: { score: number }[];
}

const QUERY = 'minScore=0&fields=title&fallback=none&pagination[pageSize]=100';

/** What the author of an entry with these words gets: alone, in a batch, for several. */
async function listsFor(name: string, body: string): Promise<Told[]> {
  const made = await site.http.post(`/api/${name}s`).send({ data: { title: 'Mine', body } });
  expect(made.status).toBe(201);
  const { documentId } = made.body.data;
  await site.settled();
  const alone = await site.http.get(`/api/${name}s/${documentId}/related?${QUERY}`);
  const others = await site.http.get(`/api/${name}s?filters[title]=Free 3&fields=title`);
  const both = `documentIds=${documentId},${others.body.data[0].documentId}`;
  const place = `/api/related-articles/${name}s`;
  const lists = await site.http.get(`${place}?${both}&minScore=0&fields=title&fallback=none&pagination[limit]=50`); // prettier-ignore
  const together = await site.http.get(`${place}?${both}&together=true&minScore=0&fields=title&fallback=none&pagination[limit]=50`); // prettier-ignore
  await site.http.delete(`/api/${name}s/${documentId}`);
  await site.settled();
  for (const { status } of [alone, lists, together]) expect(status).toBe(200);
  const titlesOf = (data: { title: string }[]) => data.map(({ title }) => title);
  const [first] = lists.body.data;
  return [
    { titles: titlesOf(alone.body.data), related: alone.body.meta.related.map(({ score }: Told['related'][number]) => score) }, // prettier-ignore
    { titles: titlesOf(first.related ?? first.data ?? []), related: [] },
    { titles: titlesOf(together.body.data), related: together.body.meta.related.map(({ score }: Told['related'][number]) => score) }, // prettier-ignore
  ];
}

test.each(['wall', 'gone', 'noted'])(
  '%s: what an author’s own words find reveals nothing about entries that they do not get',
  async (name) => {
    for (const [at, words] of WROTE.entries()) {
      const mine = await listsFor(name, `${words} alpha`);
      for (const { titles } of mine) {
        expect(titles.length).toBeGreaterThan(5);
        expect(titles).not.toContain('Premium scoop');
      }
      expect(mine).toEqual(await listsFor(name, `${INVENTED[at]} alpha`));
    }
  },
  60_000,
);

test.each(['wall', 'noted'])(
  '%s: the entries in a list reveal no word that its source hides',
  async (name) => {
    const { strapi, http } = site;
    const documents = strapi.documents(uidOf(name) as 'api::article.article');
    const scoop = await documents.findFirst({ filters: { title: 'Premium scoop' } });
    const made: string[] = [];
    const seen = name === 'wall' ? 'subscribers only' : 'alpha beta';
    for (const [at, words] of [...WROTE, ...INVENTED].entries()) {
      const { body } = await http.post(`/api/${name}s`).send({ data: { title: `Guess ${at}`, body: `${words} ${seen}` } }); // prettier-ignore
      made.push(body.data.documentId);
    }
    await site.settled();
    const other = await documents.findFirst({ filters: { title: 'Free 3' } });
    const alone = await http.get(`/api/${name}s/${scoop?.documentId}/related?${QUERY}`);
    const scores = new Map<string, number>(alone.body.data.map(({ title }: { title: string }, at: number) => [title, alone.body.meta.related[at].score])); // prettier-ignore
    const guesses = [0, 1, 2, 3].map((at) => scores.get(`Guess ${at}`));
    expect(guesses[0]).toBeGreaterThan(0);
    expect(new Set(guesses).size).toBe(1);
    const both = `documentIds=${scoop?.documentId},${other?.documentId}&minScore=0&fields=title&fallback=none&pagination[limit]=50`;
    const together = await http.get(`/api/related-articles/${name}s?${both}&together=true`);
    const lists = await http.get(`/api/related-articles/${name}s?${both}`);
    const [first] = lists.body.data;
    for (const data of [together.body.data, first.related ?? first.data]) {
      const titles = data.map(({ title }: { title: string }) => title);
      expect(titles).toEqual(expect.arrayContaining(['Guess 0', 'Guess 1', 'Guess 2', 'Guess 3']));
    }
    for (const id of made) await documents.delete({ documentId: id });
    await site.settled();
  },
);

test.each(['opened', 'scoped'])(
  '%s: recognises a route that lets visitors write, whatever right it requires',
  async (name) => {
    for (const body of [`${WROTE[0]} alpha`, `${INVENTED[0]} alpha`]) {
      const made = await site.http.post(`/api/${name}s`).send({ data: { title: 'Mine', body } });
      expect(made.status).toBe(201);
      await site.settled();
      const { documentId } = made.body.data;
      const list = await site.http.get(`/api/${name}s/${documentId}/related?${QUERY}`);
      const titles = list.body.data.map(({ title }: { title: string }) => title);
      expect(titles.length).toBeGreaterThan(5);
      expect(titles).not.toContain('Premium scoop');
    }
  },
);

test('visitors who may only read still get cut entries in lists, as teasers', async () => {
  const source = await publishIn(site.strapi, 'readonly', { title: 'On smugglers', body: 'zirconium smuggler and a bishop' }); // prettier-ignore
  await site.settled();
  const { body } = await site.http.get(`/api/readonlys/${source}/related?${QUERY}`);
  expect(body.data[0].title).toBe('Premium scoop');
});

test('a visitor who may rename a related entry learns nothing from the list', async () => {
  const label = await publishIn(site.strapi, 'label', { name: 'plain' });
  const source = await publishIn(site.strapi, 'labelled', { title: 'Mine', body: 'alpha', labels: [label] }); // prettier-ignore
  const lists: Told[] = [];
  for (const name of ['zirconium bishop', 'zorkonuim bashop']) {
    const { status } = await site.http.put(`/api/labels/${label}`).send({ data: { name } });
    expect(status).toBe(200);
    await site.settled();
    const { body } = await site.http.get(`/api/labelleds/${source}/related?${QUERY}`);
    lists.push({
      titles: body.data.map(({ title }: { title: string }) => title),
      related: body.meta.related.map(({ score }: { score: number }) => score),
    });
  }
  expect(lists[0].titles.length).toBeGreaterThan(5);
  expect(lists[0].titles).not.toContain('Premium scoop');
  expect(lists[0]).toEqual(lists[1]);
});

test('reasons name no word that is cut from a source', async () => {
  const scoop = await site.strapi.documents(uidOf('wall') as 'api::article.article').findFirst({ filters: { title: 'Premium scoop' }, status: 'published' }); // prettier-ignore
  const other = await publishIn(site.strapi, 'wall', { title: 'Free guess', body: 'subscribers only antwerp madrid ransom bishop smuggler midnight' }); // prettier-ignore
  await site.settled();
  const id = scoop?.documentId;
  const free = await publishIn(site.strapi, 'wall', {
    title: 'Free too',
    body: 'word1 word2 alpha',
  });
  await site.settled();
  for (const place of [
    `walls/${id}/related?`,
    `related-articles/walls?documentIds=${id},${other}&`,
    `related-articles/walls?documentIds=${id},${free}&together=true&`,
  ]) {
    const { status, text } = await site.http.get(`/api/${place}explain=true&minScore=0&fallback=none&fields=title`); // prettier-ignore
    expect(status).toBe(200);
    expect(text).toMatch(/"explanation"/);
    expect(text).not.toMatch(/bishop|smuggler|midnight|antwerp/);
  }
});

test('applies to every caller if visitors who are logged in may write', async () => {
  const source = await publishIn(site.strapi, 'readonly', { title: 'Mine', body: 'zirconium smuggler and a bishop, alpha' }); // prettier-ignore
  await site.settled();
  const titles = async (): Promise<string[]> => {
    const { body } = await site.http.get(`/api/readonlys/${source}/related?${QUERY}`);
    return body.data.map(({ title }: { title: string }) => title);
  };
  // Until now, nobody may write.
  expect(await titles()).toContain('Premium scoop');
  const author = await site.strapi.db.query('plugin::users-permissions.role').findOne({ where: { type: 'authenticated' } }); // prettier-ignore
  await site.strapi.db.query('plugin::users-permissions.permission').create({ data: { action: `${uidOf('readonly')}.update`, role: author.id } }); // prettier-ignore
  await site.settled();
  const after = await titles();
  expect(after.length).toBeGreaterThan(5);
  expect(after).not.toContain('Premium scoop');
});
