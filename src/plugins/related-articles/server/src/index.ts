import type { Core } from '@strapi/strapi';

import type { RelatedArticlesConfig } from './config/options';
import { CURATE, PLUGIN_ID, READ_SUGGESTIONS } from './constants';
import contentTypes, { hideFromContentManager, hideFromGraphQL } from './content-types';
import controllers from './controllers';
import { watchDocumentMiddlewares } from './permissions/document-middlewares';
import publishedOnly from './policies/published-only';
import routes, { routesFor } from './routes';
import { CurationsService } from './services/panel/curations';
import { EntriesService } from './services/panel/entries';
import { getService } from './services/get-service';
import { IndexService } from './services/indexing';
import { PanelService } from './services/panel/panel';
import { SuggestionsService } from './services/suggestions';
import { AppearancesService } from './services/panel/appearances';
import { keepTables } from './curations/kept-tables';

export type {
  ContentTypeOptions,
  CustomSignalOptions,
  RelatedArticlesConfig,
  SignalDocument,
} from './config/options';

const defaults: RelatedArticlesConfig = {};

export default {
  config: {
    default: defaults,
    // Checked in `register`, together with the project's schemas: all mistakes are named at once.
    validator: () => undefined,
  },
  contentTypes,
  controllers,
  policies: { 'published-only': publishedOnly },
  routes,
  services: {
    indexing: ({ strapi }: { strapi: Core.Strapi }) => new IndexService(strapi),
    suggestions: ({ strapi }: { strapi: Core.Strapi }) => new SuggestionsService(strapi),
    curations: ({ strapi }: { strapi: Core.Strapi }) => new CurationsService(strapi),
    entries: ({ strapi }: { strapi: Core.Strapi }) => new EntriesService(strapi),
    panel: ({ strapi }: { strapi: Core.Strapi }) => new PanelService(strapi),
    appearances: ({ strapi }: { strapi: Core.Strapi }) => new AppearancesService(strapi),
  },
  register({ strapi }: { strapi: Core.Strapi }) {
    hideFromGraphQL(strapi);
    hideFromContentManager(strapi);
    // Created now: a mistake in the configuration ends the start, not the first request.
    getService(strapi, 'indexing');
    // From here on, whatever the project adds is noticed.
    watchDocumentMiddlewares(strapi);
    routes['content-api'].routes = routesFor(strapi);
  },
  async bootstrap({ strapi }: { strapi: Core.Strapi }) {
    await keepTables(strapi);
    await strapi.service('admin::permission').actionProvider.registerMany([
      {
        section: 'plugins',
        displayName: 'See suggestions',
        uid: READ_SUGGESTIONS.uid,
        pluginName: PLUGIN_ID,
      },
      {
        section: 'plugins',
        displayName: 'Pin, exclude and reorder',
        uid: CURATE.uid,
        pluginName: PLUGIN_ID,
      },
    ]);
    await getService(strapi, 'indexing').start();
  },
  async destroy({ strapi }: { strapi: Core.Strapi }) {
    await getService(strapi, 'indexing').stop();
    // An import replaces Strapi's notes by those of another database.
    await keepTables(strapi).catch(() => undefined);
  },
};
