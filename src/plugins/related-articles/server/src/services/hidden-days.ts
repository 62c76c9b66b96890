import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { timeOf } from '../content/entity';
import { rowsIn, rowsOf } from '../content/rows';
import { DAY_MS } from '../engine/signals/date';
import type { DocumentAccess } from '../permissions/documents';

/** How many of the newest entries are checked in all, and how many of them in the first query. */
const LOOKED_AT = 200;
const AT_FIRST = 10;

/**
 * Returns how many days newer the newest entry is than the newest one that the caller may have. Ages count from the
 * latter; otherwise, lists would reveal the date of a hidden entry.
 */
export async function hiddenDays(
  strapi: Core.Strapi,
  type: RelatedType,
  locale: string | null,
  access: DocumentAccess,
): Promise<number> {
  const { date } = type;
  if (date === null) return 0;
  const rows = await rowsOf<Record<string, unknown>>(strapi, type.uid).findMany({
    select: ['documentId', date],
    where: { ...rowsIn(type, 'published', locale), [date]: { $notNull: true } },
    orderBy: [{ [date]: 'desc' }, { documentId: 'asc' }] as never,
    limit: LOOKED_AT,
  });
  const daysTo = (row: Record<string, unknown>): number =>
    ((timeOf(rows[0][date]) ?? 0) - (timeOf(row[date]) ?? 0)) / DAY_MS;
  for (const part of [rows.slice(0, AT_FIRST), rows.slice(AT_FIRST)]) {
    if (part.length === 0) break;
    const ids = part.map(({ documentId }) => String(documentId));
    const { has } = await access.find(ids, { locale, status: 'published' });
    const newest = part.find(({ documentId }) => has(String(documentId)));
    if (newest) return daysTo(newest);
  }
  return rows.length > 0 ? daysTo(rows[rows.length - 1]) : 0;
}
