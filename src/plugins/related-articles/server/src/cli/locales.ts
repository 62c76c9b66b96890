import type { Core } from '@strapi/strapi';

import { didYouMean } from '../config/nearest';

/** Returns why a locale cannot be used; `null` if the project has it. */
export async function missingLocale(strapi: Core.Strapi, locale: string): Promise<string | null> {
  const locales: { code: string }[] = await strapi.plugin('i18n').service('locales').find();
  const codes = locales.map(({ code }) => code);
  if (codes.includes(locale)) return null;
  return `the project has no locale "${locale}".${didYouMean(locale, codes)}`;
}
