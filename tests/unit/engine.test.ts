import { CollectionIndex } from 'plugin/engine/embedded/collection-index';
import type { IndexedDocument } from 'plugin/engine/indexed-document';
import { TextComparison } from 'plugin/engine/signals/text';
import { titleTerms } from 'plugin/engine/signals/title';
import type { EngineDocument } from 'plugin/engine/engine';
import { InMemoryIndex } from 'plugin/engine/embedded/in-memory-index';

import { category, doc, RANKING, tag } from '../helpers/documents';

const EN = { type: 'article', locale: 'en' };
const BREAD = 'sourdough starter flour water oven crust crumb rye';
const MOON = 'moon crater telescope shadow terminator mountain lava basin';

function engineOf(documents: EngineDocument[], ranking = {}) {
  const engine = new InMemoryIndex(() => ({ ...RANKING, ...ranking }));
  for (const document of documents) engine.upsertAtOnce(EN, document);
  return engine;
}

const idsOf = (engine: InMemoryIndex, id: string, query = {}) =>
  engine.related(EN, id, query)?.map((suggestion) => suggestion.id);

test('documents that share words are related, others are not suggested', () => {
  const engine = engineOf([
    doc('loaf', { body: BREAD }),
    doc('starter', { body: `${BREAD} jar fridge` }),
    doc('moon', { body: MOON }),
  ]);
  expect(idsOf(engine, 'loaf')).toEqual(['starter']);
  expect(idsOf(engine, 'moon')).toEqual([]);
});

test('locales and types are separate', () => {
  const engine = engineOf([doc('loaf', { body: BREAD })]);
  engine.upsertAtOnce({ type: 'article', locale: 'de' }, doc('brot', { body: BREAD }));
  engine.upsertAtOnce({ type: 'recipe', locale: 'en' }, doc('recipe', { body: BREAD }));
  expect(idsOf(engine, 'loaf')).toEqual([]);
  expect(engine.collections()).toHaveLength(3);
});

test('an unknown document has no list', () => {
  expect(engineOf([]).related(EN, 'nobody')).toBeNull();
});

test('a link counts from the moment its target exists, and no longer when it is gone', () => {
  const engine = engineOf([doc('a', { body: BREAD, links: ['the-moon'] })]);
  expect(idsOf(engine, 'a')).toEqual([]);
  engine.upsertAtOnce(EN, doc('moon', { slug: 'the-moon', body: MOON }));
  expect(idsOf(engine, 'a')).toEqual(['moon']);
  expect(idsOf(engine, 'moon')).toEqual(['a']);
  engine.upsertAtOnce(EN, doc('moon', { slug: 'moved', body: MOON }));
  expect(idsOf(engine, 'a')).toEqual([]);
});

test('documents linked from the same third one, or linking to it, count as connected', () => {
  const engine = engineOf([
    doc('hub', { links: ['a', 'b'] }),
    doc('a', { body: `${BREAD} shared` }),
    doc('b', { body: `${MOON} shared` }),
    doc('c', { body: 'entirely different words', links: ['target'] }),
    doc('d', { body: 'nothing in common here', links: ['target'] }),
    doc('target'),
  ]);
  const [toB] =
    engine.related(EN, 'a', { minScore: 0, explain: true })?.filter(({ id }) => id === 'b') ?? [];
  expect(toB.explanation?.links).toEqual({
    toSuggestion: false,
    fromSuggestion: false,
    cocited: 1,
    coupled: 0,
  });
  expect(toB.explanation?.signals.links).toBeGreaterThan(0);
  const [toD] =
    engine.related(EN, 'c', { minScore: 0, explain: true })?.filter(({ id }) => id === 'd') ?? [];
  expect(toD.explanation?.links.coupled).toBe(1);
});

test('a rare tag counts more than a common one', () => {
  const common = ['x1', 'x2', 'x3', 'x4', 'x5'].map((id) => doc(id, { taxonomy: [tag('news')] }));
  const engine = engineOf(
    [
      ...common,
      doc('source', { taxonomy: [tag('news'), tag('sourdough')] }),
      doc('rare', { taxonomy: [tag('sourdough')] }),
    ],
    { minScore: 0 },
  );
  const [first] = engine.related(EN, 'source') ?? [];
  expect(first.id).toBe('rare');
});

