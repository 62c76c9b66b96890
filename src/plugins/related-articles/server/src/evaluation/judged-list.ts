import { PART_NAMES, PARTS } from '../engine/ranking/weights';
import type { Candidates, RankingOptions } from '../engine/engine';
import { CUTOFF, gainAt, idealGain } from './metrics';

/** A weight for each part, in the order of `PART_NAMES`. */
export type Weights = readonly number[];

export const DEFAULT_WEIGHTS: Weights = PART_NAMES.map((part) => PARTS[part].weight);

/** The candidates of a judged article with their parts, which no weight changes. */
export interface JudgedList {
  source: string;
  ids: readonly string[];
  /** For each part, the candidates' values times the site's weight for its signal. */
  columns: readonly Float64Array[];
  /** What custom signals add, with any weights. */
  own: Float64Array;
  /** Places of the candidates that were judged related. */
  relevant: readonly number[];
  /** The DCG of a perfect list. */
  ideal: number;
}

/** Returns what weights are fitted on: the candidates that are good enough to be suggested. */
export function judgedList(
  source: string,
  { documentIds, parts, custom, kept }: Candidates,
  judged: ReadonlySet<string>,
  { weights }: RankingOptions,
): JudgedList {
  const ids = kept.map((at) => documentIds[at]);
  return {
    source,
    ids,
    columns: PART_NAMES.map((part) =>
      Float64Array.from(kept, (at) => parts[part][at] * weights[PARTS[part].signal]),
    ),
    own: Float64Array.from(kept, (at) => custom.reduce((sum, column) => sum + column[at], 0)),
    relevant: [...ids.keys()].filter((place) => judged.has(ids[place])),
    ideal: idealGain(judged.size),
  };
}

/** Returns the list without some of its candidates. If they were judged related, they still count in the ideal DCG. */
export function without(list: JudgedList, left: (id: string) => boolean): JudgedList {
  const places = [...list.ids.keys()].filter((place) => !left(list.ids[place]));
  if (places.length === list.ids.length) return list;
  const relevant = new Set(list.relevant);
  return {
    source: list.source,
    ids: places.map((place) => list.ids[place]),
    columns: list.columns.map((column) => Float64Array.from(places, (place) => column[place])),
    own: Float64Array.from(places, (place) => list.own[place]),
    relevant: [...places.keys()].filter((place) => relevant.has(places[place])),
    ideal: list.ideal,
  };
}

export function fuse({ columns, own }: JudgedList, weights: Weights): Float64Array {
  const fused = own.slice();
  weights.forEach((weight, part) => addColumn(fused, columns[part], weight));
  return fused;
}

export function addColumn(fused: Float64Array, column: Float64Array, weight: number): void {
  for (let at = 0; at < fused.length; at += 1) fused[at] += weight * column[at];
}

/** nDCG of the first ten by these fused scores; ties keep the order of the candidates. */
export function gainOf({ relevant, ideal }: JudgedList, fused: Float64Array): number {
  let gain = 0;
  for (const place of relevant) {
    const score = fused[place];
    let before = 0;
    for (let at = 0; at < fused.length && before < CUTOFF; at += 1) {
      if (fused[at] > score || (fused[at] === score && at < place)) before += 1;
    }
    if (before < CUTOFF) gain += gainAt(before);
  }
  return ideal > 0 ? gain / ideal : 0;
}
