import { useAuth } from '@strapi/strapi/admin';

import { PLUGIN_ID } from './pluginId';

const CURATE = `plugin::${PLUGIN_ID}.curation.update`;
export const SEE = `plugin::${PLUGIN_ID}.suggestions.read`;

/** Whether this editor may decide about any lists; the server says about which. */
export const useMayCurate = (): boolean =>
  useAuth('RelatedArticles', ({ permissions }) =>
    permissions.some(({ action }) => action === CURATE),
  );

/** The permission for the overview, in the form that Strapi's menu expects. */
export const SEE_OVERVIEW = [{ action: `plugin::${PLUGIN_ID}.overview.read`, subject: null }];

/** The permission for the settings page. */
export const CHANGE_SETTINGS = [{ action: `plugin::${PLUGIN_ID}.settings.update`, subject: null }];

/** Whether this editor may see suggestions. The server says with each list what else they may do. */
export const useMaySee = (): boolean =>
  useAuth('RelatedArticles', ({ permissions }) => permissions.some(({ action }) => action === SEE));

const allows = (action: string) => (auth: { permissions: { action: string }[] }) =>
  auth.permissions.some((one) => one.action === action);

/** Which pages this editor may open. */
export function usePages(): { overview: boolean; settings: boolean } {
  const overview = useAuth('RelatedArticles', allows(SEE_OVERVIEW[0].action));
  const settings = useAuth('RelatedArticles', allows(CHANGE_SETTINGS[0].action));
  return { overview, settings };
}
