import type { CollectionStatistics } from '../statistics';
import type { IndexedDocument } from '../indexed-document';
import { similarityTo } from '../signals/similarity';
import type { ScoredCandidates } from './scored';

/** How many of the best are reordered, for every page; those after them stay where they are. */
const DIVERSIFIED = 50;
/** Fewer are reordered if comparing each with each would read more than this many words and pairs. */
const MAX_COMPARED = 10_000_000;
const FEWEST = 10;

/**
 * Whether the places kept so far are enough: the next one could not come before the last one needed, even if it were
 * unlike all others.
 */
export function isEnoughFor(
  limit: number,
  diversity: number,
  { fused }: ScoredCandidates,
): (kept: readonly number[], next: number) => boolean {
  return (kept, next) => {
    if (kept.length < limit) return false;
    if (diversity <= 0 || kept.length >= Math.max(limit, DIVERSIFIED)) return true;
    const reach = (diversity / (1 - diversity)) * Math.abs(fused[kept[0]]);
    return fused[next] < fused[kept[limit - 1]] - reach;
  };
}

interface Contender {
  /** Position among the candidates. */
  at: number;
  relevance: number;
  /** The greatest similarity to the first `compared` of those chosen. */
  similarity: number;
  compared: number;
}

/**
 * Maximal marginal relevance (Carbonell and Goldstein, 1998): each next suggestion is the one with the best
 * (1 - diversity) * relevance - diversity * similarity to those already chosen. `diversity` 0 keeps the order by score.
 * Similarity can only lower a value, so a document that could not win even without that penalty is not compared.
 *
 * @param ordered Places in `candidates`, best first.
 * @param limit How many are wanted.
 * @param places How many of the first places matter; those after them may stay in the order by score.
 * @param onGap Called with the lead of each of the first places over the next best one, as a share of the best score.
 *   This takes a few more comparisons.
 */
export function diversify(
  index: CollectionStatistics,
  { documents, fused }: ScoredCandidates,
  ordered: readonly number[],
  diversity: number,
  limit: number,
  places = limit,
  onGap?: (gap: number) => void,
): number[] {
  // Signals of the project may make all scores negative; the order must stay.
  const best = Math.abs(fused[ordered[0]]) || 1;
  if (diversity <= 0 || ordered.length < 3) {
    for (let at = 1; at < ordered.length && at <= places; at += 1) {
      onGap?.((fused[ordered[at - 1]] - fused[ordered[at]]) / best);
    }
    return ordered.slice(0, limit);
  }
  const reordered = countOf(documents, ordered);
  const rest = ordered.slice(0, reordered).map((at): Contender => ({
    at,
    relevance: ((1 - diversity) * fused[at]) / best,
    similarity: 0,
    compared: 0,
  }));
  const chosen: ((other: IndexedDocument) => number)[] = [];
  const chosenAt: number[] = [];
  const valueOf = (contender: Contender, atLeast: number): number => {
    const value = () => contender.relevance - diversity * contender.similarity;
    while (contender.compared < chosen.length && value() > atLeast) {
      const similarity = chosen[contender.compared](documents[contender.at]);
      contender.similarity = Math.max(contender.similarity, similarity);
      contender.compared += 1;
    }
    return value();
  };
  while (rest.length > 0 && chosenAt.length < Math.min(limit, places)) {
    let next = 0;
    let bestValue = -Infinity;
    let second = -Infinity;
    let place = 0;
    for (; place < rest.length && rest[place].relevance > bestValue; place += 1) {
      const value = valueOf(rest[place], bestValue);
      second = Math.max(second, Math.min(value, bestValue));
      if (value > bestValue) [next, bestValue] = [place, value];
    }
    if (onGap) {
      // Of the documents that were not compared, the first has the greatest relevance and stands for all of them.
      const rival = rest[place];
      onGap(bestValue - (rival ? Math.max(second, valueOf(rival, -Infinity)) : second));
    }
    const [{ at }] = rest.splice(next, 1);
    chosenAt.push(at);
    chosen.push(lazily(() => similarityTo(index, documents[at])));
  }
  const left = [...rest.map(({ at }) => at), ...ordered.slice(reordered)];
  return [...chosenAt, ...left].slice(0, limit);
}

/** How many of the best are reordered. */
function countOf(documents: readonly IndexedDocument[], ordered: readonly number[]): number {
  const most = Math.min(DIVERSIFIED, ordered.length);
  let terms = 0;
  for (let count = 0; count < most; count += 1) {
    terms += documents[ordered[count]].terms.length;
    if (count >= FEWEST && terms * (count + 1) > MAX_COMPARED) return count;
  }
  return most;
}

/** A function that is made when it is first called. */
function lazily<A, B>(make: () => (argument: A) => B): (argument: A) => B {
  let made: ((argument: A) => B) | undefined;
  return (argument) => (made ??= make())(argument);
}
