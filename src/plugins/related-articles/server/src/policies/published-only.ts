import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import { isPrivate } from '../config/private-attributes';
import { isGuarded } from '../permissions/inner-request';
import { guardQuery } from '../permissions/query-guard';
import { isCount, isObject, refuse } from '../permissions/query-refusal';
import { checkLength, checkSize } from '../permissions/query-size';
import { schemaOf } from '../permissions/schema-path';
import { tokenType } from '../permissions/api-tokens';
import { actionOf, type RegisteredRoute } from '../permissions/type-routes';
import { appOf } from '../app';

interface PolicyContext {
  /** Policies get a copy of Koa's context without its shorthands: there is no `query` on it. */
  request: { query?: Record<string, unknown>; querystring?: string };
  state: {
    auth?: { strategy?: { name?: string }; credentials?: { type?: string } | null };
    route?: RegisteredRoute;
  };
}

export interface PublishedOnlyConfig {
  /** The content type that the route serves if its handler does not name one, such as `api::article.article`. */
  contentType?: string;
}

/** Parameters of Strapi's database layer, which some routes pass on to it, such as those of the upload plugin. */
const DATABASE_KEYS = ['where', 'having', 'orderBy', 'groupBy', 'select', 'lookup'];

/** Strapi's parameters to ask which documents have drafts next to their published version. */
const DRAFT_KEYS = ['publicationFilter', 'hasPublishedVersion'];

/**
 * A policy for the routes of a project that read documents: only API tokens that read everything get drafts. Plain
 * Strapi gives drafts to anyone who may `find`, for `?status=draft` or through filters on relations. The policy also
 * applies the plugin's limits to every query: sites pass on what visitors ask, with a token of their own.
 *
 * If it cannot tell which content type a route serves, it refuses callers without such a token, unless
 * `config.contentType` names the type.
 */
export default async function publishedOnly(
  { request, state }: PolicyContext,
  config: PublishedOnlyConfig | undefined,
  { strapi }: { strapi: Core.Strapi },
): Promise<boolean> {
  if (isGuarded(state)) return true;
  const seesDrafts = readsEverything(state.auth);
  const { query = {} } = request;
  const { guard } = appOf(strapi);
  checkLength(request.querystring ?? '', guard.limits);
  checkSize(query);
  const uid = contentTypeOf(strapi, state.route, config);
  if (uid === null && seesDrafts) return true;
  if (uid === null) {
    throw new errors.PolicyError(
      'The policy published-only cannot tell which content type this route serves; name it in the policy’s config: { contentType: "api::article.article" }',
      { policy: 'published-only' },
    );
  }
  if (!seesDrafts && asksForDrafts(query)) {
    throw new errors.PolicyError('Drafts require a read-only or full-access API token', {
      policy: 'published-only',
    });
  }
  const unchecked = seesDrafts ? undefined : DATABASE_KEYS.find((key) => key in query);
  if (unchecked) refuse(unchecked, 'expected "filters", "sort" or "fields" in its place');
  checkLocale(query.locale);
  checkSearch(strapi, uid, query._q);
  const isOne = state.route ? actionOf(strapi, state.route)?.action === 'findOne' : false;
  if (isOne) checkCounts(query);
  await guardQuery(guard, uid, query, {
    roots: isOne ? 1 : null,
    page: isOne ? 1 : pageOf(strapi, query.pagination),
    auth: state.auth,
    seesDrafts,
  });
  return true;
}

/** Whether the caller reads everything, drafts too: read-only and full-access tokens do, custom ones cannot. */
export function readsEverything(auth: PolicyContext['state']['auth']): boolean {
  return ['read-only', 'full-access'].includes(String(tokenType(auth)));
}

/** `api::article.article.find` belongs to `api::article.article`, and so does `article.find` in that API's routes. */
function contentTypeOf(
  strapi: Core.Strapi,
  route: RegisteredRoute | undefined,
  config: PublishedOnlyConfig | undefined,
): string | null {
  const uid = config?.contentType ?? (route && actionOf(strapi, route)?.controller);
  return uid !== undefined && Object.hasOwn(strapi.contentTypes, uid) ? uid : null;
}

