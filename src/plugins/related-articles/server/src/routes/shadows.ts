import type { Core } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';

const HEALTH = 'health';

/** Warns if a content type has the plugin's own addresses: Strapi looks for routes of the project first. */
export function warnOfShadows(strapi: Core.Strapi, types: ReadonlyMap<string, unknown>): void {
  for (const [uid, { info }] of Object.entries(strapi.contentTypes)) {
    const { pluralName } = info as { pluralName?: string };
    if (!uid.startsWith('api::')) continue;
    if (pluralName === HEALTH && types.has(uid)) {
      strapi.log.warn(`related-articles: the lists of several ${uid} answer at /${PLUGIN_ID}/${HEALTH}, so the health route is not reachable. Give the content type another plural name.`); // prettier-ignore
    }
    if (pluralName !== PLUGIN_ID) continue;
    strapi.log.warn(`related-articles: ${uid} answers at /${PLUGIN_ID}, so lists for several entries and the health route are not reachable. Give the content type another plural name.`); // prettier-ignore
  }
}
