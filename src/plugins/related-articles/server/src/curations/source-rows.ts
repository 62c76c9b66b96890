import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { answered } from '../content/within-time';

/** A row of a document that has a list, in its locale as curations spell it. */
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
 * All rows of documents, drafts included: what there is, also where hooks of the project hide it, such as an archive.
 * Their lists are not to be taken for those of deleted entries.
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
