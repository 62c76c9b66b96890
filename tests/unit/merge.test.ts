import fc from 'fast-check';
import { nextRevert, type Step } from 'plugin/curations/curation-history';
import { NO_DECISIONS, toRow, type Decisions } from 'plugin/curations/curation';
import { mergeDecisions } from 'plugin/curations/merge';

const refOf = (documentId: string) => ({ uid: 'api::article.article', documentId });
const decisions = (pins: string, exclusions = ''): Decisions => ({
  pins: [...pins].map(refOf),
  exclusions: [...exclusions].map(refOf),
  isHidden: false,
});
const shown = (found: Decisions | null) =>
  found && `${toRow(found).pins.join('')}|${toRow(found).exclusions.sort().join('')}`;

test.each([
  ['each pins another', 'ab', 'abc', 'abd', 'abdc|'],
  ['one moves, one pins', 'ab', 'ba', 'abc', 'bac|'],
  ['one excludes, one reorders the rest', 'abc', 'bc', 'acb', 'cb|'],
  ['a pin in the middle keeps its place', 'abc', 'axbc', 'abcd', 'axbcd|'],
  ['behind what is left before it', 'abc', 'abxc', 'bc', 'bxc|'],
  ['both pin the same', 'a', 'ab', 'ab', 'ab|'],
  ['both pin the same, the other in an order of theirs', '', 'x', 'yx', 'yx|'],
  ['one moves down what the other moves another before', 'abcde', 'aebcd', 'bcdea', 'ebcda|'],
  ['one moves up behind what the other moves down', 'abcde', 'abecd', 'acdeb', 'aecdb|'],
  ['both move the same elsewhere', 'abcd', 'bcda', 'bcad', null],
  ['each moves another past the same', 'abc', 'bca', 'bac', 'bca|'],
  ['no order has both moves without a third', 'abc', 'bac', 'acb', null],
  ['one moves up what the other has moved to the top', 'abc', 'acb', 'cab', 'cab|'],
  ['what only one has stays with its neighbours', 'abcd', 'dabc', 'abxcd', 'dabxc|'],
  ['one unpins the neighbour of what the other moves', 'abc', 'ac', 'acb', 'ac|'],
  ['one pins what the other excludes', '', 'a', '|a', null],
  ['one unpins what the other moves', 'abc', 'bc', 'bca', null],
])('%s', (_, base, mine, theirs, merged) => {
  const of = (text: string) => decisions(...(text.split('|') as [string, string?]));
  expect(shown(mergeDecisions(of(base), of(mine), of(theirs)))).toBe(merged);
});

const anyDecisions = fc
  .tuple(fc.shuffledSubarray([...'abcdefgh']), fc.integer({ min: 0, max: 8 }), fc.boolean())
  .map(([ids, pinned, isHidden]): Decisions => {
    const [pins, exclusions] = [ids.slice(0, pinned), ids.slice(pinned)];
    return { ...decisions(pins.join(''), exclusions.join('')), isHidden };
  });

test('what only one editor changed stays as they made it; nothing is doubled, or both pinned and excluded', () => {
  fc.assert(
    fc.property(anyDecisions, anyDecisions, anyDecisions, (base, mine, theirs) => {
      expect(shown(mergeDecisions(base, mine, base))).toBe(shown(mine));
      expect(shown(mergeDecisions(base, base, theirs))).toBe(shown(theirs));
      const merged = mergeDecisions(base, mine, theirs);
      const other = mergeDecisions(base, theirs, mine);
      if (!merged || !other) return;
      const { pins, exclusions } = toRow(merged);
      expect(new Set([...pins, ...exclusions]).size).toBe(pins.length + exclusions.length);
      expect([...pins].sort()).toEqual(toRow(other).pins.sort());
    }),
    { numRuns: 500 },
  );
});

