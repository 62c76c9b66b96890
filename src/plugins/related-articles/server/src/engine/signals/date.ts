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
