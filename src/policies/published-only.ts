import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';

interface PolicyContext {
  /** Policies get a copy of Koa's context without its shorthands: there is no `query` on it. */
  request: { query?: unknown };
  state: { auth?: { strategy?: { name?: string }; credentials?: { type?: string } | null } };
}

const READS_EVERYTHING = ['read-only', 'full-access'];

/**
 * Strapi gives drafts to anyone who may `find`: `?status=draft` is enough. Here only API tokens that read
 * everything get them. Also catches a `status` inside `populate`, which would fetch drafts through a category.
 */
export default function publishedOnly(
  context: PolicyContext,
  _config: unknown,
  { strapi }: { strapi: Core.Strapi },
): boolean {
  if (!asksForDrafts(context.request.query)) return true;
  const { auth } = context.state;
  if (
    auth?.strategy?.name === 'content-api-token' &&
    READS_EVERYTHING.includes(auth.credentials?.type ?? '')
  ) {
    return true;
  }
  strapi.log.debug('published-only: refused a request for drafts');
  throw new errors.PolicyError('status=draft takes a read-only or full-access API token', {
    policy: 'published-only',
  });
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
