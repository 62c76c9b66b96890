import type { Core, UID } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { rowsIn, rowsOf } from '../content/rows';

const BATCH = 200;

/**
 * Deletes what is published of entries that have no draft any more: who deletes an entry while it is being published
 * deletes what Strapi read of it before, and what was published meanwhile stays where no editor sees it.
 *
 * @returns Their slugs.
 */
export async function deleteLeftPublished(
  strapi: Core.Strapi,
  type: RelatedType,
  documentIds: Iterable<string>,
): Promise<string[]> {
  const rows = rowsOf<Entity>(strapi, type.uid);
  const slug = type.slug ?? 'documentId';
  const deleted: string[] = [];
  const ids = [...documentIds];
  for (let start = 0; start < ids.length; start += BATCH) {
    const among = { documentId: { $in: ids.slice(start, start + BATCH) } };
    const select = ['documentId', slug, ...(type.localized ? ['locale'] : [])];
    // What is published first: a draft that is made meanwhile is seen.
    const published = await rows.findMany({ select, where: { ...among, ...rowsIn(type, 'published') } }); // prettier-ignore
    const drafts = await rows.findMany({ select, where: { ...among, ...rowsIn(type, 'draft') } });
    const kept = new Set(drafts.map(keyOf));
    for (const row of published.filter((one) => !kept.has(keyOf(one)))) {
      const { documentId, locale } = row;
      const scope = { documentId, ...(type.localized && { locale }) };
      await strapi.documents(type.uid as UID.ContentType).delete(scope as never);
      deleted.push(String(row[slug]));
    }
  }
  return deleted;
}

const keyOf = ({ documentId, locale }: Entity): string => `${documentId} ${String(locale ?? '')}`;
