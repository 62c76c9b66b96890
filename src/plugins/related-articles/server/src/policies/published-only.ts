import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import { guardQuery } from './query-guard';

interface PolicyContext {
  /** Policies get a copy of Koa's context without its shorthands: there is no `query` on it. */
  request: { query?: Record<string, unknown> };
  state: {
    auth?: { strategy?: { name?: string }; credentials?: { type?: string } | null };
    route?: { handler?: unknown };
  };
}

/** Strapi's ways to ask which documents have drafts beside their published version. */
const DRAFT_KEYS = ['publicationFilter', 'hasPublishedVersion'];

/**
 * A policy for the `find` and `findOne` routes of a project: drafts are for API tokens that read everything.
 * Plain Strapi gives them to anyone who may `find`, for `?status=draft` or through filters on relations.
 */
export default function publishedOnly(
  { request, state }: PolicyContext,
  _config: unknown,
  { strapi }: { strapi: Core.Strapi },
): boolean {
  if (readsEverything(state.auth)) return true;
  const { query = {} } = request;
  const uid = contentTypeOf(strapi, state.route?.handler);
  // The plugin's own route knows no such parameters, and says so.
  const asksForEdits = uid !== null && DRAFT_KEYS.some((key) => key in query);
  if (asksForEdits || asksForDrafts(query)) {
    throw new errors.PolicyError('Drafts take a read-only or full-access API token', {
      policy: 'published-only',
    });
  }
  if (uid) guardQuery(strapi, uid, query);
  return true;
}

/** Read-only and full-access tokens read everything, drafts too; a custom token names actions, and none of them is this. */
export function readsEverything(auth: PolicyContext['state']['auth']): boolean {
  return (
    auth?.strategy?.name === 'content-api-token' &&
    ['read-only', 'full-access'].includes(auth.credentials?.type ?? '')
  );
}

/** `api::article.article.find` belongs to `api::article.article`. */
function contentTypeOf(strapi: Core.Strapi, handler: unknown): string | null {
  if (typeof handler !== 'string') return null;
  const uid = handler.slice(0, handler.lastIndexOf('.'));
  return Object.hasOwn(strapi.contentTypes, uid) ? uid : null;
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
