import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { answered } from '../content/within-time';

/** A row of a document that has a list; the locale is spelled as in curations. */
export interface SourceRow {
  documentId: string;
  locale: string;
  createdAt: string | null;
}

/** As far as it is used here: Strapi's own type knows only the attributes of generated types. */
interface RowBuilder {
  init(query: { select: readonly string[]; where: object }): { execute<Rows>(): Promise<Rows> };
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
  const builder = strapi.db.queryBuilder(uid) as unknown as RowBuilder;
  const query = builder.init({
    select: ['documentId', 'createdAt', ...(localized ? ['locale'] : [])],
    where: { documentId: { $in: documentIds } },
  });
  const rows = await answered(query.execute<Row[]>());
  return rows.map((row) => ({ ...row, locale: (localized && row.locale) || '' }));
}
