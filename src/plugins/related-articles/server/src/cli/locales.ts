import type { Core } from '@strapi/strapi';

import { didYouMean } from '../config/nearest';

/** Why a locale cannot be used: the project does not have it. `null` where it has. */
export async function missingLocale(strapi: Core.Strapi, locale: string): Promise<string | null> {
  const locales: { code: string }[] = await strapi.plugin('i18n').service('locales').find();
  const codes = locales.map(({ code }) => code);
  if (codes.includes(locale)) return null;
  return `the project has no locale "${locale}".${didYouMean(locale, codes)}`;
}
