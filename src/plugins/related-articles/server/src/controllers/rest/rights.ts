import type { Core } from '@strapi/strapi';
import type { Context } from 'koa';

import type { RelatedType } from '../../config/resolve';
import { PLUGIN_ID } from '../../constants';
import { guardsOf, runSteps } from '../../permissions/inner-request';
import { whoAsks } from '../../permissions/who-asks';
import { relatedPath } from '../../routes/paths';

/**
 * What guards the plugin's own routes, for requests that come another way: the caller's right to the action and to
 * `find` of the type, and the policies that the configuration gives the type.
 *
 * @param action The plugin's action, such as `FIND_ACTION`.
 * @throws ForbiddenError, PolicyError and whatever else the route would refuse the caller with.
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

/** Finds out who asks where the route that was asked for lets everybody in, and Strapi has not looked. */
export async function knowCaller(strapi: Core.Strapi, ctx: Context): Promise<void> {
  if (ctx.state.auth) return;
  // Whoever cannot be told is refused with the rights.
  const { auth, user, isAuthenticated } = await whoAsks(strapi, ctx);
  Object.assign(ctx.state, { auth, user, isAuthenticated });
}
