import {
  isSnapshotEngine,
  isTunableEngine,
  NO_ENTRY,
  type Collection,
  type Engine,
  type EngineDocument,
  type Query,
  type RankingOptions,
  type Source,
  type Suggestion,
} from 'plugin/engine/engine';

import { category, doc, RANKING, tag } from '../helpers/documents';

/** Creates an empty engine with these options for every content type. Called before each test. */
export type CreateEngine = (ranking: RankingOptions) => Engine | Promise<Engine>;

const ARTICLES: Collection = { type: 'api::article.article', locale: 'en' };
const GERMAN: Collection = { ...ARTICLES, locale: 'de' };
const RECIPES: Collection = { type: 'api::recipe.recipe', locale: null };

const BAKING = 'sourdough bread rises slowly in a warm kitchen while the oven heats the stone';
const STARS = 'the moon and the planets cross the night sky above the quiet observatory dome';
const GARDEN = 'tulips and daffodils bloom in spring after the gardener waters the bulbs daily';
const about = (topic: string, id: string, title: string, body: string): EngineDocument =>
  doc(id, { title, body, taxonomy: [tag(topic)] });
const ALL: readonly EngineDocument[] = [
  about('baking', 'bread', 'Sourdough bread', BAKING),
  about('baking', 'rolls', 'Bread rolls', `${BAKING} and the rolls cool`),
  about('baking', 'pizza', 'Pizza stone', 'the stone in the oven bakes bread and pizza'),
  about('sky', 'moon', 'The moon', STARS),
  about('sky', 'mars', 'Mars', `${STARS} where planets shine red`),
  about('sky', 'comet', 'Comets', 'a comet crosses the night sky above the observatory'),
  about('garden', 'tulips', 'Tulips', GARDEN),
  about('garden', 'bulbs', 'Bulbs in spring', `${GARDEN} from planted bulbs`),
];

const refOf = (documentId: string, { type }: Collection = ARTICLES) => ({ uid: type, documentId });
const idsOf = (list: readonly Suggestion[] | null | undefined) =>
  list?.map(({ documentId }) => documentId) ?? null;

