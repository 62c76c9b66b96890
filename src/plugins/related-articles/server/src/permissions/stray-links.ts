import type { Core } from '@strapi/strapi';
import type { Knex } from 'knex';

import { READ_TIMEOUT_MS } from '../changes/tables';
import { rowsWithin } from '../content/statement-limits';
import { databaseAttribute, type DatabaseAttribute } from './database-attribute';
import type { Part } from './query-paths';

/** That there are some is believed this many times as long as it took to find, within these bounds, in milliseconds. */
const AGE_FACTOR = 100;
const MIN_AGE_MS = 10_000;
const MAX_AGE_MS = 60_000;
/** That there are none is believed only this many times as long: until it is looked for again, words of drafts show. */
const NONE_FACTOR = 10;
/** How long an answer is used while the database does not tell, in milliseconds. */
const LAST_KNOWN_MS = 300_000;

/** A relation of a content type, or of a component within one. */
export interface PlacedRelation {
  /** The content type or component. */
  uid: string;
  name: string;
  /** The components that lead to it, the outermost first. */
  parts: readonly Part[];
}

interface Entry {
  /** On the clock of `performance`, as the other times. */
  until: number;
  /** When the database told it. */
  toldAt: number;
  answer: Promise<boolean>;
}

/** The database cannot tell at this moment: Strapi answers with 503. */
export class Unanswered extends Error {
  readonly status = 503;
}

/**
 * Tells whether links lead from published rows to drafts. Strapi makes none, but they are left by upgrades from Strapi 4,
 * by writes that name rows rather than documents, and by relations without a join table.
 */
export class StrayLinks {
  private readonly known = new Map<string, Entry>();
  private readonly told = new Set<string>();

  constructor(private readonly strapi: Core.Strapi) {}

  /**
   * Whether there are any over a relation.
   *
   * @throws Unanswered if the database does not tell, unless it has told in the last minutes.
   */
  has(relation: PlacedRelation): Promise<boolean> {
    const key = JSON.stringify(relation);
    const known = this.known.get(key);
    const begunAt = performance.now();
    if (known && known.until > begunAt) return known.answer;
    const { uid, name } = relation;
    const entry: Entry = { until: Infinity, toldAt: begunAt, answer: Promise.resolve(false) };
    const until = (ms: number) => (entry.until = performance.now() + ms);
    entry.answer = this.find(relation).then(
      (draft) => {
        const took = performance.now() - begunAt;
        if (draft === null) until(Math.min(MAX_AGE_MS, NONE_FACTOR * took));
        else until(Math.min(MAX_AGE_MS, Math.max(MIN_AGE_MS, AGE_FACTOR * took)));
        if (draft === null) this.told.delete(key);
        else this.tell(key, relation, draft);
        return draft !== null;
      },
      (error: Error) => {
        // Nobody asks again meanwhile: the database may still be at work on it.
        until(MIN_AGE_MS);
        if (known && begunAt - known.toldAt < LAST_KNOWN_MS) {
          entry.toldAt = known.toldAt;
          return known.answer;
        }
        throw new Unanswered(`"${name}" of ${uid}: cannot find out whether it leads to drafts: ${error.message}`); // prettier-ignore
      },
    );
    this.known.set(key, entry);
    return entry.answer;
  }

  private tell(key: string, { uid, name }: PlacedRelation, draft: string): void {
    if (this.told.has(key)) return;
    this.told.add(key);
    this.strapi.log.warn(
      `related-articles: some published entries lead to drafts over ${name} of ${uid}, such as the draft of ${draft}, so visitors cannot sort by it, or exclude by it. Publish those entries again, or save the draft with a documentId in its relation; with useJoinTable: false, write the id of the published row.`,
    );
  }

  /** Returns the documentId of a draft that is reached; `null` if there is none for certain. */
  private async find({ uid, name, parts }: PlacedRelation): Promise<string | null> {
    const { target = '', joinTable, joinColumn } = this.columnsOf(uid, name);
    const draft = `far.${this.columnsOf(target, 'publishedAt').columnName}`;
    const { columnName: documentId } = this.columnsOf(target, 'documentId');
    const farTable = this.tableOf(target);
    const ids = this.publishedIds(uid, parts);
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
    } else return 'an unknown entry';
    const reached = query.whereNull(draft).select(`far.${documentId} as documentId`).limit(1);
    const rows = await rowsWithin<{ documentId: string }>(this.strapi.db, reached, READ_TIMEOUT_MS);
    return rows.length > 0 ? String(rows[0].documentId) : null;
  }

  /** Returns a query for the ids of a type's published rows, or of the components that lie in published entries. */
  private publishedIds(uid: string, parts: readonly Part[]): Knex.QueryBuilder {
    const owner = parts[0]?.owner ?? uid;
    const { columnName = '' } = this.columnsOf(owner, 'publishedAt');
    let ids = this.from('row', this.tableOf(owner)).whereNotNull(`row.${columnName}`).select('row.id'); // prettier-ignore
    for (const part of parts) {
      const { joinTable } = this.columnsOf(part.owner, part.name);
      if (!joinTable) throw new Error(`${part.owner} keeps "${part.name}" in no table`);
      const { inverseJoinColumn, morphColumn, on = {} } = joinTable;
      const id = inverseJoinColumn?.name ?? morphColumn?.idColumn.name;
      const type = morphColumn && { [morphColumn.typeColumn.name]: part.component };
      ids = this.from('part', joinTable.name)
        .where({ ...on, ...type })
        .whereIn(`part.${joinTable.joinColumn.name}`, ids)
        .select(`part.${id}`);
    }
    return ids;
  }

  private tableOf(uid: string): string {
    return this.strapi.db.metadata.get(uid).tableName;
  }

  private columnsOf(uid: string, name: string): DatabaseAttribute {
    const attribute = databaseAttribute(this.strapi, uid, name);
    if (!attribute) throw new Error(`${uid} has no "${name}"`);
    return attribute;
  }

  private from(alias: string, table: string): Knex.QueryBuilder {
    const { db } = this.strapi;
    const query = db.connection(`${table} as ${alias}`) as Knex.QueryBuilder;
    const schema = db.getSchemaName();
    return schema ? query.withSchema(schema) : query;
  }
}
