import type { CollectionStatistics } from '../statistics';
import type { IndexedDocument, TaxonomyKey } from '../indexed-document';

/**
 * Shared categories, tags or any other configured relations: for each relation the cosine
 * with squared rarity as weight, so that a rare tag counts more than a common one; then
 * the mean over the relations by their weights.
 */
export function compareTaxonomy(
  index: CollectionStatistics,
  source: IndexedDocument,
  relationWeights: Readonly<Record<string, number>>,
): (candidate: IndexedDocument) => number {
  const relations = Object.entries(relationWeights).filter(([, weight]) => weight > 0);
  const total = relations.reduce((sum, [, weight]) => sum + weight, 0);
  const keys = new Set(source.taxonomy.map(({ key }) => key));
  if (keys.size === 0) return () => 0;
  const normOf = (taxonomy: readonly TaxonomyKey[], name: string): number => {
    let norm = 0;
    for (const { relation, key } of taxonomy) if (relation === name) norm += rarityOf(index, key);
    return norm;
  };
  const norms = relations.map(([name]) => normOf(source.taxonomy, name));

  return ({ taxonomy }) => {
    let sum = 0;
    for (let i = 0; i < relations.length; i += 1) {
      if (norms[i] === 0) continue;
      const [name, weight] = relations[i];
      let dot = 0;
      for (let at = 0; at < taxonomy.length; at += 1) {
        const { relation, key } = taxonomy[at];
        if (keys.has(key) && relation === name) dot += rarityOf(index, key);
      }
      if (dot > 0) sum += (weight * dot) / Math.sqrt(norms[i] * normOf(taxonomy, name));
    }
    return sum > 0 ? Math.min(1, sum / total) : 0;
  };
}

function rarityOf(index: CollectionStatistics, key: number): number {
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
