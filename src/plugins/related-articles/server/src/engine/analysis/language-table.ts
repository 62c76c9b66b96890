/** How a language is analysed. Steps that are left out are not done. */
export interface LanguageEntry {
  /** English name. */
  name: string;
  /** The Snowball algorithm that stems it. */
  stemmer?: string;
  /** Its list of stop words in stopwords-iso, if not under the language's own code; `null` when there is none. */
  stopwords?: string | null;
  /**
   * Whether accents are dropped from Latin and Greek letters after stemming, because writers often leave them
   * out: `all`, or all `except` those that count as separate letters. If not set, accents tell words apart.
   */
  accents?: 'all' | { except: string };
  /**
   * What an apostrophe inside a word separates: one of a few fixed `ending`s ("Anna's"), any `suffix`
   * ("İstanbul'da"), an `elision` ("l'école"), or nothing, when it is a `letter` ("об'єкт"). Default `ending`.
   */
  apostrophe?: 'ending' | 'suffix' | 'elision' | 'letter';
  /** Has its own rules for lower case: I without a dot. */
  ownLowerCase?: true;
  /** Written without spaces: words are found by a dictionary. */
  segmented?: true;
}

/**
 * All languages by ISO 639-1 code: those with a Snowball stemmer, those with stop words only, and those
 * written without spaces. A language that is not listed is compared word by word as it is written.
 */
export const LANGUAGES = {
  af: { name: 'Afrikaans', accents: 'all' },
  ar: { name: 'Arabic', stemmer: 'Arabic' },
  bg: { name: 'Bulgarian' },
  bn: { name: 'Bengali' },
  br: { name: 'Breton', apostrophe: 'letter' },
  ca: { name: 'Catalan', stemmer: 'Catalan', accents: { except: 'ç' }, apostrophe: 'elision' },
  cs: { name: 'Czech', stemmer: 'Czech' },
  da: { name: 'Danish', stemmer: 'Danish' },
  de: { name: 'German', stemmer: 'German' },
  el: { name: 'Greek', stemmer: 'Greek', accents: 'all' },
  en: { name: 'English', stemmer: 'English', accents: 'all' },
  eo: { name: 'Esperanto', stemmer: 'Esperanto' },
  es: { name: 'Spanish', stemmer: 'Spanish', accents: { except: 'ñ' } },
  et: { name: 'Estonian', stemmer: 'Estonian' },
  eu: { name: 'Basque', stemmer: 'Basque', accents: { except: 'ñ' } },
  fa: { name: 'Persian', stemmer: 'Persian' },
  fi: { name: 'Finnish', stemmer: 'Finnish' },
  fr: { name: 'French', stemmer: 'French', accents: { except: 'ç' }, apostrophe: 'elision' },
  ga: { name: 'Irish', stemmer: 'Irish', apostrophe: 'elision' },
  gl: { name: 'Galician', accents: { except: 'ñ' } },
  gu: { name: 'Gujarati' },
  ha: { name: 'Hausa', apostrophe: 'letter' },
  he: { name: 'Hebrew', apostrophe: 'letter' },
  hi: { name: 'Hindi', stemmer: 'Hindi' },
  hr: { name: 'Croatian' },
  hu: { name: 'Hungarian', stemmer: 'Hungarian' },
  hy: { name: 'Armenian', stemmer: 'Armenian' },
  id: { name: 'Indonesian', stemmer: 'Indonesian', accents: 'all' },
  it: { name: 'Italian', stemmer: 'Italian', accents: 'all', apostrophe: 'elision' },
  ja: { name: 'Japanese', segmented: true },
  km: { name: 'Khmer', stopwords: null, segmented: true },
  ko: { name: 'Korean' },
  ku: { name: 'Kurdish' },
  la: { name: 'Latin', accents: 'all' },
  lo: { name: 'Lao', stopwords: null, segmented: true },
  lt: { name: 'Lithuanian', stemmer: 'Lithuanian' },
  lv: { name: 'Latvian' },
  mr: { name: 'Marathi' },
  ms: { name: 'Malay', accents: 'all' },
  my: { name: 'Burmese', stopwords: null, segmented: true },
  ne: { name: 'Nepali', stemmer: 'Nepali', stopwords: null },
  nl: { name: 'Dutch', stemmer: 'Dutch', accents: 'all' },
  no: { name: 'Norwegian', stemmer: 'Norwegian' },
  pl: { name: 'Polish', stemmer: 'Polish' },
  pt: {
    name: 'Portuguese',
    stemmer: 'Portuguese',
    accents: { except: 'ãõç' },
    apostrophe: 'elision',
  },
  ro: { name: 'Romanian', stemmer: 'Romanian' },
  ru: { name: 'Russian', stemmer: 'Russian' },
  sk: { name: 'Slovak' },
  sl: { name: 'Slovenian' },
  so: { name: 'Somali', apostrophe: 'letter' },
  sr: { name: 'Serbian', stemmer: 'Serbian', stopwords: null },
  st: { name: 'Sesotho', stemmer: 'Sesotho' },
  sv: { name: 'Swedish', stemmer: 'Swedish' },
  sw: { name: 'Swahili', apostrophe: 'letter' },
  ta: { name: 'Tamil', stemmer: 'Tamil', stopwords: null },
  th: { name: 'Thai', segmented: true },
  tl: { name: 'Tagalog', accents: 'all' },
  tr: { name: 'Turkish', stemmer: 'Turkish', apostrophe: 'suffix', ownLowerCase: true },
  uk: { name: 'Ukrainian', apostrophe: 'letter' },
  ur: { name: 'Urdu' },
  vi: { name: 'Vietnamese' },
  yi: { name: 'Yiddish', stemmer: 'Yiddish', stopwords: null },
  yo: { name: 'Yoruba' },
  zh: { name: 'Chinese', segmented: true },
  zu: { name: 'Zulu' },
} as const satisfies Record<string, LanguageEntry>;

export type LanguageCode = keyof typeof LANGUAGES;

/** Codes that mean one of the languages above: macrolanguages, members of one, and obsolete codes. */
export const ALIASES: Readonly<Record<string, string>> = {
  cmn: 'zh',
  fil: 'tl',
  in: 'id',
  iw: 'he',
  ji: 'yi',
  nb: 'no',
  nn: 'no',
  pes: 'fa',
  sh: 'sr',
};
