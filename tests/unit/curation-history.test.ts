import { decisionsAt, type Step } from 'plugin/curations/curation-history';
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
