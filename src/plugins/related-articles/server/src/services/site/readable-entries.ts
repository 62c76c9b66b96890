import type { Core, UID } from '@strapi/strapi';

import type { RelatedType } from '../../config/resolve';
import { nameOf, type Entity } from '../../content/entity';
import { afterOthers } from '../../engine/steps';
import { rowsFor } from '../../permissions/documents';
import type { EditorPermissions } from '../../permissions/editor-permissions';

/** How many entries are read from the database at once. */
const BATCH = 100;
const MAX_WORDS = 10;
/** How long it is cached who may read what, in milliseconds, and for how many queries. */
const KEPT_MS = 5000;
const MAX_KEPT = 50;

/** Many published entries at once, as far as an editor may read them. */
export class ReadableEntries {
  private readonly kept = new Map<string, { ids: Promise<ReadonlySet<string>>; at: number }>();

  constructor(private readonly strapi: Core.Strapi) {}

  /** Returns all published documents that the editor may read; cached for a moment, as pages ask repeatedly. */
  async readable(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
  ): Promise<ReadonlySet<string>> {
    const filters = await permissions.filters(type.uid);
    // Project middlewares may depend on who asks.
    const key = JSON.stringify([permissions.editorId, type.uid, locale, filters]);
    const kept = this.kept.get(key);
    if (kept && performance.now() - kept.at < KEPT_MS) return kept.ids;
    // Requests that come in the meantime share this promise.
    const ids = this.matching(permissions, type, locale, '');
    const now = { ids, at: performance.now() };
    this.kept.delete(key);
    this.kept.set(key, now);
    ids.catch(() => {
      if (this.kept.get(key) === now) this.kept.delete(key);
    });
    const [oldest] = this.kept.keys();
    if (this.kept.size > MAX_KEPT) this.kept.delete(oldest);
    return ids;
  }

  /** The published documents that the editor may read and whose title has all these words. */
  async matching(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    search: string,
  ): Promise<Set<string>> {
    const words = search.split(/\s+/).filter(Boolean).slice(0, MAX_WORDS);
    if (words.length > 0 && !permissions.readable(type)(type.title)) return new Set();
    const found = new Set<string>();
    const filters = {
      $and: [
        await permissions.filters(type.uid),
        ...words.map((word) => ({ [type.title]: { $containsi: word } })),
      ],
    };
    const scope = { filters, status: 'published', ...(type.localized && { locale }) };
    const documents = this.strapi.documents(type.uid as UID.ContentType);
    // Project code may remove entries from a page.
    const count = await documents.count(scope as never);
    for (let start = 0; start < count; start += BATCH) {
      const page = { fields: ['documentId'], sort: 'documentId', start, limit: BATCH };
      const rows = await permissions.findMany(type.uid, { ...scope, ...page });
      for (const { documentId } of rows) found.add(documentId);
      // SQLite queries never yield to other requests.
      await afterOthers();
    }
    return found;
  }

  async titles(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    ids: readonly string[],
  ): Promise<Map<string, string>> {
    const rows = await this.read(permissions, type, locale, ids, { fields: [type.title] });
    return new Map(rows.map((row) => [row.documentId, nameOf(row[type.title])]));
  }

  /** Reads the published versions that the editor may read. */
  async read(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    ids: readonly string[],
    shown: { fields?: string[]; populate?: object },
  ): Promise<Entity[]> {
    const filters = await permissions.filters(type.uid);
    const read: Entity[] = [];
    for (let start = 0; start < ids.length; start += BATCH) {
      const part = ids.slice(start, start + BATCH);
      const rows = await permissions.findMany(type.uid, {
        ...shown,
        filters: { $and: [filters, { documentId: { $in: part } }] },
        status: 'published',
        limit: rowsFor(part),
        ...(type.localized && { locale }),
      });
      read.push(...rows);
      await afterOthers();
    }
    return read;
  }
}
