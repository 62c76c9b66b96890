import { NO_ENTRY } from '../engine';
import type { CollectionStatistics } from '../statistics';

/**
 * Separates related from unrelated. How similar two related texts are differs from site to site: short news items
 * share little, articles on one product share a lot. What tells related from unrelated is how good an article's best
 * matches are, compared with what is usual on the site.
 */
export interface Gate {
  /** How good an entry's best matches have to be for it to get a list; evidence, 0 to 1. */
  readonly threshold: number;
  /** The same for a text that is not an entry: only its words suggest that it has to do with the site. */
  readonly textThreshold: number;
  /** The least evidence that a pair needs. */
  readonly least: number;
}

/** The score of a pair that only just passes: the default of `minScore`. */
export const LEAST_SCORE = 0.13;
/** A pair needs this share of the evidence of the source's best matches; less on large sites. */
const BEST_SHARE = 0.4;
const BEST_SHARE_SIZE = 50;
/** How many of the best matches are averaged. Where there are too few articles for three, the best one counts alone. */
const BEST = 3;

/** Used where there are too few articles to tell what is usual. */
export const UNKNOWN_GATE: Gate = { threshold: 0.1, textThreshold: 0.1, least: 0.025 };
/**
 * Used where hidden articles must not decide what is usual. On five corpora, it gives as many of the site's own texts,
 * titles and single words a list as the corpora's own gates do, and as few unrelated texts.
 */
export const FIXED_GATE: Gate = { threshold: 0.08, textThreshold: 0.08, least: 0.02 };
const LEAST_ARTICLES = 32;
/** Whether a collection is too small to sample its articles. */
export const isTooSmall = (size: number): boolean => size < LEAST_ARTICLES;
/** How many articles are sampled to find out what is usual. */
export const SAMPLE = 64;
/** A pair needs this share of the evidence that an article's best matches usually have. */
const PAIR_SHARE = 0.075;
/**
 * An entry needs this share of the evidence that the best matches of 95 % of all entries reach; hardly any has less. A
 * text that is not an entry needs more, because most texts unrelated to the site have less.
 */
const ENTRY_SHARE = 0.6;
const TEXT_SHARE = 0.9;
const FEW = 0.05;
/** And at least this share of what is usual. */
const ENTRY_SHARE_OF_USUAL = 0.25;
const TEXT_SHARE_OF_USUAL = 0.3;
/** The prior counts as this many extra articles with known evidence. */
const PRIOR_ARTICLES = 16;
const PRIOR_USUAL = 0.2;
const PRIOR_LOW = 0.08;
/** Bounds of what a source needs; `HIGHEST` also limits what a pair needs. */
const LOWEST = 0.02;
const HIGHEST = 0.15;
const HIGHEST_OF_TEXT = 0.2;

/**
 * How much fully shared taxonomy raises the evidence: words alone miss what an editor expressed by filing two short
 * articles together.
 */
const TAXONOMY_EVIDENCE = 0.2;

export const isSameGate = (one: Gate, other: Gate): boolean =>
  one.threshold === other.threshold &&
  one.textThreshold === other.textThreshold &&
  one.least === other.least;

/**
 * @param size How many articles the collection has.
 * @param sampled How good the best matches of some of them are.
 */
export function gateOf(size: number, sampled: readonly number[]): Gate {
  if (size < LEAST_ARTICLES || sampled.length === 0) return UNKNOWN_GATE;
  const sorted = [...sampled].sort((a, b) => a - b);
  const { length } = sorted;
  const middle = length / 2;
  const among = (value: number, prior: number) =>
    (length * value + PRIOR_ARTICLES * prior) / (length + PRIOR_ARTICLES);
  const usual = among(
    (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2,
    PRIOR_USUAL,
  );
  const low = among(sorted[Math.floor(FEW * length)], PRIOR_LOW);
  const bar = (ofLow: number, ofUsual: number, highest: number) =>
    Math.min(highest, Math.max(LOWEST, ofLow * low, ofUsual * usual));
  return {
    threshold: bar(ENTRY_SHARE, ENTRY_SHARE_OF_USUAL, HIGHEST),
    textThreshold: bar(TEXT_SHARE, TEXT_SHARE_OF_USUAL, HIGHEST_OF_TEXT),
    least: Math.min(HIGHEST, PAIR_SHARE * usual),
  };
}

/** Combines text evidence and taxonomy evidence; either is enough: a + b - ab. */
export function evidenceOf(text: number, taxonomy: number): number {
  return 1 - (1 - text) * (1 - TAXONOMY_EVIDENCE * taxonomy);
}

/** Evidence as a score that means the same on every site: 0 to 1, `LEAST_SCORE` where a pair only just passes. */
export function scoreOf(evidence: number, { least }: Gate): number {
  return evidence / (evidence + (least * (1 - LEAST_SCORE)) / LEAST_SCORE);
}

/** How good the best matches of a source are, as evidence. */
export interface BestMatches {
  mean: number;
  /** The median: a copy of the source, or another part of a series, says nothing about what else is related. */
  middle: number;
}

export function bestOf({ size }: CollectionStatistics, evidence: Float64Array): BestMatches {
  const count = size < LEAST_ARTICLES ? 1 : BEST;
  const best = evidence.slice().sort().subarray(-count);
  const mean = best.reduce((sum, value) => sum + value, 0) / count;
  return { mean, middle: best.length < count ? mean : best[count >> 1] };
}

/** Returns the gate for a source, which may be an entry or a text that is not one. */
export function gateFor({ id }: { id: string }, gate: Gate): Pick<Gate, 'threshold' | 'least'> {
  return { ...gate, threshold: id === NO_ENTRY ? gate.textThreshold : gate.threshold };
}

/**
 * The evidence that a pair needs to pass; `Infinity` if no pair passes.
 *
 * @param minScore What the site or the request asks for: above `LEAST_SCORE` raises all bars alike, below lowers them.
 * @param best The source's best matches.
 */
export function neededEvidence(
  { size }: CollectionStatistics,
  { threshold, least: leastOfPair }: Pick<Gate, 'threshold' | 'least'>,
  minScore: number,
  { mean, middle }: BestMatches,
): number {
  if (minScore <= 0) return -Infinity;
  if (minScore >= 1) return Infinity;
  const factor = (minScore / (1 - minScore)) * ((1 - LEAST_SCORE) / LEAST_SCORE);
  if (mean < threshold * factor) return Infinity;
  const share = BEST_SHARE * Math.min(1, Math.sqrt(BEST_SHARE_SIZE / size)) * Math.min(1, factor);
  return Math.max(leastOfPair * factor, share * Math.min(mean, middle));
}
