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

test('only the same, or never the same: a source without an entry is bound to nothing', async () => {
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

test('at most so many by one author, pins counted; without need, the list is the same', async () => {
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
