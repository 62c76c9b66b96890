import { stemmer as english } from '@orama/stemmers/english';
import { stemmer as german } from '@orama/stemmers/german';
import stopwordsIso from 'stopwords-iso';

export interface Language {
  /** ISO 639-1 code. */
  code: string;
  stem: (word: string) => string;
  stopwords: ReadonlySet<string>;
  /** Whether accents are removed before stemming, which English borrows and other languages mean. */
  fold: boolean;
}

const identity = (word: string): string => word;

const stopwords = (code: string): ReadonlySet<string> =>
  new Set((stopwordsIso as Record<string, string[] | undefined>)[code] ?? []);

const stemmers: Record<string, Pick<Language, 'stem' | 'fold'>> = {
  en: { stem: english, fold: true },
  de: { stem: german, fold: false },
};

/** The language of a locale such as `de`, `de-AT` or `null`; a type without locales is taken as English. */
export function languageOf(locale: string | null): Language {
  const code = (locale ?? 'en').toLowerCase().split(/[-_]/)[0];
  const { stem, fold } = stemmers[code] ?? { stem: identity, fold: true };
  return { code, stem, fold, stopwords: stopwords(code) };
}
