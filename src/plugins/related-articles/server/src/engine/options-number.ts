import type { RankingOptions } from './engine';

const numbers = new WeakMap<RankingOptions, number>();
let last = 0;

/** Tells options apart: lists that were made with others are not to be given. */
export function numberOf(options: RankingOptions): number {
  const known = numbers.get(options);
  if (known !== undefined) return known;
  last += 1;
  numbers.set(options, last);
  return last;
}
