import { FAR_TOO_LONG_MS, processorTime } from '../helpers/growth';
import {
  decidedByOthers,
  decisionsAt,
  nextRevert,
  type Step,
} from 'plugin/curations/curation-history';
import { NO_DECISIONS } from 'plugin/curations/curation';

const step = (revision: number, pins: string[]): Step => ({
  action: 'changed',
  at: '2026-03-01T12:00:00.000Z',
  revision,
  reverts: null,
  editor: null,
  editorId: null,
  agreed: [],
  before: NO_DECISIONS,
  after: { ...NO_DECISIONS, pins: pins.map((documentId) => ({ uid: 'article', documentId })) },
  isWhole: true,
});

test('gives no decisions for a revision if an import brought another one with the same number', () => {
  const [mine, theirs] = [step(1, ['a']), step(1, ['a', 'b', 'c'])];
  expect(decisionsAt([mine], 1)).toEqual(mine.after);
  expect(decisionsAt([step(2, ['b']), mine, step(1, ['a'])], 1)).toEqual(mine.after);
  expect(decisionsAt([theirs, mine], 1)).toBeNull();
  expect(decisionsAt([theirs, mine], 3)).toBeNull();
  expect(decisionsAt([theirs, mine], 0)).toEqual(NO_DECISIONS);
});

const pinsOf = (pins: readonly string[]) => step(1, [...pins]).after;
/** The steps of a list, newest first: who made it, and the pins after it. */
function historyOf(...changes: (readonly [string, readonly string[]])[]): Step[] {
  const all = changes.map(([editorId, pins], at): Step => ({
    ...step(at + 1, [...pins]),
    editorId,
    before: at === 0 ? NO_DECISIONS : pinsOf(changes[at - 1][1]),
  }));
  return all.reverse();
}

test('whoever pins an entry again decides about its place, too', () => {
  const swapped = [
    ['ann', ['a', 'b']],
    ['ann', ['b', 'a']],
  ] as const;
  const steps = historyOf(...swapped, ['bea', ['b']], ['bea', ['b', 'a']]);
  expect(nextRevert(steps, 'ann', 'undo', pinsOf(['b', 'a']))).toBeNull();
  expect(decidedByOthers(['a b'], steps, { editorId: 'ann', revision: 2 })).toEqual(['a b']);
  expect(decidedByOthers(['a b'], steps, { editorId: 'bea', revision: 2 })).toEqual([]);
  const other = historyOf(...swapped, ['bea', ['b', 'a', 'c']]);
  expect(nextRevert(other, 'ann', 'undo', pinsOf(['b', 'a', 'c']))?.decisions.pins).toEqual(pinsOf(['a', 'b', 'c']).pins); // prettier-ignore
});

test('finds out quickly who has decided about many pins and exclusions, however long the history', () => {
  const ids = Array.from({ length: 50 }, (_, at) => `pinned${String(at).padStart(2, '0')}`);
  const steps = historyOf(...Array.from({ length: 50 }, (_, at) => ['ann', at % 2 ? ids : [...ids].reverse()] as const)); // prettier-ignore
  const pairs = ids.flatMap((one, at) => ids.slice(at + 1).map((other) => `${one} ${other}`));
  const excluded = Array.from({ length: 500 }, (_, at) => `excluded${at}`);
  const start = processorTime();
  expect(decidedByOthers([...pairs, ...excluded], steps, { editorId: 'bea' })).toEqual(pairs);
  // It was more than twenty seconds.
  expect(processorTime() - start).toBeLessThan(FAR_TOO_LONG_MS);
});
