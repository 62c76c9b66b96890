import { answering, paywall, publishIn, uidOf, withoutPremium, writeType, type GuardedType } from '../helpers/guarded-types'; // prettier-ignore
import { startSite } from '../helpers/site';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';

/*
 * Whoever may send texts could try words, names and links one by one. What the project keeps from them is found by
 * none, and does not even decide whether they get a list.
 */

const SECRET = 'The zirconium smuggler met the bishop in Antwerp at midnight';
const GUESSES = ['zirconium', 'smuggler', 'bishop', 'antwerp', 'midnight'];
const OTHERS = ['plumber', 'baker', 'titanium', 'oostende', 'noon'];

const TYPES: GuardedType[] = [
  { name: 'label', draftAndPublish: false, attributes: { name: { type: 'string' } } },
  {
    name: 'cut',
    attributes: {
      slug: { type: 'string' },
      labels: { type: 'relation', relation: 'manyToMany', target: uidOf('label') },
    },
    controller: answering(
      'cut',
      "one.title?.startsWith('Premium') ? { ...one, labels: [], slug: undefined } : one",
    ),
  },
  {
    name: 'linked',
    controller: answering('linked', String.raw`one.body ? { ...one, body: one.body.replace(/\]\([^)]*\)/g, '](/)') } : one`), // prettier-ignore
  },
  {
    name: 'wall',
    controller: paywall('wall'),
  },
  {
    name: 'gone',
    controller: withoutPremium('gone'),
  },
  {
    name: 'hook',
    lifecycles:
      "{ afterFindMany({ result }) { if (!strapi.requestContext.get()) return; for (const one of result) if (one.body && one.title?.startsWith('Premium')) one.body = 'Subscribers only'; } }",
  },
];

let site: Running;
const ids: Record<string, string> = {};

async function create(name: string, data: Record<string, unknown>): Promise<string> {
  const documentId = await publishIn(site.strapi, name, data);
  ids[`${name} ${String(data.title)}`] = documentId;
  return documentId;
}

beforeAll(async () => {
  site = await startSite((config, appDir) => {
    for (const type of TYPES) writeType(appDir, { attributes: {}, ...type });
    for (const { name } of TYPES.slice(1)) {
      config.contentTypes[uidOf(name)] = {
        title: 'title',
        text: { body: 1 },
        url: `/${name}s/:documentId`,
        ...(name === 'cut' && { slug: 'slug', relations: { labels: 1 } }),
      };
    }
  });
  site.strapi.log.level = 'silent';
  const label = await create('label', { name: 'Lawsuit Zorblax' });
  for (const { name } of TYPES.slice(1)) {
    for (let i = 0; i < 40; i += 1) {
      const body = `${MOON[i % 3]} ${BREAD[(i * 7) % 3]} number${i} thing${i * 3} place${i * 5}`;
      await create(name, { title: `Public ${i}`, body });
    }
  }
  for (const name of ['wall', 'gone', 'hook'])
    await create(name, { title: 'Premium', body: SECRET });
  await create('cut', { title: 'Premium', body: BREAD[0], slug: 'embargo-quuxville', labels: [label] }); // prettier-ignore
  await create('cut', { title: 'Premium too', body: BREAD[1], labels: [label] });
  const target = ids['linked Public 0'];
  await create('linked', {
    title: 'Walnut trees',
    body: `Orchards in [spring](/linkeds/${target})`,
  });
  await grantPublic(site.strapi, [
    RELATED_FIND,
    FIND_BY_TEXT,
    ...TYPES.flatMap(({ name }) => [`${uidOf(name)}.find`, `${uidOf(name)}.findOne`]),
  ]);
  await site.settled();
}, 120_000);
afterAll(() => site?.stop());

interface Answer {
  data: { title: string }[];
  meta: { related: object[] };
}

