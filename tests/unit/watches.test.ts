import { articleType } from 'plugin/cli/articles-file';
import { NO_DECISIONS, type CurationSource } from 'plugin/curations/curation';
import { EmbeddedEngine } from 'plugin/engine/embedded/embedded-engine';
import type { Collection, EngineDocument } from 'plugin/engine/engine';
import { Watches } from 'plugin/services/watches';

const UID = 'api::article.article';
const COLLECTION: Collection = { type: UID, locale: 'en' };
/** More than the number up to which each write makes all lists. */
const COUNT = 600;
const PINNING = ['a3', 'a501', 'a77'];

function document(id: string, text: string): EngineDocument {
  return { id, title: id, slug: id, fields: [{ text, weight: 1 }], taxonomy: [], links: [] };
}

test('names a page whose pinned entry is published, withdrawn and published again', async () => {
  const engine = new EmbeddedEngine(() => articleType().ranking);
  const texts = Array.from({ length: COUNT }, (_, at) => document(`a${at}`, `w${at} w${at + 1} w${at + 2} w${at + 3}`)); // prettier-ignore
  // What is decided by much: each is a little less close to the one that has the pin.
  for (const one of PINNING) {
    const words = Array.from({ length: 9 }, (_, at) => `${one}word${at}`);
    const close = words.map((_, at) => document(`${one}close${at}`, words.slice(at).join(' ')));
    texts.push(...close, document(one, words.join(' ')));
  }
  await engine.upsert(COLLECTION, texts);
  const pins = [{ uid: UID, documentId: 'pinned' }];
  const curations = {
    all: () => [],
    get: ({ sourceId }: CurationSource) => PINNING.includes(sourceId) ? { ...NO_DECISIONS, pins } : NO_DECISIONS, // prettier-ignore
    hiddenIn: async () => [],
    pinningTo: ({ sourceId }: CurationSource) => sourceId === 'pinned' ? PINNING.map((id) => ({ sourceId: id })) : [], // prettier-ignore
  };
  const type = { ...articleType(), uid: UID };
  const watches = new Watches({
    options: { of: () => ({ limit: 5, fallback: 'none', ranking: type.ranking }) },
    types: new Map([[UID, type]]),
    engine,
    curations,
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
  const pinned = document('pinned', 'something else altogether, of which nobody wrote');
  const expected = { named: PINNING, isPartial: false };
  for (let times = 0; times < 2; times += 1) {
    await engine.upsert(COLLECTION, [pinned]);
    expect(await changed()).toEqual(expected);
    await engine.remove(COLLECTION, ['pinned']);
    expect(await changed()).toEqual(expected);
  }
});
