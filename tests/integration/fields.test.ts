import { appOf } from 'plugin/app';
import { Editor } from '../helpers/editors';
import { startSite } from '../helpers/site';
import { createToken, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';

// Every row of the tables of fields and relations in docs/configuration.md names a test of this file.

const PODCAST = 'api::podcast.podcast';
const SHOW = 'api::show.show';
const PERSON = 'api::person.person';
const TOPIC = 'api::topic.topic';
const FACT = 'api::fact.fact';
const FILE = 'plugin::upload.file';

let site: Running;
let token: string;

beforeAll(async () => {
  site = await startSite(({ contentTypes }) => {
    contentTypes[PERSON] = { title: 'fullName', relations: { broadcasts: 1 } };
    contentTypes[SHOW] = { title: 'name', relations: { broadcasts: 1 } };
    contentTypes[TOPIC] = { title: 'title', relations: { broadcasts: 1 } };
  });
  token = await createToken(site.strapi, 'full-access');
  // Fillers, so that words which two documents share are not in all documents.
  for (let i = 0; i < 4; i += 1) await create(PODCAST, { headline: `Filler number ${i}` });
});

afterAll(() => site.stop());

type Data = Record<string, unknown>;

/** Documents of types that the generated types do not know. */
function documents(uid: string) {
  return site.strapi.documents(uid as never) as unknown as {
    create(params: {
      data: Data;
      locale?: string;
      status?: string;
    }): Promise<{ id: number; documentId: string }>;
    update(params: {
      documentId: string;
      data: Data;
      locale?: string;
      status?: string;
    }): Promise<unknown>;
    publish(params: { documentId: string }): Promise<unknown>;
    unpublish(params: { documentId: string }): Promise<unknown>;
    delete(params: { documentId: string }): Promise<unknown>;
  };
}

async function create(uid: string, data: Data, more: { locale?: string; status?: string } = {}) {
  const { documentId, id } = await documents(uid).create({ data, ...more });
  return { documentId, id };
}

interface Entry {
  documentId: string;
  score: number;
  explanation: {
    signals: Record<string, number>;
    terms: string[];
    taxonomy: Record<string, string[]>;
    links: { toSuggestion: boolean; fromSuggestion: boolean };
  };
}

/** The list of a document over REST, with reasons, by documentId. */
async function related(plural: string, documentId: string): Promise<Map<string, Entry>> {
  await site.settled();
  const { status, body } = await site.http
    .get(`/api/${plural}/${documentId}/related?explain=true&minScore=0&pagination[limit]=100`)
    .set('Authorization', `Bearer ${token}`);
  expect({ status, error: body.error }).toEqual({ status: 200, error: undefined });
  return new Map(body.meta.related.map((entry: Entry) => [entry.documentId, entry]));
}

let serial = 0;
/** Words that no other test uses; the stemmer leaves them alone. */
function rareWords(): string {
  serial += 1;
  return ['zar', 'quo', 'vex']
    .map((start) => `${start}${'abcdefghij'[serial % 10]}${'kmno'[serial % 4]}${serial}`)
    .join(' ');
}

/** The words by which a podcast with `a` and one with `b` are related. */
async function sharedTerms(a: Data, b: Data): Promise<string[]> {
  const one = await create(PODCAST, { headline: 'One', ...a });
  const two = await create(PODCAST, { headline: 'Two', ...b });
  return (await related('broadcasts', one.documentId)).get(two.documentId)?.explanation.terms ?? [];
}

const paragraph = (text: string) => ({ type: 'paragraph', children: [{ type: 'text', text }] });

describe('text', () => {
  test.each<[string, (words: string) => Data]>([
    ['string', (words) => ({ headline: words })],
    ['text', (words) => ({ standfirst: words })],
    ['richtext with markdown', (words) => ({ transcript: `# Heading\n\n*${words}*` })],
    ['richtext with HTML', (words) => ({ transcript: `<h2>Heading</h2>\n\n    <p>${words}</p>` })],
    ['text with format html', (words) => ({ pressRelease: `<div>${words}</div>` })],
    ['blocks', (words) => ({ notes: [paragraph(words)] })],
    [
      'blocks: headings, lists and links',
      (words) => ({
        notes: words.split(' ').map(
          (word, i) =>
            [
              { type: 'heading', level: 2, children: [{ type: 'text', text: word }] },
              {
                type: 'list',
                format: 'ordered',
                children: [
                  { type: 'list-item', children: [{ type: 'text', text: word, bold: true }] },
                ],
              },
              {
                type: 'paragraph',
                children: [{ type: 'link', url: '/x', children: [{ type: 'text', text: word }] }],
              },
            ][i],
        ),
      }),
    ],
    ['component', (words) => ({ credits: { thanks: words } })],
    [
      'component, nested and repeatable',
      (words) => ({
        credits: { music: words.split(' ').map((piece) => ({ piece })) },
      }),
    ],
    [
      'dynamic zone',
      (words) => ({
        segments: [
          { __component: 'segment.quote', line: words },
          { __component: 'segment.talk', words: 'nothing in particular' },
        ],
      }),
    ],
  ])('%s', async (_kind, dataOf) => {
    const words = rareWords();
    const terms = await sharedTerms({ standfirst: words }, dataOf(words));
    expect(terms.sort()).toEqual(words.split(' ').sort());
  });

  test('media: captions and alternative texts, and their changes', async () => {
    const [one, two] = [rareWords(), rareWords()];
    const file = await site.strapi.db.query(FILE).create({
      data: {
        name: 'a.png',
        hash: 'a',
        ext: '.png',
        mime: 'image/png',
        size: 1,
        url: '/a.png',
        provider: 'local',
        caption: one,
        alternativeText: 'a.png',
      },
    });
    const podcast = await create(PODCAST, {
      headline: 'Pictured',
      cover: file.id,
      gallery: [file.id],
    });
    const words = await create(PODCAST, { headline: 'Worded', standfirst: `${one} ${two} png` });
    const terms = async () =>
      (await related('broadcasts', podcast.documentId)).get(words.documentId)?.explanation.terms ??
      [];
    expect((await terms()).sort()).toEqual(one.split(' ').sort());
    await site.strapi.plugin('upload').service('upload').updateFileInfo(file.id, { caption: two });
    expect((await terms()).sort()).toEqual(two.split(' ').sort());
  });

  test('the card of a type with zones, components and files', async () => {
    const { documentId } = await create(PODCAST, { headline: 'Carded', standfirst: 'Its beginning' }); // prettier-ignore
    const chief = await Editor.create(site, 'Chief of cards');
    const answer = await chief.request('get', `/related-articles/entries/${PODCAST}/${documentId}`);
    expect([answer.status, answer.body.data?.excerpt]).toEqual([200, 'Its beginning']);
  });

  test('media: a file attached from its own side', async () => {
    const words = rareWords();
    const podcast = await create(PODCAST, { headline: 'Attached' });
    const worded = await create(PODCAST, { headline: 'Worded', standfirst: words });
    await site.settled();
    await site.strapi.db.query(FILE).create({
      data: {
        name: 'b.png',
        hash: 'b',
        ext: '.png',
        mime: 'image/png',
        size: 1,
        url: '/b.png',
        provider: 'local',
        caption: words,
        related: [{ id: podcast.id, __type: PODCAST, __pivot: { field: 'cover' } }],
      },
    });
    expect((await related('broadcasts', worded.documentId)).has(podcast.documentId)).toBe(true);
  });

  test('what is not configured is not read: components of a zone, private attributes', async () => {
    const words = rareWords();
    const terms = await sharedTerms(
      { standfirst: words },
      {
        segments: [{ __component: 'segment.advert', pitch: words }],
        credits: { thanks: 'you', internal: words },
        rundown: words,
      },
    );
    expect(terms).toEqual([]);
  });

  test('code blocks, markup and link targets are no words', async () => {
    const words = rareWords();
    const [code, target, attribute] = words.split(' ');
    const data: Data = {
      transcript: `\`\`\`\n${code}\n\`\`\`\n\n[here](/${target}) <span class="${attribute}">there</span>`,
      pressRelease: `<pre>${code}</pre><a href="/${target}" class="${attribute}">here</a>`,
      notes: [
        { type: 'code', children: [{ type: 'text', text: code }] },
        {
          type: 'paragraph',
          children: [
            { type: 'link', url: `/${target}`, children: [{ type: 'text', text: 'here' }] },
          ],
        },
      ],
    };
    expect(await sharedTerms({ standfirst: words }, data)).toEqual([]);
  });

  test('weights: each kind its own, each component its own', async () => {
    const { documentId } = await create(PODCAST, {
      headline: 'Weighed',
      standfirst: 'a',
      notes: [paragraph('b')],
      segments: [
        { __component: 'segment.talk', caption: 'c', words: 'd' },
        { __component: 'segment.quote', line: 'e', speaker: 'f' },
      ],
    });
    await site.settled();
    const indexing = appOf(site.strapi);
    const upsert = jest.spyOn(indexing.engine, 'upsert');
    await documents(PODCAST).update({ documentId, data: { headline: 'Weighed again' } });
    await site.settled();
    const [{ fields }] = upsert.mock.calls[0][1];
    upsert.mockRestore();
    expect(fields.map(({ text, weight }) => [text.trim(), weight])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 3],
      ['d', 1],
      ['e', 0.5],
      ['f', 0.5],
    ]);
  });
});

