import type { RankingOptions } from './engine';

const numbers = new WeakMap<RankingOptions, number>();
let last = 0;

/** Numbers options, so that a list that was made with other options is not returned. */
export function numberOf(options: RankingOptions): number {
  const known = numbers.get(options);
  if (known !== undefined) return known;
  last += 1;
  numbers.set(options, last);
  return last;
}
