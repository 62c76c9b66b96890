import type { Core } from '@strapi/strapi';

import { readRelations, type RelatedType } from '../config/resolve';
import { Turns } from '../engine/steps';
import type { Entity } from './entity';
import { idsWithoutHooks, morphColumns, readAll, rowsIn, rowsOf, rowsWithoutHooks } from './rows';
import { selectionOf } from './selection';
import { rowsWithin } from './statement-limits';
import { ANSWER_TIMEOUT_MS } from './within-time';

const ROWS_PER_PAGE = 1000;
/** When a row was last written, as an SQL expression, in milliseconds or microseconds. */
const TIMES = {
  // SQL may have written text.
  sqlite:
    "case typeof(updated_at) when 'text' then round(julianday(updated_at) * 86400000) else updated_at end",
  postgres:
    'cast(case when isfinite(updated_at) then extract(epoch from updated_at) * 1000 end as bigint)',
  mysql: "timestampdiff(microsecond, '2000-01-01', updated_at)",
};
/** A prime, so that sums over millions of rows are exact in 53 bits. */
const TIMES_MODULUS = 1_000_000_007;

/** Character code of a column's nth letter, counted from the end if n is negative; small enough to be summed up. */
const LETTERS = {
  sqlite: (column: string, at: number) => `mod(unicode(substr(${column}, ${at}, 1)), 997)`,
  postgres: (column: string, at: number) => `mod(ascii(${postgresPart(column, at)}), 997)`,
  mysql: (column: string, at: number) => `mod(ascii(substr(${column}, ${at}, 1)), 997)`,
};
const postgresPart = (column: string, at: number): string =>
  at > 0 ? `substr(${column}, ${at}, 1)` : `right(${column}, ${-at})`;
const IDS_MODULUS = 9973;
/** Which letters are summed up, and what each counts. */
const ID_LETTERS: ReadonlyMap<number, number> = new Map([[-1, 1], [-2, 3], [-3, 5], [-4, 7]]); // prettier-ignore
/** The sums of all locales that Strapi knows differ. */
export const LOCALE_LETTERS: ReadonlyMap<number, number> = new Map([[1, 461], [2, 739], [3, 983], [4, 571], [7, 641], [-1, 857], [-2, 257]]); // prettier-ignore

/** The columns that distinguish one state of a row from the next. */
export interface Row {
  id: number;
  documentId: string;
  locale?: string | null;
  updatedAt?: string | null;
}

/** What a page has of the rows of a type, by row id. */
export interface Page<PageRow> {
  /** Without rows that hooks of the project took out. */
  rows: PageRow[];
  /** The id after which the next page begins; `null` if this is the last one. */
  last: number | null;
}

/** Equal for two reads of a row that nobody wrote to in between. */
export function versionOf({ id, updatedAt }: Partial<Row>): string {
  return `${id} ${updatedAt ?? ''}`;
}

/** Reads what is to be indexed: published rows with their configured fields and relations, and nothing else. */
export class RowReader {
  private readonly turns = new Turns();

  constructor(private readonly strapi: Core.Strapi) {}

  /** The published rows of these documents, all locales. */
  async published(type: RelatedType, documentIds: readonly string[]): Promise<(Entity & Row)[]> {
    const ids = await this.idsOf(type, { documentId: { $in: [...documentIds] } });
    return readAll(ids, (where) => this.find(type, where));
  }

  /** The next page of published rows after a row id, by row id. */
  async page(type: RelatedType, afterId: number, limit: number): Promise<Page<Entity & Row>> {
    return this.paged(type, { afterId, limit }, (where) => this.find(type, where));
  }

  /** The draft of a document in one locale, or null. */
  async draft(
    type: RelatedType,
    documentId: string,
    locale: string | null | undefined,
  ): Promise<Entity | null> {
    const where = { documentId, ...rowsIn(type, 'draft', locale) };
    const [entity] = await this.select(type, where, false, 1);
    return entity ?? null;
  }

