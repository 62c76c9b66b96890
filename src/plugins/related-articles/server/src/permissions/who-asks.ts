import type { Core } from '@strapi/strapi';
import type { Context } from 'koa';

/** How long a probe waits to learn who calls and what they may do, in milliseconds. */
export const RIGHTS_MS = 2000;

/**
 * Identifies the sender of a request whose route does not authenticate: returns the request's state, with `auth` if
 * Strapi's strategies know the sender. The request itself stays unchanged.
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
