import type { Core, UID } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';

/** A query of Strapi's database layer. Its own types only know the attributes of generated types. */
export interface RowQuery {
  select?: readonly string[];
  where?: Readonly<Record<string, unknown>>;
  orderBy?: Readonly<Record<string, 'asc' | 'desc'>>;
  populate?: object;
  offset?: number;
  limit?: number;
}

export interface Rows<Row> {
  findMany(query: RowQuery): Promise<Row[]>;
  findOne(query: RowQuery): Promise<Row | null>;
  count(query?: Pick<RowQuery, 'where'>): Promise<number>;
}

/** The rows of a content type: drafts and published versions, in all locales. */
export function rowsOf<Row>(strapi: Core.Strapi, uid: string): Rows<Row> {
  return strapi.db.query(uid as UID.ContentType) as unknown as Rows<Row>;
}

/**
 * Conditions that leave a type's rows of one status in one locale. Types without drafts have published rows only; types
 * without locales ignore the locale.
 *
 * @param locale Default: all locales.
 */
export function rowsIn(
  { draftAndPublish, localized }: Pick<RelatedType, 'draftAndPublish' | 'localized'>,
  status: 'draft' | 'published',
  locale?: string | null,
): Record<string, unknown> {
  return {
    ...(localized && locale !== undefined && { locale }),
    ...(draftAndPublish && {
      publishedAt: status === 'draft' ? { $null: true } : { $notNull: true },
    }),
  };
}

/** The columns of `morphToOne` relations: Strapi finds nothing through them unless they are selected. */
export function morphColumns(strapi: Core.Strapi, type: RelatedType): string[] {
  const { attributes } = strapi.db.metadata.get(type.uid);
  return type.relations.flatMap(({ attribute }) => {
    const { morphColumn } = attributes[attribute] as {
      morphColumn?: { idColumn: { name: string }; typeColumn: { name: string } };
    };
    return morphColumn ? [morphColumn.idColumn.name, morphColumn.typeColumn.name] : [];
  });
}
