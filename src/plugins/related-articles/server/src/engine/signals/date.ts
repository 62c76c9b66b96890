import type { CollectionStatistics } from '../statistics';
import type { IndexedDocument } from '../indexed-document';

/** How fast closeness in time fades: when a tenth of all documents lie between the two, it has fallen to 1/e. */
const DECAY = 10;

export const DAY_MS = 86_400_000;

/** The earliest date that is at most `days` days before the newest; `null` if there is no limit or no date. */
export function earliestDate(
  { dates }: { dates: Pick<CollectionStatistics['dates'], 'newest'> },
  days: number | undefined,
): number | null {
  return days === undefined || Number.isNaN(dates.newest) ? null : dates.newest - days * DAY_MS;
}

/** "Published near each other", by rank among all dates, so that busy and quiet years count alike. No clock. 0 to 1. */
export function compareDates(
  index: CollectionStatistics,
  source: IndexedDocument,
): (slot: number) => number {
  const { date } = source;
  if (date === null) return () => 0;
  const rank = index.dates.rank(date);
  const decay = -DECAY / Math.max(1, index.size);
  return (slot) => {
    const other = index.dates.rankAt(slot);
    return Number.isNaN(other) ? 0 : Math.exp(decay * Math.abs(rank - other));
  };
}