describe('links', () => {
  test.each<[string, (url: string) => Data]>([
    ['markdown', (url) => ({ transcript: `See [this](${url}).` })],
    ['HTML in markdown', (url) => ({ transcript: `See <a href="${url}">this</a>.` })],
    ['HTML', (url) => ({ pressRelease: `<p>See <a href='${url}'>this</a></p>` })],
    [
      'blocks',
      (url) => ({
        notes: [
          {
            type: 'paragraph',
            children: [{ type: 'link', url, children: [{ type: 'text', text: 'this' }] }],
          },
        ],
      }),
    ],
    [
      'dynamic zone',
      (url) => ({ segments: [{ __component: 'segment.talk', words: `[this](${url})` }] }),
    ],
  ])('in %s', async (kind, dataOf) => {
    // The blocks editor takes no relative links.
    const target = await create(PODCAST, { headline: 'Linked to' });
    for (const url of [
      `/listen/${target.documentId}`,
      `https://radio.example/listen/${target.documentId}/?from=mail#top`,
      `../listen/${target.documentId}`,
      target.documentId,
    ].slice(0, kind === 'blocks' ? 2 : undefined)) {
      const source = await create(PODCAST, { headline: 'Linking', ...dataOf(url) });
      const entry = (await related('broadcasts', source.documentId)).get(target.documentId);
      expect({ url, links: entry?.explanation.links }).toMatchObject({
        url,
        links: { toSuggestion: true },
      });
    }
    const elsewhere = await create(PODCAST, {
      headline: 'Elsewhere',
      ...dataOf(`https://other.example/listen/${target.documentId}`),
    });
    expect(
      (await related('broadcasts', elsewhere.documentId)).get(target.documentId)?.explanation.links
        .toSuggestion ?? false,
    ).toBe(false);
  });
});

