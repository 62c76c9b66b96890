import type { Core, UID } from '@strapi/strapi';
import type { Knex } from 'knex';

import { READ_TIMEOUT_MS } from '../changes/tables';
import { rowsWithin } from '../content/statement-limits';
import { attributeOf, hasDrafts, schemaOf, type Attribute } from './schema-path';

/** An answer is used for at least this many milliseconds, and for `AGE_FACTOR` times as long as it took to find. */
const MIN_AGE_MS = 10_000;
const AGE_FACTOR = 100;
/** How deep components may lie in one another. Strapi's panel makes two levels. */
const MAX_LEVELS = 5;

/** The part of an attribute in Strapi's database layer that tells where related rows are. */
interface DatabaseAttribute {
  columnName?: string;
  target?: string;
  joinColumn?: { name: string; referencedTable?: string; referencedColumn?: string };
  joinTable?: {
    name: string;
    joinColumn: { name: string };
    inverseJoinColumn?: { name: string };
    morphColumn?: { idColumn: { name: string }; typeColumn: { name: string } };
    on?: Record<string, unknown>;
  };
}

/**
 * Tells whether links lead from published rows to drafts. Strapi makes none, but they are left by upgrades from Strapi 4,
 * by writes that name rows rather than documents, and by relations without a join table.
 */
export class StrayLinks {
  private readonly known = new Map<string, { until: number; answer: Promise<boolean> }>();
  private readonly told = new Set<string>();

  constructor(private readonly strapi: Core.Strapi) {}

  /** Whether there may be any over an attribute of a content type or component: also if it cannot be found out. */
  has(uid: string, name: string): Promise<boolean> {
    const key = `${uid} ${name}`;
    const known = this.known.get(key);
    if (known && known.until > performance.now()) return known.answer;
    const begunAt = performance.now();
    const entry = { until: Infinity, answer: Promise.resolve(true) };
    entry.answer = this.find(uid, name)
      .then((isThere) => (isThere ? 'some published entries lead to drafts over it' : null))
      .catch(
        (error: Error) => `it cannot be found out whether it leads to drafts: ${error.message}`,
      )
      .then((reason) => {
        const now = performance.now();
        entry.until = now + Math.max(MIN_AGE_MS, AGE_FACTOR * (now - begunAt));
        if (reason) this.tell(key, reason);
        return reason !== null;
      });
    this.known.set(key, entry);
    return entry.answer;
  }

  private tell(key: string, reason: string): void {
    if (this.told.has(key)) return;
    this.told.add(key);
    const [uid, name] = key.split(' ');
    this.strapi.log.warn(
      `related-articles: visitors cannot sort by "${name}" of ${uid}, or exclude by it, because ${reason}. If there are such entries, publish them again.`,
    );
  }

  private async find(uid: string, name: string): Promise<boolean> {
    const attribute = this.columnsOf(uid, name);
    const { target = '', joinTable, joinColumn } = attribute;
    const draft = `far.${this.columnsOf(target, 'publishedAt').columnName}`;
    const farTable = this.tableOf(target);
    for (const ids of this.publishedIds(uid)) {
      let query: Knex.QueryBuilder;
      if (joinTable?.inverseJoinColumn) {
        const { joinColumn: near, inverseJoinColumn: far } = joinTable;
        query = this.from('link', joinTable.name)
          .innerJoin(`${farTable} as far`, 'far.id', `link.${far.name}`)
          .whereIn(`link.${near.name}`, ids);
      } else if (joinColumn?.referencedColumn) {
        query = this.from('near', this.tableOf(uid))
          .innerJoin(`${farTable} as far`, `far.${joinColumn.referencedColumn}`, `near.${joinColumn.name}`)
          .whereIn('near.id', ids); // prettier-ignore
      } else return true;
      const rows = await rowsWithin(this.strapi.db, query.whereNull(draft).select('far.id').limit(1), READ_TIMEOUT_MS); // prettier-ignore
      if (rows.length > 0) return true;
    }
    return false;
  }

  /** Returns queries for the ids of published rows; for those of a component, one for each place that it has. */
  private publishedIds(uid: string, level = 0): Knex.QueryBuilder[] {
    if (level > MAX_LEVELS) throw new Error('components lie too deep in one another');
    const schema = schemaOf(this.strapi, uid);
    if (schema?.modelType !== 'component') {
      if (!schema || !hasDrafts(schema)) return [];
      const { columnName = '' } = this.columnsOf(uid, 'publishedAt');
      return [this.from('row', this.tableOf(uid)).whereNotNull(`row.${columnName}`).select('row.id')]; // prettier-ignore
    }
    return this.placesOf(uid).flatMap(([owner, name]) => {
      const { joinTable } = this.columnsOf(owner, name);
      if (!joinTable) throw new Error(`${owner} keeps "${name}" in no table`);
      const { inverseJoinColumn, morphColumn, on = {} } = joinTable;
      const id = inverseJoinColumn?.name ?? morphColumn?.idColumn.name;
      const type = morphColumn && { [morphColumn.typeColumn.name]: uid };
      return this.publishedIds(owner, level + 1).map((ids) =>
        this.from('part', joinTable.name)
          .where({ ...on, ...type })
          .whereIn(`part.${joinTable.joinColumn.name}`, ids)
          .select(`part.${id}`),
      );
    });
  }

  /** Returns the attributes that hold a component, with their types. */
  private placesOf(component: string): [uid: string, name: string][] {
    const { contentTypes, components } = this.strapi;
    const holds = (attribute: Attribute) =>
      attribute.component === component || attribute.components?.includes(component);
    return [...Object.keys(contentTypes), ...Object.keys(components)].flatMap((uid) => {
      const { attributes = {} } = schemaOf(this.strapi, uid) ?? {};
      return Object.entries(attributes).flatMap(([name, attribute]): [string, string][] =>
        holds(attribute) ? [[uid, name]] : [],
      );
    });
  }

  private tableOf(uid: string): string {
    return this.strapi.db.metadata.get(uid as UID.Schema).tableName;
  }

  private columnsOf(uid: string, name: string): DatabaseAttribute {
    const { attributes } = this.strapi.db.metadata.get(uid as UID.Schema);
    const attribute = attributeOf({ uid, attributes } as never, name);
    if (!attribute) throw new Error(`${uid} has no "${name}"`);
    return attribute as unknown as DatabaseAttribute;
  }

  private from(alias: string, table: string): Knex.QueryBuilder {
    const { db } = this.strapi;
    const query = db.connection(`${table} as ${alias}`) as Knex.QueryBuilder;
    const schema = db.getSchemaName();
    return schema ? query.withSchema(schema) : query;
  }
}
