import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { sourceKey, sourceOf, type CurationSource } from '../curations/curation';
import { sourceRows } from '../curations/source-rows';
import { warn } from './curation-rows';

/** How many entries are looked up at once. */
const BATCH = 200;

/** Moves a list as the running plugin would if locales were switched on or off for its type since the export. */
export function followed<One extends CurationSource>(
  one: One,
  type: RelatedType | undefined,
  defaultLocale: string | undefined,
): One {
  const [from, to] = type?.localized ? ['', defaultLocale] : [defaultLocale, ''];
  if (!type || to === undefined || one.sourceLocale !== from) return one;
  return { ...one, sourceLocale: to };
}

/** Warns about lists that nobody gets. */
export async function warnOfMissing(
  strapi: Core.Strapi,
  type: RelatedType,
  curations: readonly CurationSource[],
): Promise<void> {
  const missing = await withoutEntry(strapi, type, curations);
  if (missing.length === 0) return;
  const [{ sourceId, sourceLocale }] = missing;
  warn(`${type.uid}: ${missing.length} of ${curations.length} curations belong to entries that do not exist in that locale, such as "${sourceId}"${sourceLocale && ` in "${sourceLocale}"`}. They have no effect, and a running server removes them after a while (curationRetention)`); // prettier-ignore
}

/** Returns the lists whose entry does not exist in their locale. */
async function withoutEntry<One extends CurationSource>(
  strapi: Core.Strapi,
  type: RelatedType,
  curations: readonly One[],
): Promise<One[]> {
  const there = new Set<string>();
  for (let at = 0; at < curations.length; at += BATCH) {
    const ids = curations.slice(at, at + BATCH).map(({ sourceId }) => sourceId);
    for (const { documentId, locale } of await sourceRows(strapi, type, ids)) {
      there.add(sourceKey(sourceOf(type.uid, documentId, locale)));
    }
  }
  return curations.filter((one) => !there.has(sourceKey(one)));
}
