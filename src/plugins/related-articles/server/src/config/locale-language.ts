import { DEFAULT_LANGUAGE, languageOfLocale } from '../engine/analysis/languages';
import type { RelatedType } from './resolve';

/**
 * The code of the language that documents of a type and locale are written in: from the option `languages`, else from
 * the locale's own code.
 */
export function languageFor(
  { language, languages }: Pick<RelatedType, 'language' | 'languages'>,
  locale: string | null,
): string {
  if (locale === null) return language ?? DEFAULT_LANGUAGE;
  const configured = Object.hasOwn(languages, locale) ? languages[locale] : undefined;
  return configured ?? languageOfLocale(locale) ?? locale;
}
