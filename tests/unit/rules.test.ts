import fc from 'fast-check';

import { EmbeddedEngine } from 'plugin/engine/embedded/embedded-engine';
import type { Collection, EngineDocument, RankingOptions, Rules } from 'plugin/engine/engine';

import { TYPE } from '../../bench/corpus';

const COLLECTION: Collection = { type: 'articles', locale: 'en' };
const NO_RULES: Rules = { never: {}, same: [], different: [], atMost: {} };
const AUTHORS = ['Ada', 'Ben', 'Cleo'];
const CATEGORIES = ['Kitchen', 'Sky'];

const entry = (relation: string, name: string) => ({
  relation,
  id: name.toLowerCase(),
  label: name,
});

const about = (at: number, author: string | null, category: string | null): EngineDocument => ({
  id: `d${at}`,
  title: `Sourdough bread ${at}`,
  fields: [{ text: 'sourdough rises overnight and bakes in a hot oven until the crust sings', weight: 1 }], // prettier-ignore
  taxonomy: [
    ...(author ? [entry('author', author)] : []),
    ...(category ? [entry('category', category)] : []),
  ],
  links: [],
});

const nullable = (names: string[]) => fc.option(fc.constantFrom(...names), { nil: null });
const sites = fc.array(fc.tuple(nullable(AUTHORS), nullable(CATEGORIES)), { minLength: 2, maxLength: 25 }); // prettier-ignore

async function engineOf(documents: EngineDocument[], rules?: Rules) {
  const options: RankingOptions = { ...TYPE.ranking, minScore: 0, diversity: 0, ...(rules && { rules }) }; // prettier-ignore
  const engine = new EmbeddedEngine(() => options);
  await engine.upsert(COLLECTION, documents);
  await engine.settle();
  return engine;
}

async function listsOf(documents: EngineDocument[], rules?: Rules, pinned: string[] = []) {
  const options: RankingOptions = { ...TYPE.ranking, minScore: 0, ...(rules && { rules }) };
  const engine = new EmbeddedEngine(() => options);
  await engine.upsert(COLLECTION, documents);
  await engine.settle();
  const refs = pinned.map((documentId) => ({ uid: COLLECTION.type, documentId }));
  const lists = await engine.related(COLLECTION, documents.map(({ id }) => ({ documentId: id })), { limit: 5, pinned: refs }); // prettier-ignore
  const byId = new Map(documents.map((document) => [document.id, document]));
  return documents.map((source, at) => ({
    source,
    list: (lists[at] ?? []).map(({ documentId, pinned: isPinned }) => ({
      isPinned,
      document: byId.get(documentId) as EngineDocument,
    })),
  }));
}

const namesOf = ({ taxonomy }: EngineDocument, relation: string) =>
  taxonomy.filter((one) => one.relation === relation).map(({ label }) => label);
const share = (a: EngineDocument, b: EngineDocument, relation: string) =>
  namesOf(a, relation).some((name) => namesOf(b, relation).includes(name));

const made = (site: [string | null, string | null][]) =>
  site.map(([author, category], at) => about(at, author, category));

test('what is never to be suggested is in no list, unless it is pinned', async () => {
  await fc.assert(
    fc.asyncProperty(sites, async (site) => {
      const rules = { ...NO_RULES, never: { category: ['Sky'] } };
      for (const { list } of await listsOf(made(site), rules, ['d0'])) {
        for (const { document, isPinned } of list) {
          expect(isPinned || !namesOf(document, 'category').includes('Sky')).toBe(true);
        }
      }
    }),
    { numRuns: 25 },
  );
});

test('only the same, or never the same: a source without an entry is not restricted', async () => {
  await fc.assert(
    fc.asyncProperty(sites, fc.boolean(), async (site, isSame) => {
      const rules = { ...NO_RULES, [isSame ? 'same' : 'different']: ['category'] };
      for (const { source, list } of await listsOf(made(site), rules)) {
        if (namesOf(source, 'category').length === 0) continue;
        for (const { document } of list) expect(share(source, document, 'category')).toBe(isSame);
      }
    }),
    { numRuns: 25 },
  );
});

test('at most this many by one author, pins counted; a list that needs no limit stays the same', async () => {
  await fc.assert(
    fc.asyncProperty(sites, fc.integer({ min: 1, max: 5 }), async (site, most) => {
      const documents = made(site);
      const free = await listsOf(documents, undefined, ['d1']);
      const held = await listsOf(documents, { ...NO_RULES, atMost: { author: most } }, ['d1']);
      held.forEach(({ list }, at) => {
        for (const author of AUTHORS) {
          const by = list.filter(({ document }) => namesOf(document, 'author').includes(author));
          expect(by.length).toBeLessThanOrEqual(Math.max(most, by.filter(({ isPinned }) => isPinned).length)); // prettier-ignore
        }
        const ids = (of: typeof list) => of.map(({ document }) => document.id);
        if (most === 5) expect(ids(list)).toEqual(ids(free[at].list));
      });
    }),
    { numRuns: 25 },
  );
});

