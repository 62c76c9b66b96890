import type { IndexedDocument } from '../indexed-document';
import type { RankingOptions } from '../engine';
import { PART_NAMES, PARTS, type Part } from './weights';

/** How many of the largest cosines are averaged to normalise all of them. */
const NORM = 10;

/** All candidates of a source with their scores, a column for each part, so that no object is made per candidate. */
export class ScoredCandidates {
  readonly parts: Readonly<Record<Part, Float64Array>>;
  /** How likely each is related at all, by its text and taxonomy; 0 to 1. */
  readonly evidence: Float64Array;
  readonly fused: Float64Array;
  /** What each custom signal adds to the fused score, in their order. */
  readonly custom: Float64Array[] = [];

  constructor(readonly documents: readonly IndexedDocument[]) {
    const column = () => new Float64Array(documents.length);
    this.parts = Object.fromEntries(PART_NAMES.map((part) => [part, column()])) as Record<
      Part,
      Float64Array
    >;
    this.evidence = column();
    this.fused = column();
  }

  /**
   * Divides the cosine by the mean of its ten largest values. If it were divided by the largest alone, one near-copy
   * would make all others small.
   */
  normalise(): void {
    const { cosine } = this.parts;
    const best = cosine.slice().sort().subarray(-NORM);
    const mean = best.reduce((sum, value) => sum + value, 0) / best.length;
    if (mean > 0) for (let at = 0; at < cosine.length; at += 1) cosine[at] /= mean;
  }

  /** Adds all parts up by their weights. */
  fuse(options: RankingOptions): void {
    for (const part of PART_NAMES) {
      const weight = weightOf(part, options);
      if (weight === 0) continue;
      const column = this.parts[part];
      for (let at = 0; at < column.length; at += 1) this.fused[at] += column[at] * weight;
    }
  }
}

/** What a part of 1 adds to the fused score. */
export function weightOf(part: Part, { weights, parts }: RankingOptions): number {
  return (parts?.[part] ?? PARTS[part].weight) * weights[PARTS[part].signal];
}
