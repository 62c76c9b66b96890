import type { Core } from '@strapi/strapi';

import { answered } from '../content/within-time';
import { databaseAttribute, type DatabaseAttribute } from './database-attribute';

/** How many rows an attribute leads to from one row that has any. */
export interface FanOut {
  /** On average over the rows that have some. */
  mean: number;
  /** The average as seen from a related row, so that rows with many related rows count more. */
  weighted: number;
  max: number;
  /** All related rows. */
  total: number;
}

const ONE: FanOut = { mean: 1, weighted: 1, max: 1, total: Infinity };
/** For what cannot be counted. */
const UNKNOWN: FanOut = { mean: 100, weighted: 100, max: 1000, total: Infinity };
/** A figure is used for at least this many milliseconds, and for `AGE_FACTOR` times as long as it took to count. */
const MIN_AGE_MS = 60_000;
const AGE_FACTOR = 1000;

interface Grouping {
  table: string;
  by: string;
  where: Record<string, unknown>;
}

const TO_ONE = ['oneToOne', 'manyToOne', 'morphToOne', 'morphOne'];

/** How many of the oldest and of the newest rows are averaged for a length. */
const SAMPLE = 250;

/**
 * Counts related rows, and caches the figures for a while. Each figure is rounded to steps of about a fifth, because
 * the counts include drafts and hidden rows, and the refusal of a query must tell little about those.
 */
export class RelationStatistics {
  private readonly known = new Map<string, { until: number; value: Promise<unknown> }>();

  constructor(private readonly strapi: Core.Strapi) {}

  /** Returns the fan-out of an attribute of a content type or component. */
  fanOut(uid: string, name: string): Promise<FanOut> {
    const attribute = this.attributeOf(uid, name);
    if (!attribute || attribute.type !== 'relation') return Promise.resolve(ONE);
    if (attribute.relation && TO_ONE.includes(attribute.relation)) return Promise.resolve(ONE);
    const grouping = this.groupingOf(uid, name, attribute);
    if (!grouping) return Promise.resolve(UNKNOWN);
    return this.remember(`${uid} ${name}`, () => this.count(grouping), UNKNOWN);
  }

  /** Returns the number of rows of a content type, including drafts and all locales. */
  rows(uid: string): Promise<number> {
    const { tableName } = this.strapi.db.metadata.get(uid);
    const count = async () => {
      const [row] = await this.strapi.db.getConnection(tableName).count({ count: '*' });
      return rounded(Number((row as { count: unknown }).count));
    };
    return this.remember(uid, count, 1_000_000);
  }

  /** Returns an attribute's mean length in some rows, in characters: the oldest or the newest, whichever is longer. */
  length(uid: string, name: string): Promise<number> {
    const measure = async () => {
      const { tableName } = this.strapi.db.metadata.get(uid);
      const { columnName = name } = this.attributeOf(uid, name) ?? {};
      const { connection } = this.strapi.db;
      const text = this.strapi.db.dialect.client === 'mysql' ? 'char' : 'text';
      const meanOf = async (order: 'asc' | 'desc') => {
        const rows = this.strapi.db.getConnection(tableName).orderBy('id', order);
        const [row]: { mean: unknown }[] = await connection
          .from(rows.select(columnName).limit(SAMPLE).as('sample'))
          .select(connection.raw(`avg(length(cast(?? as ${text}))) as mean`, [columnName]));
        return Number(row.mean ?? 0);
      };
      return rounded(Math.max(await meanOf('asc'), await meanOf('desc')));
    };
    return this.remember(`length of ${uid} ${name}`, measure, 0);
  }

  private attributeOf(uid: string, name: string): DatabaseAttribute | undefined {
    return databaseAttribute(this.strapi, uid, name);
  }

  private groupingOf(uid: string, name: string, attribute: DatabaseAttribute): Grouping | null {
    const { joinTable, joinColumn, morphBy, target } = attribute;
    if (joinTable) {
      return { table: joinTable.name, by: joinTable.joinColumn.name, where: joinTable.on ?? {} };
    }
    if (morphBy && target) {
      const other = this.attributeOf(target, morphBy);
      const column = other?.joinTable?.morphColumn ?? other?.morphColumn;
      if (!column) return null;
      return {
        table: other?.joinTable?.name ?? this.strapi.db.metadata.get(target).tableName,
        by: column.idColumn.name,
        where: {
          [column.typeColumn.name]: uid,
          ...(target === 'plugin::upload.file' && { field: name }),
        },
      };
    }
    if (joinColumn?.referencedTable && joinColumn.referencedColumn) {
      return { table: joinColumn.referencedTable, by: joinColumn.referencedColumn, where: {} };
    }
    return null;
  }

  private async count({ table, by, where }: Grouping): Promise<FanOut> {
    const { connection } = this.strapi.db;
    const groups = this.strapi.db
      .getConnection(table)
      .where(where)
      .whereNotNull(by)
      .groupBy(by)
      .select(connection.raw('count(*) as n'))
      .as('related');
    const [row]: Record<string, unknown>[] = await connection
      .from(groups)
      .select(
        connection.raw(
          'count(*) as owners, coalesce(sum(n), 0) as total, coalesce(sum(n * n), 0) as squares, coalesce(max(n), 0) as most',
        ),
      );
    const [owners, total, squares, max] = ['owners', 'total', 'squares', 'most'].map((name) =>
      Number(row[name]),
    );
    return {
      mean: Math.max(1, rounded(total / Math.max(1, owners))),
      weighted: Math.max(1, rounded(squares / Math.max(1, total))),
      max: Math.max(1, rounded(max)),
      total: rounded(total),
    };
  }

  private remember<T>(key: string, count: () => Promise<T>, fallback: T): Promise<T> {
    const known = this.known.get(key);
    if (known && known.until > performance.now()) return known.value as Promise<T>;
    const started = performance.now();
    const entry = { until: Infinity, value: Promise.resolve<unknown>(fallback) };
    // A connection that was cut may never answer.
    entry.value = answered(count()).then(
      (value) => {
        const took = performance.now() - started;
        entry.until = performance.now() + Math.max(MIN_AGE_MS, AGE_FACTOR * took);
        return value;
      },
      () => {
        entry.until = performance.now() + MIN_AGE_MS;
        return known ? known.value : fallback;
      },
    );
    // Use the previous figure while the new one is counted.
    if (!known) this.known.set(key, entry);
    else {
      known.until = Infinity;
      void entry.value.then(() => this.known.set(key, entry));
    }
    return (known ?? entry).value as Promise<T>;
  }
}

const rounded = (figure: number): number =>
  figure > 0 ? 2 ** (Math.round(4 * Math.log2(figure)) / 4) : 0;
