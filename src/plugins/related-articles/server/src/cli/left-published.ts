import type { Core, UID } from '@strapi/strapi';
import type { Knex } from 'knex';

import { table } from '../changes/tables';
import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { rowsIn, rowsWithoutHooks } from '../content/rows';
import { isGone, isLocked, isRace } from './races';

const BATCH = 200;
/** How long to wait before looking at published entries: somebody may still be deleting them. */
const DELETING_MS = 300;
/** How often this is done during an import. */
const EVERY_MS = 2000;

/** A published version that was left, and the error if it could not be deleted. */
interface Left {
  slug: string;
  error: Error | null;
}

/**
 * Finds entries that an import has published and that have lost their drafts. If somebody deletes an entry while it is
 * being published, Strapi deletes the rows that it read before; the newly published row stays, and no editor sees it.
 */
export class LeftPublished {
  /** The locales in which each was published. */
  private readonly waiting = new Map<string, Set<string | null>>();
  private since = performance.now();

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
  ) {}

  /** Remembers an entry that was published just now. */
  add(documentId: string, locale: string | null): void {
    if (this.isEmpty) this.since = performance.now();
    const locales = this.waiting.get(documentId) ?? new Set();
    this.waiting.set(documentId, locales.add(locale));
  }

  /** Whether some have waited long enough to be looked at. */
  get isDue(): boolean {
    return !this.isEmpty && performance.now() - this.since > EVERY_MS;
  }

  /** Whether there are any to look at. */
  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /**
   * Deletes what is left of the added entries. Those that somebody is writing are looked at again.
   *
   * @returns What was left, by slug.
   */
  async delete(): Promise<Left[]> {
    if (this.isEmpty) return [];
    await new Promise((resolve) => setTimeout(resolve, DELETING_MS));
    const deleted: Left[] = [];
    const ids = [...this.waiting.keys()];
    for (let start = 0; start < ids.length; start += BATCH) {
      const part = ids.slice(start, start + BATCH);
      const written = await this.writtenAmong(part);
      const quiet = part.filter((id) => !written.has(id));
      deleted.push(...(await this.deleteAmong(quiet)));
      for (const id of quiet) this.waiting.delete(id);
    }
    this.since = performance.now();
    return deleted;
  }

  private async deleteAmong(documentIds: readonly string[]): Promise<Left[]> {
    const { strapi, type } = this;
    const slug = type.slug ?? 'documentId';
    const among = { documentId: { $in: [...documentIds] } };
    const select = ['documentId', slug, ...(type.localized ? ['locale'] : [])];
    // Whatever hooks hide: an entry must not look as if it had no draft.
    const rowsWith = (status: 'draft' | 'published') =>
      rowsWithoutHooks<Entity>(strapi, type.uid, { select, where: { ...among, ...rowsIn(type, status) } }); // prettier-ignore
    // Published rows first: this way, drafts that are created in the meantime are seen.
    const published = await rowsWith('published');
    const drafts = await rowsWith('draft');
    const kept = new Set(drafts.map(keyOf));
    const left: Left[] = [];
    const isOurs = ({ documentId, locale }: Entity) =>
      this.waiting.get(documentId)?.has(locale ?? null) === true;
    for (const row of published.filter((one) => isOurs(one) && !kept.has(keyOf(one)))) {
      const { documentId, locale } = row;
      const scope = { documentId, ...(type.localized && { locale }) };
      try {
        await strapi.documents(type.uid as UID.ContentType).delete(scope as never);
        left.push({ slug: String(row[slug]), error: null });
      } catch (error) {
        // Somebody is writing right now, or the database is gone. Otherwise, the deletion was refused.
        if (isRace(error) || isLocked(error) || isGone(error)) throw error;
        left.push({ slug: String(row[slug]), error: error as Error });
      }
    }
    return left;
  }

  /**
   * Returns the entries whose drafts somebody is writing. Drafts that are deleted together in one transaction are
   * visible until it ends. Skips locks instead of waiting: their holder might wait for this import.
   */
  private async writtenAmong(documentIds: readonly string[]): Promise<Set<string>> {
    const { strapi, type } = this;
    if (strapi.db.dialect.client === 'sqlite') return new Set();
    const { tableName } = strapi.db.metadata.get(type.uid);
    const drafts: { id: number; document_id: string }[] = await table(strapi.db, tableName)
      .whereIn('document_id', [...documentIds])
      .whereNull('published_at')
      .select('id', 'document_id');
    const ids = drafts.map(({ id }) => id);
    const look = strapi.db.transaction(async ({ trx }): Promise<{ id: number }[]> => {
      const rows = table(strapi.db, tableName, trx as unknown as Knex.Transaction);
      // By primary key: otherwise, MariaDB would lock every row that it looks at.
      return rows.whereIn('id', ids).select('id').forUpdate().skipLocked();
    });
    const free = await look.catch((error: { code?: unknown }) => {
      // MariaDB has SKIP LOCKED since 10.6. Before that, a transaction that takes longer to delete many goes unnoticed.
      if (error.code === 'ER_PARSE_ERROR') return drafts;
      throw error;
    });
    const isFree = new Set(free.map(({ id }) => id));
    return new Set(drafts.filter(({ id }) => !isFree.has(id)).map((draft) => draft.document_id));
  }
}

const keyOf = ({ documentId, locale }: Entity): string => `${documentId} ${String(locale ?? '')}`;
