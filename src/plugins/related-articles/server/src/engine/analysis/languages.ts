import stopwordsIso from 'stopwords-iso';

import { createAccentFold, createFold } from './folding';
import { ALIASES, LANGUAGES, type LanguageCode, type LanguageEntry } from './language-table';
import { createStemmer } from './snowball/stemmers';

/** What an analyser does with the words of one language. */
export interface Language {
  /** ISO 639-1 code, or the code that was asked for when the language is unknown. */
  code: string;
  /** One spelling for case, width and optional signs. */
  fold: (word: string) => string;
  /** Drops the accents that are optional in the language. */
  foldAccents: (word: string) => string;
  stem: (word: string) => string;
  /** Folded, accents kept: "maïs" is not "mais". */
  stopwords: ReadonlySet<string>;
  apostrophe: NonNullable<LanguageEntry['apostrophe']>;
  /** Whether words written without spaces are cut by a dictionary. */
  segment: boolean;
}

/** Used when the language is not specified: for a type without locales and without a configured language. */
export const DEFAULT_LANGUAGE = 'en';

const UNKNOWN: LanguageEntry = { name: 'unknown', stopwords: null, apostrophe: 'letter' };

/**
 * The language of a locale such as `de`, `pt-BR` or `zh-Hant-TW`, as a code of `LANGUAGES`; `null` when it
 * is none of them.
 */
export function languageOfLocale(locale: string): string | null {
  const code = locale.toLowerCase().split(/[-_]/)[0];
  const known = Object.hasOwn(ALIASES, code) ? ALIASES[code] : code;
  return isKnownLanguage(known) ? known : null;
}

/** The language of a collection when only its locale is known. */
export function languageOfCollection(locale: string | null): string {
  return locale === null ? DEFAULT_LANGUAGE : (languageOfLocale(locale) ?? locale);
}

/** Whether the language has its own rules. The words of other languages are compared as they are written. */
export function isKnownLanguage(code: string): code is LanguageCode {
  return Object.hasOwn(LANGUAGES, code);
}

/** @param code A code of `LANGUAGES`; any other is compared word by word as it is written. */
export function languageOf(code: string): Language {
  const entry: LanguageEntry = isKnownLanguage(code) ? LANGUAGES[code] : UNKNOWN;
  const fold = createFold(code, entry);
  const list = entry.stopwords === undefined ? code : entry.stopwords;
  return {
    code,
    fold,
    foldAccents: createAccentFold(entry),
    stem: entry.stemmer ? createStemmer(entry.stemmer) : (word) => word,
    stopwords: new Set(stopwordsOf(list).map(fold)),
    apostrophe: entry.apostrophe ?? 'ending',
    segment: true,
  };
}

function stopwordsOf(list: string | null): string[] {
  const spared = list === null ? undefined : CONTENT_WORDS[list];
  const words = list === null ? [] : (stopwordLists[list] ?? []);
  return spared ? words.filter((word) => !spared.has(word)) : words;
}

/**
 * Words in the stop word lists that do say what a text is about: the English list is a union of several, including
 * some from search engines. "Fire safety" must not become an article about safety.
 */
const CONTENT_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  en: new Set(
    'announce area areas bill billion biol case cases cause causes computer copy course cry date detail edu effect face faces fire front gov group groups home homepage html http ill index information interest interests invention key keys length line member members men microsoft mill million mine mug name net netscape news novel null number numbers order orders page pages place places point points problem problems research room rooms section sections shed side sides site state states sub system test tests text thick thin trillion value values vol web webpage website width word words work works world young'.split(
      ' ',
    ),
  ),
};

const stopwordLists = stopwordsIso as Record<string, string[] | undefined>;
