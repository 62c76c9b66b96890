import fc from 'fast-check';

import { Orders, sortedInTurns } from 'plugin/services/site/orders';

test('sorts like Array.sort, equal ones in their order', async () => {
  for (const length of [0, 1, 1999, 2000, 2001, 9000]) {
    const items = Array.from({ length }, (_, at) => ({ at, key: (at * 7919) % 13 }));
    const compare = (a: { key: number }, b: { key: number }) => a.key - b.key;
    expect(await sortedInTurns(items, compare)).toEqual([...items].sort(compare));
  }
  const numbers = fc.array(fc.integer(), { maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(numbers, async (all) => {
      const compare = (a: number, b: number) => a - b;
      expect(await sortedInTurns(all, compare)).toEqual([...all].sort(compare));
    }),
  );
});

test('an order is made once for the same facts, and again after a failure', async () => {
  const orders = new Orders();
  const [facts, others] = [{}, {}];
  const make = jest.fn(async () => ['a']);
  for (const one of [facts, facts, others])
    expect(await orders.of(one, 'all', make)).toEqual(['a']);
  expect(make).toHaveBeenCalledTimes(2);
  const failing = async () => Promise.reject(new Error('away'));
  await expect(orders.of(facts, 'weak', failing)).rejects.toThrow('away');
  expect(await orders.of(facts, 'weak', make)).toEqual(['a']);
});
