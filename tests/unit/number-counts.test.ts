import fc from 'fast-check';
import { BigramCounts } from 'plugin/engine/counts/bigram-counts';
import { DateRanks } from 'plugin/engine/counts/date-ranks';
import { NumberCounts } from 'plugin/engine/counts/number-counts';

interface Counts {
  readonly size: number;
  get(key: number): number;
  forEach(visit: (key: number, count: number) => void): void;
}

/** Holds counts to a map, whatever is added and taken. */
function countAsMap<Made extends Counts>(
  make: () => Made,
  change: (counts: Made, key: number, by: number) => void,
  keys: fc.Arbitrary<number>,
  most: number,
): void {
  const changes = fc.array(fc.tuple(keys, fc.integer({ min: -most, max: most })), { maxLength: 3000 }); // prettier-ignore
  fc.assert(
    fc.property(changes, (all) => {
      const counts = make();
      const expected = new Map<number, number>();
      for (const [key, by] of all) {
        change(counts, key, by);
        const sum = Math.max(0, (expected.get(key) ?? 0) + by);
        if (sum > 0) expected.set(key, sum);
        else expected.delete(key);
      }
      const found = new Map<number, number>();
      counts.forEach((key, count) => found.set(key, count));
      expect(found).toEqual(expected);
      expect(counts.size).toBe(expected.size);
      for (const [key] of all) expect(counts.get(key)).toBe(expected.get(key) ?? 0);
    }),
  );
}

test('numbers are counted as a map does', () => {
  const key = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  countAsMap(
    () => new NumberCounts(),
    (counts, number, by) => counts.add(number, by),
    key,
    3,
  );
});

test('bigrams are counted as a map does, few and many at once', () => {
  const bigram = fc.integer({ min: 0, max: 2 ** 24 - 1 }).map((number) => number >>> 11);
  countAsMap(
    () => new BigramCounts(),
    (counts, number, by) => counts.change(number, by),
    bigram,
    400,
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
