import type { Core } from '@strapi/strapi';

import { warnOfUnknownLocales } from './config/locale-keys';
import type { RelatedArticlesConfig } from './config/options';
import {
  CHANGE_SETTINGS,
  CURATE,
  PLUGIN_ID,
  READ_OVERVIEW,
  READ_SUGGESTIONS,
  REBUILD_INDEX,
} from './constants';
import contentTypes, { hideFromContentManager, hideFromGraphQL } from './content-types';
import controllers from './controllers';
import { Suggestions } from './controllers/code/suggestions';
import { extendGraphQL } from './controllers/graphql';
import { registerTools } from './controllers/mcp';
import { addListFilter } from './controllers/panel/list-filter';
import { addRelatedParam } from './controllers/rest/related-param';
import { CURATION } from './curations/curation';
import { addOwn } from './permissions/document-middlewares';
import { rememberDocumentService } from './permissions/core-functions';
import { warnOfShadows } from './routes/shadows';
import { watchOnceRegistered, watchWhileLoading } from './permissions/watch-project';
import publishedOnly from './policies/published-only';
import routes, { routesFor } from './routes';
import { appOf, createApp } from './app';
import { allowEvent } from './revalidation/changed-event';
import { keepTables } from './content-types/kept-tables';
import { endsInTime } from './content/within-time';

export type {
  ContentTypeOptions,
  CustomSignalOptions,
  RelatedArticlesConfig,
  SignalDocument,
} from './config/options';

export type {
  SuggestionList,
  Suggestions,
  SuggestionsForText,
  SuggestionsOfEntry,
  SuggestionsOfMany,
  SuggestionsQuery,
} from './controllers/code/suggestions';

export type { ChangedEntry, RelatedChanged } from './revalidation/changed-event';

export type {
  RelatedDocument,
  RelatedExplanation,
  RelatedLinks,
  RelatedList,
  RelatedListsResponse,
  RelatedMeta,
  RelatedPagination,
  RelatedResponse,
} from './controllers/rest/response';

/** How long the shutdown waits to learn which tables Strapi keeps, in milliseconds. */
const KEEP_TIMEOUT_MS = 5000;

const defaults: RelatedArticlesConfig = {};

/** Sites whose start has come as far as this plugin. */
const registered = new WeakSet<Core.Strapi>();

export default {
  config: {
    /** Called while Strapi loads plugins and APIs. */
    default(): RelatedArticlesConfig {
      watchWhileLoading((globalThis as { strapi?: Core.Strapi }).strapi);
      return defaults;
    },
    // Checked in `register`, together with the project's schemas: all mistakes are named at once.
    validator: () => undefined,
  },
  contentTypes,
  controllers,
  policies: { 'published-only': publishedOnly },
  routes,
  services: {
    app: ({ strapi }: { strapi: Core.Strapi }) => createApp(strapi),
    suggestions: ({ strapi }: { strapi: Core.Strapi }) => new Suggestions(strapi),
  },
  register({ strapi }: { strapi: Core.Strapi }) {
    hideFromGraphQL(strapi);
    hideFromContentManager(strapi);
    // Create the app now, so that a mistake in the configuration fails the start, not the first request.
    addOwn(() => appOf(strapi).captureChanges());
    registered.add(strapi);
    watchOnceRegistered(strapi);
    rememberDocumentService(strapi, CURATION.uid);
    routes['content-api'].routes = routesFor(strapi);
    addRelatedParam(strapi);
    extendGraphQL(strapi);
    registerTools(strapi);
    addListFilter(strapi);
    if (appOf(strapi).config.changedEvent) allowEvent(strapi);
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
      {
        section: 'plugins',
        displayName: 'See the overview of all entries',
        uid: READ_OVERVIEW.uid,
        pluginName: PLUGIN_ID,
      },
      {
        section: 'plugins',
        displayName: 'Change settings and rules',
        uid: CHANGE_SETTINGS.uid,
        pluginName: PLUGIN_ID,
      },
      {
        section: 'plugins',
        displayName: 'Rebuild the index',
        uid: REBUILD_INDEX.uid,
        pluginName: PLUGIN_ID,
      },
    ]);
    const { config, index, types } = appOf(strapi);
    await warnOfUnknownLocales(strapi, config);
    warnOfShadows(strapi, types);
    await index.start();
  },
  async destroy({ strapi }: { strapi: Core.Strapi }) {
    // A process may be ended before, when the configuration cannot be read yet.
    if (!registered.has(strapi)) return;
    // An import replaces Strapi's list of tables with that of another database.
    const keeping = keepTables(strapi, KEEP_TIMEOUT_MS).catch(() => undefined);
    await Promise.all([appOf(strapi).stop(), endsInTime(keeping)]);
  },
};