test('an explanation names words, taxonomy, and shares of every signal', () => {
  const engine = engineOf([
    doc('a', {
      title: 'Baking bread',
      body: BREAD,
      taxonomy: [category('Kitchen'), tag('baking')],
      date: 0,
    }),
    doc('b', {
      title: 'Better bread',
      body: BREAD,
      taxonomy: [category('Kitchen'), tag('baking')],
      date: 1,
    }),
    doc('c', { title: 'The moon', body: MOON, date: 2 }),
  ]);
  const [{ explanation }] = engine.related(EN, 'a', { explain: true }) ?? [];
  expect(explanation?.taxonomy).toEqual({ category: ['Kitchen'], tags: ['baking'] });
  expect(explanation?.terms).toEqual(expect.arrayContaining(['bread', 'sourdough']));
  for (const signal of ['text', 'title', 'taxonomy', 'date'] as const) {
    expect(explanation?.signals[signal]).toBeGreaterThan(0);
  }
});

test('exclude, limit and minScore cut the list', () => {
  const engine = engineOf(
    ['a', 'b', 'c', 'd'].map((id) => doc(id, { body: `${BREAD} ${id.repeat(9)}` })),
  );
  expect(idsOf(engine, 'a')).toHaveLength(3);
  expect(idsOf(engine, 'a', { exclude: new Set(['b']) })).not.toContain('b');
  expect(idsOf(engine, 'a', { limit: 1 })).toHaveLength(1);
  expect(idsOf(engine, 'a', { minScore: 1 })).toEqual([]);
});

test('equal documents come newest first, then by id', () => {
  const same = { title: 'Bread', slug: null, body: BREAD };
  const engine = engineOf([
    doc('source', { ...same, date: null }),
    doc('b', { ...same, date: 5 }),
    doc('c', { ...same, date: 5 }),
    doc('a', { ...same, date: 1 }),
    doc('z', { ...same, date: 9 }),
  ]);
  expect(idsOf(engine, 'source')).toEqual(['z', 'b', 'c', 'a']);
});

test('a word that occurs twice in a title is watched once, apart from the title’s pairs', () => {
  const index = new CollectionIndex('en');
  index.upsert(doc('source', { title: 'bread oven bread crust' }));
  index.upsert(doc('other', { title: 'bread' }));
  const [source, other] = ['source', 'other'].map((id) => index.get(id) as IndexedDocument);
  const text = new TextComparison(index, source, titleTerms(index, source));
  const places = [...text.watchedWords.values(), ...text.watchedBigrams.values()];
  expect(new Set(places).size).toBe(places.length);
  expect(Math.max(...places)).toBeLessThan(text.watched.length);
  text.compare(other);
  const [bread] = source.title;
  expect(text.watched[text.watchedWords.get(bread) as number]).toBeGreaterThan(0);
});

test('copies of the source and of each other do not fill the list', () => {
  const words = (start: number, count: number) =>
    Array.from({ length: count }, (_, i) => `w${start + i}`).join(' ');
  const engine = engineOf(
    [
      doc('source', { body: words(0, 80) }),
      doc('copy', { body: `${words(0, 80)} added` }),
      doc('near', { body: `${words(0, 50)} ${words(200, 30)}` }),
      doc('near-again', { body: `${words(0, 50)} ${words(200, 30)} added` }),
      doc('other', { body: `${words(30, 50)} ${words(300, 30)}` }),
      doc('short', { body: words(0, 8) }),
      doc('short-again', { body: words(0, 8) }),
    ],
    { minScore: 0 },
  );
  const list = idsOf(engine, 'source');
  expect(list).not.toContain('copy');
  expect(list?.filter((id) => id.startsWith('near'))).toHaveLength(1);
  expect(list).toEqual(expect.arrayContaining(['other', 'short', 'short-again']));
});

