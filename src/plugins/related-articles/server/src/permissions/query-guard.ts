import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import type { LimitsConfig } from '../config/schema';
import { QueryBudget, type Row } from './query-budget';
import { rulesFor, type ValueRules } from './query-values';
import type { RelationStatistics } from './relation-statistics';
import { attributeOf, hasDrafts, leads, schemaOf, targetOf, type Attribute, type Schema } from './schema-path'; // prettier-ignore

/** A query of the content API. */
export interface GuardedQuery {
  fields?: unknown;
  filters?: unknown;
  populate?: unknown;
  sort?: unknown;
}

/** Where a part of a query stands. */
interface Place {
  schema: Schema;
  /** Whether the rows reached here are published for certain. */
  published: boolean;
  /** Relations from the root of the query. */
  depth: number;
  /** The rows that are reached here, for the budget. */
  row: Row;
  path: string;
}

/** What a populate may say of a relation. */
const POPULATE_KEYS = ['fields', 'filters', 'sort', 'populate', 'on', 'count', 'start', 'limit'];
/** Nesting of `$and`, `$or`, `$not` and populates. */
const MAX_NESTING = 20;

/**
 * Refuses what Strapi would answer with a hint about drafts, a fault or a long silence:
 *
 * - `filters` and `sort` over a relation that looks at draft rows, such as `filters[articles][title]` from a type
 *   without drafts: their text could be guessed letter by letter;
 * - conditions that fail in one of the databases, such as text where a number is stored;
 * - queries that are deeper, longer or reach more rows than the options under `limits` say.
 *
 * @param roots How many documents the query can be about; `null` for all of the type.
 * @param page How many of them are answered.
 * @throws ValidationError (400) that names the parameter.
 */
export async function guardQuery(
  { strapi, limits, statistics }: QueryGuardContext,
  uid: string,
  query: GuardedQuery,
  { roots, page }: { roots: number | null; page: number },
): Promise<void> {
  const schema = schemaOf(strapi, uid);
  if (!schema) throw new Error(`There is no content type "${uid}"`);
  const budget = new QueryBudget(statistics, limits, refuse);
  const guard = new Guard(strapi, limits, budget);
  const root = { schema, published: hasDrafts(schema), depth: 0 };
  guard.names(query.fields, 'fields');
  const found = budget.joined(uid, roots);
  guard.filters(query.filters, { ...root, row: found, path: 'filters' });
  guard.sort(query.sort, { ...root, row: found, path: 'sort' });
  guard.populate(query.populate, { ...root, row: budget.populated(uid, page), path: 'populate' });
  await budget.check();
}

export interface QueryGuardContext {
  strapi: Core.Strapi;
  limits: LimitsConfig;
  statistics: RelationStatistics;
}

