import type { Core, UID } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { entriesOf, type Entity } from '../content/entity';
import { rowsIn } from '../content/rows';
import { CURATION, documentIdsOf, toCuration } from '../curations/curation';
import type { Engine } from '../engine/engine';

const PAGE = 500;

export interface JudgedCollection {
  strapi: Core.Strapi;
  type: RelatedType;
  locale: string | null;
  engine: Engine;
}

/**
 * Returns what editors pinned, or picked in the configured relation, among published entries, by documentId of the
 * source. A pin or pick says that a human thinks the entry related.
 */
export async function pinnedOf({
  strapi,
  type,
  locale,
  engine,
}: JudgedCollection): Promise<Map<string, Set<string>>> {
  const rows = await strapi.db
    .query(CURATION.uid)
    .findMany({ where: { sourceType: type.uid, sourceLocale: locale ?? '' } });
  // The ranking cannot find unpublished entries.
  const published = new Set(await engine.documentIds({ type: type.uid, locale }));
  const judgements = new Map<string, Set<string>>();
  const add = (sourceId: string, chosen: readonly string[]) => {
    const known = chosen.filter((id) => published.has(id) && id !== sourceId);
    if (!published.has(sourceId) || known.length === 0) return;
    judgements.set(sourceId, new Set([...(judgements.get(sourceId) ?? []), ...known]));
  };
  for (const { sourceId, pins } of rows.map(toCuration)) add(sourceId, documentIdsOf(pins));
  for (const [sourceId, picks] of await picksOf(strapi, type, locale)) add(sourceId, picks);
  return judgements;
}

/** Returns what editors picked in the configured relation, for all published entries. */
async function picksOf(
  strapi: Core.Strapi,
  { picked, ...type }: RelatedType,
  locale: string | null,
): Promise<[string, string[]][]> {
  if (!picked) return [];
  const { attribute } = picked;
  const found: [string, string[]][] = [];
  for (let offset = 0; ; offset += PAGE) {
    const rows = (await strapi.db.query(type.uid as UID.ContentType).findMany({
      select: ['documentId'],
      where: rowsIn(type, 'published', locale),
      populate: { [attribute]: { select: ['documentId'] } },
      orderBy: { id: 'asc' },
      offset,
      limit: PAGE,
    } as never)) as unknown as Entity[];
    for (const row of rows) {
      found.push([row.documentId, entriesOf(row[attribute]).map(({ documentId }) => documentId)]);
    }
    if (rows.length < PAGE) return found;
  }
}
