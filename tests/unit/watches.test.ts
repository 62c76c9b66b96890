import { articleType } from 'plugin/cli/articles-file';
import { NO_DECISIONS, sourceOf, type CurationSource } from 'plugin/curations/curation';
import { EmbeddedEngine } from 'plugin/engine/embedded/embedded-engine';
import type { Collection, EngineDocument } from 'plugin/engine/engine';
import { Watches } from 'plugin/services/watches';

const UID = 'api::article.article';
const COLLECTION: Collection = { type: UID, locale: 'en' };
/** More than the number up to which each write makes all lists. */
const COUNT = 600;
const PINNING = ['a3', 'a501', 'a77'];
const PICKING = ['a204'];

function document(id: string, text: string): EngineDocument {
  return { id, title: id, slug: id, fields: [{ text, weight: 1 }], taxonomy: [], links: [] };
}

/** The lists of a site where some entries pin one to which nothing else leads, and others name it in their own relation. */
async function site(more: readonly EngineDocument[] = []) {
  const decided = { isHidden: false };
  const other = { isHidden: false, exclusions: [] as { uid: string; documentId: string }[] };
  const is = { readable: true };
  const engine = new EmbeddedEngine(() => articleType().ranking);
  const texts = Array.from({ length: COUNT }, (_, at) => document(`a${at}`, `w${at} w${at + 1} w${at + 2} w${at + 3}`)); // prettier-ignore
  // What is decided by much: each is a little less close to the one that has the pin.
  for (const one of [...PINNING, ...PICKING]) {
    const words = Array.from({ length: 9 }, (_, at) => `${one}word${at}`);
    const close = words.map((_, at) => document(`${one}close${at}`, words.slice(at).join(' ')));
    const picked = PICKING.includes(one) ? ['pinned'] : [];
    texts.push(...close, { ...document(one, words.join(' ')), picked });
  }
  await engine.upsert(COLLECTION, [...texts, ...more]);
  const pins = [{ uid: UID, documentId: 'pinned' }];
  const hidden = () => (decided.isHidden ? pins : []);
  const curations = {
    all: () => [
      { ...NO_DECISIONS, ...sourceOf(UID, 'pinned', 'en'), ...decided, revision: 1 },
      { ...NO_DECISIONS, ...sourceOf(UID, 'a10', 'en'), ...other, revision: 1 },
    ],
    get: ({ sourceId }: CurationSource) => {
      if (sourceId === 'a10') return { ...NO_DECISIONS, ...other };
      return PINNING.includes(sourceId) ? { ...NO_DECISIONS, pins } : NO_DECISIONS;
    },
    hiddenIn: async () => hidden(),
    pinningTo: ({ sourceId }: CurationSource) => sourceId === 'pinned' ? PINNING.map((id) => ({ sourceId: id })) : [], // prettier-ignore
  };
  const type = { ...articleType(), uid: UID, picked: { attribute: 'seeAlso', private: false } };
  const watches = new Watches({
    options: { of: () => ({ limit: 5, fallback: 'none', ranking: type.ranking }) },
    types: new Map([[UID, type]]),
    engine,
    curations,
    reader: {
      documentsOf: async (...[, , [id]]: [unknown, string, readonly string[]]) => {
        if (!is.readable) throw new Error('Some table is away');
        return id === 'pinned' ? PICKING : [];
      },
    },
    isStopped: () => false,
  } as never);
  watches.reset();
  await watches.learn(() => false);
  engine.followWrites((collection, write) => watches.note(collection, write));
  const changed = async () => {
    const [{ lists }] = watches.all();
    const { documentIds, isPartial } = await lists.takeChanged();
    return { named: documentIds.filter((id) => id !== 'pinned').sort(), isPartial };
  };
  return { engine, watches, decided, other, is, changed };
}

test('names a page whose pinned entry is published, withdrawn and published again', async () => {
  const { engine, changed } = await site();
  const pinned = document('pinned', 'something else altogether, of which nobody wrote');
  const expected = { named: PINNING, isPartial: false };
  for (let times = 0; times < 2; times += 1) {
    await engine.upsert(COLLECTION, [pinned]);
    expect(await changed()).toEqual(expected);
    await engine.remove(COLLECTION, ['pinned']);
    expect(await changed()).toEqual(expected);
  }
});

test('names a page that shows an entry which is never suggested any more, and again when it may be', async () => {
  const { watches, decided, changed } = await site([document('pinned', 'something else')]);
  const expected = { named: [...PICKING, ...PINNING].sort(), isPartial: false };
  for (const isHidden of [true, false, true, false]) {
    decided.isHidden = isHidden;
    await watches.noteDecided();
    expect([isHidden, await changed()]).toEqual([isHidden, expected]);
  }
});

test('what cannot be read is named once it can be, and does not hold up what others decided', async () => {
  const { watches, decided, other, is, changed } = await site([document('pinned', 'something')]);
  is.readable = false;
  decided.isHidden = true;
  other.exclusions = [{ uid: UID, documentId: 'a11' }];
  for (let times = 0; times < 2; times += 1) {
    await expect(watches.noteDecided()).rejects.toThrow('Some table is away');
  }
  expect(await changed()).toEqual({ named: ['a10'], isPartial: false });
  is.readable = true;
  await watches.noteDecided();
  expect(await changed()).toEqual({ named: [...PICKING, ...PINNING].sort(), isPartial: false });
});
