import type { CollectionIndex } from '../index/collection-index';
import type { IndexedDocument, TaxonomyKey } from '../index/indexed-document';

/**
 * Shared categories, tags or whatever relations are configured: for each relation the cosine
 * with squared rarity as weight, so that a rare tag counts more than a common one; then
 * the mean over the relations by their weights.
 */
export function compareTaxonomy(
  index: CollectionIndex,
  source: IndexedDocument,
  relationWeights: Readonly<Record<string, number>>,
): (candidate: IndexedDocument) => number {
  const relations = Object.entries(relationWeights).filter(([, weight]) => weight > 0);
  const total = relations.reduce((sum, [, weight]) => sum + weight, 0);
  const keys = new Set(source.taxonomy.map(({ key }) => key));
  const norm = normByRelation(index, source.taxonomy);
  return (candidate) => {
    if (keys.size === 0 || candidate.taxonomy.length === 0) return 0;
    const candidateNorm = normByRelation(index, candidate.taxonomy);
    const shared = new Map<string, number>();
    for (const { relation, key } of candidate.taxonomy) {
      if (keys.has(key)) shared.set(relation, (shared.get(relation) ?? 0) + rarity(index, key));
    }
    let sum = 0;
    for (const [relation, weight] of relations) {
      const dot = shared.get(relation);
      if (!dot) continue;
      sum +=
        (weight * dot) / Math.sqrt((norm.get(relation) ?? 1) * (candidateNorm.get(relation) ?? 1));
    }
    return Math.min(1, sum / total);
  };
}

/** Entries that more documents have say too little to make candidates of them all. */
const RARE_ENTRY = 50;

/** The slots of documents that share a rare entry with the source, which their words need not tell: entries may have no name. */
export function taxonomyNeighbours(index: CollectionIndex, source: IndexedDocument): number[] {
  return source.taxonomy.flatMap(({ key }) =>
    index.taxonomy.count(key) <= RARE_ENTRY ? [...index.taxonomy.of(key)] : [],
  );
}

function normByRelation(index: CollectionIndex, taxonomy: readonly TaxonomyKey[]): Map<string, number> {
  const norms = new Map<string, number>();
  for (const { relation, key } of taxonomy) {
    norms.set(relation, (norms.get(relation) ?? 0) + rarity(index, key));
  }
  return norms;
}

function rarity(index: CollectionIndex, key: string): number {
  return Math.log(1 + (index.size + 1) / Math.max(1, index.taxonomy.count(key))) ** 2;
}

/** The labels that both documents share, by relation. */
export function sharedTaxonomy(
  source: IndexedDocument,
  candidate: IndexedDocument,
): Record<string, string[]> {
  const keys = new Set(source.taxonomy.map(({ key }) => key));
  const shared: Record<string, string[]> = {};
  for (const { relation, key, label } of candidate.taxonomy) {
    if (keys.has(key)) (shared[relation] ??= []).push(label);
  }
  return shared;
}
