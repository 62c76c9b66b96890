import { runAtOnce, type Steps } from '../engine/steps';
import { addColumn, fuse, gainOf, type JudgedList, type Weights } from './judged-list';
import { createRandom } from './random';

/** Each fit is the mean of this many, each on a sample, so that what only some of the articles ask for evens out. */
const BAGS = 8;
/** How many lists a sample has at most; more tell nothing new and cost time. */
const MAX_SAMPLE = 400;
const MAX_ROUNDS = 4;
/** Factors by which each weight is tried. One step up is tried as well, so that a weight can leave zero. */
const FACTORS = [0, 0.5, 0.7, 0.85, 1.15, 1.4, 2];
const STEP = 0.05;
/** How much nDCG a weight's distance of 1 from its start must be worth. */
const PULL = 0.002;

/**
 * The weights with the best nDCG on these lists: coordinate ascent (Metzler and Croft, Linear feature-based models for
 * information retrieval, 2007) on samples drawn with replacement, averaged (Breiman, Bagging predictors, 1996). Weights
 * are held near their start, so that a part about which the lists say nothing keeps its weight.
 *
 * @param onStep Called for each of the `FIT_STEPS` samples.
 */
export const fitWeights = (...asked: Parameters<typeof fitInSteps>): number[] =>
  runAtOnce(fitInSteps(...asked));

/** `fitWeights` in short steps. */
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
 * Scales fitted weights to the sum that they started with, which keeps the order that they give. Without this, a fit
 * could shrink every weight that it has data for, and those that it leaves alone would count for more: custom signals,
 * and parts about which these lists say nothing.
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
