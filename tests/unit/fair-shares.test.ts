import fc from 'fast-check';

import { CallerShares, FairShares, type Caller } from 'plugin/services/fair-shares';

/** Gives pieces one after the other to those who always want more, and returns how much each has got. */
function given(
  callers: readonly Caller[],
  { pieces, lengthOf }: { pieces: number; lengthOf(at: number): number },
) {
  const shares = new CallerShares();
  for (const caller of callers) shares.enter(caller);
  const got = callers.map(() => 0);
  for (let piece = 0; piece < pieces; piece += 1) {
    const first = [...callers].sort((a, b) => shares.compare(a, b))[0];
    const at = callers.indexOf(first);
    shares.spend(first, lengthOf(at));
    got[at] += lengthOf(at);
  }
  return got;
}

test('everybody gets the same time, whatever the length of their pieces', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(lengths, (all) => {
      const callers = all.map((_, at) => ({ from: `${at}` }));
      const got = given(callers, { pieces: 2000, lengthOf: (at) => all[at] });
      expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(2 * Math.max(...all));
    }),
  );
});

test('the logins of a network share what one network gets', () => {
  const logins = Array.from({ length: 9 }, (_, at) => ({ from: 'one', login: `${at}` }));
  const got = given([...logins, { from: 'other' }], { pieces: 1800, lengthOf: () => 10 });
  expect(got).toEqual([...Array<number>(9).fill(1000), 9000]);
});

test('somebody new comes before those who have had more, and gets no more than they do from then on', () => {
  const shares = new CallerShares();
  const [heavy, late] = [{ from: 'heavy' }, { from: 'late' }];
  shares.enter(heavy);
  shares.spend(heavy, 60_000);
  shares.enter(late);
  shares.spend(heavy, 100);
  expect(shares.compare(late, heavy)).toBeLessThan(0);
  shares.spend(late, 101);
  expect(shares.compare(late, heavy)).toBeGreaterThan(0);
});

test('an endless row of new callers does not come before those who were there all the while', () => {
  const shares = new CallerShares();
  const site = { from: 'site' };
  const fresh = (at: number) => ({ from: `network ${at}` });
  shares.enter(site);
  shares.spend(site, 5);
  let waited = 0;
  for (; waited < 100; waited += 1) {
    shares.enter(fresh(waited));
    if (shares.compare(site, fresh(waited)) < 0) break;
    shares.spend(fresh(waited), 100);
    shares.leave(fresh(waited));
  }
  expect(waited).toBeLessThan(3);
});

test('nobody is remembered for long who is gone', () => {
  const shares = new FairShares();
  shares.enter('site');
  for (let at = 0; at < 10_000; at += 1) {
    shares.enter(`${at}`);
    shares.spend(`${at}`, 1);
    shares.leave(`${at}`);
  }
  expect((shares as unknown as { had: Map<string, number> }).had.size).toBeLessThan(1010);
  shares.leave('site');
  expect(shares.isEmpty).toBe(true);
});
