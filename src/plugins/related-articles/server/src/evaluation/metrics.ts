/** Scores of one ranked list against what a human judged related. All between 0 and 1. */
export interface ListScores {
  /** Normalised discounted cumulative gain of the first ten, binary gains (Järvelin and Kekäläinen, 2002). */
  ndcg: number;
  /** Share of the judged documents among the first ten. */
  recall: number;
  /** Reciprocal of the first hit's place among the first ten; 0 without one. */
  mrr: number;
  /** Share of hits among ten places. */
  precision: number;
}

export interface Evaluation extends ListScores {
  /** Judged sources. */
  judged: number;
  /** Share of judged sources that got at least one suggestion. */
  coverage: number;
}

export const CUTOFF = 10;

/** What a hit adds to the DCG at a place, from 0 on. */
export const gainAt = (place: number): number => 1 / Math.log2(place + 2);

/** The DCG of a list whose first places are all hits. */
export function idealGain(relevant: number): number {
  let gain = 0;
  for (let place = 0; place < Math.min(CUTOFF, relevant); place += 1) gain += gainAt(place);
  return gain;
}

export function scoreList(ranked: readonly string[], relevant: ReadonlySet<string>): ListScores {
  const ideal = idealGain(relevant.size);
  let dcg = 0;
  let hits = 0;
  let first = 0;
  for (let place = 0; place < CUTOFF; place += 1) {
    if (place < ranked.length && relevant.has(ranked[place])) {
      dcg += gainAt(place);
      hits += 1;
      if (first === 0) first = place + 1;
    }
  }
  return {
    ndcg: ideal > 0 ? dcg / ideal : 0,
    recall: relevant.size > 0 ? hits / relevant.size : 0,
    mrr: first > 0 ? 1 / first : 0,
    precision: hits / CUTOFF,
  };
}

/** The mean over all judged sources. */
export function evaluate(
  judgements: ReadonlyMap<string, ReadonlySet<string>>,
  rankedOf: (source: string) => readonly string[],
): Evaluation {
  const sum = { ndcg: 0, recall: 0, mrr: 0, precision: 0, coverage: 0 };
  for (const [source, relevant] of judgements) {
    const ranked = rankedOf(source);
    const scores = scoreList(ranked, relevant);
    sum.ndcg += scores.ndcg;
    sum.recall += scores.recall;
    sum.mrr += scores.mrr;
    sum.precision += scores.precision;
    if (ranked.length > 0) sum.coverage += 1;
  }
  const judged = judgements.size;
  const mean = (value: number) => (judged > 0 ? value / judged : 0);
  return {
    judged,
    ndcg: mean(sum.ndcg),
    recall: mean(sum.recall),
    mrr: mean(sum.mrr),
    precision: mean(sum.precision),
    coverage: mean(sum.coverage),
  };
}