/** How many documents the route may answer with. */
function pageOf(strapi: Core.Strapi, pagination: unknown): number {
  const defaultLimit = Number(strapi.config.get('api.rest.defaultLimit', 25));
  // Without `maxLimit`, Strapi sets no limit.
  const limitOfProject = Number(strapi.config.get('api.rest.maxLimit', 0));
  const maxLimit = limitOfProject > 0 ? limitOfProject : Infinity;
  if (pagination !== undefined && !isObject(pagination)) {
    refuse('pagination', 'expected [page] and [pageSize], or [start] and [limit]');
  }
  const counts = (pagination ?? {}) as Record<string, unknown>;
  checkCounts(counts, (name) => `pagination[${name}]`);
  const { pageSize, limit } = counts;
  const asked = Number(limit ?? pageSize ?? defaultLimit);
  // Strapi treats 0 as 1.
  return Math.max(1, Math.min(asked < 0 ? maxLimit : asked, maxLimit));
}

/** Checks counts: in a request for one document, Strapi passes them on to the database unchanged. */
function checkCounts(
  { page, pageSize, start, limit }: Record<string, unknown>,
  nameOf = (name: string) => name,
): void {
  for (const [name, value] of Object.entries({ page, pageSize, start, limit })) {
    if (!isCount(value)) refuse(nameOf(name), 'expected a number below 1000000000');
  }
}

function checkLocale(locale: unknown): void {
  for (const code of [locale].flat()) {
    if (code === undefined || code === '') continue;
    if (typeof code === 'string' && /^(?:\*|[a-zA-Z0-9_-]{1,40})$/.test(code)) continue;
    refuse('locale', 'expected a locale code such as "en"');
  }
}

const MAX_SEARCH = 100;
const MAX_WILDCARDS = 3;

/** Checks `_q`: Strapi searches all text columns, including private ones, and treats `_` as any character. */
function checkSearch(strapi: Core.Strapi, uid: string, search: unknown): void {
  if (search === undefined) return;
  if (typeof search !== 'string' || search.length > MAX_SEARCH) {
    refuse('_q', `expected one text of at most ${MAX_SEARCH} characters`);
  }
  if (search.split('_').length - 1 > MAX_WILDCARDS) {
    refuse('_q', `expected the character _ at most ${MAX_WILDCARDS} times`);
  }
  const schema = schemaOf(strapi, uid);
  if (!schema) return;
  const hidden = Object.entries(schema.attributes).find(
    ([name, attribute]) =>
      isSearched(attribute) && !OF_STRAPI.includes(name) && isPrivate(schema, name),
  );
  if (hidden) {
    refuse('_q', `"${hidden[0]}" is private but would be searched; set searchable: false on it`);
  }
}

/** Strapi's own attributes, which cannot be excluded from searches and reveal nothing. */
const OF_STRAPI = ['locale'];
const SEARCHED = ['string', 'text', 'richtext', 'uid', 'email', 'enumeration', 'biginteger', 'integer', 'decimal', 'float']; // prettier-ignore

const isSearched = ({ type, searchable }: { type: string; searchable?: boolean }): boolean =>
  SEARCHED.includes(type) && searchable !== false;

function asksForDrafts({ status, populate, ...rest }: Record<string, unknown>): boolean {
  // Some Strapi releases treat any other value, even an empty one, as draft.
  const isPublished = status === undefined || status === 'published';
  return !isPublished || DRAFT_KEYS.some((key) => key in rest) || populatesDrafts(populate);
}

function populatesDrafts(populate: unknown): boolean {
  if (typeof populate !== 'object' || populate === null) return false;
  return Object.entries(populate).some(
    ([key, value]) => (key === 'status' && value === 'draft') || populatesDrafts(value),
  );
}
