import type { IndexedDocument } from 'plugin/engine/indexed-document';
import { CountChanges, countDocument } from 'plugin/engine/opensearch/counts';
import { encode } from 'plugin/engine/opensearch/features';
import { TermNumbers } from 'plugin/engine/opensearch/term-numbers';
import { pack } from 'plugin/engine/packed';
import { withoutCopies } from 'plugin/engine/ranking/duplicates';
import { TermTable } from 'plugin/engine/signals/term-table';

const BIGRAMS = 20_000;

/** Documents of one template: they share so much of it, and the whole sketch. */
function ofTemplate(count: number, shared: number): IndexedDocument[] {
  return Array.from({ length: count }, (_, own) => {
    const idOf = (at: number) => (at < shared ? at : BIGRAMS * (own + 1) + at);
    // What is not shared comes last, which is the worst case.
    const terms = Uint32Array.from({ length: BIGRAMS }, (_item, at) => pack(idOf(at), 1));
    return { id: `d${own}`, terms, wordCount: 0, sketch: [1, 2, 3, 4] } as unknown as IndexedDocument; // prettier-ignore
  });
}

const placesOf = (documents: readonly IndexedDocument[]) => documents.map((_, at) => at);
const enough = () => false;

test('long texts that are nearly copies are not compared without end, nor twice', () => {
  const lookedUp = jest.spyOn(TermTable.prototype, 'get');
  const few = ofTemplate(2, BIGRAMS * 0.85);
  expect(withoutCopies([], few, [0, 1], enough).kept).toEqual([0, 1]);
  expect(lookedUp.mock.calls.length).toBeLessThanOrEqual(BIGRAMS);
  lookedUp.mockClear();
  const many = ofTemplate(60, BIGRAMS * 0.85);
  expect(withoutCopies([], many, placesOf(many), enough).kept).toHaveLength(60);
  expect(lookedUp.mock.calls.length).toBeLessThan(2_100_000);
  lookedUp.mockRestore();
  const copies = ofTemplate(60, BIGRAMS * 0.99);
  expect(withoutCopies([], copies, placesOf(copies), enough).kept).toEqual([0]);
});

test('words of one hash count once, in a shared index', () => {
  const numbers = new TermNumbers();
  const [bread, moon] = [numbers.intern(7), numbers.intern(8)];
  const document = {
    ...{ id: 'a', length: 3, wordNorm: 1, norm: 1, wordCount: 3, titleKey: 0 },
    terms: Uint32Array.of(pack(bread, 1), pack(moon, 2), pack(bread, 3), pack(99, 1)),
    ...{ title: [], slug: [], endings: [], sketch: [] },
  } as unknown as IndexedDocument;
  const counts = new CountChanges();
  const stored = { id: 'a', features: encode(document, numbers) } as never;
  countDocument(counts, stored, numbers, 1);
  expect([counts.count('words', 7), counts.count('words', 8)]).toEqual([1, 1]);
  countDocument(counts, stored, numbers, -1);
  expect([counts.count('words', 7), counts.size]).toEqual([0, 0]);
});
