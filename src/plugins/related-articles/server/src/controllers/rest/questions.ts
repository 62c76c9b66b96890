import type { Core, UID } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import { appOf } from '../../app';
import { isPrivate } from '../../config/private-attributes';
import type { Document } from '../../permissions/documents';
import type { RelatedType } from '../../config/resolve';
import { readsEverything } from '../../policies/published-only';
import type { Page, Source } from '../../services/suggestions';
import { textSource } from '../../services/text-source';
import type { Deadline } from './in-time';
import { CallerLists } from './lists';
import { hasLocale, mayListLocales } from './not-found';
import { windowOf, type Window } from './pagination';
import {
  parseReference,
  parseText,
  type CommonRequest,
  type ManyRequest,
  type RelatedRequest,
  type TextRequest,
} from './related-query';

/** A request: its caller, its content type and its deadline. */
export interface Asked {
  strapi: Core.Strapi;
  ctx: Context;
  type: RelatedType;
  deadline: Deadline;
}

export interface Answer {
  page: Page;
  window: Window;
}

export const NO_PAGE: Page = { documents: [], related: [], total: 0 };

/** Returns the list of one entry, by documentId or slug; without a page if the caller gets no such entry. */
export async function listOfOne(
  asked: Asked,
  documentId: unknown,
  request: RelatedRequest,
): Promise<{ page: Page | null; window: Window; reference: string }> {
  const { strapi, ctx, type } = asked;
  const reference = parseReference(documentId);
  const { status, locale } = request;
  checkStatus(ctx, status);
  const window = windowFor(strapi, type, request);
  const lists = await openForOne(asked, request, window);
  const source = await lists.source(reference, locale || undefined, status);
  return { page: source ? await lists.page(source) : null, window, reference };
}

/** Returns one list for several entries together. */
export async function listTogether(asked: Asked, request: ManyRequest): Promise<Answer> {
  const window = windowFor(asked.strapi, asked.type, request);
  const lists = await openForOne(asked, request, window);
  const sources = (await lists.sources(request.documentIds, request.locale || undefined)).filter(
    isThere,
  );
  // An entry counts once, even if it is named by both its documentId and its slug.
  const unique = [...new Map(sources.map((source) => [source.documentId, source])).values()];
  return { page: unique.length > 0 ? await lists.together(unique) : NO_PAGE, window };
}

/**
 * Returns a list for each of several entries; `null` if the caller gets no such entry.
 *
 * @param onPage Gets entries as soon as they are read, each at least once; may throw to stop.
 */
export async function listsOfMany(
  { strapi, ctx, type, deadline }: Asked,
  request: ManyRequest,
  onPage: (documents: readonly Document[]) => void,
): Promise<({ source: Source; page: Page } | null)[]> {
  const { documentIds, distinct } = request;
  const window = windowFor(strapi, type, request);
  if (distinct && window.start > 0) {
    throw new errors.ValidationError('distinct: expected the first page only, because later pages depend on it'); // prettier-ignore
  }
  const asked = { ...request, window, lists: documentIds.length };
  const lists = await CallerLists.open(strapi, ctx, type, asked, deadline);
  const sources = await lists.sources(documentIds, request.locale || undefined);
  const known = sources.filter(isThere);
  const pages = await lists.pages(known, distinct, onPage);
  const pageOf = new Map(known.map((source, at) => [source, pages[at]]));
  return sources.map((source) => source && { source, page: pageOf.get(source) as Page });
}

/** Returns the list for a text; without a page if there is no such locale and the caller may list locales. */
export async function listForText(
  { strapi, ctx, type, deadline }: Asked,
  body: unknown,
  request: TextRequest,
): Promise<{ page: Page | null; window: Window; locale: string | undefined }> {
  const app = appOf(strapi);
  const { title, text, locale = request.locale } = parseText(body, app.config.limits);
  const window = windowFor(strapi, type, request);
  const asked = { ...request, locale, window, lists: 1 };
  const lists = await CallerLists.open(strapi, ctx, type, asked, deadline);
  lists.checkText();
  // Do not even look for an invented locale: analyses and patterns are cached for each locale.
  if (type.localized && locale && !(await hasLocale(strapi, locale))) {
    return { page: (await mayListLocales(strapi, ctx)) ? null : NO_PAGE, window, locale };
  }
  const language = type.localized ? locale || (await app.suggestions.defaultLocale()) : null;
  const source = await textSource(app.documents, type, { title, text, locale: language });
  return { page: await lists.pageForText(source), window, locale };
}

/** Opens the lists of an answer that has only one. */
const openForOne = (
  { strapi, ctx, type, deadline }: Asked,
  request: RelatedRequest | ManyRequest,
  window: Window,
): Promise<CallerLists> =>
  CallerLists.open(strapi, ctx, type, { ...request, window, lists: 1 }, deadline);

/** @throws PolicyError (403): the only refusal whose message Strapi passes on. */
export function checkStatus(ctx: Context, status: Source['status']): void {
  if (status === 'published' || readsEverything(ctx.state.auth)) return;
  throw new errors.PolicyError('status=draft requires a read-only or full-access API token');
}

/**
 * Returns the requested part of a list.
 *
 * @throws ValidationError (400) if `maxAge` is given for a type without a public date.
 */
export function windowFor(strapi: Core.Strapi, type: RelatedType, request: CommonRequest): Window {
  if (request.maxAge !== undefined && type.date === null) {
    throw new errors.ValidationError(`maxAge: expected a type with the option "date", but ${type.uid} has none`); // prettier-ignore
  }
  const isDatePrivate = isPrivate(strapi.contentType(type.uid as UID.ContentType), type.date ?? '');
  if (request.maxAge !== undefined && isDatePrivate) {
    throw new errors.ValidationError(`maxAge: expected a type whose date is not private, but the date of ${type.uid} is`); // prettier-ignore
  }
  return windowOf(strapi, request.pagination, appOf(strapi).options.of(type.uid).limit);
}

const isThere = <T>(value: T | null): value is T => value !== null;