describe('relations', () => {
  test.each<[string, string, (id: string) => Data, string, (name: string) => Data]>([
    ['manyToOne', 'show', (id) => ({ show: id }), SHOW, (name) => ({ name })],
    ['manyToMany', 'hosts', (id) => ({ hosts: [id] }), PERSON, (fullName) => ({ fullName })],
    [
      'morphToOne',
      'subject',
      (id) => ({ subject: { __type: TOPIC, documentId: id } }),
      TOPIC,
      (title) => ({ title }),
    ],
    [
      'morphToMany',
      'mentions',
      (id) => ({ mentions: [{ __type: TOPIC, documentId: id }] }),
      TOPIC,
      (title) => ({ title }),
    ],
  ])(
    '%s: shared entries, and their names as words',
    async (kind, attribute, dataOf, target, entryOf) => {
      const name = rareWords();
      const entry = await create(target, entryOf(name), { status: 'published' });
      const data = kind.startsWith('morph')
        ? withIds(dataOf(entry.documentId), entry.id)
        : dataOf(entry.documentId);
      const one = await create(PODCAST, { headline: 'One', ...data });
      const two = await create(PODCAST, { headline: 'Two', ...data });
      const worded = await create(PODCAST, { headline: 'Worded', standfirst: name });
      const list = await related('broadcasts', one.documentId);
      expect(list.get(two.documentId)?.explanation.taxonomy).toMatchObject({ [attribute]: [name] });
      expect(list.get(two.documentId)?.explanation.signals.taxonomy).toBeGreaterThan(0);
      expect(list.has(worded.documentId)).toBe(true);
    },
  );

  test.each<[string, (id: string) => Data, string, (name: string) => Data]>([
    ['oneToOne', (id) => ({ guestOfHonour: id }), PERSON, (fullName) => ({ fullName })],
    ['oneToMany', (id) => ({ topics: [id] }), TOPIC, (title) => ({ title })],
  ])(
    '%s: names as words, as two documents cannot share one',
    async (_kind, dataOf, target, entryOf) => {
      const name = rareWords();
      const entry = await create(target, entryOf(name));
      const one = await create(PODCAST, { headline: 'One', ...dataOf(entry.documentId) });
      const worded = await create(PODCAST, { headline: 'Worded', standfirst: name });
      const list = await related('broadcasts', worded.documentId);
      expect(list.has(one.documentId)).toBe(true);
    },
  );

  test.each<[string, string, string, (entries: { id: number; documentId: string }[]) => Data]>([
    [
      'manyToMany, other side',
      'people',
      PERSON,
      (all) => ({ hosts: all.map(({ documentId }) => documentId) }),
    ],
    [
      'morphMany',
      'topics',
      TOPIC,
      (all) => ({
        mentions: all.map(({ id }) => ({ __type: TOPIC, id, __pivot: { field: 'broadcasts' } })),
      }),
    ],
  ])('%s: connected and disconnected from there', async (_kind, plural, uid, dataOf) => {
    const attribute = uid === PERSON ? 'fullName' : 'title';
    const entries = [
      await create(uid, { [attribute]: rareWords() }),
      await create(uid, { [attribute]: rareWords() }),
    ];
    const [one, two] = entries;
    const headline = rareWords();
    const podcast = await create(PODCAST, { headline, ...dataOf(entries) });
    const shared = async () =>
      (await related(plural, one.documentId)).get(two.documentId)?.explanation.taxonomy.broadcasts;
    expect(await shared()).toEqual([headline]);
    await documents(PODCAST).update({ documentId: podcast.documentId, data: dataOf([one]) });
    expect(await shared()).toBeUndefined();
    await documents(PODCAST).update({ documentId: podcast.documentId, data: dataOf(entries) });
    expect(await shared()).toEqual([headline]);
  });

  test('morphToMany: set from the other side', async () => {
    const title = rareWords();
    const topic = await create(TOPIC, { title });
    const one = await create(PODCAST, { headline: 'One' });
    const worded = await create(PODCAST, { headline: 'Worded', standfirst: title });
    const isRelated = async () =>
      (await related('broadcasts', worded.documentId)).has(one.documentId);
    expect(await isRelated()).toBe(false);
    await site.strapi.db.query(TOPIC).update({
      where: { id: topic.id },
      data: { broadcasts: [{ id: one.id, __pivot: { field: 'broadcasts' } }] },
    });
    expect(await isRelated()).toBe(true);
  });

  test('an entry that is given to another document leaves the first', async () => {
    const headline = rareWords();
    const podcast = await create(PODCAST, { headline });
    const data = { name: 'Noon', broadcasts: [podcast.documentId] };
    const first = await create(SHOW, data, { status: 'published' });
    const worded = await create(SHOW, { name: headline }, { status: 'published' });
    const has = async (documentId: string) =>
      (await related('shows', worded.documentId)).has(documentId);
    expect(await has(first.documentId)).toBe(true);
    const second = await create(SHOW, { ...data, name: 'Dusk' }, { status: 'published' });
    expect(await has(second.documentId)).toBe(true);
    expect(await has(first.documentId)).toBe(false);
    // The podcast has no drafts, so giving it to a draft takes effect at once.
    await create(SHOW, { ...data, name: 'Night' });
    expect(await has(second.documentId)).toBe(false);
  });

  test.each<[string, object]>([
    ['a draft', {}],
    ['a published one', { status: 'published' }],
  ])(
    'an entry that is given to %s which is deleted at once has left the first',
    async (_what, as) => {
      const headline = rareWords();
      const podcast = await create(PODCAST, { headline });
      const data = { name: 'Noon', broadcasts: [podcast.documentId] };
      const first = await create(SHOW, data, { status: 'published' });
      const worded = await create(SHOW, { name: headline }, { status: 'published' });
      const has = async () => (await related('shows', worded.documentId)).has(first.documentId);
      expect(await has()).toBe(true);
      const { documentId } = await documents(SHOW).create({ data: { ...data, name: 'Dusk' }, ...as } as never); // prettier-ignore
      await documents(SHOW).delete({ documentId });
      expect(await has()).toBe(false);
    },
  );

  test('oneToMany, other side: names as words', async () => {
    const headline = rareWords();
    const show = await create(SHOW, { name: 'Evening' }, { status: 'published' });
    await create(PODCAST, { headline, show: show.documentId });
    const worded = await create(SHOW, { name: headline }, { status: 'published' });
    expect((await related('shows', worded.documentId)).has(show.documentId)).toBe(true);
  });

  test('with draft and publish: drafts are not read; renaming, unpublishing and deleting show', async () => {
    const [first, second] = [rareWords(), rareWords()];
    const show = await create(SHOW, { name: first }, { status: 'published' });
    const one = await create(PODCAST, { headline: 'One', show: show.documentId });
    const two = await create(PODCAST, { headline: 'Two', show: show.documentId });
    const shared = async () =>
      (await related('broadcasts', one.documentId)).get(two.documentId)?.explanation.taxonomy
        .show ?? [];
    expect(await shared()).toEqual([first]);
    await documents(SHOW).update({ documentId: show.documentId, data: { name: second } });
    expect(await shared()).toEqual([first]);
    await documents(SHOW).publish({ documentId: show.documentId });
    expect(await shared()).toEqual([second]);
    await documents(SHOW).unpublish({ documentId: show.documentId });
    expect(await shared()).toEqual([]);
    await documents(SHOW).publish({ documentId: show.documentId });
    expect(await shared()).toEqual([second]);
    await documents(SHOW).delete({ documentId: show.documentId });
    expect(await shared()).toEqual([]);
  });

  test('with locales: an entry is one group, in whichever locale it is written', async () => {
    await site.strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
    const topic = await create(TOPIC, { title: rareWords() });
    await documents(TOPIC).update({
      documentId: topic.documentId,
      locale: 'de',
      data: { title: rareWords() },
    });
    const rows: { id: number }[] = await site.strapi.db
      .query(TOPIC)
      .findMany({ where: { documentId: topic.documentId } });
    expect(rows).toHaveLength(2);
    const mentions = (row: { id: number }) => ({ mentions: [{ __type: TOPIC, id: row.id }] });
    const one = await create(PODCAST, { headline: 'One', ...mentions(rows[0]) });
    const two = await create(PODCAST, { headline: 'Two', ...mentions(rows[1]) });
    const entry = (await related('broadcasts', one.documentId)).get(two.documentId);
    expect(entry?.explanation.taxonomy.mentions).toHaveLength(1);
  });
});

test('a type with a title and nothing else, under a plural of its own', async () => {
  const words = rareWords();
  const one = await create(FACT, { claim: `${words} north` });
  const two = await create(FACT, { claim: `${words} south` });
  await create(FACT, { claim: 'Something else' });
  expect([...(await related('trivia', one.documentId)).keys()]).toEqual([two.documentId]);
  await grantPublic(site.strapi, [RELATED_FIND]);
  expect((await site.http.get(`/api/trivia/${one.documentId}/related`)).status).toBe(403);
});

/** Polymorphic relations are set by row id. */
function withIds(data: Data, id: number): Data {
  return JSON.parse(JSON.stringify(data), (key, value) =>
    key === '' || value === null || typeof value !== 'object' || !('documentId' in value)
      ? value
      : { __type: value.__type, id },
  );
}
