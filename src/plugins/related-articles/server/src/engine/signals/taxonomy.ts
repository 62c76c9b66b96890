import type { CollectionIndex } from '../embedded/collection-index';
import type { IndexedDocument, TaxonomyKey } from '../indexed-document';

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

/** Entries that more documents have say too little to make candidates of them all. */
const RARE_ENTRY = 50;

/** Documents that are found by their entries, the rarest entries first: an article may have hundreds of tags. */
const MAX_NEIGHBOURS = 300;

/** The slots of documents that share a rare entry with the source, which their words need not tell: entries may have no name. */
export function taxonomyNeighbours(
  index: CollectionIndex,
  source: IndexedDocument,
  ignoredRelations?: ReadonlySet<string>,
): number[] {
  const rare = source.taxonomy
    .map(({ key, relation }) => ({ key, relation, count: index.taxonomy.count(key) }))
    .filter(({ count, relation }) => count > 0 && count <= RARE_ENTRY && !ignoredRelations?.has(relation)); // prettier-ignore
  const total = rare.reduce((sum, { count }) => sum + count, 0);
  if (total <= MAX_NEIGHBOURS) return rare.flatMap(({ key }) => [...index.taxonomy.of(key)]);
  // By name where equally rare: numbers are given as entries come.
  const nameOf = (key: number) => index.taxonomy.key(key);
  rare.sort((a, b) => a.count - b.count || (nameOf(a.key) < nameOf(b.key) ? -1 : 1));
  const slots = new Set<number>();
  for (const { key, count } of rare) {
    if (slots.size + count > MAX_NEIGHBOURS) break;
    for (const slot of index.taxonomy.of(key)) slots.add(slot);
  }
  return [...slots];
}

function rarityOf(index: CollectionIndex, key: number): number {
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
