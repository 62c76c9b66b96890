import fc from 'fast-check';
import { BigramCounts } from 'plugin/engine/counts/bigram-counts';
import { DateRanks } from 'plugin/engine/counts/date-ranks';
import { NumberCounts } from 'plugin/engine/counts/number-counts';
import { SortedDates } from 'plugin/engine/embedded/sorted-dates';

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

test('counts numbers like a map', () => {
  const key = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  countAsMap(
    () => new NumberCounts(),
    (counts, number, by) => counts.add(number, by),
    key,
    3,
  );
});

test('counts bigrams like a map, few and many at once', () => {
  const bigram = fc.integer({ min: 0, max: 2 ** 24 - 1 }).map((number) => number >>> 11);
  countAsMap(
    () => new BigramCounts(),
    (counts, number, by) => counts.change(number, by),
    bigram,
    400,
  );
});

test('bigrams added to a large table are counted, however many wait', () => {
  const counts = new BigramCounts();
  const spread = (number: number) => (number * 9_176_263) % 2 ** 24;
  const distinct = 700_000;
  counts.addAll(Uint32Array.from({ length: distinct }, (_, number) => spread(number)));
  counts.fit();
  // More than a batch at once, then a few, some of them new.
  for (let number = distinct - 300_000; number < distinct + 10; number += 1) {
    counts.add(spread(number));
  }
  expect(counts.size).toBe(distinct + 10);
  expect(counts.get(spread(0))).toBe(1);
  expect(counts.get(spread(distinct - 1))).toBe(2);
  counts.add(spread(distinct));
  expect(counts.get(spread(distinct))).toBe(2);
  counts.add(spread(distinct));
  counts.remove(spread(distinct));
  counts.add(spread(1));
  let sum = 0;
  counts.forEach((_, count) => (sum += count));
  expect(sum).toBe(distinct + 300_010 + 2);
});

test('a slot has the rank of its date after any changes', () => {
  const slot = fc.integer({ min: 0, max: 40 });
  const date = fc.option(fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(slot, date), { maxLength: 60 }), (changes) => {
      const dates = new SortedDates();
      for (const [changed, to] of changes) {
        dates.set(changed, to);
        for (let at = 0; at <= 41; at += 1) {
          const own = dates.at(at);
          expect(dates.rankAt(at)).toBe(Number.isNaN(own) ? NaN : dates.rank(own));
        }
      }
    }),
    { numRuns: 30 },
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
