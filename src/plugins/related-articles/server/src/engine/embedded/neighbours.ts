import type { IndexedDocument } from '../indexed-document';
import type { CollectionIndex } from './collection-index';

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

/** Where more documents than so many times the neighbours share one date, it says nothing. */
const MAX_TIES = 4;

/** The slots of the documents written next to the source: up to `count` before and behind it. */
export function dateNeighbours(
  index: CollectionIndex,
  { date }: IndexedDocument,
  count: number,
): number[] {
  return date === null ? [] : index.dates.near(date, count, MAX_TIES * count);
}
