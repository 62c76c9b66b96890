import { PLUGIN_ID } from './pluginId';

/** To see suggestions: `canRead` of `useRBAC`. What else an editor may do, the server says with each list. */
export const SEE = [{ action: `plugin::${PLUGIN_ID}.suggestions.read`, subject: null }];
