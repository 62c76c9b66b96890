import type { Core } from '@strapi/strapi';

import type { LimitsConfig } from '../config/schema';
import { demandPublished } from './demand-published';
import { FilterGuard } from './filter-guard';
import { PopulateGuard } from './populate-guard';
import { QueryBudget } from './query-budget';
import { Paths } from './query-paths';
import { checkNames, holdsEmpty, isObject, refuse, unknownKey } from './query-refusal';
import { isText } from './query-values';
import type { RelationStatistics } from './relation-statistics';
import { mayDo } from './rights-of-caller';
import { hasDrafts, schemaOf } from './schema-path';
import { SortGuard } from './sort-guard';
import type { StrayLinks } from './stray-links';

/** A query of the content API. */
export interface GuardedQuery {
  fields?: unknown;
  filters?: unknown;
  populate?: unknown;
  sort?: unknown;
  /** Searched for in all text columns. */
  _q?: unknown;
}

export interface QueryGuardContext {
  strapi: Core.Strapi;
  limits: LimitsConfig;
  statistics: RelationStatistics;
  strays: StrayLinks;
}

export interface GuardedBy {
  /** How many documents the query can be about; `null` for all of the type. */
  roots: number | null;
  /** How many of them the answer has. */
  page: number;
  /** The caller, as Strapi's authentication knows them; `undefined` on a public route, where nobody has any rights. */
  auth: unknown;
  /** Whether the caller may read drafts anyway. Default: no. */
  seesDrafts?: boolean;
}

/**
 * Refuses queries that would reveal drafts, fail, or take too long:
 *
 * - `filters` and `sort` over a relation that looks at draft rows, such as `filters[articles][title]` from a type
 *   without drafts: their text could be guessed letter by letter;
 * - conditions and sorts over types that the caller may not list, also within a populate, where Strapi does not check;
 * - conditions that fail in one of the databases, such as text where a number is stored;
 * - queries that are deeper or longer, or reach more rows, than the options under `limits` allow.
 *
 * Conditions over a relation get one more, that the related entry is published: links to drafts may be left from before.
 * For this, `query` gets copies of `filters` and `populate`.
 *
 * @throws ValidationError (400) that names the parameter.
 */
export async function guardQuery(
  { strapi, limits, statistics, strays }: QueryGuardContext,
  uid: string,
  query: GuardedQuery,
  { roots, page, auth, seesDrafts = false }: GuardedBy,
): Promise<void> {
  const schema = schemaOf(strapi, uid);
  if (!schema) throw new Error(`There is no content type "${uid}"`);
  const budget = new QueryBudget(statistics, limits);
  const paths = new Paths({ strapi, limits, budget, seesDrafts });
  const filters = new FilterGuard(paths, limits, budget);
  const sorts = new SortGuard(paths);
  const populates = new PopulateGuard({ strapi, paths, filters, sorts, budget });

  // Conditions are added below: what the caller has set here may be in use elsewhere.
  for (const key of ['filters', 'populate'] as const) {
    if (key in query) query[key] = copyOf(query[key]);
  }
  const root = { schema, published: hasDrafts(schema), depth: 0 };
  const found = budget.joined(uid, roots);
  if (holdsEmpty(query.fields)) refuse('fields', 'expected names of attributes');
  checkNames(query.fields, 'fields');
  for (const [name, attribute] of Object.entries(query._q ? schema.attributes : {})) {
    if (!isText(attribute) || attribute.searchable === false) continue;
    budget.search(found, { uid, name }, query._q, '_q');
  }
  filters.check(query.filters, { ...root, row: found, path: 'filters' });
  sorts.check(query.sort, { ...root, row: found, path: 'sort' });
  populates.check(query.populate, { ...root, row: budget.populated(page), path: 'populate' });
  for (const [target, { name, path }] of paths.joined) {
    if (!(await mayDo(strapi, auth, `${target}.find`))) throw unknownKey(name, { path });
  }
  await budget.check();
  for (const { path, conditions, ...relation } of paths.looks) {
    if (conditions && demandPublished(conditions)) continue;
    if (await strays.has(relation)) {
      refuse(path, `"${relation.name}" leads from some published entries to unpublished ones`);
    }
  }
}

/** Returns a copy of plain objects and lists, with all other values as they are. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isObject(value) || ![Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)]));
}
