import fc from 'fast-check';
import { EmbeddedEngine } from 'plugin/engine/embedded/embedded-engine';
import type { Collection, EngineDocument } from 'plugin/engine/engine';
import { ListWatch } from 'plugin/services/list-watch';
import { articleType } from 'plugin/cli/articles-file';

const COLLECTION: Collection = { type: 'article', locale: 'en' };
const LIMIT = 3;
const WORDS = 'bread oven dough crust moon crater orbit lens soil worm mulch spade'.split(' ');

function document(id: string, words: readonly string[], links: string[] = []): EngineDocument {
  const text = words.join(' ');
  return { id, title: `${words[0]} ${id}`, slug: id, fields: [{ text, weight: 1 }], taxonomy: [], links }; // prettier-ignore
}

const words = fc.array(fc.constantFrom(...WORDS), { minLength: 5, maxLength: 12 });
const id = fc.integer({ min: 0, max: 39 }).map((number) => `a${number}`);
const edit = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), id, words, link: id }),
  fc.record({ kind: fc.constant('remove' as const), id }),
);

async function started(texts: readonly (readonly string[])[], isFilled = false) {
  const engine = new EmbeddedEngine(() => articleType().ranking);
  await engine.upsert(COLLECTION, texts.map((text, at) => document(`a${at}`, text))); // prettier-ignore
  const queries = async () => () => ({});
  const watch = new ListWatch({
    engine,
    collection: COLLECTION,
    limit: LIMIT,
    queries,
    isFilled,
    hasMaxAge: false,
  });
  await watch.learn(await watch.unknown());
  watch.isComplete = true;
  engine.followWrites((_, write) => watch.note(write));
  const lists = async () => {
    const ids = [...(await engine.documentIds(COLLECTION))];
    const found = await engine.related(COLLECTION, ids.map((documentId) => ({ documentId })), { diversifyTop: LIMIT + 5 }); // prettier-ignore
    return new Map(found.map((list, at) => [ids[at], (list ?? []).slice(0, LIMIT).map((one) => one.documentId)])); // prettier-ignore
  };
  return { engine, watch, lists };
}

test('on a small site, every list that edits change is named, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(words, { minLength: 5, maxLength: 40 }),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      async (texts, edits) => {
        const { engine, watch, lists } = await started(texts);
        const before = await lists();
        const written = new Set<string>();
        for (const one of edits) {
          if (one.kind === 'put') {
            await engine.upsert(COLLECTION, [document(one.id, one.words, [one.link])]);
            written.add(one.id);
          } else {
            await engine.remove(COLLECTION, [one.id]);
            if (before.has(one.id)) written.add(one.id);
          }
        }
        const { documentIds, isPartial } = await watch.takeChanged();
        const after = await lists();
        const changed = [...after]
          .filter(
            ([source, list]) =>
              before.get(source)?.join() !== list.join() || list.some((one) => written.has(one)),
          ) // prettier-ignore
          .map(([source]) => source);
        expect(isPartial).toBe(false);
        expect([...documentIds].sort()).toEqual(changed.sort());
        expect((await watch.takeChanged()).documentIds).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});

test('a new document changes what fills short lists', async () => {
  const { engine, watch } = await started([['moon', 'crater'], ['soil', 'worm'], ['dough', 'crust']], true); // prettier-ignore
  await engine.upsert(COLLECTION, [document('new', ['zyxw', 'vuts', 'rqpo'])]);
  expect((await watch.takeChanged()).documentIds.sort()).toEqual(['a0', 'a1', 'a2', 'new']);
  // An entry that fills lists may show another text.
  await engine.upsert(COLLECTION, [document('new', ['zyxw', 'vuts', 'other'])]);
  expect((await watch.takeChanged()).documentIds.sort()).toEqual(['a0', 'a1', 'a2', 'new']);
});

test('a decision about a short list may change what fills it', async () => {
  for (const isFilled of [true, false]) {
    const { watch } = await started([['moon', 'crater'], ['soil', 'worm'], ['dough', 'crust']], isFilled); // prettier-ignore
    watch.ask('a1');
    watch.ask('gone');
    expect((await watch.takeChanged()).documentIds).toEqual(isFilled ? ['a1'] : []);
  }
});

test('a margin is at most the least difference that decided a place', async () => {
  const engine = new EmbeddedEngine(() => ({ ...articleType().ranking, diversity: 0 }));
  const texts = WORDS.map((_, at) => [...WORDS.slice(at), ...WORDS.slice(0, at)].slice(0, 6));
  await engine.upsert(COLLECTION, texts.map((text, at) => document(`a${at}`, text))); // prettier-ignore
  const ids = texts.map((_, at) => `a${at}`);
  const query = { diversifyTop: LIMIT, minScore: 0 };
  const found = await engine.relatedWithMargins(COLLECTION, ids, query);
  for (const list of found) {
    const scores = list?.suggestions.map(({ fusedScore }) => fusedScore) ?? [];
    expect(scores.length).toBeGreaterThan(LIMIT);
    const gaps = scores.slice(1, LIMIT + 1).map((score, at) => (scores[at] - score) / scores[0]);
    expect(list?.margin).toBeLessThanOrEqual(Math.min(...gaps));
    expect(list?.margin).toBeGreaterThanOrEqual(0);
  }
});

test('after a flood of writes, it says that anything may have changed, and learns again', async () => {
  const { watch } = await started([['bread'], ['moon'], ['soil']].map((text) => [...text, ...WORDS])); // prettier-ignore
  const write = { slugBefore: null, words: 1, linked: [], sharing: [], movesNewest: false };
  for (let at = 0; at < 2500; at += 1) watch.note({ ...write, documentId: `b${at}` });
  expect(watch.isPending).toBe(true);
  expect(await watch.takeChanged()).toMatchObject({ documentIds: [], isPartial: true, made: 0 });
  expect(watch.isPending).toBe(false);
  expect(await watch.unknown()).toHaveLength(3);
  await watch.learn(await watch.unknown());
  watch.note({ ...write, documentId: 'a1' });
  // Both lists show it.
  expect((await watch.takeChanged()).documentIds.sort()).toEqual(['a0', 'a2']);
});

test('a write before all lists are known may have changed more than is found', async () => {
  const { watch } = await started([['bread'], ['moon'], ['soil']].map((text) => [...text, ...WORDS])); // prettier-ignore
  const write = { slugBefore: null, words: 1, linked: [], sharing: [], movesNewest: false };
  watch.isComplete = false;
  watch.note({ ...write, documentId: 'a1' });
  // Learning went on and finished before anybody looked.
  watch.isComplete = true;
  expect((await watch.takeChanged()).isPartial).toBe(true);
  watch.note({ ...write, documentId: 'a1' });
  expect((await watch.takeChanged()).isPartial).toBe(false);
});

test('the first document of a collection is the only one to report', async () => {
  const { engine, watch } = await started([]);
  watch.isComplete = false;
  await engine.upsert(COLLECTION, [document('a0', ['bread'])]);
  expect(await watch.takeChanged()).toMatchObject({ documentIds: ['a0'], isPartial: false });
});