  async countPublished(type: RelatedType): Promise<number> {
    return rowsOf(this.strapi, type.uid).count({ where: rowsIn(type, 'published') });
  }

  /**
   * Returns figures that change with writes outside Strapi, except for texts written without a new time. They cover the
   * published rows and the join tables of their relations.
   */
  async summary(type: RelatedType): Promise<string> {
    const { db } = this.strapi;
    const { tableName } = db.metadata.get(type.uid);
    const rows = db
      .getConnection(tableName)
      .count({ count: '*' })
      .max({ last: 'id', newest: 'updated_at' });
    if (type.draftAndPublish) void rows.whereNotNull('published_at');
    // Not only the latest time: a clock may be behind, and restored rows are older.
    const time = TIMES[db.dialect.client as keyof typeof TIMES];
    void rows.select(db.connection.raw(`sum(mod(${time}, ${TIMES_MODULUS})) as times`));
    // Which document and locale each row belongs to: SQL may reassign rows without changing their times.
    const letter = LETTERS[db.dialect.client as keyof typeof LETTERS];
    const weighed = (column: string, places: ReadonlyMap<number, number>) =>
      [...places].map(([at, weight]) => `${weight} * coalesce(${letter(column, at)}, 0)`);
    const letters = weighed('document_id', ID_LETTERS);
    if (type.localized) letters.push(...weighed('locale', LOCALE_LETTERS));
    void rows.select(db.connection.raw(`sum((1 + mod(id, ${IDS_MODULUS})) * (${letters.join(' + ')})) as keys_`)); // prettier-ignore
    const [figures] = await rowsWithin<Record<string, unknown>>(db, rows, ANSWER_TIMEOUT_MS);
    const { count, last, newest, times, keys_: keys } = figures;
    const parts = [count, last, newest, times, keys].map(String);
    for (const name of this.joinTables(type)) {
      const joins = db.getConnection(name).count({ count: '*' }).max({ last: 'id' });
      const [found] = await rowsWithin<Record<string, unknown>>(db, joins, ANSWER_TIMEOUT_MS);
      parts.push(name, String(found.count), String(found.last));
    }
    return parts.join(' ');
  }

  private joinTables(type: RelatedType): string[] {
    const { attributes } = this.strapi.db.metadata.get(type.uid);
    const names = readRelations(type).map(
      ({ attribute }) =>
        (attributes[attribute] as { joinTable?: { name: string } }).joinTable?.name,
    );
    return [...new Set(names.filter((name) => name !== undefined))];
  }

  /** When a published row was last written, or null. */
  async lastWrite(type: RelatedType): Promise<Date | null> {
    const [newest] = await rowsOf<Row>(this.strapi, type.uid).findMany({
      select: ['updatedAt'],
      where: rowsIn(type, 'published'),
      orderBy: { updatedAt: 'desc' },
      limit: 1,
    });
    return newest ? new Date(newest.updatedAt as string) : null;
  }

  /** Some attributes of documents, drafts and published versions, in one locale; `null` for a type without locales. */
  valuesOf(
    type: RelatedType,
    attributes: readonly string[],
    documentIds: readonly string[],
    locale: string | null,
  ): Promise<(Entity & Row)[]> {
    return rowsOf<Entity & Row>(this.strapi, type.uid).findMany({
      select: ['documentId', ...attributes],
      where: { documentId: { $in: [...documentIds] }, ...(type.localized && { locale }) },
    });
  }

  /** All published rows without their content, page by page. */
  async *rows(type: RelatedType): AsyncGenerator<readonly Row[]> {
    for (let afterId: number | null = 0; afterId !== null;) {
      const asked = { afterId, limit: ROWS_PER_PAGE };
      const page: Page<Row> = await this.paged(type, asked, (where) => this.bareRows(type, where));
      yield page.rows;
      afterId = page.last;
    }
  }

