import { createHash } from 'node:crypto';
import type { Context } from 'koa';

import type { ValidatedConfig } from '../../config/schema';
import type { Answer } from '../../services/kept-answers';
import { isLetInOtherwise } from './provable';

/** Hashed to this many characters, two bodies have the same tag once in 10^24. */
const TAG_LENGTH = 27;

/** Returns the answer with its strong ETag, a hash of the body: the same on every instance for the same body. */
export function tagged(answer: object): Answer {
  const body = JSON.stringify(answer);
  const hash = createHash('sha256').update(body).digest('base64url');
  return { body, tag: `"${hash.slice(0, TAG_LENGTH)}"` };
}

export interface CachingOptions {
  cache: ValidatedConfig['cache'];
  /** Whether all callers without a login get the same answer. */
  isForAll: boolean;
  /** Whether the server may answer 304; if not, there may be a change that this instance does not know yet. */
  mayConfirm: boolean;
  /** Whether the body reaches the caller exactly as it was tagged. Default: true. */
  isUnchanged?: boolean;
}

/**
 * Lets callers cache an answer, and answers 304 to those who already have it.
 *
 * @returns Whether to send the body.
 */
export function sendsBody(
  ctx: Context,
  tag: string,
  { cache, isForAll, mayConfirm, isUnchanged = true }: CachingOptions,
): boolean {
  const { auth, user } = ctx.state;
  const isKnown = ctx.get('authorization') || auth?.credentials || user || isLetInOtherwise(ctx);
  const isPublic = isForAll && !isKnown;
  ctx.vary('Authorization');
  ctx.set('Cache-Control', isPublic ? publicly(cache) : 'private, no-cache');
  // If middlewares cut the body, its tag would reveal changes in what they cut, and could confirm nothing.
  if (isUnchanged) ctx.set('ETag', tag);
  ctx.status = 200;
  if (!mayConfirm || !isUnchanged || !isConfirmed(ctx, tag)) return true;
  ctx.status = 304;
  return false;
}

/** Makes caches revalidate a 404, which they may otherwise reuse (RFC 9110, 15.1): the entry may appear soon. */
export function uncached(ctx: Context): void {
  ctx.vary('Authorization');
  ctx.set('Cache-Control', 'private, no-cache');
}

/**
 * Whether `If-None-Match` names a tag (RFC 9110, 13.1.2). Koa's `fresh` does not work here: it ignores the header in
 * requests with `Cache-Control: no-cache`, which `fetch` adds to each request with `If-None-Match`.
 */
export function isConfirmed(ctx: Context, tag: string): boolean {
  const header = ctx.get('If-None-Match');
  return header === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}

function publicly({ maxAge, staleWhileRevalidate }: ValidatedConfig['cache']): string {
  if (maxAge === 0 && staleWhileRevalidate === 0) return 'public, no-cache';
  const stale = staleWhileRevalidate > 0 ? `, stale-while-revalidate=${staleWhileRevalidate}` : '';
  return `public, max-age=${maxAge}${stale}`;
}
