import { CURATION, CURATION_EVENT } from '../curations/curation';
import { SETTING } from '../settings/setting';

/** The plugin's own content types: internal, and kept whatever happens to the plugin. */
export const STORED = [CURATION, CURATION_EVENT, SETTING];
