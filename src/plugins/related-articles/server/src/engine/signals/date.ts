import type { CollectionIndex } from '../index/collection-index';
import type { IndexedDocument } from '../index/indexed-document';

/** How fast closeness in time fades: at a tenth of all documents between the two it has fallen to 1/e. */
const DECAY = 10;

/** "Published near each other", by rank among all dates, so that busy and quiet years count alike. No clock. 0 to 1. */
export function compareDates(
  index: CollectionIndex,
  source: IndexedDocument,
): (candidate: IndexedDocument) => number {
  const { date } = source;
  if (date === null) return () => 0;
  const rank = index.dates.rank(date);
  return (candidate) => {
    if (candidate.date === null) return 0;
    const distance = Math.abs(rank - index.dates.rank(candidate.date));
    return Math.exp((-DECAY * distance) / Math.max(1, index.size));
  };
}

/**
 * The slots of the documents written next to the source: up to `count` before and behind it. None where more than
 * that have one date, which then says nothing.
 */
export function dateNeighbours(
  index: CollectionIndex,
  { date, slot }: IndexedDocument,
  count: number,
): number[] {
  if (date === null) return [];
  const [first, last] = index.dates.around(date, count);
  const found: number[] = [];
  for (let other = 0; other < index.capacity; other += 1) {
    const when = index.dateAt(other);
    if (other === slot || when === null || when < first || when > last) continue;
    if (found.length >= MAX_NEIGHBOURS * count) return [];
    found.push(other);
  }
  return found;
}

const MAX_NEIGHBOURS = 4;
