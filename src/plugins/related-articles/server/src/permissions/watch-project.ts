import type { Core } from '@strapi/strapi';

import { rememberCoreFunctions } from './core-functions';
import { watchDocumentMiddlewares } from './document-middlewares';
import { watchReadHooks, watchSanitizers } from './read-hooks';

/**
 * From here on, whatever the project adds to what is read is noticed. Modules of its API may add something as they are
 * loaded, which is beside those of plugins and before anything is registered.
 */
export function watchWhileLoading(strapi: Core.Strapi | undefined): void {
  if (!strapi) return;
  try {
    watchSanitizers(strapi);
    watchDocumentMiddlewares(strapi, true);
    watchReadHooks(strapi, true);
    rememberCoreFunctions(strapi);
  } catch {
    // Other releases may make some of it later; `register` does what is left.
  }
}

/** The same once plugins are registered, where that was too early. */
export function watchOnceRegistered(strapi: Core.Strapi): void {
  watchDocumentMiddlewares(strapi, false);
  watchReadHooks(strapi, false);
  rememberCoreFunctions(strapi);
}
