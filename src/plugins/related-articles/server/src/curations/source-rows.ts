import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { rowsWithoutHooks } from '../content/rows';

/** A row of a document that has a list; the locale is spelled as in curations. */
export interface SourceRow {
  documentId: string;
  locale: string;
  createdAt: string | null;
}

/**
 * Reads all rows of documents, including drafts and rows that hooks of the project hide, such as an archive: their
 * lists must not be mistaken for lists of deleted entries.
 */
export async function sourceRows(
  strapi: Core.Strapi,
  { uid, localized }: RelatedType,
  documentIds: readonly string[],
): Promise<SourceRow[]> {
  type Row = Omit<SourceRow, 'locale'> & { locale?: string | null };
  const rows = await rowsWithoutHooks<Row>(strapi, uid, {
    select: ['documentId', 'createdAt', ...(localized ? ['locale'] : [])],
    where: { documentId: { $in: documentIds } },
  });
  return rows.map((row) => ({ ...row, locale: (localized && row.locale) || '' }));
}
