import { createHash } from 'node:crypto';
import type { Context } from 'koa';

import type { ValidatedConfig } from '../../config/schema';
import type { Answer } from '../../services/kept-answers';
import { isLetInOtherwise } from './provable';

/** Hashed to this many characters, two bodies have the same tag once in 10^24. */
const TAG_LENGTH = 27;

/** The answer with its strong ETag: a hash of what is sent, so that it changes when and only when the body does, on every instance alike. */
export function tagged(answer: object): Answer {
  const body = JSON.stringify(answer);
  const hash = createHash('sha256').update(body).digest('base64url');
  return { body, tag: `"${hash.slice(0, TAG_LENGTH)}"` };
}

export interface CachingOptions {
  cache: ValidatedConfig['cache'];
  /** Whether everybody who calls without a login gets the same. */
  isForAll: boolean;
  /** Whether the caller may be told that nothing has changed; otherwise it may only be that the change is not known here yet. */
  mayConfirm: boolean;
  /** Whether the body reaches the caller as it is tagged. Default: it does. */
  isUnchanged?: boolean;
}

/**
 * Lets callers keep an answer, and answers those who have it already with 304.
 *
 * @returns Whether the body is to be sent.
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
  // Otherwise it would tell of what is cut, and confirm nothing.
  if (isUnchanged) ctx.set('ETag', tag);
  ctx.status = 200;
  if (!mayConfirm || !isUnchanged || !isConfirmed(ctx, tag)) return true;
  ctx.status = 304;
  return false;
}

/** What is not there may be a moment later: caches keep a 404 unless they are told not to (RFC 9110, 15.1). */
export function uncached(ctx: Context): void {
  ctx.vary('Authorization');
  ctx.set('Cache-Control', 'private, no-cache');
}

/**
 * Whether `If-None-Match` names a tag (RFC 9110, 13.1.2). Koa's `fresh` also wants a request without
 * `Cache-Control: no-cache`, which `fetch` adds by itself to each request with `If-None-Match`.
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
