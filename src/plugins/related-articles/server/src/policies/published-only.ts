import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import { guardQuery, isCount, isObject, refuse } from '../permissions/query-guard';
import { checkSize } from '../permissions/query-size';
import { actionOf, type RegisteredRoute } from '../permissions/type-routes';
import { getService } from '../services/get-service';

interface PolicyContext {
  /** Policies get a copy of Koa's context without its shorthands: there is no `query` on it. */
  request: { query?: Record<string, unknown> };
  state: {
    auth?: { strategy?: { name?: string }; credentials?: { type?: string } | null };
    route?: RegisteredRoute;
  };
}

export interface PublishedOnlyConfig {
  /** The content type that the route serves, where its handler does not tell, such as `api::article.article`. */
  contentType?: string;
}

/** Strapi's ways to ask which documents have drafts beside their published version. */
const DRAFT_KEYS = ['publicationFilter', 'hasPublishedVersion'];

/**
 * A policy for the routes of a project that read documents: drafts are for API tokens that read everything. Plain
 * Strapi gives them to anyone who may `find`, for `?status=draft` or through filters on relations. It holds queries to
 * the plugin's limits as well.
 *
 * A route whose content type cannot be told is closed, unless `config.contentType` names it.
 */
export default async function publishedOnly(
  { request, state }: PolicyContext,
  config: PublishedOnlyConfig | undefined,
  { strapi }: { strapi: Core.Strapi },
): Promise<boolean> {
  if (readsEverything(state.auth)) return true;
  const { query = {} } = request;
  const uid = contentTypeOf(strapi, state.route, config);
  if (uid === null) {
    throw new errors.PolicyError(
      'The policy published-only cannot tell which content type this route serves; name it in the policy’s config: { contentType: "api::article.article" }',
      { policy: 'published-only' },
    );
  }
  checkSize(query);
  if (DRAFT_KEYS.some((key) => key in query) || asksForDrafts(query)) {
    throw new errors.PolicyError('Drafts take a read-only or full-access API token', {
      policy: 'published-only',
    });
  }
  checkLocale(query.locale);
  if (query._q !== undefined && typeof query._q !== 'string') refuse('_q', 'expected one text');
  const isOne = state.route ? actionOf(strapi, state.route)?.action === 'findOne' : false;
  const { guard } = getService(strapi, 'indexing');
  await guardQuery(guard, uid, query, {
    roots: isOne ? 1 : null,
    page: isOne ? 1 : pageOf(strapi, query.pagination),
  });
  return true;
}

/** Read-only and full-access tokens read everything, drafts too; a custom token names actions, and none of them is this. */
export function readsEverything(auth: PolicyContext['state']['auth']): boolean {
  return (
    auth?.strategy?.name === 'content-api-token' &&
    ['read-only', 'full-access'].includes(auth.credentials?.type ?? '')
  );
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
  const maxLimit = Number(strapi.config.get('api.rest.maxLimit', 100)) || Infinity;
  if (pagination !== undefined && !isObject(pagination)) {
    refuse('pagination', 'expected [page] and [pageSize], or [start] and [limit]');
  }
  const { page, pageSize, start, limit } = (pagination ?? {}) as Record<string, unknown>;
  for (const [name, value] of Object.entries({ page, pageSize, start, limit })) {
    if (!isCount(value)) refuse(`pagination[${name}]`, 'expected a number below 1000000000');
  }
  const asked = Number(limit ?? pageSize ?? defaultLimit);
  return Math.min(asked < 0 ? maxLimit : asked, maxLimit);
}

function checkLocale(locale: unknown): void {
  for (const code of [locale].flat()) {
    if (code === undefined || code === '') continue;
    if (typeof code === 'string' && /^(?:\*|[a-zA-Z0-9_-]{1,40})$/.test(code)) continue;
    refuse('locale', 'expected a locale code such as "en"');
  }
}

function asksForDrafts(query: unknown): boolean {
  if (typeof query !== 'object' || query === null) return false;
  return Object.entries(query).some(
    ([key, value]) => (key === 'status' && contains(value, 'draft')) || asksForDrafts(value),
  );
}

function contains(value: unknown, wanted: string): boolean {
  if (typeof value !== 'object' || value === null) return value === wanted;
  return Object.values(value).some((inner) => contains(inner, wanted));
}
