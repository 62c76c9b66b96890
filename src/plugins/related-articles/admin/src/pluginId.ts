export const PLUGIN_ID = 'related-articles';
