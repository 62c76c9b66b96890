import type { CollectionIndex } from '../index/collection-index';
import { TextComparison } from '../signals/text';
import type { Scored } from './scored';

/** Beyond this place the order is left as it is: nobody sees that far, and each place costs a pass. */
const MAX_DIVERSIFIED = 50;

const NOTHING = { words: [], bigrams: [] };

/**
 * Maximal marginal relevance (Carbonell and Goldstein, 1998): each next suggestion is the one with the
 * best (1 - diversity) * relevance - diversity * likeness to those already chosen.
 * `diversity` 0 keeps the order by score.
 */
export function diversify(
  index: CollectionIndex,
  ordered: Scored[],
  diversity: number,
  limit: number,
): Scored[] {
  if (diversity <= 0 || ordered.length < 3) return ordered.slice(0, limit);
  const best = ordered[0].fused || 1;
  const rest = ordered.slice(0, MAX_DIVERSIFIED);
  const likeness = new Map<Scored, number>(rest.map((candidate) => [candidate, 0]));
  const chosen: Scored[] = [];
  while (rest.length > 0) {
    let bestAt = 0;
    let bestValue = -Infinity;
    rest.forEach((candidate, at) => {
      const value =
        ((1 - diversity) * candidate.fused) / best - diversity * (likeness.get(candidate) ?? 0);
      if (value > bestValue) [bestAt, bestValue] = [at, value];
    });
    const [next] = rest.splice(bestAt, 1);
    chosen.push(next);
    const text = new TextComparison(index, next.document, NOTHING);
    for (const candidate of rest) {
      const like = text.compare(candidate.document).likeness;
      likeness.set(candidate, Math.max(likeness.get(candidate) ?? 0, like));
    }
  }
  return [...chosen, ...ordered.slice(MAX_DIVERSIFIED)].slice(0, limit);
}
