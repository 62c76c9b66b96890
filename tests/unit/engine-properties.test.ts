import fc from 'fast-check';
import type { EngineDocument } from 'plugin/engine/engine';
import type { RankedDocument } from 'plugin/engine/ranking/query';
import { InMemoryIndex } from 'plugin/engine/embedded/in-memory-index';

import { RANKING } from '../helpers/documents';

const COLLECTION = { type: 'article', locale: 'en' };
const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

// Few words, so that documents meet; some that exist in no dictionary.
const word = fc.constantFrom(
  ...'sourdough starter flour water bread oven crust crumb rye yeast salt jar fridge loaf moon crater telescope mirror'.split(
    ' ',
  ),
  'naïve',
  'straße',
  'x9q7',
);
const words = (max: number) => fc.array(word, { maxLength: max }).map((list) => list.join(' '));

const document: fc.Arbitrary<EngineDocument> = fc.record({
  id: fc.constantFrom(...IDS),
  title: words(4),
  slug: fc.option(fc.constantFrom(...IDS.map((id) => `slug-${id}`)), { nil: null }),
  fields: fc.array(fc.record({ text: words(30), weight: fc.constantFrom(1, 2, 0.5, 0.1) }), {
    maxLength: 2,
  }),
  taxonomy: fc.array(
    fc.record({
      relation: fc.constantFrom('category', 'tags'),
      id: fc.constantFrom('t1', 't2', 't3'),
      label: word,
    }),
    { maxLength: 3 },
  ),
  links: fc.array(fc.constantFrom(...IDS, ...IDS.map((id) => `slug-${id}`)), { maxLength: 4 }),
  date: fc.option(fc.integer({ min: 0, max: 5 }), { nil: null }),
});

type Change = { upsert: EngineDocument } | { remove: string };
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: document.map((upsert) => ({ upsert })) },
  { weight: 1, arbitrary: fc.constantFrom(...IDS).map((remove) => ({ remove })) },
);

function grown(changes: readonly Change[], diversity = 0, keptLists = 0) {
  const options = { ...RANKING, minScore: 0, diversity };
  const engine = new InMemoryIndex(() => options, undefined, { keptLists });
  for (const step of changes) apply(engine, step);
  return engine;
}

function apply(engine: InMemoryIndex, step: Change): void {
  if ('upsert' in step) engine.upsertAtOnce(COLLECTION, step.upsert);
  else engine.remove(COLLECTION, step.remove);
}

function survivors(changes: readonly Change[]): EngineDocument[] {
  const left = new Map<string, EngineDocument>();
  for (const step of changes) {
    if ('upsert' in step) left.set(step.upsert.id, step.upsert);
    else left.delete(step.remove);
  }
  return [...left.values()];
}

function everyList(engine: InMemoryIndex): Record<string, readonly RankedDocument[] | null> {
  return Object.fromEntries(
    IDS.map((id) => [id, engine.related(COLLECTION, id, { explain: true })]),
  );
}

test('any sequence of changes gives the lists, scores and explanations of a fresh build, bit for bit', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 40 }),
      fc.constantFrom(0, 0.4),
      (changes, diversity) => {
        const fresh = grown(
          survivors(changes)
            .reverse()
            .map((upsert) => ({ upsert })),
          diversity,
        );
        expect(everyList(grown(changes, diversity))).toEqual(everyList(fresh));
      },
    ),
    { numRuns: 200 },
  );
});

test('a list that is remembered is the one that would be made', () => {
  const query = fc.record({
    limit: fc.constantFrom(2, 5),
    minScore: fc.constantFrom(0, 0.1),
    ignoredRelations: fc.constantFrom(new Set<string>(), new Set(['tags'])),
    exclude: fc.constantFrom(new Set<string>(), new Set(['a']), new Set(['a', 'b'])),
    pinned: fc.constantFrom([], ['c'], ['c', 'd'], ['d', 'c']),
  });
  const question = fc.record({ id: fc.constantFrom(...IDS), query });
  const steps = fc.array(fc.oneof(change, question), { minLength: 10, maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.constantFrom(1, 3, 100), (list, keptLists) => {
      const engine = grown([], 0, keptLists);
      const plain = grown([]);
      for (const step of list) {
        if (!('query' in step)) {
          apply(engine, step);
          apply(plain, step);
          continue;
        }
        const expected = plain.related(COLLECTION, step.id, step.query);
        for (let time = 0; time < 2; time += 1) {
          expect(engine.related(COLLECTION, step.id, step.query)).toEqual(expected);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('the size in memory after changes is that of a fresh build', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const fresh = grown(survivors(changes).map((upsert) => ({ upsert })));
      const terms = (engine: InMemoryIndex) =>
        engine.stats().collections.map((collection) => [collection.documents, collection.terms]);
      expect(terms(grown(changes))).toEqual(terms(fresh));
    }),
  );
});

test('an index packed while it changes, then told what changed, equals a fresh build', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 30 }),
      fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 5 }),
      fc.array(change, { maxLength: 10 }),
      (before, meanwhile, after) => {
        const original = grown(before);
        const restored = grown([]);
        const unpack = restored.unpack();
        const steps = [...meanwhile];
        const touched: Change[] = [];
        for (const packed of original.pack(2)) {
          // As a file would have it.
          const { figures, numbers, terms, ...texts } = packed.batch;
          const written = JSON.parse(JSON.stringify(texts));
          const copy = {
            figures: figures.slice(),
            numbers: numbers.slice(),
            terms: terms.slice(),
          };
          for (const step of steps.shift() ?? []) {
            touched.push(step);
            apply(original, step);
          }
          unpack.add({ collection: packed.collection, batch: { ...written, ...copy } });
        }
        Array.from(unpack.finish());
        for (const step of [...touched, ...after]) apply(restored, step);
        for (const step of after) apply(original, step);
        const fresh = grown(
          survivors([...before, ...touched, ...after]).map((upsert) => ({ upsert })),
        );
        expect(everyList(restored)).toEqual(everyList(fresh));
        expect(everyList(original)).toEqual(everyList(fresh));
        const sizes = (engine: InMemoryIndex) =>
          engine.stats().collections.map(({ documents, terms }) => [documents, terms]);
        expect(sizes(restored)).toEqual(sizes(fresh));
      },
    ),
    { numRuns: 200 },
  );
});

