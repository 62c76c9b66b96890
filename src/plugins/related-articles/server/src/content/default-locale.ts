import type { Core } from '@strapi/strapi';

/** `undefined` for a project without locales. */
export const defaultLocaleOf = async (strapi: Core.Strapi): Promise<string | undefined> =>
  strapi.plugin('i18n')?.service('locales').getDefaultLocale();
