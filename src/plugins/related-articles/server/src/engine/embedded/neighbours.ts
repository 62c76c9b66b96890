import type { IndexedDocument } from '../indexed-document';
import { MAX_NEIGHBOURS, MAX_TIES, rareEntries } from '../ranking/candidate-rules';
import type { CollectionIndex } from './collection-index';

/** The slots of documents that share a rare entry with the source. Words may miss them: entries may have no name. */
export function taxonomyNeighbours(
  index: CollectionIndex,
  source: IndexedDocument,
  ignoredRelations?: ReadonlySet<string>,
): number[] {
  const rare = rareEntries(index, source, ignoredRelations);
  const total = rare.reduce((sum, { count }) => sum + count, 0);
  if (total <= MAX_NEIGHBOURS) return rare.flatMap(({ key }) => [...index.taxonomy.of(key)]);
  // Equally rare entries are ordered by name, because their numbers depend on the order in which they arrived.
  const nameOf = (key: number) => index.taxonomy.key(key);
  rare.sort((a, b) => a.count - b.count || (nameOf(a.key) < nameOf(b.key) ? -1 : 1));
  const slots = new Set<number>();
  for (const { key, count } of rare) {
    if (slots.size + count > MAX_NEIGHBOURS) break;
    for (const slot of index.taxonomy.of(key)) slots.add(slot);
  }
  return [...slots];
}

/** The slots of the documents written closest to the source in time: up to `count` before and `count` after it. */
export function dateNeighbours(
  index: CollectionIndex,
  { date }: IndexedDocument,
  count: number,
): number[] {
  return date === null ? [] : index.dates.near(date, count, MAX_TIES * count);
}
