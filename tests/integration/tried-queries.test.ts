import { paywall, publishIn, uidOf, withoutPremium, writeType, type GuardedType } from '../helpers/guarded-types'; // prettier-ignore
import { startSite } from '../helpers/site';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD, MOON } from '../helpers/texts';

/*
 * Callers try words of hidden or cut entries with the parameters that leave entries out: what is left out is never
 * checked, so it must not be compared.
 */

const SECRET = 'The zirconium smuggler met the bishop in Antwerp at midnight';
const GUESSES = ['zirconium', 'midnight'];
const OTHERS = ['titanium', 'noon'];

const kind = { type: 'relation', relation: 'manyToOne', target: uidOf('kind') };
const attributes = { day: { type: 'date' }, kind };
const TYPES: (GuardedType & { rules?: object; size: number })[] = [
  { name: 'wall', attributes, controller: paywall('wall'), size: 40 },
  { name: 'gone', attributes, controller: withoutPremium('gone'), size: 40 },
  { name: 'bigwall', attributes, controller: paywall('bigwall'), size: 250 },
  { name: 'biggone', attributes, controller: withoutPremium('biggone'), size: 250 },
  {
    name: 'ruled',
    attributes,
    controller: withoutPremium('ruled'),
    size: 40,
    rules: { never: { kind: ['Archive'] } },
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
    writeType(appDir, {
      name: 'kind',
      draftAndPublish: false,
      attributes: { name: { type: 'string' } },
    });
    for (const { rules, ...type } of TYPES) {
      writeType(appDir, type);
      config.contentTypes[uidOf(type.name)] = {
        title: 'title',
        text: { body: 1 },
        date: 'day',
        relations: { kind: 0 },
        ...(rules && { rules }),
      };
    }
  });
  site.strapi.log.level = 'silent';
  const archive = await create('kind', { name: 'Archive' });
  for (const { name, size } of TYPES) {
    for (let i = 0; i < size; i += 1) {
      const more = Array.from({ length: 30 }, (_, at) => `w${(i * 17 + at * at * 13) % 400}`);
      const body = `${MOON[i % 3]} ${BREAD[(i * 7) % 3]} number${i} thing${i * 3} ${more.join(' ')}`;
      const day = `2026-05-${String(1 + (i % 28)).padStart(2, '0')}`;
      await create(name, { title: `Public ${i}`, body, day });
    }
    await create(name, { title: 'Premium', body: SECRET, day: '2020-01-01', kind: archive });
  }
  await site.strapi.db.query('plugin::related-articles.curation').create({
    data: {
      sourceType: uidOf('gone'),
      sourceId: ids['gone Premium'],
      sourceLocale: '',
      pins: [],
      exclusions: [],
      hidden: true,
      revision: 1,
    },
  });
  await grantPublic(site.strapi, [
    RELATED_FIND,
    FIND_BY_TEXT,
    ...['kind', ...TYPES.map(({ name }) => name)].flatMap((name) => [
      `${uidOf(name)}.find`,
      `${uidOf(name)}.findOne`,
    ]),
  ]);
  await site.settled();
}, 300_000);
afterAll(() => site?.stop());

/** Everything that a caller learns about a text's list. */
async function told(name: string, query: string, text: object): Promise<string> {
  const place = `/api/related-articles/${name}s?fallback=none&fields=title&${query}`;
  const { status, body } = await site.http.post(place).send(text);
  expect({ query, status }).toEqual({ query, status: 200 });
  const { pagination, related } = body.meta;
  return JSON.stringify([body.data, pagination, related]);
}

const QUERIES = [
  'minScore=0&explain=true',
  'minScore=0.01&pagination[limit]=100',
  'maxAge=60&minScore=0&explain=true',
  'maxAge=60',
  'minScore=0&explain=true&filters[title][$contains]=Public',
];
const excluding = (name: string) => [
  `minScore=0&explain=true&exclude=${ids[`${name} Premium`]}`,
  `pagination[limit]=50&exclude=${ids[`${name} Premium`]}`,
];
const MAKES: ((word: string) => object)[] = [
  (word) => ({ title: `moon crater ${word}`, text: 'number3 thing9 moon' }),
  (word) => ({ text: `${word} ${MOON[1]} number4` }),
  (word) => ({ title: word, text: word }),
];

test.each(TYPES.map(({ name }) => name))(
  '%s: whatever is left out of a list, no word of a hidden text makes a difference',
  async (name) => {
    // A caller who does not get an entry cannot exclude it either.
    const queries = name.endsWith('wall') ? [...QUERIES, ...excluding(name)] : QUERIES;
    for (const query of queries) {
      for (const make of MAKES) {
        const answers = new Set<string>();
        for (const word of [...GUESSES, ...OTHERS])
          answers.add(await told(name, query, make(word)));
        expect({ query, text: make('…'), answers: answers.size }).toEqual({
          query,
          text: make('…'),
          answers: 1,
        });
      }
    }
  },
  120_000,
);

test('an age limit does not reveal older hidden entries, in lists of entries either', async () => {
  const of = async (query: string) => {
    const place = `/api/gones/${ids['gone Public 3']}/related?minScore=0&explain=true&fallback=none`;
    const { body } = await site.http.get(`${place}&pagination[limit]=50&${query}`);
    return { data: body.data, related: body.meta.related };
  };
  const documents = site.strapi.documents(uidOf('gone') as 'api::article.article');
  const body = `${MOON[0]} number3 thing9 number6`;
  await documents.update({
    documentId: ids['gone Premium'],
    data: { body },
    status: 'published',
  } as never);
  await site.settled();
  const all = await of('');
  expect(all.data.length).toBeGreaterThan(5);
  expect(await of('maxAge=60')).toEqual(all);
});
