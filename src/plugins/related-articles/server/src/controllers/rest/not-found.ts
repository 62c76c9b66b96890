import type { Core } from '@strapi/strapi';
import type { Context } from 'koa';

import { appOf } from '../../app';
import type { RelatedType } from '../../config/resolve';
import type { Source } from '../../services/suggestions';
import { mayCall } from './caller-query';
import { callerSource } from './caller-source';

const LIST_LOCALES = 'plugin::i18n.locales.listLocales';

interface Missing {
  reference: string;
  locale: string | undefined;
  status: Source['status'];
}

/**
 * Answers 404, and says no more than Strapi's own routes tell the same caller: that there is no such locale, if they
 * may list locales; in which locales the entry exists, if they get it there; otherwise that it is not found.
 *
 * @throws ForbiddenError if the type's own list refuses the caller, whether or not the entry exists.
 */
export async function notFound(
  strapi: Core.Strapi,
  ctx: Context,
  type: RelatedType,
  { reference, locale, status }: Missing,
): Promise<unknown> {
  const app = appOf(strapi);
  const access = app.accessTo(type);
  await access.checkList(ctx, { locale: null, status });
  // Without a name: a hidden entry must look like a missing one.
  const nothing = 'There is no such entry';
  if (!type.localized) return ctx.notFound(nothing);
  if (locale && !(await hasLocale(strapi, locale)) && (await mayListLocales(strapi, ctx))) {
    return ctx.notFound(`There is no locale "${locale}"`);
  }
  const asked = locale || (await app.suggestions.defaultLocale());
  const others: string[] = [];
  // Searching other locales would take longer for a hidden entry, and so reveal it.
  const mayHide = access.mayHide(app.config.cache.middlewaresOnlyWrite);
  const known = mayHide ? [] : await app.suggestions.localesOf(type, reference);
  for (const code of known.filter((one) => one !== asked).slice(0, MAX_LOCALES)) {
    const source = await callerSource(app, ctx, type, reference, { locale: code, status }).catch(() => null); // prettier-ignore
    if (source) others.push(code);
  }
  if (others.length === 0) return ctx.notFound(nothing);
  const list = others.map((code) => `"${code}"`).join(', ');
  return ctx.notFound(`${nothing} in locale "${asked}". It exists in: ${list}`);
}

/** How many locales are tried; each costs as much as a request. */
const MAX_LOCALES = 5;

/** Whether the caller may know which locales there are. */
export const mayListLocales = (strapi: Core.Strapi, ctx: Context): Promise<boolean> =>
  mayCall(strapi, ctx, LIST_LOCALES);

export async function hasLocale(strapi: Core.Strapi, locale: string): Promise<boolean> {
  const locales: { code: string }[] = await strapi.plugin('i18n').service('locales').find();
  return locales.some(({ code }) => code === locale);
}
