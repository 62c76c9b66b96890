import type { CollectionIndex, IndexedDocument } from '../index/collection-index';
import { rarity } from '../signals/text';
import type { Scored } from './scored';

/** Beyond this place the order is left as it is: nobody sees that far, and each place costs a pass. */
const MAX_DIVERSIFIED = 50;

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
    const words = new Map(
      [...next.document.words].map((id, i) => [id, weight(index, next.document, i)]),
    );
    const norm = length(index, next.document);
    for (const candidate of rest) {
      const like =
        dot(index, words, candidate.document) / (norm * length(index, candidate.document));
      likeness.set(candidate, Math.max(likeness.get(candidate) ?? 0, like || 0));
    }
  }
  return [...chosen, ...ordered.slice(MAX_DIVERSIFIED)].slice(0, limit);
}

function weight(index: CollectionIndex, document: IndexedDocument, at: number): number {
  const documentFrequency = index.dictionary.documentFrequency(document.words[at]);
  return document.wordDamped[at] * rarity(Math.log(index.population + 1), documentFrequency);
}

function length(index: CollectionIndex, document: IndexedDocument): number {
  let sum = 0;
  for (let i = 0; i < document.words.length; i += 1) sum += weight(index, document, i) ** 2;
  return Math.sqrt(sum);
}

function dot(
  index: CollectionIndex,
  words: ReadonlyMap<number, number>,
  document: IndexedDocument,
): number {
  let sum = 0;
  for (let i = 0; i < document.words.length; i += 1) {
    const other = words.get(document.words[i]);
    if (other !== undefined) sum += other * weight(index, document, i);
  }
  return sum;
}