const explained = async (documents: EngineDocument[], rules: Rules, documentId: string) => {
  const engine = await engineOf(documents, rules);
  const [list] = await engine.related(COLLECTION, [{ documentId }], { explain: true });
  return list ?? [];
};

test('a score is multiplied by the factors of its entries, which the explanation names', async () => {
  await fc.assert(
    fc.asyncProperty(sites, fc.double({ min: 0.1, max: 10, noNaN: true }), async (site, factor) => {
      const documents = made(site);
      const plain = await explained(documents, NO_RULES, 'd0');
      const rules = { ...NO_RULES, favour: { category: { Sky: factor } } };
      const list = await explained(documents, rules, 'd0');
      const scores = new Map(plain.map(({ documentId, fusedScore }) => [documentId, fusedScore]));
      for (const { documentId, fusedScore, explanation } of list) {
        const document = documents.find(({ id }) => id === documentId) as EngineDocument;
        const isSky = namesOf(document, 'category').includes('Sky');
        const before = scores.get(documentId) as number;
        expect(fusedScore).toBeCloseTo(isSky && before > 0 ? before * factor : before, 10);
        const effect = { kind: 'favoured', relation: 'category', name: 'Sky', factor };
        expect(explanation?.rules).toEqual(isSky ? [effect] : undefined);
      }
    }),
    { numRuns: 25 },
  );
});

test('with a half-life, older entries count less, starting from the newest, without a clock', async () => {
  const day = 86_400_000;
  const documents = [0, 10, 30, 50].map((age, at) => ({
    ...about(at, null, null),
    date: 1e12 - age * day,
  }));
  const before = await explained(documents, NO_RULES, 'd0');
  const list = await explained(documents, { ...NO_RULES, halfLife: 20 }, 'd0');
  expect(list.map(({ documentId }) => documentId)).toEqual(['d1', 'd2', 'd3']);
  for (const { documentId, fusedScore, explanation } of list) {
    const age = { d1: 10, d2: 30, d3: 50 }[documentId] as number;
    const plain = before.find((one) => one.documentId === documentId)?.fusedScore as number;
    expect(fusedScore).toBeCloseTo(plain * 0.5 ** (age / 20), 10);
    expect(explanation?.rules).toEqual([{ kind: 'aged', factor: 0.5 ** (age / 20) }]);
  }
});

test('an ignored relation does not count, and its entries are still suggested', async () => {
  const documents = [about(0, 'Ada', 'Sky'), about(1, 'Ada', 'Sky'), about(2, 'Ben', 'Kitchen')];
  const shares = async (rules: Rules) =>
    (await explained(documents, rules, 'd0')).map(({ documentId, explanation }) => [
      documentId,
      (explanation?.signals.taxonomy ?? 0) > 0,
    ]);
  expect(await shares(NO_RULES)).toContainEqual(['d1', true]);
  const rules = { ...NO_RULES, ignore: ['author', 'category'] };
  const ignored = await shares(rules);
  expect(ignored.map(([id]) => id).sort()).toEqual(['d1', 'd2']);
  expect(ignored.map(([, counts]) => counts)).toEqual([false, false]);
});

test('what a rule places comes first in all lists of its entry, behind pins, and says so', async () => {
  await fc.assert(
    fc.asyncProperty(sites, async (site) => {
      const documents = made(site);
      const rules = {
        ...NO_RULES,
        place: [{ relation: 'category', name: 'Sky', documentId: 'd0' }],
      };
      const engine = await engineOf(documents, rules);
      const refs = [{ uid: COLLECTION.type, documentId: 'd1' }];
      for (const source of documents) {
        const isSky = source.id !== 'd0' && namesOf(source, 'category').includes('Sky');
        const ask = async (query: object) =>
          (await engine.related(COLLECTION, [{ documentId: source.id }], { explain: true, ...query }))[0] ?? []; // prettier-ignore
        const [first] = await ask({});
        if (isSky) {
          expect(first).toMatchObject({ documentId: 'd0', pinned: false, placed: true });
          expect(first.explanation?.rules).toEqual([{ kind: 'placed', relation: 'category', name: 'Sky' }]); // prettier-ignore
        } else expect(first?.placed).toBeUndefined();
        if (source.id !== 'd1' && isSky) {
          const [pinned, next] = await ask({ pinned: refs });
          expect(pinned).toMatchObject({ documentId: 'd1', pinned: true });
          expect(next).toMatchObject({ documentId: 'd0', placed: true });
        }
        const excluded = await ask({ exclude: [{ uid: COLLECTION.type, documentId: 'd0' }] });
        expect(excluded.map(({ documentId }) => documentId)).not.toContain('d0');
        // Someone who may not see the relation learns nothing of it.
        const blind = await ask({ ignoredRelations: new Set(['category']) });
        for (const one of blind) expect([one.placed, one.explanation?.rules]).toEqual([undefined, undefined]); // prettier-ignore
      }
    }),
    { numRuns: 25 },
  );
});
