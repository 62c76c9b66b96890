import type { Core } from '@strapi/strapi';
import type { Context } from 'koa';

import type { RelatedType } from '../../config/resolve';
import { PLUGIN_ID } from '../../constants';
import { guardsOf, runSteps } from '../../permissions/inner-request';
import { whoAsks } from '../../permissions/who-asks';
import { relatedPath } from '../../routes/paths';

/**
 * Checks what the plugin's own routes check, for requests that come another way: the caller's right to the action and
 * to `find` of the type, and the policies that the configuration gives the type.
 *
 * @param action The plugin's action, such as `FIND_ACTION`.
 * @throws ForbiddenError, PolicyError, and any other error with which the route would refuse the caller.
 */
export async function checkRights(
  strapi: Core.Strapi,
  ctx: Context,
  type: RelatedType,
  action: string,
): Promise<void> {
  const route = {
    method: 'GET',
    path: relatedPath(type),
    handler: 'related.find',
    config: { auth: { scope: [action, `${type.uid}.find`] }, policies: type.policies },
    info: { pluginName: PLUGIN_ID, type: 'content-api' },
  };
  await runSteps(guardsOf(strapi, route), ctx);
}

/** Identifies the caller on a public route, where Strapi has not done it. */
export async function knowCaller(strapi: Core.Strapi, ctx: Context): Promise<void> {
  if (ctx.state.auth) return;
  // `checkRights` refuses a caller who cannot be identified.
  const { auth, user, isAuthenticated } = await whoAsks(strapi, ctx);
  Object.assign(ctx.state, { auth, user, isAuthenticated });
}
