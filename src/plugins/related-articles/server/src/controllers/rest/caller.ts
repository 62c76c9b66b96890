import type { Context } from 'koa';

type WithId = { id?: unknown } | null;
interface Caller {
  strategy?: { name?: string };
  credentials?: WithId;
}

/** Whom a request is for, as far as that is known. */
export function callerOf(ctx: Context): string {
  const { auth, user } = ctx.state as { auth?: Caller; user?: WithId };
  const id = auth?.credentials?.id ?? user?.id;
  return id === undefined ? ctx.ip : `${auth?.strategy?.name} ${id}`;
}
