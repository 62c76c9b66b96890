import de from '../../src/plugins/related-articles/admin/src/translations/de.json';
import en from '../../src/plugins/related-articles/admin/src/translations/en.json';
import es from '../../src/plugins/related-articles/admin/src/translations/es.json';
import fr from '../../src/plugins/related-articles/admin/src/translations/fr.json';

/** What the panel says, by language. */
export const WORDS = { de, en, es, fr };