test('diversity moves the second of two alike behind something else', () => {
  const documents = [
    doc('source', { body: `${BREAD} ${MOON}` }),
    doc('bread', { body: `${BREAD} moon` }),
    doc('bread-again', { body: `${BREAD} moon crater` }),
    doc('lunar', { body: `${MOON} flour` }),
  ];
  const plain = idsOf(engineOf(documents, { minScore: 0 }), 'source') ?? [];
  const diverse = idsOf(engineOf(documents, { minScore: 0, diversity: 0.7 }), 'source') ?? [];
  expect([...diverse].sort()).toEqual([...plain].sort());
  expect(new Set(diverse.slice(0, 2))).toContain('lunar');
});

test('diversity keeps the order where signals of the project make all scores negative', () => {
  const documents = [
    doc('source', { body: `${BREAD} ${MOON}` }),
    doc('close', { body: `${BREAD} moon crater telescope shadow` }),
    doc('closer', { body: `${MOON} sourdough starter flour water oven crust` }),
    doc('far', { body: 'flour moon tulip bulb soil spring rain' }),
  ];
  const weighed = (weight: number, diversity: number) => {
    const custom = [{ name: 'against', weight, score: () => -1, onFailure: () => undefined }];
    return idsOf(engineOf(documents, { minScore: 0, diversity, custom }), 'source');
  };
  expect(weighed(100, 0.001)).toEqual(weighed(0, 0.001));
  expect(weighed(100, 0)).toEqual(weighed(0, 0));
});

test('a weight of 0 silences a signal', () => {
  const documents = [doc('a', { links: ['b'] }), doc('b', { body: MOON })];
  const silent = engineOf(documents, { weights: { ...RANKING.weights, links: 0 } });
  const [{ explanation }] = silent.related(EN, 'a', { explain: true }) ?? [];
  expect(explanation?.signals.links).toBe(0);
});

test('pinned ids come first in their order, with their scores, and nothing else changes', () => {
  const engine = engineOf([
    doc('loaf', { body: BREAD }),
    doc('starter', { body: `${BREAD} jar fridge` }),
    doc('oven', { body: `${BREAD} stone peel` }),
    doc('moon', { body: MOON }),
  ]);
  const before = engine.related(EN, 'loaf') ?? [];
  expect(before.map(({ id, pinned }) => [id, pinned])).toEqual([
    [expect.any(String), false],
    [expect.any(String), false],
  ]);
  const [first, second] = before;
  const after = engine.related(EN, 'loaf', { pinned: ['moon', second.id], explain: true }) ?? [];
  expect(after.map(({ id, pinned }) => [id, pinned])).toEqual([
    ['moon', true],
    [second.id, true],
    [first.id, false],
  ]);
  expect(after[1].score).toBe(second.score);
  expect(after[1].explanation?.terms.length).toBeGreaterThan(0);
  expect(after[0].score).toBeLessThan(0.13);
  const ids = (query: object) => idsOf(engine, 'loaf', query);
  expect(ids({ pinned: ['nothing', 'moon'] })).toEqual(['moon', first.id, second.id]);
  expect(ids({ pinned: ['moon'], exclude: new Set([first.id]) })).toEqual(['moon', second.id]);
  expect(ids({ pinned: ['moon', second.id], limit: 1 })).toEqual(['moon']);
  expect(ids({ pinned: ['moon'], minScore: 1 })).toEqual(['moon']);
});

test('a copy of a pinned document is not suggested next to it', () => {
  const text = Array.from({ length: 60 }, (_, i) => `word${i % 50}x${i}`).join(' ');
  const engine = engineOf([
    doc('source', { body: `${text.slice(0, 200)} something else entirely` }),
    doc('one', { body: text }),
    doc('copy', { body: text }),
  ]);
  expect(idsOf(engine, 'source', { pinned: ['copy'] })).toEqual(['copy']);
});

test('an index whose vocabulary is full goes on with the words that it knows', () => {
  const index = new CollectionIndex('en', 40);
  for (let i = 0; i < 20; i += 1) {
    const words = Array.from({ length: 30 }, (_, k) => `word${i}x${k}`).join(' ');
    index.upsert(doc(`d${i}`, { title: 'Bread', body: `${BREAD} ${words}` }));
  }
  expect(index.size).toBe(20);
  expect(index.dictionary.size).toBe(40);
  index.remove('d0');
  index.upsert(doc('d0', { title: 'Bread', body: BREAD }));
  expect(index.size).toBe(20);
});
