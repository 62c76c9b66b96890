import type { Core, UID } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context, Next } from 'koa';

import { appOf, type App } from '../../app';
import { asRead } from '../../permissions/as-written';
import type { Document } from '../../permissions/documents';
import type { RelatedType } from '../../config/resolve';
import { FIND_ACTION } from '../../constants';
import { actionOf, type RegisteredRoute } from '../../permissions/type-routes';
import { readsEverything } from '../../policies/published-only';
import { checkLength, checkSize } from '../../permissions/query-size';
import type { Page, Source } from '../../services/suggestions';
import { AnswerLength } from './answer-length';
import { Deadline } from './in-time';
import { indexMeta } from './index-progress';
import { inlined } from './inlined';
import { CallerLists } from './lists';
import { checkRights, knowCaller } from './rights';
import { parseParams, PARAMS, type RelatedParams } from './related-params';

/** What `strapi.contentAPI` has from Strapi 5.37 on. */
interface ExtensibleContentAPI {
  addQueryParams?(params: Record<string, object>): void;
}

type Entry = Record<string, unknown>;

/**
 * Lets requests for entries of the configured types ask for their suggestions: `GET /api/articles/:documentId?related=5`
 * and `GET /api/articles?related=3`. Before Strapi 5.37 the parameter stays unknown.
 */
export function addRelatedParam(strapi: Core.Strapi): void {
  const api = strapi.contentAPI as unknown as ExtensibleContentAPI;
  const types = [...appOf(strapi).types.values()].filter((type) => isFree(strapi, type));
  if (!api.addQueryParams || types.length === 0) return;
  const typeOf = (route: RegisteredRoute | undefined) => {
    const named = route && actionOf(strapi, route);
    if (!named || !['find', 'findOne'].includes(named.action)) return undefined;
    return types.find(({ uid }) => uid === named.controller);
  };
  // Routes survive a restart of Strapi in the same process, and a parameter must not be added twice.
  const lacks = (name: string) => (route: RegisteredRoute) => {
    const { request } = route as { request?: { query?: object } };
    return typeOf(route) !== undefined && !(name in (request?.query ?? {}));
  };
  api.addQueryParams(
    Object.fromEntries(
      PARAMS.map((name) => [
        name,
        { schema: (z: ZodLike) => z.string().max(500).optional(), matchRoute: lacks(name) },
      ]),
    ),
  );
  strapi.server.api('content-api').use(async (ctx: Context, next: Next) => {
    await next();
    const type = typeOf(ctx.state.route);
    if (!type || ctx.status !== 200 || !PARAMS.some((name) => name in ctx.query)) return;
    // A project's controller may answer with something else, such as a file, that has no entries.
    const body = asRead(ctx.body);
    if (!isPlain(body)) return;
    keepPrivate(ctx);
    const deadline = new Deadline(appOf(strapi).config.limits.requestTime);
    const answer = await deadline.hold(ctx, withRelated(strapi, ctx, { type, body, deadline }));
    ctx.body = answer;
  });
}

/** Whether a body is a plain object: not a list, a text or a stream. */
function isPlain(body: unknown): body is object {
  if (Object.prototype.toString.call(body) !== '[object Object]') return false;
  return !['pipe', 'getReader', 'arrayBuffer'].some((name) => name in (body as object));
}

interface ZodLike {
  string(): { max(length: number): { optional(): object } };
}

/** Whether the type's routes can take the parameter; an attribute named `related` takes precedence. */
function isFree(strapi: Core.Strapi, { uid }: RelatedType): boolean {
  const taken = 'related' in strapi.contentType(uid as UID.ContentType).attributes;
  if (taken) {
    strapi.log.info(
      `related-articles: ${uid} has an attribute "related", so its routes do not take the parameter of that name`,
    );
  }
  return !taken;
}

/** @throws The error, which names the parameters as the caller sent them. */
function asSent(error: unknown): never {
  if (error instanceof errors.ValidationError) {
    error.message = error.message.replace(/^(?:fields|populate)\b/, (name: string) =>
      name === 'fields' ? 'relatedFields' : 'relatedPopulate',
    );
  }
  throw error;
}

