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
  ['both move the same elsewhere', 'abc', 'bca', 'bac', null],
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
      expect(merged === null).toBe(other === null);
      if (!merged || !other) return;
      const { pins, exclusions } = toRow(merged);
      expect(new Set([...pins, ...exclusions]).size).toBe(pins.length + exclusions.length);
      expect([...pins].sort()).toEqual(toRow(other).pins.sort());
    }),
    { numRuns: 500 },
  );
});

test('undo and redo walk through the steps of one editor alone', () => {
  const steps: Step[] = [];
  const take = (editorId: string, after: Decisions, reverts: number | null = null) => {
    const before = steps[0]?.after ?? NO_DECISIONS;
    const common = { action: 'changed' as const, at: '', editor: editorId };
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
