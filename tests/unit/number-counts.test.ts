import fc from 'fast-check';
import { BigramCounts } from 'plugin/engine/counts/bigram-counts';
import { DateRanks } from 'plugin/engine/counts/date-ranks';
import { NumberCounts } from 'plugin/engine/counts/number-counts';

const key = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

test('counts as a map does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, fc.integer({ min: -3, max: 3 })), { maxLength: 2000 }),
      (adds) => {
        const counts = new NumberCounts();
        const expected = new Map<number, number>();
        for (const [number, by] of adds) {
          counts.add(number, by);
          const sum = Math.max(0, (expected.get(number) ?? 0) + by);
          if (sum > 0) expected.set(number, sum);
          else expected.delete(number);
        }
        const found = new Map<number, number>();
        counts.forEach((number, count) => found.set(number, count));
        expect(found).toEqual(expected);
        expect(counts.size).toBe(expected.size);
        for (const [number] of adds) expect(counts.get(number)).toBe(expected.get(number) ?? 0);
      },
    ),
  );
});

test('bigrams are counted as a map does, few and many at once', () => {
  const bigram = fc.integer({ min: 0, max: 2 ** 24 - 1 }).map((number) => number >>> 11);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(bigram, fc.integer({ min: -400, max: 400 })), { maxLength: 3000 }),
      (changes) => {
        const counts = new BigramCounts();
        const expected = new Map<number, number>();
        for (const [number, by] of changes) {
          counts.change(number, by);
          const sum = Math.max(0, (expected.get(number) ?? 0) + by);
          if (sum > 0) expected.set(number, sum);
          else expected.delete(number);
        }
        const found = new Map<number, number>();
        counts.forEach((number, count) => found.set(number, count));
        expect(found).toEqual(expected);
        expect(counts.size).toBe(expected.size);
      },
    ),
  );
});

test('dates have the ranks of a sorted list', () => {
  const date = fc.integer({ min: 0, max: 30 });
  fc.assert(
    fc.property(
      fc.array(date, { maxLength: 60 }),
      fc.array(date, { maxLength: 20 }),
      (added, removed) => {
        const ranks = new DateRanks();
        const all = [...added];
        for (const one of added) ranks.add(one);
        for (const one of removed) {
          const at = all.indexOf(one);
          if (at < 0) continue;
          all.splice(at, 1);
          ranks.remove(one);
        }
        expect(ranks.size).toBe(all.length);
        expect(ranks.distinct).toBe(new Set(all).size);
        for (const one of [...added, -1, 99]) {
          const below = all.filter((other) => other < one).length;
          const same = all.filter((other) => other === one).length;
          expect(ranks.count(one)).toBe(same);
          expect(ranks.rank(one)).toBe(below + same / 2);
        }
      },
    ),
  );
});
