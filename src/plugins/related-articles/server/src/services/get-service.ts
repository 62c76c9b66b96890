import type { Core } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';
import type { IndexService } from './indexing';
import type { SuggestionsService } from './suggestions';

interface Services {
  indexing: IndexService;
  suggestions: SuggestionsService;
}

/** The plugin's own services, typed. */
export function getService<Name extends keyof Services>(
  strapi: Core.Strapi,
  name: Name,
): Services[Name] {
  return strapi.plugin(PLUGIN_ID).service(name);
}
