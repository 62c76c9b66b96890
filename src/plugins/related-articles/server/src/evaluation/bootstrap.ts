import { createRandom } from './random';

/** A mean with its 95 % interval. */
export interface Interval {
  mean: number;
  low: number;
  high: number;
}

export const RESAMPLES = 2000;

/**
 * The mean of paired differences with the interval that 95 % of resamples fall into, drawn with replacement
 * (Efron, Bootstrap methods, 1979). Seeded: the same differences give the same interval.
 */
export function bootstrap(differences: readonly number[]): Interval {
  const random = createRandom(1);
  const { length } = differences;
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < length; i += 1) sum += differences[Math.floor(random() * length)];
    return sum / length;
  }).sort((a, b) => a - b);
  return {
    mean: differences.reduce((a, b) => a + b, 0) / length,
    low: means[Math.floor(RESAMPLES * 0.025)],
    high: means[Math.floor(RESAMPLES * 0.975)],
  };
}
