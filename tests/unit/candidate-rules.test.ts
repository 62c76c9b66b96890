import fc from 'fast-check';

import { SHORTLIST, withReplaced } from 'plugin/engine/ranking/candidate-rules';

const WANTED = 100;

/** A search as the engines make it: a shortlist by words, the best of it by words and title. */
function searching(bonus: (slot: number) => number, size = 2000) {
  const rooms: number[] = [];
  const best = (count: number, room: number): number[] => {
    rooms.push(room);
    const shortlist = Array.from({ length: Math.min(size, SHORTLIST * WANTED + room) }, (_, at) => at); // prettier-ignore
    const value = (slot: number) => size - slot + bonus(slot);
    return shortlist.sort((a, b) => value(b) - value(a) || a - b).slice(0, count);
  };
  return { best, rooms };
}

test('leaving one out brings in nothing from beyond the shortlist', () => {
  // By its title, it would come first of all.
  const { best, rooms } = searching((slot) => (slot === 450 ? 5000 : 0));
  const found = withReplaced(best, WANTED, (slot) => slot === 3);
  expect(found).toEqual(Array.from({ length: WANTED + 1 }, (_, slot) => slot));
  expect(Math.max(...rooms)).toBe(1);
});

test('leaving out one that was not found makes no room', () => {
  const { best, rooms } = searching(() => 0);
  expect(withReplaced(best, WANTED, (slot) => slot === WANTED)).toEqual(best(WANTED, 0));
  expect(rooms).toEqual([0, 0]);
});

test('leaving out hundreds in a row takes few searches', () => {
  const { best, rooms } = searching(() => 0);
  const found = withReplaced(best, WANTED, (slot) => slot >= 90 && slot < 390);
  expect(found).toHaveLength(WANTED + 300);
  expect(rooms.length).toBeLessThan(8);
});

test('finds as many as are wanted, with room for each that is left out', () => {
  const some = fc.uniqueArray(fc.nat(600), { maxLength: 200 });
  fc.assert(
    fc.property(some, fc.uniqueArray(fc.nat(600), { maxLength: 20 }), (leftOut, raised) => {
      const [out, up] = [new Set(leftOut), new Set(raised)];
      const { best, rooms } = searching((slot) => (up.has(slot) ? 700 : 0));
      const found = withReplaced(best, WANTED, (slot) => out.has(slot));
      expect(found.filter((slot) => !out.has(slot))).toHaveLength(WANTED);
      expect(Math.max(...rooms)).toBeLessThanOrEqual(out.size);
      // Only the best of what was looked at.
      expect(found).toEqual(best(found.length, Math.max(...rooms)));
    }),
  );
});
