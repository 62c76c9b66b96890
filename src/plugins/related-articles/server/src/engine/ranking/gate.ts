import type { CollectionIndex } from '../index/collection-index';

/**
 * What divides related from unrelated. How alike two texts are that an editor would call related differs from site to
 * site: short news share little, articles on one product much. What tells them apart is how good the best matches of
 * an article are, beside what is usual on the site.
 */
export interface Gate {
  /** How good a source's best matches have to be for it to get a list; evidence, 0 to 1. */
  readonly threshold: number;
}

/** The score that a pair has which only just passes: the default of `minScore`. */
export const LEAST_SCORE = 0.13;
/** A pair passes from this share of the threshold on. */
const PAIR_SHARE = 0.25;
/** A pair needs this share of the evidence of the source's best matches; less on large sites. */
const BEST_SHARE = 0.4;
const BEST_SHARE_SIZE = 50;
/** How many of the best matches count as one, and as the best one where there are too few articles for three. */
const BEST = 3;

/** The threshold where there are too few articles to tell what is usual. */
const UNKNOWN_THRESHOLD = 0.1;
const LEAST_ARTICLES = 32;
/** The usual evidence is that of so many articles. */
export const SAMPLE = 64;
const SHARE_OF_USUAL = 0.3;
/** Counts as so many more articles, of which the sum of the evidence is known. */
const PRIOR_ARTICLES = 16;
const PRIOR_EVIDENCE = 3.2;
const LOWEST = 0.02;
const HIGHEST = 0.12;

/** How much fully shared taxonomy raises the evidence: words alone miss what an editor has said by filing two short articles together. */
const TAXONOMY_EVIDENCE = 0.2;

/** @param size How many articles the collection has. */
export function gateOf(size: number, sampled: readonly number[]): Gate {
  if (size < LEAST_ARTICLES) return { threshold: UNKNOWN_THRESHOLD };
  const sorted = [...sampled].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const usual = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  const { length } = sorted;
  const threshold =
    (SHARE_OF_USUAL * (length * usual + PRIOR_EVIDENCE)) / (length + PRIOR_ARTICLES);
  return { threshold: Math.min(HIGHEST, Math.max(LOWEST, threshold)) };
}

/** Text evidence and taxonomy evidence, either of which may be right: a + b - ab. */
export function evidenceOf(text: number, taxonomy: number): number {
  return 1 - (1 - text) * (1 - TAXONOMY_EVIDENCE * taxonomy);
}

/** Evidence as a score that means the same on every site: 0 to 1, `LEAST_SCORE` where a pair only just passes. */
export function scoreOf(evidence: number, { threshold }: Gate): number {
  return evidence / (evidence + (PAIR_SHARE * threshold * (1 - LEAST_SCORE)) / LEAST_SCORE);
}

/** How good the best matches of a source are, as evidence. */
export interface BestMatches {
  mean: number;
  /** The middle one: a copy of the source, or one of a series, says nothing of what else is related. */
  middle: number;
}

export function bestOf({ size }: CollectionIndex, evidence: Float64Array): BestMatches {
  const count = size < LEAST_ARTICLES ? 1 : BEST;
  const best = evidence.slice().sort().subarray(-count);
  const mean = best.reduce((sum, value) => sum + value, 0) / count;
  return { mean, middle: best.length < count ? mean : best[count >> 1] };
}

/**
 * Whether a pair with this evidence passes.
 *
 * @param minScore What the site or the request asks for: more than `LEAST_SCORE` raises all bars alike, less lowers them.
 * @param best The source's best matches.
 */
export function passing(
  { size }: CollectionIndex,
  { threshold }: Gate,
  minScore: number,
  { mean, middle }: BestMatches,
): (evidence: number) => boolean {
  if (minScore <= 0) return () => true;
  if (minScore >= 1) return () => false;
  const factor = (minScore / (1 - minScore)) * ((1 - LEAST_SCORE) / LEAST_SCORE);
  if (mean < threshold * factor) return () => false;
  const share = BEST_SHARE * Math.min(1, Math.sqrt(BEST_SHARE_SIZE / size)) * Math.min(1, factor);
  const least = Math.max(PAIR_SHARE * threshold * factor, share * Math.min(mean, middle));
  return (evidence) => evidence >= least;
}
