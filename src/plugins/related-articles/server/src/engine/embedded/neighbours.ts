import type { IndexedDocument } from '../indexed-document';
import type { CollectionIndex } from './collection-index';

/** An entry that more documents than this share says too little to make all of them candidates. */
const RARE_ENTRY = 50;

/** How many documents are found by their entries, the rarest entries first: an article may have hundreds of tags. */
const MAX_NEIGHBOURS = 300;

/** The slots of documents that share a rare entry with the source. Words may miss them: entries may have no name. */
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

/** If more documents than this many times the neighbours share a date, the date says nothing. */
const MAX_TIES = 4;

/** The slots of the documents written closest to the source in time: up to `count` before and `count` after it. */
export function dateNeighbours(
  index: CollectionIndex,
  { date }: IndexedDocument,
  count: number,
): number[] {
  return date === null ? [] : index.dates.near(date, count, MAX_TIES * count);
}
