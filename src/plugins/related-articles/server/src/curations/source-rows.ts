import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { rowsOf } from '../content/rows';

/** A row of a document that has a list, in its locale as curations spell it. */
export interface SourceRow {
  documentId: string;
  locale: string;
  createdAt: string | null;
}

/** All rows of documents, drafts included. */
export async function sourceRows(
  strapi: Core.Strapi,
  { uid, localized }: RelatedType,
  documentIds: readonly string[],
): Promise<SourceRow[]> {
  type Row = Omit<SourceRow, 'locale'> & { locale?: string | null };
  const rows = await rowsOf<Row>(strapi, uid).findMany({
    select: ['documentId', 'createdAt', ...(localized ? ['locale'] : [])],
    where: { documentId: { $in: documentIds } },
  });
  return rows.map((row) => ({ ...row, locale: (localized && row.locale) || '' }));
}
