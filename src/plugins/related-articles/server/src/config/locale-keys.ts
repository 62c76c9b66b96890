import type { Core } from '@strapi/strapi';

import { didYouMean } from './nearest';
import type { ValidatedConfig } from './schema';

interface Locale {
  code: string;
}

/**
 * Warns about keys of `languages` and `url` that are neither locales of the site nor locales that Strapi can add. Never
 * refuses the start: a locale may be added later, or may have been written by SQL.
 */
export async function warnOfUnknownLocales(
  strapi: Core.Strapi,
  { languages, contentTypes }: ValidatedConfig,
): Promise<void> {
  const named = [
    ...Object.keys(languages).map((locale) => ({ place: 'languages', locale })),
    ...Object.entries(contentTypes).flatMap(([uid, { url }]) =>
      typeof url === 'object'
        ? Object.keys(url).map((locale) => ({ place: `contentTypes.${uid}.url`, locale }))
        : [],
    ),
  ];
  const i18n = strapi.plugin('i18n');
  if (named.length === 0 || !i18n) return;
  const own: Locale[] = await i18n.service('locales').find();
  const possible: Locale[] = i18n.service('iso-locales').getIsoLocales();
  const codes = new Set([...own, ...possible].map(({ code }) => code));
  const ownCodes = own.map(({ code }) => code);
  for (const { place, locale } of named) {
    if (codes.has(locale)) continue;
    strapi.log.warn(`related-articles: ${place}: "${locale}" is not a locale of this project, so this entry has no effect.${didYouMean(locale, ownCodes)}`); // prettier-ignore
  }
}