class Guard {
  private conditions = 0;

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly limits: LimitsConfig,
    private readonly budget: QueryBudget,
  ) {}

  /** Names that every object has are no attributes, but pass for some. */
  names(value: unknown, path: string): void {
    for (const text of [value].flat()) {
      if (typeof text !== 'string') continue;
      const name = text.split(',').find((part) => part.trim() in Object.prototype);
      if (name !== undefined) refuse(path, `there is no "${name}"`);
    }
  }

  filters(filters: unknown, place: Place, nesting = 0): void {
    this.nested(nesting, place.path);
    if (filters === undefined || filters === null) return;
    if (Array.isArray(filters)) {
      return filters.forEach((part) => this.filters(part, place, nesting + 1));
    }
    if (!isObject(filters)) refuse(place.path, 'expected [attribute][operator]=value');
    for (const [key, value] of Object.entries(filters)) {
      const path = `${place.path}[${key}]`;
      this.names(key, path);
      if (key === '$and' || key === '$or') {
        if (!Array.isArray(value) || !value.every(isObject)) {
          refuse(path, 'expected a list of conditions');
        }
        this.filters(value, { ...place, path }, nesting + 1);
      } else if (key === '$not') {
        if (!isObject(value)) refuse(path, 'expected a condition');
        if (place.depth > 0 && Object.keys(value).some(isComparison)) {
          refuse(path, 'expected an attribute of what the relation leads to');
        }
        this.filters(value, { ...place, path }, nesting + 1);
      } else if (key.startsWith('$')) {
        // Behind a relation, an operator asks for the ids of its rows.
        if (place.depth === 0) refuse(path, 'expected an attribute before an operator');
        this.operator(key, value, path, rulesFor('id', undefined), nesting);
      } else {
        this.attribute(key, value, { ...place, path }, nesting);
      }
    }
  }

  private attribute(name: string, value: unknown, place: Place, nesting: number): void {
    const attribute = attributeOf(place.schema, name);
    const rules = rulesFor(name, attribute);
    if (!attribute || !leads(attribute)) return this.operators(value, place.path, rules, nesting);
    // Presence is asked of the row itself for components, and over the relation for others.
    const next = this.follow(name, attribute, place);
    if (!next) refuse(place.path, `"${name}" leads to several types; no condition can be on it`);
    if (isObject(value)) this.filters(value, next, nesting + 1);
    else this.operators(value, place.path, rules, nesting);
  }

  /** What a column is compared with. */
  private operators(value: unknown, path: string, rules: ValueRules, nesting: number): void {
    this.nested(nesting, path);
    if (!isObject(value)) {
      // A list without an operator means one of them.
      return this.operator(Array.isArray(value) ? '$in' : '$eq', value, path, rules, nesting);
    }
    for (const [key, inner] of Object.entries(value)) {
      if (!key.startsWith('$')) refuse(`${path}[${key}]`, 'expected an operator such as $eq');
      this.operator(key, inner, `${path}[${key}]`, rules, nesting + 1);
    }
  }

  private operator(
    name: string,
    value: unknown,
    path: string,
    rules: ValueRules,
    nesting: number,
  ): void {
    if (name === '$not') return this.operators(value, path, rules, nesting + 1);
    if (name === '$and' || name === '$or') refuse(path, `expected ${name} before the attribute`);
    this.conditions += 1;
    const { conditions } = this.limits;
    if (this.conditions > conditions) refuse(path, `expected at most ${conditions} conditions`);
    const problem = rules.problemOf(name, value);
    if (problem) refuse(path, problem);
  }

  sort(sort: unknown, place: Place, nesting = 0): void {
    this.nested(nesting, place.path);
    if (typeof sort === 'string') {
      for (const part of sort.split(',')) {
        const [dotted, order = 'asc', ...more] = part.split(':');
        if (more.length > 0 || !isOrder(order)) {
          refuse(place.path, `expected asc or desc, got ${preview(part)}`);
        }
        this.sortBy(dotted.trim().split('.'), place);
      }
    } else if (Array.isArray(sort)) {
      sort.forEach((part) => this.sort(part, place, nesting + 1));
    } else if (isObject(sort)) {
      for (const [name, order] of Object.entries(sort)) {
        const path = `${place.path}[${name}]`;
        this.names(name, path);
        if (isObject(order)) {
          const next = this.step(name, { ...place, path });
          if (!next) refuse(path, `"${name}" leads to nothing that can be sorted by`);
          this.sort(order, next, nesting + 1);
        } else {
          if (!isOrder(order)) refuse(path, `expected asc or desc, got ${preview(order)}`);
          this.sortBy([name], { ...place, path });
        }
      }
    }
  }

  private sortBy(names: readonly string[], place: Place): void {
    let at = place;
    for (const [i, name] of names.entries()) {
      this.names(name, place.path);
      const attribute = attributeOf(at.schema, name);
      if (i < names.length - 1) {
        const next = this.step(name, at);
        if (!next) refuse(place.path, `"${name}" leads to nothing that can be sorted by`);
        at = next;
      } else if (attribute && (leads(attribute) || ['json', 'blocks'].includes(attribute.type))) {
        refuse(place.path, `nothing can be sorted by "${name}"`);
      }
    }
  }

  populate(populate: unknown, place: Place, nesting = 0): void {
    this.nested(nesting, place.path);
    if (populate === true || populate === '*' || populate === 'true') {
      for (const [name, attribute] of Object.entries(place.schema.attributes)) {
        if (leads(attribute)) this.follow(name, attribute, place, true);
      }
    } else if (typeof populate === 'string') {
      for (const part of populate.split(',')) this.populateBy(part, place);
    } else if (Array.isArray(populate)) {
      populate.forEach((part) => this.populate(part, place, nesting + 1));
    } else if (isObject(populate)) {
      for (const [name, value] of Object.entries(populate)) {
        const path = `${place.path}[${name}]`;
        this.names(name, path);
        const attribute = attributeOf(place.schema, name);
        if (!attribute) continue;
        const onTypes = isObject(value) && isObject(value.on) ? Object.keys(value.on) : undefined;
        const next =
          leads(attribute) && this.follow(name, attribute, { ...place, path }, true, onTypes);
        if (isObject(value)) this.populateWith(value, next || { ...place, path }, nesting + 1);
      }
    }
  }

  private populateWith(value: Record<string, unknown>, place: Place, nesting: number): void {
    const { path } = place;
    const unknown = Object.keys(value).find((key) => !POPULATE_KEYS.includes(key));
    if (unknown) refuse(`${path}[${unknown}]`, `expected one of ${POPULATE_KEYS.join(', ')}`);
    for (const key of ['start', 'limit']) {
      if (!isCount(value[key])) refuse(`${path}[${key}]`, 'expected a number of rows');
    }
    this.names(value.fields, `${path}[fields]`);
    const row = this.budget.joinedFrom(place.row, place.schema.uid);
    this.filters(value.filters, { ...place, row, path: `${path}[filters]` }, nesting);
    this.sort(value.sort, { ...place, row, path: `${path}[sort]` }, nesting);
    this.populate(value.populate, { ...place, path: `${path}[populate]` }, nesting);
    if (value.on === undefined) return;
    if (!isObject(value.on)) refuse(`${path}[on]`, 'expected [on][type]');
    for (const [uid, inner] of Object.entries(value.on)) {
      const schema = schemaOf(this.strapi, uid);
      if (!schema) refuse(`${path}[on]`, `there is no type ${preview(uid)}`);
      if (!isObject(inner)) continue;
      const published = schema.options ? hasDrafts(schema) : place.published;
      this.populateWith(inner, { ...place, schema, published, path: `${path}[on][${uid}]` }, nesting + 1); // prettier-ignore
    }
  }

  private populateBy(dotted: string, place: Place): void {
    let at: Place | null = place;
    for (const name of dotted.trim().split('.')) {
      this.names(name, place.path);
      if (name === '*') return at ? this.populate('*', at) : undefined;
      at = at && this.step(name, at, true);
    }
  }

  private step(name: string, place: Place, populates = false): Place | null {
    const attribute = attributeOf(place.schema, name);
    return attribute && leads(attribute) ? this.follow(name, attribute, place, populates) : null;
  }

  /**
   * Where an attribute leads, or `null` where it leads to several types.
   *
   * @param populates Strapi populates published rows only, but over polymorphic relations drafts as well.
   */
  private follow(
    name: string,
    attribute: Attribute,
    place: Place,
    populates = false,
    onTypes?: readonly string[],
  ): Place | null {
    const depth = place.depth + 1;
    const { relationDepth } = this.limits;
    if (depth > relationDepth) {
      refuse(place.path, `expected at most ${relationDepth} relations one after the other`);
    }
    const row = this.budget.follow(place.row, place.schema.uid, name, place.path);
    const target = targetOf(this.strapi, attribute);
    if (!target) {
      if (
        populates &&
        attribute.type === 'relation' &&
        !onTypes?.every((uid) => this.hasNoDrafts(uid))
      ) {
        refuse(
          place.path,
          `"${name}" leads to several types, and to their drafts; name types without drafts under [on]`,
        );
      }
      return populates ? { ...place, schema: { uid: '', attributes: {} }, depth, row } : null;
    }
    if (attribute.component) return { ...place, schema: target, depth, row };
    if (hasDrafts(target) && !populates && (!place.published || name === 'localizations')) {
      refuse(place.path, `"${name}" would look at unpublished entries from here`);
    }
    return { ...place, schema: target, published: hasDrafts(target), depth, row };
  }

  private hasNoDrafts(uid: string): boolean {
    const schema = schemaOf(this.strapi, uid);
    return schema !== undefined && !hasDrafts(schema);
  }

  private nested(nesting: number, path: string): void {
    if (nesting > MAX_NESTING) refuse(path, `expected at most ${MAX_NESTING} levels`);
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isComparison = (key: string): boolean =>
  key.startsWith('$') && !['$and', '$or', '$not'].includes(key);
const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;
const isOrder = (value: unknown): boolean => /^(?:asc|desc)$/i.test(String(value));

/** Whether a value is a count that all databases take, or missing. */
export function isCount(value: unknown): boolean {
  if (value === undefined) return true;
  return /^(?:-1|\d{1,9})$/.test(String(value)) && isPlain(value);
}

function preview(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

export function refuse(path: string, reason: string): never {
  throw new errors.ValidationError(`${path}: ${reason}`);
}
