import { runAtOnce, type Steps } from '../engine/steps';
import { bootstrap, type Interval } from './bootstrap';
import { FIT_STEPS, fitInSteps } from './fit';
import {
  DEFAULT_WEIGHTS,
  fuse,
  gainOf,
  without,
  type JudgedList,
  type Weights,
} from './judged-list';
import { createRandom } from './random';

export const SEEDS = [1, 2, 3, 4, 5] as const;
const FOLDS = 5;
/** Fewer judged articles than this cannot tell a gain of .02 from chance. */
export const MIN_JUDGED = 50;

export interface Tuning {
  judged: number;
  /** For each seed, the mean nDCG of articles that the weights were not fitted on. */
  seeds: { seed: number; heldOut: number }[];
  /** nDCG with the default weights. */
  before: number;
  /** nDCG with fitted weights on articles that they were not fitted on, mean of the seeds. */
  after: number;
  gain: Interval;
  /** Fitted on all judgements: what would be applied. */
  weights: number[];
}

/** How often `onStep` is called by `tune`. */
export const TUNING_STEPS = (SEEDS.length * FOLDS + 1) * FIT_STEPS;

/**
 * Fits the weights to judged lists, and measures what that is worth: articles are dealt into five folds, and each fold
 * is ranked with weights fitted without it. Its articles are not candidates in that fit either, so that no pair is used
 * both to fit and to measure. Repeated with five ways of dealing.
 */
export const tune = (...asked: Parameters<typeof tuneInSteps>): Tuning =>
  runAtOnce(tuneInSteps(...asked));

/** `tune` in short steps, for a process that has other work. */
export function* tuneInSteps(lists: readonly JudgedList[], onStep?: () => void): Steps<Tuning> {
  const before = lists.map((list) => score(list, DEFAULT_WEIGHTS));
  const after = lists.map(() => 0);
  const seeds: Tuning['seeds'] = [];
  for (const seed of SEEDS) {
    const foldOf = deal(lists, seed);
    let sum = 0;
    for (let fold = 0; fold < FOLDS; fold += 1) {
      const held = (id: string) => foldOf(id) === fold;
      const learned = lists
        .filter(({ source }) => !held(source))
        .map((list) => without(list, held));
      const weights = yield* fitInSteps(learned, DEFAULT_WEIGHTS, seed, onStep);
      lists.forEach((list, i) => {
        if (!held(list.source)) return;
        const found = score(list, weights);
        after[i] += found / SEEDS.length;
        sum += found;
      });
    }
    seeds.push({ seed, heldOut: sum / lists.length });
  }
  return {
    judged: lists.length,
    seeds,
    before: mean(before),
    after: mean(after),
    gain: bootstrap(after.map((value, i) => value - before[i])),
    weights: yield* fitInSteps(lists, DEFAULT_WEIGHTS, SEEDS[0], onStep),
  };
}

const score = (list: JudgedList, weights: Weights): number => gainOf(list, fuse(list, weights));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Deals all articles, judged or suggested, into folds of equal size. */
function deal(lists: readonly JudgedList[], seed: number): (id: string) => number {
  const random = createRandom(seed * 7919);
  const sources = lists.map(({ source }) => source);
  const others = new Set(lists.flatMap(({ ids }) => ids));
  for (const source of sources) others.delete(source);
  const folds = new Map<string, number>();
  for (const group of [sources, [...others]]) {
    group
      .map((id) => ({ id, at: random() }))
      .sort((a, b) => a.at - b.at)
      .forEach(({ id }, place) => folds.set(id, place % FOLDS));
  }
  return (id) => folds.get(id) ?? -1;
}
