import type { CollectionIndex, IndexedDocument } from '../index/collection-index';
import { bm25Idf, saturate } from '../signals/text';

/** How many documents are compared in full. More costs time and was measured to gain nothing. */
export const MAX_CANDIDATES = 200;
/** How many of the source's words find the candidates: those that weigh most. */
const QUERY_TERMS = 32;

const accumulators = new WeakMap<CollectionIndex, Float64Array>();

function accumulatorOf(index: CollectionIndex): Float64Array {
  const known = accumulators.get(index);
  if (known && known.length >= index.capacity) return known;
  const accumulator = new Float64Array(Math.max(64, index.capacity * 2));
  accumulators.set(index, accumulator);
  return accumulator;
}

/**
 * The slots that share most with the source by BM25 over its weightiest words, best first.
 * A sum per candidate runs in the order of the source's words, whatever the index went through.
 */
export function findCandidates(
  index: CollectionIndex,
  source: IndexedDocument,
  accept: (candidate: IndexedDocument) => boolean,
): number[] {
  const { dictionary, averageLength } = index;
  const accumulator = accumulatorOf(index);
  const touched: number[] = [];
  for (const { id, weight } of queryTerms(index, source)) {
    const postings = dictionary.postingsOf(id);
    for (let i = 0; i < postings.length; i += 1) {
      const slot = postings.slots[i];
      if (accumulator[slot] === 0) touched.push(slot);
      accumulator[slot] +=
        weight * saturate(postings.frequencies[i], index.at(slot).length, averageLength);
    }
  }
  const accepted = touched.filter((slot) => accept(index.at(slot)));
  const threshold = nthLargest(accepted, accumulator, MAX_CANDIDATES);
  const best = accepted
    .filter((slot) => accumulator[slot] >= threshold)
    .sort((a, b) => accumulator[b] - accumulator[a] || index.compareSlots(a, b))
    .slice(0, MAX_CANDIDATES);
  for (const slot of touched) accumulator[slot] = 0;
  return best;
}

/** The n-th largest score of these slots; everything passes where there are no more than n. */
function nthLargest(slots: readonly number[], scores: Float64Array, n: number): number {
  if (slots.length <= n) return 0;
  const sorted = Float64Array.from(slots, (slot) => scores[slot]).sort();
  return sorted[sorted.length - n];
}

function queryTerms(
  { dictionary, population }: CollectionIndex,
  source: IndexedDocument,
): { id: number; weight: number }[] {
  const terms: { id: number; weight: number; position: number }[] = [];
  source.words.forEach((id, position) => {
    const documentFrequency = dictionary.documentFrequency(id);
    const weight = source.wordFrequencies[position] * bm25Idf(population, documentFrequency);
    terms.push({ id, weight, position });
  });
  terms.sort((a, b) => b.weight - a.weight || a.position - b.position);
  return terms.slice(0, QUERY_TERMS);
}