test('a pin that one editor moved before another stays before it, or the other editor is asked', () => {
  const order = fc.shuffledSubarray([...'abcdef'], { minLength: 6 }).map((ids) => decisions(ids.join(''))); // prettier-ignore
  const isBefore = ({ pins }: Decisions, one: string, other: string) =>
    pins.findIndex(({ documentId }) => documentId === one) <
    pins.findIndex(({ documentId }) => documentId === other);
  let merges = 0;
  fc.assert(
    fc.property(order, order, (mine, theirs) => {
      const base = decisions('abcdef');
      const merged = mergeDecisions(base, mine, theirs);
      if (!merged) return;
      merges += 1;
      for (const one of 'abcdef') {
        for (const other of 'abcdef') {
          const isMoved = [mine, theirs].some((side) => isBefore(side, one, other) && !isBefore(base, one, other)); // prettier-ignore
          if (one !== other && isMoved) expect(isBefore(merged, one, other)).toBe(true);
        }
      }
    }),
    { numRuns: 2000 },
  );
  expect(merges).toBeGreaterThan(50);
});

test('a pin that has ended hinders no older undo, and what two editors wanted is undone by neither', () => {
  const until = '2026-03-01T00:00:00.000Z';
  const states: [string | null, Decisions, Partial<Step>?][] = [
    ['me', decisions('b')],
    ['me', decisions('ba')],
    ['me', { ...decisions('ba'), pins: [refOf('b'), { ...refOf('a'), until }] }],
    [null, decisions('b'), { action: 'ended' }],
  ];
  const steps = states.reduce<Step[]>(
    (before, [editorId, after, more], at) => [
      {
        ...{ action: 'changed', at: '', editor: null, editorId, reverts: null, agreed: [] },
        ...{ before: before[0]?.after ?? NO_DECISIONS, after, revision: at + 1, isWhole: true },
        ...more,
      },
      ...before,
    ],
    [],
  );
  const revert = nextRevert(steps, 'me', 'undo', steps[0].after);
  expect([revert?.step.revision, shown(revert?.decisions ?? null)]).toEqual([1, '|']);

  const [pinned] = steps.slice(-1);
  const both: Step = { ...pinned, before: decisions('a'), after: decisions('ab'), revision: 2 };
  const moved: Step = { ...both, editorId: 'other', before: both.after, after: decisions('ba'), revision: 3 }; // prettier-ignore
  expect(nextRevert([moved, both], 'me', 'undo', moved.after)).toBeNull();

  const [first] = steps.slice(-1);
  const second: Step = { ...first, editorId: 'other', before: first.after, after: decisions('bc'), revision: 2, agreed: ['b'] }; // prettier-ignore
  expect(nextRevert([second, first], 'me', 'undo', second.after)).toBeNull();
  expect(nextRevert([{ ...second, agreed: [] }, first], 'me', 'undo', second.after)).not.toBeNull();
  expect(shown(nextRevert([second, first], 'other', 'undo', second.after)?.decisions ?? null)).toBe('b|'); // prettier-ignore
});

test('undo and redo walk through the steps of one editor alone', () => {
  const steps: Step[] = [];
  const take = (editorId: string, after: Decisions, reverts: number | null = null) => {
    const before = steps[0]?.after ?? NO_DECISIONS;
    const common = { action: 'changed' as const, at: '', editor: editorId, agreed: [] };
    const revision = steps.length + 1;
    steps.unshift({ ...common, editorId, reverts, before, after, revision, isWhole: true });
  };
  const revert = (direction: 'undo' | 'redo') => {
    const next = nextRevert(steps, 'me', direction, steps[0].after);
    if (!next) return null;
    take('me', next.decisions, next.step.revision);
    return shown(next.decisions);
  };
  take('me', decisions('a'));
  take('me', decisions('ab'));
  take('other', decisions('abc'));
  take('me', decisions('dabc'));
  expect(['undo', 'undo', 'undo', 'undo'].map((way) => revert(way as 'undo'))).toEqual([
    'abc|',
    'ac|',
    'c|',
    null,
  ]);
  expect(['redo', 'redo'].map((way) => revert(way as 'redo'))).toEqual(['ac|', 'abc|']);
  expect(revert('undo')).toBe('ac|');
  take('me', decisions('ac', 'x'));
  expect(nextRevert(steps, 'me', 'redo', steps[0].after)).toBeNull();
  expect(revert('undo')).toBe('ac|');
  take('other', decisions('c'));
  // The step that is skipped has left nothing behind.
  expect(revert('undo')).toBeNull();
  take('me', decisions('ce'));
  take('other', decisions('c', 'e'));
  expect(revert('undo')).toBeNull();
  // Somebody else has pinned it again: now it is their pin.
  take('other', decisions('ce'));
  expect(revert('undo')).toBeNull();
});
