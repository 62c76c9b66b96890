import type { Core, UID } from '@strapi/strapi';
import type { Knex } from 'knex';

import { table } from '../changes/tables';
import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { rowsIn, rowsOf } from '../content/rows';
import { isGone, isLocked, isRace } from './races';

const BATCH = 200;
/** How long after it was published an entry is looked at: who deletes it may still be about it. */
const DELETING_MS = 300;
/** How often that is done while an import goes on. */
const EVERY_MS = 2000;

/** Something that was left, and why it is there still, if it is. */
interface Left {
  slug: string;
  error: Error | null;
}

/**
 * What an import has published and has no draft any more: who deletes an entry while it is being published deletes what
 * Strapi read of it before, and what was published meanwhile stays where no editor sees it.
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
   * Deletes what is left of those added. Those that somebody is writing stay to be looked at.
   *
   * @returns What is left, by slug.
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
    const rows = rowsOf<Entity>(strapi, type.uid);
    const slug = type.slug ?? 'documentId';
    const among = { documentId: { $in: [...documentIds] } };
    const select = ['documentId', slug, ...(type.localized ? ['locale'] : [])];
    // What is published first: a draft that is made meanwhile is seen.
    const published = await rows.findMany({ select, where: { ...among, ...rowsIn(type, 'published') } }); // prettier-ignore
    const drafts = await rows.findMany({ select, where: { ...among, ...rowsIn(type, 'draft') } });
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
        // Somebody writes just now, or nobody may delete it.
        if (isRace(error) || isLocked(error) || isGone(error)) throw error;
        left.push({ slug: String(row[slug]), error: error as Error });
      }
    }
    return left;
  }

  /**
   * Those whose drafts somebody is writing: as one of many that are deleted in one transaction, they are there until it
   * ends. Waits for nobody, who might wait for this.
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
      // By the primary key: MariaDB would lock every row that it looks at.
      return rows.whereIn('id', ids).select('id').forUpdate().skipLocked();
    });
    const free = await look.catch((error: { code?: unknown }) => {
      // MariaDB knows it from 10.6 on. Before, one who deletes many for longer goes unnoticed.
      if (error.code === 'ER_PARSE_ERROR') return drafts;
      throw error;
    });
    const isFree = new Set(free.map(({ id }) => id));
    return new Set(drafts.filter(({ id }) => !isFree.has(id)).map((draft) => draft.document_id));
  }
}

const keyOf = ({ documentId, locale }: Entity): string => `${documentId} ${String(locale ?? '')}`;
