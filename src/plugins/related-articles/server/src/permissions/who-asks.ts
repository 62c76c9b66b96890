import type { Core } from '@strapi/strapi';
import type { Context } from 'koa';

/** How long a probe waits for who calls and what they may, in milliseconds. */
export const RIGHTS_MS = 2000;

/**
 * What Strapi's ways of authentication say of the sender of a request whose route does not ask: the request's state, with
 * `auth` where they know somebody. The request itself stays as it is.
 */
export async function whoAsks(strapi: Core.Strapi, ctx: Context): Promise<Context['state']> {
  const state: Context['state'] = { ...ctx.state, route: { ...ctx.state.route, config: {} } };
  const asked = Object.create(ctx, {
    state: { value: state },
    unauthorized: { value: () => undefined },
  });
  await strapi.get('auth').authenticate(asked, async () => undefined);
  return state;
}
