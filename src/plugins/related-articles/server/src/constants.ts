export const PLUGIN_ID = 'related-articles';

/** The action that a role or token needs, beside `find` on the content type. */
export const FIND_ACTION = `plugin::${PLUGIN_ID}.related.find`;
