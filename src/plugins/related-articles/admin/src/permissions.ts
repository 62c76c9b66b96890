import { useAuth } from '@strapi/strapi/admin';

import { PLUGIN_ID } from './pluginId';

const CURATE = `plugin::${PLUGIN_ID}.curation.update`;
export const SEE = `plugin::${PLUGIN_ID}.suggestions.read`;

/** Whether this editor may decide about lists at all; about which entries, the server says. */
export const useMayCurate = (): boolean =>
  useAuth('RelatedArticles', ({ permissions }) =>
    permissions.some(({ action }) => action === CURATE),
  );

/** What the overview needs, as Strapi's menu asks for it. */
export const SEE_OVERVIEW = [{ action: `plugin::${PLUGIN_ID}.overview.read`, subject: null }];

/** What the settings page needs. */
export const CHANGE_SETTINGS = [{ action: `plugin::${PLUGIN_ID}.settings.update`, subject: null }];

/** Whether this editor may see suggestions. What else they may do, the server says with each list. */
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
