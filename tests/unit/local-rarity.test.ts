import fc from 'fast-check';
import type { EngineDocument } from 'plugin/engine/engine';
import { InMemoryIndex } from 'plugin/engine/embedded/in-memory-index';

import { doc, RANKING } from '../helpers/documents';

/* Hidden documents must not show in what a caller's words find, however the caller prepares the ground. */

const COLLECTION = { type: 'article', locale: 'en' };
const word = fc.constantFrom(...'sourdough starter flour water bread oven crust crumb rye zirconium smuggler bishop'.split(' ')); // prettier-ignore
const words = (max: number) => fc.array(word, { maxLength: max }).map((list) => list.join(' '));
const visibleSlugs = Array.from({ length: 12 }, (_, at) => `seen-${at}`);
const hiddenSlugs = ['secret', 'other', ...visibleSlugs.slice(0, 2)];
const links = fc.array(fc.constantFrom(...visibleSlugs, ...hiddenSlugs, 'nothing'), { maxLength: 4 }); // prettier-ignore
const documentOf = (id: string, slug: string | null): fc.Arbitrary<EngineDocument> =>
  fc
    .record({ title: words(4), body: words(20), links, date: fc.integer({ min: 0, max: 3 }) })
    .map((part) => doc(id, { ...part, slug }));

const visible = fc.tuple(...visibleSlugs.map((slug, at) => documentOf(`v${at}`, slug)));
/** Enough of them for a site to have a gate of its own. */
const hidden = fc.tuple(...Array.from({ length: 30 }, (_, at) => fc.constantFrom(...hiddenSlugs).chain((slug) => documentOf(`h${at}`, slug)))); // prettier-ignore
const source = documentOf('', null);

const HIDDEN = new Set(Array.from({ length: 30 }, (_, at) => `h${at}`));

function listOf(documents: readonly EngineDocument[], asked: EngineDocument, minScore: number) {
  const engine = new InMemoryIndex(() => ({ ...RANKING, minScore }));
  for (const document of documents) engine.upsertAtOnce(COLLECTION, document);
  const query = { localRarity: true, forgetsLeftOut: true, uncounted: HIDDEN, unseen: HIDDEN, explain: true }; // prettier-ignore
  return engine.relatedToDocument(COLLECTION, asked, query);
}

test.each([0, 0.13])('with minScore %s, no word, link, slug or length of hidden documents shows in a list', async (minScore) => {
  await fc.assert(
    fc.asyncProperty(visible, hidden, hidden, source, async (seen, one, other, asked) => {
      // Dates are not secret, and ranks reveal them.
      const dated = other.map((document, at) => ({ ...document, date: one[at].date }));
      const [list, again] = [await listOf([...seen, ...one], asked, minScore), await listOf([...seen, ...dated], asked, minScore)]; // prettier-ignore
      expect(again).toEqual(list);
    }),
    { numRuns: 60, endOnFailure: true },
  );
}); // prettier-ignore
