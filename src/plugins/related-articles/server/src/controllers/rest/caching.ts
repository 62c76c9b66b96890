import { createHash } from 'node:crypto';
import type { Context } from 'koa';

import type { ValidatedConfig } from '../../config/schema';

/**
 * Lets callers keep an answer: with a strong ETag of what is sent, so that it changes when and only when the body does,
 * on every instance alike, and with 304 for those who have it.
 *
 * @param isForAll Whether everybody who calls without a login gets the same.
 * @returns The body; `null` where the caller has it.
 */
export function cached(
  ctx: Context,
  body: object,
  { maxAge, staleWhileRevalidate }: ValidatedConfig['cache'],
  isForAll: boolean,
): object | null {
  const isKnown = ctx.get('authorization') || ctx.state.auth?.credentials || ctx.state.user;
  const isPublic = isForAll && !isKnown;
  ctx.vary('Authorization');
  ctx.set('Cache-Control', isPublic ? publicly(maxAge, staleWhileRevalidate) : 'private, no-cache');
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
  ctx.set('ETag', `"${hash.slice(0, 27)}"`);
  ctx.status = 200;
  if (!ctx.fresh) return body;
  ctx.status = 304;
  return null;
}

function publicly(maxAge: number, staleWhileRevalidate: number): string {
  if (maxAge === 0 && staleWhileRevalidate === 0) return 'public, no-cache';
  const stale = staleWhileRevalidate > 0 ? `, stale-while-revalidate=${staleWhileRevalidate}` : '';
  return `public, max-age=${maxAge}${stale}`;
}
