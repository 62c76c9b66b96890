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

/** Those whose rights are all in what they say of the caller. */
const STRATEGIES = ['users-permissions', ...TOKEN_STRATEGIES];

/** Whether a way of authentication that is not Strapi's has let the caller in, whoever it says that they are. */
export function isLetInOtherwise(ctx: Context): boolean {
  const { strategy } = (ctx.state.auth ?? {}) as Caller;
  return strategy !== undefined && !STRATEGIES.includes(strategy.name ?? '');
}

interface Caller {
  strategy?: { name?: string };
  credentials?: { type?: unknown } | null;
  ability?: { rules: readonly Rule[] } | null;
}

/** A right as Strapi's permission engine has it. */
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
 * What tells a request from all that may get another answer while nothing is written: its address, its query as
 * middlewares left it, and the caller's rights. `null` where code of the project, a service that signs addresses or a
 * way of authentication that is not Strapi's may have a say.
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

/** Whether nothing but the caller's rights has a say: no policy, controller, middleware or hook of the project. */
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

/** Whether the project has put something before the plugin's own route. */
export function isGuardedItself(ctx: Context): boolean {
  const { config } = ctx.state.route as { config?: Record<'middlewares' | 'policies', unknown[]> };
  return Boolean(config?.middlewares?.length || config?.policies?.length);
}

/** Whether lists reach callers as they were made, for all that is known of the application's middlewares. */
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

/** Whether a request's address says all that it asks for: no middleware has put anything into its query. */
export function isAsAddressed(ctx: Context): boolean {
  const { request, originalUrl } = ctx;
  if (request.url !== originalUrl) return false;
  // Strapi reads a query once, and remembers what it read.
  const read = Object.create(request, { _querycache: { value: {}, writable: true } });
  return isDeepStrictEqual(read.query, ctx.query);
}

/** Whether a request names relations, whose entries then shape the answer. */
export const followsRelations = ({ query }: Context): boolean =>
  query.populate !== undefined || query.filters !== undefined;

/** Whether it asks for entries of types that no schema tells. */
function namesTypes(populate: unknown): boolean {
  if (Array.isArray(populate)) return populate.some(namesTypes);
  if (!isObject(populate)) return false;
  return Object.entries(populate).some(([key, value]) => key === 'on' || namesTypes(value));
}

const signing = new WeakMap<Core.Strapi, boolean>();

/** Whether addresses of files are signed anew each time, as those in a private bucket are; so it is taken while the provider does not say. */
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
