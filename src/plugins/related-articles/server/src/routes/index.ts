import type { Core } from '@strapi/strapi';
import type { Context } from 'koa';

import {
  CHANGE_SETTINGS,
  CURATE,
  FIND_ACTION,
  FIND_BY_TEXT_ACTION,
  HEALTH_ACTION,
  READ_OVERVIEW,
  READ_SUGGESTIONS,
  REBUILD_INDEX,
} from '../constants';
import { appOf } from '../app';
import { withinTime } from '../content/within-time';
import { ofHealth, ofMany, ofOne, ofText } from './descriptions';
import { RIGHTS_MS, whoAsks } from '../permissions/who-asks';
import { listsPath, relatedPath } from './paths';

/** Filled in `register` with `routesFor`: older releases of Strapi 5 accept no function here. */
const contentApi = { type: 'content-api' as const, routes: [] as Core.RouteInput[] };

/**
 * Returns three routes for each configured content type: for one entry, several entries, and a text. The caller needs
 * both permissions. The controller asks the type's own routes, so that their guards apply, too.
 */
export function routesFor(strapi: Core.Strapi): Core.RouteInput[] {
  const routes = [...appOf(strapi).types.values()].flatMap((type) => {
    const { policies } = type;
    const configFor = (action: string) => {
      return { prefix: '', auth: { scope: [action, `${type.uid}.find`] }, policies };
    };
    const find = {
      method: 'GET' as const,
      handler: 'related.find',
      config: configFor(FIND_ACTION),
    };
    return [
      { ...find, path: relatedPath(type), ...ofOne },
      { ...find, path: listsPath(type), ...ofMany },
      {
        ...ofText,
        method: 'POST' as const,
        path: listsPath(type),
        handler: 'related.findByText',
        config: configFor(FIND_BY_TEXT_ACTION),
      },
    ];
  });
  return [...routes, healthRoute(strapi)];
}

/**
 * Open to everybody; the controller tells more to those who have the action. On a route with an action, Strapi itself
 * answers 403 to others; on one without, it identifies nobody. The route's own strategy therefore identifies the
 * caller, and lets everybody in.
 */
function healthRoute(strapi: Core.Strapi): Core.RouteInput {
  const anybody = {
    name: 'related-articles-anybody',
    async authenticate(ctx: Context) {
      // Probes get an answer even if the database gives none.
      const { auth } = await withinTime(whoAsks(strapi, ctx).catch(() => ctx.state), RIGHTS_MS, () => ctx.state); // prettier-ignore
      return { authenticated: true, credentials: auth ?? null };
    },
    verify: () => undefined,
  };
  return {
    ...ofHealth,
    method: 'GET',
    path: '/health',
    handler: 'health.find',
    // Strapi also accepts strategy objects, although its types only allow names.
    config: { auth: { scope: [HEALTH_ACTION], strategies: [anybody] as unknown as string[] } },
  };
}

/** A route of the admin panel; the controllers check the entries themselves. */
const adminRoute = (
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  handler: string,
  action: string,
): Core.RouteInput => ({
  method,
  path,
  handler,
  config: {
    policies: [
      'admin::isAuthenticatedAdmin',
      { name: 'admin::hasPermissions', config: { actions: [action] } },
    ],
  },
});

const SEE = READ_SUGGESTIONS.action;
const entry = '/:uid/:documentId';

const admin = {
  type: 'admin' as const,
  routes: [
    adminRoute('GET', '/types', 'suggestions.findTypes', SEE),
    adminRoute('POST', '/suggestions/:uid', 'suggestions.find', SEE),
    adminRoute('POST', '/links/:uid', 'suggestions.findLinks', SEE),
    adminRoute('GET', `/appearances${entry}`, 'suggestions.findAppearances', SEE),
    adminRoute('GET', '/entries/:uid', 'suggestions.findEntries', SEE),
    adminRoute('GET', `/entries${entry}`, 'suggestions.findEntry', SEE),
    adminRoute('GET', `/curations${entry}`, 'curations.find', SEE),
    adminRoute('PUT', `/curations${entry}`, 'curations.update', CURATE.action),
    adminRoute('POST', `/curations${entry}/undo`, 'curations.undo', CURATE.action),
    adminRoute('POST', `/curations${entry}/redo`, 'curations.redo', CURATE.action),
    adminRoute('POST', `/curations${entry}/pins`, 'curations.addPin', CURATE.action),
    adminRoute('GET', `/curations${entry}/events`, 'curations.findEvents', SEE),
    adminRoute('GET', '/overview', 'overview.find', READ_OVERVIEW.action),
    adminRoute('GET', '/overview/:uid/map', 'overview.findMap', READ_OVERVIEW.action),
    adminRoute('GET', '/overview/:uid', 'overview.findEntries', READ_OVERVIEW.action),
    adminRoute('POST', '/overview/:uid/facts', 'overview.findFacts', READ_OVERVIEW.action),
    adminRoute('POST', '/overview/:uid/decisions', 'overview.decide', CURATE.action),
    adminRoute('GET', '/settings', 'settings.findTypes', CHANGE_SETTINGS.action),
    adminRoute('GET', '/settings/:uid', 'settings.find', CHANGE_SETTINGS.action),
    adminRoute('PUT', '/settings/:uid', 'settings.update', CHANGE_SETTINGS.action),
    adminRoute('POST', '/settings/:uid/preview', 'settings.preview', CHANGE_SETTINGS.action),
    adminRoute('POST', '/settings/:uid/tuning', 'settings.tune', CHANGE_SETTINGS.action),
    adminRoute('POST', '/rebuild', 'overview.rebuild', REBUILD_INDEX.action),
  ],
};

export default { 'content-api': contentApi, admin };