async function ask(name: string, text: object, query = ''): Promise<string[]> {
  return (await answerTo(name, text, query)).data.map(({ title }) => title).sort();
}

async function answerTo(name: string, text: object, query: string): Promise<Answer> {
  const place = `/api/related-articles/${name}s?fallback=none&${query}`;
  const { status, body } = await site.http.post(place).send(text);
  expect({ name, status }).toEqual({ name, status: 200 });
  return body;
}

test.each(['wall', 'gone', 'hook'])(
  '%s: no word of a text that is kept back decides about a list',
  async (name) => {
    for (const minScore of ['0.08', '0.10', '0.13', '0.16', '0.19']) {
      for (const beside of ['number3 thing9', 'premium number3 thing9']) {
        const lists = new Set<string>();
        for (const word of [...GUESSES, ...OTHERS]) {
          const titles = await ask(name, { text: `${word} ${beside}` }, `minScore=${minScore}`);
          if (name === 'gone') expect(titles).not.toContain('Premium');
          lists.add(String(titles.length > 0));
        }
        expect({ minScore, beside, lists: lists.size }).toEqual({ minScore, beside, lists: 1 });
      }
    }
    const [first] = await ask(name, { text: `${MOON[0]} ${BREAD[0]} number0 thing0 place0` });
    expect(first).toMatch(/^Public/);
  },
);

test.each(['wall', 'gone', 'hook'])(
  '%s: no word of a text that is kept back shows in scores, reasons or the order',
  async (name) => {
    for (const make of [
      (word: string) => ({ title: `moon crater ${word}`, text: 'number3 thing9 moon' }),
      (word: string) => ({ title: `moon crater ${word}`, text: `${MOON[2]} ${BREAD[0]}` }),
      (word: string) => ({ title: `moon shadow ${word}`, text: `${BREAD[1]} place5` }),
      (word: string) => ({ text: `${word} ${MOON[1]} number4` }),
    ]) {
      const told = new Set<string>();
      for (const word of [...GUESSES, ...OTHERS]) {
        const { data, meta } = await answerTo(name, make(word), 'minScore=0&explain=true&fields=title'); // prettier-ignore
        told.add(JSON.stringify([data.map(({ title }) => title), meta.related]));
      }
      expect(told.size).toBe(1);
    }
  },
);

test('a link to what is kept back is like one that leads nowhere', async () => {
  const told = async (target: string) => {
    const text = `${MOON[0]} [one](/gones/${ids['gone Public 3']}) and [two](/gones/${target})`;
    const { data, meta } = await answerTo('gone', { title: 'x', text }, 'minScore=0&explain=true&fields=title'); // prettier-ignore
    return [data.map(({ title }) => title), meta.related];
  };
  expect(await told(ids['gone Premium'])).toEqual(await told('nothing'));
});

test('reasons do not tell that there are names and links that are kept back', async () => {
  const of = async (name: string) => {
    const place = `/api/${name}s/${ids[`${name} Premium`]}/related?explain=true&minScore=0`;
    const { status, body } = await site.http.get(place);
    expect(status).toBe(200);
    return body.meta.related as { explanation: { signals: Record<string, number>; taxonomy: object } }[]; // prettier-ignore
  };
  for (const { explanation } of await of('cut')) {
    expect(explanation.taxonomy).toEqual({});
    expect(explanation.signals.taxonomy).toBe(0);
  }
});

test('names of related entries and slugs that are kept back find nothing', async () => {
  for (const title of ['zorblax', 'lawsuit zorblax', 'quuxville', 'embargo quuxville']) {
    expect(await ask('cut', { title }, 'minScore=0')).not.toContain('Premium');
  }
});

test('links that are kept back find nothing', async () => {
  const to = (documentId: string) => ask('linked', { title: 'x', text: `[x](/linkeds/${documentId})` }, 'minScore=0'); // prettier-ignore
  expect(await to(ids['linked Public 0'])).not.toContain('Walnut trees');
});
