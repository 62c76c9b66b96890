import { CURATION, CURATION_EVENT } from '../curations/curation';
import { SETTING } from '../settings/setting';

/** The content types of the plugin's own: internal, and kept whatever happens to the plugin. */
export const STORED = [CURATION, CURATION_EVENT, SETTING];