  /** Reads a page. Where it ends is asked without hooks: one that takes out rows would make any page look like the last. */
  private async paged<PageRow extends Pick<Row, 'id'>>(
    type: RelatedType,
    { afterId, limit }: { afterId: number; limit: number },
    read: (where: Record<string, unknown>) => Promise<PageRow[]>,
  ): Promise<Page<PageRow>> {
    // SQLite answers at once: reading page after page would let nothing else run.
    await this.turns.give();
    const ids = await this.idsOf(type, { id: { $gt: afterId } }, limit);
    const last = ids.length < limit ? null : ids[ids.length - 1];
    return { rows: await readAll(ids, read), last };
  }

  /** The ids of published rows, by id, whatever hooks of the project hide. */
  private idsOf(
    type: RelatedType,
    where: Record<string, unknown>,
    limit?: number,
  ): Promise<number[]> {
    const wanted = { ...rowsIn(type, 'published'), ...where };
    return idsWithoutHooks(this.strapi, type.uid, wanted, limit);
  }

  /** The published rows of some documents without their content, all locales. */
  rowsOfDocuments(type: RelatedType, documentIds: readonly string[]): Promise<Row[]> {
    return this.bareRows(type, { documentId: { $in: [...documentIds] } });
  }

  private bareRows(type: RelatedType, where: Record<string, unknown>): Promise<Row[]> {
    return rowsOf<Row>(this.strapi, type.uid).findMany({
      select: ['id', 'documentId', 'updatedAt', ...(type.localized ? ['locale'] : [])],
      where: { ...rowsIn(type, 'published'), ...where },
      orderBy: { id: 'asc' },
    });
  }

  /** Documents of a type by locale. */
  async countByLocale(type: RelatedType): Promise<LocaleCount[]> {
    const query = rowsOf<Row>(this.strapi, type.uid);
    const locales: (string | null)[] = type.localized
      ? (await this.strapi.plugin('i18n').service('locales').find()).map(
          ({ code }: { code: string }) => code,
        )
      : [null];
    return Promise.all(
      locales.map(async (locale) => {
        const where = type.localized ? { locale } : {};
        const published = await query.count({ where: { ...where, ...rowsIn(type, 'published') } });
        return {
          locale,
          published,
          // Every published row also has a draft row.
          unpublished: type.draftAndPublish
            ? (await query.count({ where: { ...where, publishedAt: { $null: true } } })) - published
            : 0,
        };
      }),
    );
  }

  /** The documents that are related to these entries of a category, tag or other target, whatever hooks hide. */
  async documentsOf(
    type: RelatedType,
    relation: string,
    entryIds: readonly string[],
  ): Promise<string[]> {
    const rows = await rowsWithoutHooks<Pick<Row, 'documentId'>>(this.strapi, type.uid, {
      select: ['documentId'],
      where: { [relation]: { documentId: { $in: [...entryIds] } } },
    });
    return [...new Set(rows.map(({ documentId }) => documentId))];
  }

  /** The documents of a type that these rows belong to, whatever hooks hide. */
  async documentsOfRows(uid: string, ids: readonly number[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await rowsWithoutHooks<Pick<Row, 'documentId'>>(this.strapi, uid, {
      select: ['documentId'],
      where: { id: { $in: [...ids] } },
    });
    return [...new Set(rows.map(({ documentId }) => documentId))];
  }

  private find(type: RelatedType, where: Record<string, unknown>): Promise<(Entity & Row)[]> {
    return this.select(type, { ...where, ...rowsIn(type, 'published') }, true);
  }

  private select(
    type: RelatedType,
    where: Record<string, unknown>,
    publishedOnly: boolean,
    limit?: number,
  ): Promise<(Entity & Row)[]> {
    const { select, populate } = selectionOf(type, publishedOnly);
    return rowsOf<Entity & Row>(this.strapi, type.uid).findMany({
      select: [...select, ...morphColumns(this.strapi, type)],
      populate,
      where,
      orderBy: { id: 'asc' },
      ...(limit !== undefined && { limit }),
    });
  }
}

export interface LocaleCount {
  locale: string | null;
  published: number;
  /** Documents of the locale that are not published. */
  unpublished: number;
}
