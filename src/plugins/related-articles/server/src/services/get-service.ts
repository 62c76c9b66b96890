import type { Core } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';
import type { CurationsService } from './panel/curations';
import type { EntriesService } from './panel/entries';
import type { IndexService } from './indexing';
import type { PanelService } from './panel/panel';
import type { SuggestionsService } from './suggestions';
import type { AppearancesService } from './panel/appearances';

interface Services {
  curations: CurationsService;
  entries: EntriesService;
  indexing: IndexService;
  panel: PanelService;
  suggestions: SuggestionsService;
  appearances: AppearancesService;
}

/** The plugin's own services, typed. */
export function getService<Name extends keyof Services>(
  strapi: Core.Strapi,
  name: Name,
): Services[Name] {
  return strapi.plugin(PLUGIN_ID).service(name);
}