async function withRelated(
  strapi: Core.Strapi,
  ctx: Context,
  { type, body, deadline }: { type: RelatedType; body: unknown; deadline: Deadline },
): Promise<unknown> {
  const app = appOf(strapi);
  checkLength(ctx.querystring, app.config.limits);
  checkSize(ctx.query);
  const params = parseParams(ctx.query, Number(strapi.config.get('api.rest.maxLimit', 100)));
  await knowCaller(strapi, ctx);
  await checkRights(strapi, ctx, type, FIND_ACTION);
  const isDraft = ctx.query.status === 'draft';
  if (isDraft && !readsEverything(ctx.state.auth)) {
    throw new errors.PolicyError('related with status=draft requires a read-only or full-access API token'); // prettier-ignore
  }
  if (!isEntry(body) || !('data' in body)) return ctx.body;
  const { data } = body;
  const entries = [data].flat().filter(isEntry);
  const status = isDraft ? 'draft' : 'published';
  let locale: Promise<string> | null = null;
  const { locale: asked } = ctx.query;
  const askedLocale = () => (locale ??= localeAsked(strapi, app, asked));
  const byLocale = new Map<string | null, { entry: Entry; source: Source }[]>();
  for (const entry of entries) {
    const source = await sourceIn(ctx, type, entry, status, askedLocale);
    if (!source) continue;
    byLocale.set(source.locale, [...(byLocale.get(source.locale) ?? []), { entry, source }]);
  }
  const length = new AnswerLength('related', app.config.limits);
  const pageOf = new Map<Entry, Page>();
  const request = { ...requestFor(params), lists: entries.length };
  const lists = byLocale.size > 0 ? await CallerLists.open(strapi, ctx, type, request, deadline).catch(asSent) : null; // prettier-ignore
  for (const group of byLocale.values()) {
    if (!lists) break;
    const early = length.fork();
    const onPage = (documents: readonly Document[]) => early.add(documents);
    const pages = await lists.pages(group.map(({ source }) => source), false, entries.length > 1 ? onPage : undefined); // prettier-ignore
    if (entries.length > 1) for (const { documents } of pages) length.add(documents);
    group.forEach(({ entry }, at) => pageOf.set(entry, pages[at]));
  }
  // Build a new body: the project may reuse its own for other callers.
  const filled = (entry: unknown) => {
    const page = pageOf.get(entry as Entry);
    return page ? put(ctx, entry as Entry, page) : entry;
  };
  const { index } = indexMeta(app, type);
  return {
    ...body,
    data: Array.isArray(data) ? data.map(filled) : filled(data),
    ...(index && { meta: { ...(isEntry(body.meta) && body.meta), index } }),
  };
}

/** Replaces the project's caching headers, which do not apply to the extended answer. */
function keepPrivate(ctx: Context): void {
  ctx.remove('ETag');
  ctx.remove('Last-Modified');
  ctx.set('Cache-Control', 'private, no-cache');
  ctx.vary('Authorization');
}

function requestFor({ limit, fields, populate, explain }: RelatedParams) {
  return {
    fields,
    populate,
    explain,
    exclude: [],
    window: { start: 0, limit },
  };
}

const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null;

/** Whether the caller asked for the format of Strapi 4, which keeps an entry's attributes under `attributes`. */
const isFormer = (ctx: Context, entry: Entry): entry is Entry & { attributes: Entry } =>
  ctx.get('strapi-response-format') === 'v4' && isEntry(entry.attributes);

/** Returns the entry as a source; `null` if the answer does not say which entry it is. */
async function sourceIn(
  ctx: Context,
  type: RelatedType,
  entry: Entry,
  status: Source['status'],
  askedLocale: () => Promise<string>,
): Promise<Source | null> {
  const { documentId: id, locale } = isFormer(ctx, entry) ? { ...entry, ...entry.attributes } : entry; // prettier-ignore
  if (typeof id !== 'string') return null;
  if (!type.localized) return { documentId: id, locale: null, status };
  const { locale: asked } = ctx.query;
  if (typeof locale !== 'string' && (asked === '*' || Array.isArray(asked))) {
    throw new errors.ValidationError('related: expected fields to include "locale", because the answer has entries in several locales'); // prettier-ignore
  }
  const own = typeof locale === 'string' && locale !== '' ? locale : await askedLocale();
  return { documentId: id, locale: own, status };
}

/** Returns the requested locale, or the default one, in its stored spelling: some databases compare without case. */
async function localeAsked(strapi: Core.Strapi, app: App, asked: unknown): Promise<string> {
  if (typeof asked !== 'string' || asked === '') return app.suggestions.defaultLocale();
  const locales: { code: string }[] = await strapi.plugin('i18n').service('locales').find();
  const codes = locales.map(({ code }) => code);
  if (codes.includes(asked)) return asked;
  return codes.find((code) => code.toLowerCase() === asked.toLowerCase()) ?? asked;
}

function put(ctx: Context, entry: Entry, page: Page): Entry {
  const related = inlined(page);
  return isFormer(ctx, entry)
    ? { ...entry, attributes: { ...entry.attributes, related } }
    : { ...entry, related };
}
