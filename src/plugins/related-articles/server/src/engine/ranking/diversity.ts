import type { CollectionIndex } from '../index/collection-index';
import { TextComparison } from '../signals/text';
import type { ScoredCandidates } from './scored';

/** Beyond this place the order is left as it is: nobody sees that far, and each place costs a pass. */
const MAX_DIVERSIFIED = 50;

const NOTHING = { words: [], bigrams: [] };

/**
 * Maximal marginal relevance (Carbonell and Goldstein, 1998): each next suggestion is the one with the
 * best (1 - diversity) * relevance - diversity * likeness to those already chosen.
 * `diversity` 0 keeps the order by score.
 *
 * @param ordered Places in `candidates`, best first.
 */
export function diversify(
  index: CollectionIndex,
  { documents, fused }: ScoredCandidates,
  ordered: readonly number[],
  diversity: number,
  limit: number,
): number[] {
  if (diversity <= 0 || ordered.length < 3) return ordered.slice(0, limit);
  const best = fused[ordered[0]] || 1;
  const rest = ordered.slice(0, MAX_DIVERSIFIED);
  const likeness = new Map<number, number>(rest.map((at) => [at, 0]));
  const chosen: number[] = [];
  while (rest.length > 0 && chosen.length < limit) {
    let next = 0;
    let bestValue = -Infinity;
    rest.forEach((at, place) => {
      const value = ((1 - diversity) * fused[at]) / best - diversity * (likeness.get(at) as number);
      if (value > bestValue) [next, bestValue] = [place, value];
    });
    const [at] = rest.splice(next, 1);
    chosen.push(at);
    const text = new TextComparison(index, documents[at], NOTHING);
    for (const other of rest) {
      text.compare(documents[other]);
      likeness.set(other, Math.max(likeness.get(other) as number, text.likeness));
    }
  }
  return [...chosen, ...ordered.slice(MAX_DIVERSIFIED)].slice(0, limit);
}
