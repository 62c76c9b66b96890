import type { Core } from '@strapi/strapi';
import type { Knex } from 'knex';

import { table } from '../changes/tables';
import { committed } from '../changes/transactions';
import type { RelatedType } from '../config/resolve';
import { Meanwhile } from './races';

/** Less than the second after which PostgreSQL looks for a deadlock and cancels one of the two. */
const LOCK_TIMEOUT_MS = 500;

interface Row {
  id: number;
  published_at: unknown;
}

/**
 * Keeps others from writing the entries of one slug while an import reads and writes them. PostgreSQL and MariaDB show
 * the state before a save that has not ended yet, and would let the import go on from that; SQLite refuses.
 */
export class HeldEntry {
  private readonly tableName: string;
  private readonly column: string;

  constructor(
    private readonly strapi: Core.Strapi,
    type: RelatedType,
  ) {
    const { tableName, attributes } = strapi.db.metadata.get(type.uid);
    const slug = type.slug === null ? undefined : attributes[type.slug];
    this.tableName = tableName;
    this.column = (slug as { columnName?: string } | undefined)?.columnName ?? type.slug ?? '';
  }

  /**
   * Does work in a transaction of its own, in which nobody else can write these entries.
   *
   * @param work Gets their documentIds.
   * @throws Meanwhile if somebody has created or replaced one of them by then.
   */
  async during<T>(slug: string, work: (documentIds: readonly string[]) => Promise<T>): Promise<T> {
    const named: { document_id: string }[] = await this.table()
      .where(this.column, slug)
      .distinct('document_id');
    const documentIds = named.map((row) => row.document_id);
    const before = await this.rows(documentIds);
    return committed(this.strapi.db, async ({ trx: transaction }) => {
      const trx = transaction as unknown as Knex.Transaction;
      // Somebody who refers to a held row waits, and may hold what the import needs: then the import gives way and
      // starts again, before PostgreSQL looks for a deadlock.
      if (this.strapi.db.dialect.client === 'postgres') await trx.raw(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`); // prettier-ignore
      // Drafts first, in the order in which Strapi writes when it publishes.
      for (const isPublished of [false, true]) {
        const ids = before.filter((row) => (row.published_at !== null) === isPublished).map(({ id }) => id); // prettier-ignore
        if (ids.length > 0) await this.hold(ids, trx);
      }
      // From here on, reads include everything that others have written so far.
      const known = new Set(before.map(({ id }) => id));
      const rows = await this.rows(documentIds, trx);
      if (rows.some(({ id }) => !known.has(id))) throw new Meanwhile();
      return work(documentIds);
    });
  }

  /** Locks by primary key: without an index for the condition, MariaDB would lock every row of the table. */
  private async hold(ids: readonly number[], trx: Knex.Transaction): Promise<void> {
    await this.table(trx).whereIn('id', ids).orderBy('id').select('id').forUpdate();
  }

  private async rows(documentIds: readonly string[], trx?: Knex.Transaction): Promise<Row[]> {
    if (documentIds.length === 0) return [];
    const rows: Row[] = await this.table(trx)
      .whereIn('document_id', documentIds)
      .select('id', 'published_at');
    return rows;
  }

  private table(trx?: Knex.Transaction): Knex.QueryBuilder {
    return table(this.strapi.db, this.tableName, trx);
  }
}
