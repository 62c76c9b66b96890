export const PLUGIN_ID = 'related-articles';

/** The action that a role or token needs in addition to `find` on the content type. */
export const FIND_ACTION = `plugin::${PLUGIN_ID}.related.find`;

/** The action for suggestions to a text that the caller sends. */
export const FIND_BY_TEXT_ACTION = `plugin::${PLUGIN_ID}.related.findByText`;

/** The action that shows how well the index is in step. */
export const HEALTH_ACTION = `plugin::${PLUGIN_ID}.health.find`;

/** The admin permission to pin, exclude and reorder. */
export const CURATE = {
  uid: 'curation.update',
  action: `plugin::${PLUGIN_ID}.curation.update`,
};

/** The admin permission to see statistics of all entries. */
export const READ_OVERVIEW = {
  uid: 'overview.read',
  action: `plugin::${PLUGIN_ID}.overview.read`,
};

/** The admin permission to change the settings and rules of content types. */
export const CHANGE_SETTINGS = {
  uid: 'settings.update',
  action: `plugin::${PLUGIN_ID}.settings.update`,
};

/** The admin permission to rebuild the index. */
export const REBUILD_INDEX = {
  uid: 'index.rebuild',
  action: `plugin::${PLUGIN_ID}.index.rebuild`,
};

/** The admin permission to see suggestions in the editor. */
export const READ_SUGGESTIONS = {
  uid: 'suggestions.read',
  action: `plugin::${PLUGIN_ID}.suggestions.read`,
};
