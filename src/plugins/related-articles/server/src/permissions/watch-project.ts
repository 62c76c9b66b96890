import type { Core } from '@strapi/strapi';

import { rememberCoreFunctions } from './core-functions';
import { watchDocumentMiddlewares } from './document-middlewares';
import { watchReadHooks, watchSanitizers } from './read-hooks';

/**
 * Starts watching for everything that the project adds to reads. Modules of its API may add something while they are
 * loaded, which happens along with those of plugins, before anything is registered.
 */
export function watchWhileLoading(strapi: Core.Strapi | undefined): void {
  if (!strapi) return;
  try {
    watchSanitizers(strapi);
    watchDocumentMiddlewares(strapi, true);
    watchReadHooks(strapi, true);
    rememberCoreFunctions(strapi);
  } catch {
    // Other releases may create some of these later; `register` then watches the rest.
  }
}

/** Does the same once plugins are registered, for releases in which the first call was too early. */
export function watchOnceRegistered(strapi: Core.Strapi): void {
  watchDocumentMiddlewares(strapi, false);
  watchReadHooks(strapi, false);
  rememberCoreFunctions(strapi);
}
