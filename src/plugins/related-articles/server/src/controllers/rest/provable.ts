import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Core } from '@strapi/strapi';
import type { Context } from 'koa';

import { appOf } from '../../app';
import type { RelatedType } from '../../config/resolve';
import type { ValidatedConfig } from '../../config/schema';
import { TOKEN_STRATEGIES } from '../../permissions/api-tokens';
import { middlewareGeneration } from '../../permissions/document-middlewares';
import { hasReadHooks } from '../../permissions/read-hooks';
import { isObject } from '../../permissions/query-refusal';

/** Strategies that put all of the caller's rights into `ctx.state.auth`. */
const STRATEGIES = ['users-permissions', ...TOKEN_STRATEGIES];

/** Whether an authentication strategy other than Strapi's own let the caller in. */
export function isLetInOtherwise(ctx: Context): boolean {
  const { strategy } = (ctx.state.auth ?? {}) as Caller;
  return strategy !== undefined && !STRATEGIES.includes(strategy.name ?? '');
}

interface Caller {
  strategy?: { name?: string };
  credentials?: { type?: unknown } | null;
  ability?: { rules: readonly Rule[] } | null;
}

/** A rule of Strapi's permission engine. */
interface Rule {
  action?: unknown;
  subject?: unknown;
  fields?: unknown;
  conditions?: unknown;
}

const rightOf = ({ action, subject, fields, conditions }: Rule): unknown =>
  subject === undefined && fields === undefined && conditions === undefined
    ? action
    : [action, subject, fields, conditions];

/**
 * Returns a key of the request: while nothing is written, requests with the same key get the same answer. It covers the
 * path, the query as middlewares left it, and the caller's rights. `null` if project code, a service that signs URLs or
 * an authentication strategy other than Strapi's own may change the answer.
 */
export async function provableKey(
  strapi: Core.Strapi,
  ctx: Context,
  type: RelatedType,
): Promise<string | null> {
  const { strategy, credentials, ability } = (ctx.state.auth ?? {}) as Caller;
  if (!STRATEGIES.includes(strategy?.name ?? '')) return null;
  if (!isSameForAll(strapi, type) || type.signals.length > 0) return null;
  if (namesTypes(ctx.query.populate)) return null;
  if (await signsAddresses(strapi)) return null;
  const generation = middlewareGeneration(strapi);
  if (generation === null) return null;
  const rights = [strategy?.name, credentials?.type ?? null, ability?.rules.map(rightOf) ?? null];
  const asked = JSON.stringify([ctx.path, ctx.query, rights, generation]);
  return createHash('sha256').update(asked).digest('base64url');
}

/** Whether only the caller's rights affect the answer, and no policy, controller, middleware or hook of the project. */
export function isSameForAll(strapi: Core.Strapi, type: RelatedType): boolean {
  const { config, accessTo } = appOf(strapi);
  const access = accessTo(type);
  if (hasReadHooks(strapi, config.cache.middlewaresOnlyWrite)) return false;
  return (
    !access.mayHide(config.cache.middlewaresOnlyWrite) &&
    !access.guardsSingles &&
    type.policies.length === 0
  );
}

/** Whether the project has added middlewares or policies to the plugin's own route. */
export function isGuardedItself(ctx: Context): boolean {
  const { config } = ctx.state.route as { config?: Record<'middlewares' | 'policies', unknown[]> };
  return Boolean(config?.middlewares?.length || config?.policies?.length);
}

/** Whether lists reach callers unchanged: by `cache.shared`, or else if all application middlewares are Strapi's. */
export function reachesUnchanged(
  strapi: Core.Strapi,
  { shared }: Pick<ValidatedConfig['cache'], 'shared'>,
): boolean {
  return shared ?? strapi.config.get<unknown[]>('middlewares', []).every(isOfStrapi);
}

function isOfStrapi(middleware: unknown): boolean {
  const { name = middleware, resolve } = (middleware ?? {}) as {
    name?: unknown;
    resolve?: unknown;
  };
  return resolve === undefined && typeof name === 'string' && name.startsWith('strapi::');
}

/** Whether the URL of a request says everything that it asks for: no middleware has changed its query. */
export function isAsAddressed(ctx: Context): boolean {
  const { request, originalUrl } = ctx;
  if (request.url !== originalUrl) return false;
  // Strapi caches the parsed query, so parse it again with an empty cache.
  const read = Object.create(request, { _querycache: { value: {}, writable: true } });
  return isDeepStrictEqual(read.query, ctx.query);
}

/** Whether a request may involve relations, whose entries then affect the answer. */
export const followsRelations = ({ query }: Context): boolean =>
  query.populate !== undefined || query.filters !== undefined;

/** Whether populate names types itself, under `on`: no schema says which types those are. */
function namesTypes(populate: unknown): boolean {
  if (Array.isArray(populate)) return populate.some(namesTypes);
  if (!isObject(populate)) return false;
  return Object.entries(populate).some(([key, value]) => key === 'on' || namesTypes(value));
}

const signing = new WeakMap<Core.Strapi, boolean>();

/** Whether file URLs are signed for each answer, as in a private bucket. Also true if the provider fails to say. */
async function signsAddresses(strapi: Core.Strapi): Promise<boolean> {
  const known = signing.get(strapi);
  if (known !== undefined) return known;
  const upload = strapi.plugins.upload as unknown as
    { provider?: { isPrivate?: () => unknown } } | undefined;
  try {
    const isPrivate = Boolean(await upload?.provider?.isPrivate?.());
    signing.set(strapi, isPrivate);
    return isPrivate;
  } catch {
    return true;
  }
}
