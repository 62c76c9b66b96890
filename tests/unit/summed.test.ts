import type { Suggestion } from 'plugin/engine/engine';
import { summed } from 'plugin/services/summed';

const one = (documentId: string, score: number, fusedScore: number, more: object = {}): Suggestion => ({ uid: 'a', documentId, pinned: false, score, fusedScore, ...more }); // prettier-ignore
const idsOf = (lists: Suggestion[][], pinned: string[] = []) =>
  summed(lists, { pinned: pinned.map((documentId) => ({ uid: 'a', documentId })) }, () => undefined)
    .map(({ documentId }) => documentId)
    .join('');

test('one list keeps its order, whatever its scores are', () => {
  // Rules and signals move what is less similar to the front.
  expect(idsOf([[one('b', 0.2, 3), one('a', 0.9, 2), one('c', 0.5, 1)]])).toBe('bac');
});

test('of several lists, what is in most of them and close to them comes first', () => {
  const lists = [
    [one('a', 0.8, 2), one('b', 0.7, 1.8), one('c', 0.1, 0.2)],
    [one('d', 0.2, 5), one('b', 0.15, 4)],
  ];
  expect(idsOf(lists)).toBe('badc');
});

test('where signals of the project make all scores negative, similarity orders', () => {
  expect(idsOf([[one('a', 0.3, -1), one('b', 0.6, -2)]])).toBe('ba');
});

test('where no words are shared, the fused score orders', () => {
  expect(idsOf([[one('b', 0, 2), one('a', 0, 1)]])).toBe('ba');
});

test('a text counts in each list, whichever of its copies stands there', () => {
  const to = (documentId: string) => ({ copies: [{ uid: 'a', documentId }] });
  const lists = [
    [one('x', 0.5, 2, to('y')), one('q', 0.5, 1.8)],
    [one('y', 0.5, 2, to('x')), one('q', 0.5, 1.8)],
  ];
  expect(idsOf(lists)).toBe('xq');
  // All copies are named, not only those of the list with the highest score.
  const [first] = summed([[one('x', 0.5, 2, to('y'))], [one('x', 0.9, 2)]], {}, () => undefined);
  expect(first.copies).toEqual(to('y').copies);
});

test('a copy of what comes before it is left out, unless an editor has chosen it', () => {
  const copies = [{ uid: 'a', documentId: 'b' }];
  const lists = [[one('a', 0.9, 2, { copies })], [one('b', 0.5, 2), one('c', 0.4, 1)]];
  expect(idsOf(lists)).toBe('ac');
  expect(idsOf([lists[0], [one('b', 0.5, 2, { picked: true }), one('c', 0.4, 1)]])).toBe('bc');
  expect(idsOf(lists, ['b'])).toBe('bc');
  const picked = { picked: true };
  expect(idsOf([[one('a', 0.9, 2, { copies, ...picked })], [one('b', 0.5, 2, picked)]])).toBe('ab');
});