/** What every engine must do. Call this from a test file to check an implementation. */
export function describeEngine(name: string, create: CreateEngine): void {
  describe(`engine: ${name}`, () => {
    let engine: Engine;
    beforeEach(async () => {
      engine = await create(RANKING);
    });

    const fill = async (collection = ARTICLES, documents = ALL) => {
      expect(await engine.upsert(collection, documents)).toEqual([]);
      await engine.settle();
    };
    const related = async (documentId: string, query?: Query, collection = ARTICLES) =>
      (await engine.related(collection, [{ documentId }], query))[0];

    test('where words may be tried, rare words and words that occur nowhere have the same effect', async () => {
      const secret = about('sky', 'secret', 'Secret', 'zirconium smugglers cross the night sky');
      await fill(ARTICLES, [...ALL, secret]);
      const ask = async (title: string, text: string) => {
        const document = doc(NO_ENTRY, { title, body: text });
        const query = { minScore: 0, explain: true, localRarity: true, forgetsLeftOut: true, uncounted: [refOf('secret')], unseen: [refOf('secret')] }; // prettier-ignore
        return (await engine.related(ARTICLES, [{ document }], query))[0];
      };
      const expected = await ask('Planets zorkonuim', 'The smogglers of the night oven.');
      expect(idsOf(expected)).toContain('mars');
      expect(await ask('Planets zirconium', 'The smugglers of the night oven.')).toEqual(expected);
    });

    test('where words may be tried, words that the sender wrote themselves reveal nothing of others', async () => {
      const own = Array.from({ length: 9 }, (_, at) =>
        about('own', `own-${at}`, `Notes ${at}`, `zirconium and zorkonium beside the oven ${at}`),
      );
      const secret = about('sky', 'secret', 'Secret', 'zirconium smugglers cross the night sky');
      await fill(ARTICLES, [...ALL, ...own, secret]);
      const ask = async (word: string) => {
        const document = doc(NO_ENTRY, { title: word, body: `${word} and planets in the night oven` }); // prettier-ignore
        const query = { minScore: 0, localRarity: true, forgetsLeftOut: true, uncounted: [refOf('secret')], unseen: [refOf('secret')] }; // prettier-ignore
        return (await engine.related(ARTICLES, [{ document }], query))[0];
      };
      const expected = await ask('zorkonium');
      expect(idsOf(expected)).toContain('own-1');
      expect(await ask('zirconium')).toEqual(expected);
    });

    test('where words may be tried, links do not lead through documents that are too old or excluded', async () => {
      const day = 86_400_000;
      const dated = ALL.map((document, at) => ({ ...document, date: (100 + at) * day, ...(at % 3 === 0 && { links: ['secret'] }) })); // prettier-ignore
      await fill(ARTICLES, [
        ...dated,
        { ...about('sky', 'secret', 'Secret', STARS), date: 10 * day },
      ]);
      const ask = async (link: string, more: Query) => {
        const document = { ...doc(NO_ENTRY, { title: 'Bread', body: GARDEN }), links: [link] };
        const query = { minScore: 0, explain: true, localRarity: true, forgetsLeftOut: true };
        return (await engine.related(ARTICLES, [{ document }], { ...query, ...more }))[0];
      };
      for (const more of [{ maxAge: 50 }, { exclude: [refOf('secret')] }]) {
        expect(await ask('secret', more)).toEqual(await ask('nothing', more));
      }
      expect(await ask('secret', {})).not.toEqual(await ask('nothing', {}));
    });

    test('a maximum age counts from the newest document, and spares pins and documents without a date', async () => {
      const day = 86_400_000;
      const dated = ALL.map((document, at) => ({ ...document, date: at === 2 ? null : at * day }));
      await fill(ARTICLES, dated);
      const ask = async (query: Query) => new Set(idsOf(await related('moon', { minScore: 0, ...query }))); // prettier-ignore
      const everything = await ask({});
      expect(everything).toContain('bread');
      // The newest is of day 7, so two days before it are days 5 to 7.
      const all = [...everything].filter((id) => ['pizza', 'comet', 'tulips', 'bulbs'].includes(id)); // prettier-ignore
      expect(await ask({ maxAge: 2 })).toEqual(new Set(all));
      expect(await ask({ maxAge: 2, pinned: [refOf('bread')] })).toContain('bread');
      expect(await ask({ maxAge: 7 })).toEqual(everything);
    });

    test('a document’s own picks come after pins, in their order, and before what is found', async () => {
      const picks = ['bulbs', 'nothing', 'moon', 'pizza', 'moon'];
      await fill(ARTICLES, ALL.map((document) => (document.id === 'moon' ? { ...document, picked: picks } : document))); // prettier-ignore
      const [first, second, ...found] = (await related('moon')) ?? [];
      expect([first, second].map(({ documentId, picked, pinned }) => [documentId, picked, pinned])).toEqual([['bulbs', true, false], ['pizza', true, false]]); // prettier-ignore
      expect(found.some(({ picked, pinned }) => picked ?? pinned)).toBe(false);
      expect(idsOf(found)).toEqual(idsOf(await related('moon', { ignoresPicks: true }))?.filter((id) => id !== 'bulbs' && id !== 'pizza')); // prettier-ignore
      const asked = { pinned: [refOf('tulips')], exclude: [refOf('bulbs')], limit: 2 };
      expect(idsOf(await related('moon', asked))).toEqual(['tulips', 'pizza']);
      expect(idsOf(await related('mars'))?.slice(0, 1)).not.toEqual(['bulbs']);
    });

    test('suggests what is about the same, best first, and never the source itself', async () => {
      await fill();
      const list = await related('bread', { limit: 2 });
      expect(new Set(idsOf(list))).toEqual(new Set(['rolls', 'pizza']));
      expect(idsOf(await related('bread', { minScore: 0 }))).not.toContain('bread');
      const scores = list?.map(({ fusedScore }) => fusedScore) ?? [];
      expect([...scores].sort((a, b) => b - a)).toEqual(scores);
      for (const { score, uid } of list ?? []) {
        expect(uid).toBe(ARTICLES.type);
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThanOrEqual(1);
      }
    });

    test('answers many sources in their order, each as if asked for alone', async () => {
      await fill();
      const unknown = { documentId: 'unknown' };
      const draft = { document: doc('draft', { title: 'Night sky', body: STARS }) };
      const lists = await engine.related(ARTICLES, [
        { documentId: 'moon' },
        unknown,
        { documentId: 'bread' },
        draft,
      ]);
      expect(lists).toHaveLength(4);
      expect(lists[0]).toEqual(await related('moon'));
      expect(lists[1]).toBeNull();
      expect(lists[2]).toEqual(await related('bread'));
      expect(idsOf(lists[3])).toContain('moon');
      expect(await engine.related(ARTICLES, [])).toEqual([]);
    });

    test('ranks a document that is not in the index, and leaves the index as it is', async () => {
      await fill();
      const before = await engine.stats();
      const document = doc('moon', { title: 'Bread', body: BAKING });
      const [list] = await engine.related(ARTICLES, [{ document }]);
      expect(idsOf(list)).toContain('bread');
      expect(idsOf(list)).not.toContain('moon');
      expect(await engine.stats()).toEqual(before);
      expect(idsOf(await related('moon'))).toContain('mars');
    });

    test('an upsert replaces, and doing it twice changes nothing', async () => {
      await fill();
      const lists = await everyList(engine);
      await fill();
      expect(await everyList(engine)).toEqual(lists);
      await fill(ARTICLES, [doc('moon', { title: 'Bread', body: BAKING })]);
      expect(idsOf(await related('bread'))).toContain('moon');
      expect(idsOf(await related('mars'))).not.toContain('moon');
    });

    test('what is removed is suggested nowhere; unknown ids are not an error', async () => {
      await fill();
      await engine.remove(ARTICLES, ['rolls', 'unknown']);
      await engine.remove(RECIPES, ['unknown']);
      await engine.settle();
      expect(idsOf(await related('bread'))).not.toContain('rolls');
      expect(await related('rolls')).toBeNull();
    });

    test('lists do not depend on the order of writes', async () => {
      await fill();
      const lists = await everyList(engine);
      const other = await create(RANKING);
      await other.upsert(ARTICLES, [doc('gone', { title: 'Gone', body: BAKING })]);
      for (const document of [...ALL].reverse()) await other.upsert(ARTICLES, [document]);
      await other.remove(ARTICLES, ['gone']);
      await other.settle();
      expect(await everyList(other)).toEqual(lists);
    });

    test('collections are independent of each other', async () => {
      await fill();
      await fill(GERMAN, [ALL[0]]);
      await fill(RECIPES, ALL.slice(0, 3));
      expect(await related('bread', {}, GERMAN)).toEqual([]);
      expect(new Set(idsOf(await related('bread', { minScore: 0 }, RECIPES)))).toEqual(
        new Set(['rolls', 'pizza']),
      );
      const collections = await engine.collections();
      expect(collections).toHaveLength(3);
      expect(collections).toEqual(expect.arrayContaining([ARTICLES, GERMAN, RECIPES]));
      expect(new Set(await engine.documentIds(RECIPES))).toEqual(
        new Set(['bread', 'rolls', 'pizza']),
      );
      expect([...(await engine.documentIds({ type: 'api::none.none', locale: null }))]).toEqual([]);
      const { documents } = await engine.stats();
      expect(documents).toBe(ALL.length + 4);
    });

    test('pins come first in their order, exclusions never', async () => {
      await fill();
      const pinned = [refOf('tulips'), refOf('unknown'), refOf('moon')];
      const list = await related('bread', { pinned, exclude: [refOf('rolls')], limit: 3 });
      expect(idsOf(list)).toEqual(['tulips', 'moon', 'pizza']);
      expect(list?.map((suggestion) => suggestion.pinned)).toEqual([true, true, false]);
      const elsewhere = { pinned: [refOf('tulips', RECIPES)], exclude: [refOf('rolls', RECIPES)] };
      expect(await related('bread', elsewhere)).toEqual(await related('bread'));
    });

    test('what is left out makes room where it was found, and does not change other lists', async () => {
      const words = BAKING.split(' ');
      const documents = Array.from({ length: 30 }, (_, at) =>
        doc(`d${at}`, {
          title: `Piece ${at}`,
          body: words
            .filter((word, place) => (place + at) % 7 < 3 && (at * place) % 5 < 4)
            .join(' '),
        }),
      );
      await fill(ARTICLES, documents);
      const compared = { minScore: 0, maxCandidates: 4 };
      let found = 0;
      for (const { id } of documents) {
        const list = idsOf(await related(id, compared)) ?? [];
        for (const { id: out } of documents.slice(0, 10)) {
          const left = idsOf(await related(id, { ...compared, exclude: [refOf(out)] })) ?? [];
          if (list.includes(out)) {
            found += 1;
            expect(left).toEqual(expect.arrayContaining(list.filter((one) => one !== out)));
            expect(left).toHaveLength(list.length);
          } else expect(left).toEqual(list);
        }
      }
      expect(found).toBeGreaterThan(20);
    });

    test('what may not be seen is in no list and hides no copy', async () => {
      const long = Array.from({ length: 60 }, (_, i) => `orchard${i} apple${i} ladder`).join(' ');
      const copies = ['one', 'two'].map((id) =>
        doc(id, { title: 'Apples', body: `${long} plums` }),
      );
      const source = doc('source', { title: 'Orchard', body: long.split(' ').reverse().join(' ') });
      await fill(ARTICLES, [...ALL, source, ...copies]);
      const [shown] = (await related('source', { minScore: 0 })) ?? [];
      const other = shown.documentId === 'one' ? 'two' : 'one';
      expect(shown.copies).toEqual([refOf(other)]);
      const unseen = [refOf(shown.documentId)];
      const list = idsOf(await related('source', { minScore: 0, unseen }));
      expect(list?.[0]).toBe(other);
      expect(list).not.toContain(shown.documentId);
    });

    test('names what a source links to and what links to it', async () => {
      await fill(ARTICLES, [
        ...ALL.slice(2),
        { ...ALL[0], links: ['rolls', 'nothing'] },
        { ...ALL[1], links: ['moon'] },
      ]);
      const linked = async (source: Source) => (await engine.linked(ARTICLES, source))?.slice().sort(); // prettier-ignore
      expect(await linked({ documentId: 'bread' })).toEqual(['rolls']);
      expect(await linked({ documentId: 'rolls' })).toEqual(['bread', 'moon']);
      expect(await linked({ documentId: 'tulips' })).toEqual([]);
      expect(await engine.linked(ARTICLES, { documentId: 'nothing' })).toBeNull();
      const document = { ...about('baking', 'new', 'New', BAKING), links: ['pizza'] };
      expect(await linked({ document })).toEqual(['pizza']);
    });

    test('explains on request: shared terms, taxonomy, links, and shares that sum to one', async () => {
      await fill(ARTICLES, [
        ...ALL.slice(1),
        { ...ALL[0], links: ['rolls'], taxonomy: [tag('baking'), category('Food')] },
      ]);
      const list = await related('bread', { explain: true });
      const rolls = list?.find(({ documentId }) => documentId === 'rolls');
      expect(rolls?.explanation?.terms.length).toBeGreaterThan(0);
      expect(rolls?.explanation?.taxonomy).toMatchObject({ tags: ['baking'] });
      expect(rolls?.explanation?.links.toSuggestion).toBe(true);
      const shares = Object.values(rolls?.explanation?.signals ?? {});
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
      expect((await related('bread'))?.[0]).not.toHaveProperty('explanation');
    });

    test('ignored relations show in no order and no score', async () => {
      await fill();
      const ignoredRelations = new Set(['tags']);
      const list = await related('bread', { ignoredRelations, explain: true });
      for (const { explanation } of list ?? []) expect(explanation?.signals.taxonomy).toBe(0);
    });

    test('a document that cannot be read is rejected, and all others are indexed', async () => {
      const broken = { ...ALL[0], id: 'broken', fields: null } as unknown as EngineDocument;
      const rejected = await engine.upsert(ARTICLES, [ALL[0], broken, ...ALL.slice(1)]);
      expect(rejected.map(({ documentId }) => documentId)).toEqual(['broken']);
      expect(rejected[0].error).toBeInstanceOf(Error);
      await engine.settle();
      expect(new Set(await engine.documentIds(ARTICLES))).toEqual(new Set(ALL.map(({ id }) => id)));
    });

    test('says whether lists reflect everything that was written', async () => {
      await fill();
      expect(engine.isSettled).toBe(true);
      await engine.clear();
      expect(await engine.collections()).toEqual([]);
      expect(await related('bread')).toBeNull();
    });

    test('an index packed here and unpacked elsewhere gives the same lists', async () => {
      await fill();
      if (!isSnapshotEngine(engine)) return expect(engine).not.toHaveProperty('pack');
      const other = await create(RANKING);
      if (!isSnapshotEngine(other)) throw new Error('Expected two engines of one kind');
      const unpacker = other.unpack();
      for (const packed of engine.pack()) unpacker.add(packed);
      expect([...(await other.documentIds(ARTICLES))]).toEqual([]);
      for (const steps = unpacker.finish(); !steps.next().done;);
      await other.settle();
      expect(await everyList(other)).toEqual(await everyList(engine));
    });

    test('gives the candidates of a source with the parts of their scores', async () => {
      await fill();
      if (!isTunableEngine(engine)) return expect(engine).not.toHaveProperty('candidates');
      const found = await engine.candidates(ARTICLES, 'bread');
      const { documentIds = [], parts, kept = [] } = found ?? {};
      expect(kept.map((at) => documentIds[at])).toEqual(expect.arrayContaining(['rolls']));
      for (const column of Object.values(parts ?? {})) {
        expect(column).toHaveLength(documentIds.length);
      }
      expect(await engine.candidates(ARTICLES, 'unknown')).toBeNull();
    });
  });
}

async function everyList(engine: Engine): Promise<Record<string, unknown>> {
  const query = { explain: true, minScore: 0 };
  const sources = ALL.map(({ id }) => ({ documentId: id }));
  const lists = await engine.related(ARTICLES, sources, query);
  return Object.fromEntries(ALL.map(({ id }, at) => [id, lists[at]]));
}
