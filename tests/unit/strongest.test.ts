import fc from 'fast-check';

import { Strongest } from 'plugin/engine/strongest';

test('keeps what a stable sort would put first', () => {
  const weights = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 });
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 24 }), (all, limit) => {
      const strongest = new Strongest(limit);
      all.forEach((weight, id) => strongest.add(id, weight));
      const sorted = all.map((weight, id) => ({ weight, id })).sort((a, b) => b.weight - a.weight);
      expect(strongest.all).toEqual(sorted.slice(0, limit).map(({ id }) => id));
    }),
  );
});
