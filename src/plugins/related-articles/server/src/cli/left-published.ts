import type { Core, UID } from '@strapi/strapi';
import type { Knex } from 'knex';

import { table } from '../changes/tables';
import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { rowsIn, rowsOf } from '../content/rows';

const BATCH = 200;
/** How long after it was published an entry is looked at: who deletes it may still be about it. */
const DELETING_MS = 300;
/** How often that is done while an import goes on. */
const EVERY_MS = 2000;

/**
 * What an import has published and has no draft any more: who deletes an entry while it is being published deletes what
 * Strapi read of it before, and what was published meanwhile stays where no editor sees it.
 */
export class LeftPublished {
  private waiting = new Set<string>();
  private since = performance.now();

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
  ) {}

  /** Remembers an entry that was published just now. */
  add(documentId: string): void {
    if (this.waiting.size === 0) this.since = performance.now();
    this.waiting.add(documentId);
  }

  /** Whether some have waited long enough to be looked at. */
  get isDue(): boolean {
    return this.waiting.size > 0 && performance.now() - this.since > EVERY_MS;
  }

  /** Whether there are any to look at. */
  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /**
   * Deletes what is left of those added. Those that somebody is writing stay to be looked at.
   *
   * @returns The slugs of what is deleted.
   */
  async delete(): Promise<string[]> {
    if (this.isEmpty) return [];
    await new Promise((resolve) => setTimeout(resolve, DELETING_MS));
    const deleted: string[] = [];
    const ids = [...this.waiting];
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

  private async deleteAmong(documentIds: readonly string[]): Promise<string[]> {
    const { strapi, type } = this;
    const rows = rowsOf<Entity>(strapi, type.uid);
    const slug = type.slug ?? 'documentId';
    const among = { documentId: { $in: [...documentIds] } };
    const select = ['documentId', slug, ...(type.localized ? ['locale'] : [])];
    // What is published first: a draft that is made meanwhile is seen.
    const published = await rows.findMany({ select, where: { ...among, ...rowsIn(type, 'published') } }); // prettier-ignore
    const drafts = await rows.findMany({ select, where: { ...among, ...rowsIn(type, 'draft') } });
    const kept = new Set(drafts.map(keyOf));
    const left = published.filter((row) => !kept.has(keyOf(row)));
    for (const { documentId, locale } of left) {
      const scope = { documentId, ...(type.localized && { locale }) };
      await strapi.documents(type.uid as UID.ContentType).delete(scope as never);
    }
    return left.map((row) => String(row[slug]));
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
    const free = await strapi.db.transaction(async ({ trx }): Promise<{ id: number }[]> => {
      const rows = table(strapi.db, tableName, trx as unknown as Knex.Transaction);
      // By the primary key: MariaDB would lock every row that it looks at.
      return rows.whereIn('id', ids).select('id').forUpdate().skipLocked();
    });
    const isFree = new Set(free.map(({ id }) => id));
    return new Set(drafts.filter(({ id }) => !isFree.has(id)).map((draft) => draft.document_id));
  }
}

const keyOf = ({ documentId, locale }: Entity): string => `${documentId} ${String(locale ?? '')}`;
