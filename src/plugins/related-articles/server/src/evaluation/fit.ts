import { runAtOnce, type Steps } from '../engine/steps';
import { addColumn, fuse, gainOf, type JudgedList, type Weights } from './judged-list';
import { createRandom } from './random';

/** Each fit is the mean of so many, each on a sample: what only some of the articles ask for evens out. */
const BAGS = 8;
/** How many lists a sample has at most; more tell the same and cost time. */
const MAX_SAMPLE = 400;
const MAX_ROUNDS = 4;
/** What a weight is tried at, times what it is; and, from zero on, one step up. */
const FACTORS = [0, 0.5, 0.7, 0.85, 1.15, 1.4, 2];
const STEP = 0.05;
/** nDCG that a distance of 1 from where the fit began must be worth. */
const PULL = 0.002;

/**
 * The weights with the best nDCG on these lists: coordinate ascent (Metzler and Croft, Linear feature-based models
 * for information retrieval, 2007) on samples drawn with replacement, averaged (Breiman, Bagging predictors, 1996).
 * Held near where it began, so that a part of which the lists say nothing keeps its weight.
 *
 * @param onStep Called for each of the `FIT_STEPS` samples.
 */
export const fitWeights = (...asked: Parameters<typeof fitInSteps>): number[] =>
  runAtOnce(fitInSteps(...asked));

/** The same in short steps. */
export function* fitInSteps(
  lists: readonly JudgedList[],
  start: Weights,
  seed: number,
  onStep: () => void = () => undefined,
): Steps<number[]> {
  const random = createRandom(seed);
  const telling = lists.filter(({ relevant }) => relevant.length > 0);
  if (telling.length === 0) return [...start];
  const mean = start.map(() => 0);
  for (let bag = 0; bag < BAGS; bag += 1) {
    const size = Math.min(MAX_SAMPLE, telling.length);
    const sample = Array.from(
      { length: size },
      () => telling[Math.floor(random() * telling.length)],
    );
    (yield* ascend(sample, start)).forEach((weight, part) => {
      mean[part] += weight / BAGS;
    });
    onStep();
  }
  return keepScale(mean, start, lists);
}

/**
 * Scales fitted weights to the sum that those parts began with. The order that they give stays as it is; without
 * this, a fit could make everything small that it has data for, and what keeps its weight would count for more:
 * custom signals, and parts that these lists say nothing of.
 */
export function keepScale(
  fitted: readonly number[],
  start: Weights,
  lists: readonly JudgedList[],
): number[] {
  const isFitted = start.map((_, part) =>
    lists.some(({ columns }) => columns[part].some((value) => value !== 0)),
  );
  const sum = (weights: readonly number[]) =>
    weights.reduce((total, weight, part) => total + (isFitted[part] ? weight : 0), 0);
  const [before, after] = [sum(start), sum(fitted)];
  if (before === 0 || after === 0) return [...start];
  return fitted.map((weight, part) => (isFitted[part] ? (weight * before) / after : start[part]));
}

export const FIT_STEPS = BAGS;

function* ascend(lists: readonly JudgedList[], start: Weights): Steps<number[]> {
  const weights = [...start];
  const fused = lists.map((list) => fuse(list, weights));
  const scratch = new Float64Array(Math.max(...lists.map(({ ids }) => ids.length)));
  const worth = (part: number, weight: number): number => {
    let gain = 0;
    lists.forEach((list, i) => {
      const moved = scratch.subarray(0, list.ids.length);
      moved.set(fused[i]);
      addColumn(moved, list.columns[part], weight - weights[part]);
      gain += gainOf(list, moved);
    });
    return gain / lists.length - PULL * Math.abs(weight - start[part]);
  };

  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    let moved = false;
    for (let part = 0; part < weights.length; part += 1) {
      yield;
      const now = weights[part];
      let best = { weight: now, worth: worth(part, now) };
      for (const weight of [...FACTORS.map((factor) => now * factor), now + STEP]) {
        if (weight === now) continue;
        const found = worth(part, weight);
        if (found > best.worth + 1e-9) best = { weight, worth: found };
      }
      if (best.weight === now) continue;
      moved = true;
      lists.forEach((list, i) => addColumn(fused[i], list.columns[part], best.weight - now));
      weights[part] = best.weight;
    }
    if (!moved) break;
  }
  return weights;
}