test('scores are numbers from 0 to 1, shares sum to 1, and no document is suggested for itself or twice', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      for (const [id, list] of Object.entries(everyList(grown(changes)))) {
        const ids = list?.map((suggestion) => suggestion.id) ?? [];
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids).not.toContain(id);
        for (const { score, fusedScore, explanation } of list ?? []) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
          expect(Number.isFinite(fusedScore)).toBe(true);
          const shares = Object.values(explanation?.signals ?? {});
          if (fusedScore > 0) expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        }
      }
    }),
  );
});

test('two documents of the same content have the same score for each other', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), document, (changes, twin) => {
      const [one, other] = ['a', 'b'].map((id) => ({ ...twin, id, slug: null, links: [] }));
      const engine = grown([...changes, { upsert: one }, { upsert: other }]);
      const scoreOf = (from: string, to: string) =>
        engine.related(COLLECTION, from)?.find(({ id }) => id === to)?.score;
      expect(scoreOf('a', 'b')).toBe(scoreOf('b', 'a'));
    }),
    { numRuns: 150 },
  );
});

test('a shorter list is the beginning of the longer one, however diverse', () => {
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 8, maxLength: 40 }),
      fc.constantFrom(0, 0.05, 0.4, 1),
      fc.integer({ min: 1, max: 6 }),
      (changes, diversity, limit) => {
        const engine = grown(changes, diversity);
        for (const id of IDS) {
          const all = engine.related(COLLECTION, id);
          expect(engine.related(COLLECTION, id, { limit })).toEqual(all && all.slice(0, limit));
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('asking about a text changes nothing', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), document, (changes, asked) => {
      const engine = grown(changes);
      const before = everyList(engine);
      engine.relatedToDocument(COLLECTION, asked, { explain: true });
      expect(everyList(engine)).toEqual(before);
    }),
  );
});

test('a published document and the same text asked about get the same list', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), fc.constantFrom(...IDS), (changes, id) => {
      const source = survivors(changes).find((candidate) => candidate.id === id);
      fc.pre(source !== undefined);
      const engine = grown(changes);
      const ids = (list: readonly RankedDocument[] | null) =>
        list?.map((suggestion) => suggestion.id);
      expect(
        ids(engine.relatedToDocument(COLLECTION, source as EngineDocument) as RankedDocument[]),
      ).toEqual(ids(engine.related(COLLECTION, id)));
    }),
  );
});

describe('hostile text', () => {
  const filler = {
    upsert: { ...grownDocument('other'), fields: [{ text: 'bread oven flour', weight: 1 }] },
  };
  const texts: Record<string, string> = {
    empty: '',
    'five megabytes': 'bread oven flour '.repeat(320_000),
    'one word a million times': 'bread '.repeat(1_000_000),
    emoji: '🍞👩‍🍳🧑🏽‍🌾🇩🇪 bread 🥖',
    'right to left': 'خبز الفرن \u202e daerb \u202c לחם bread',
    zalgo: 'b̸̡̧͎̦͇r̷e̵a̴d̶ ̷o̸v̵e̶n̴',
    'one endless word': 'b'.repeat(2_000_000),
    'lone surrogates and zeros': '\ud800 bread \udfff\u0000\uffff oven',
    'prototype names': '__proto__ constructor toString hasOwnProperty bread',
  };

  test.each(Object.keys(texts))('%s', (name) => {
    const source = {
      ...grownDocument('source'),
      title: texts[name].slice(0, 300_000),
      fields: [{ text: texts[name], weight: 1 }],
    };
    const engine = grown([filler, { upsert: source }]);
    const list = engine.related(COLLECTION, 'source', { explain: true });
    expect(list).not.toBeNull();
    for (const { score } of list ?? []) expect(Number.isFinite(score)).toBe(true);
    engine.remove(COLLECTION, 'source');
    engine.remove(COLLECTION, 'other');
    expect(engine.stats().documents).toBe(0);
  });
});

function grownDocument(id: string): EngineDocument {
  return { id, title: 'Bread', slug: id, fields: [], taxonomy: [], links: [], date: null };
}
