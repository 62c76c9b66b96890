import { useAuth } from '@strapi/strapi/admin';

import { PLUGIN_ID } from './pluginId';

const SEE = `plugin::${PLUGIN_ID}.suggestions.read`;

/** What the overview needs, as Strapi's menu asks for it. */
export const SEE_OVERVIEW = [{ action: `plugin::${PLUGIN_ID}.overview.read`, subject: null }];

/** Whether this editor may see suggestions. What else they may do, the server says with each list. */
export const useMaySee = (): boolean =>
  useAuth('RelatedArticles', ({ permissions }) => permissions.some(({ action }) => action === SEE));
