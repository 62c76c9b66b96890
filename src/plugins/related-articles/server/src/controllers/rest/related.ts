import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import { appOf, type App } from '../../app';
import type { RelatedType } from '../../config/resolve';
import { readsEverything } from '../../policies/published-only';
import type { Document } from '../../permissions/documents';
import { checkLength, checkSize } from '../../permissions/query-size';
import { listsPath, relatedPath } from '../../routes/paths';
import { textSource } from '../../services/text-source';
import type { Page, Source } from '../../services/suggestions';
import { sendsBody, tagged } from './caching';
import { Deadline } from './in-time';
import { CallerLists, inlined, metaOf } from './lists';
import { isUnknownLocale, notFound } from './not-found';
import { followsRelations, isAsAddressed, isSameForAll, provableKey } from './provable';
import { describeWindow, windowOf, type Window } from './pagination';
import {
  parseMany,
  parseQuery,
  parseReference,
  parseText,
  parseTextQuery,
  type CommonRequest,
} from './related-query';
import type { RelatedListsResponse, RelatedResponse } from './response';

export default ({ strapi }: { strapi: Core.Strapi }) => {
  const types = [...appOf(strapi).types.values()];
  const byPath = new Map(types.map((type) => [relatedPath(type), type]));
  const byListsPath = new Map(types.map((type) => [listsPath(type), type]));

  const checked = (ctx: Context) => {
    const app = appOf(strapi);
    checkLength(ctx.querystring, app.config.limits);
    checkSize(ctx.query);
    return app;
  };
  const inTime = (ctx: Context, answer: (deadline: Deadline) => Promise<unknown>) => {
    const deadline = new Deadline(appOf(strapi).config.limits.requestTime);
    return deadline.hold(ctx, answer(deadline));
  };

  return {
    /** `GET /api/<plural>/:documentId/related` and `GET /api/related-articles/<plural>?documentIds=…` */
    find(ctx: Context) {
      const { path } = ctx.state.route;
      const type = byPath.get(path);
      const ofMany = byListsPath.get(path) as RelatedType;
      return inTime(ctx, (deadline) =>
        type
          ? kept(ctx, type, () => one(ctx, type, deadline))
          : kept(ctx, ofMany, () => many(ctx, ofMany, deadline)),
      );
    },
    /** `POST /api/related-articles/<plural>` */
    findByText(ctx: Context) {
      const type = byListsPath.get(ctx.state.route.path) as RelatedType;
      return inTime(ctx, (deadline) => byText(ctx, type, deadline));
    },
  };

  async function one(ctx: Context, type: RelatedType, deadline: Deadline) {
    const app = checked(ctx);
    const request = parseQuery(ctx.query, app.config.limits);
    const reference = parseReference(ctx.params.documentId);
    const { status } = request;
    if (status === 'draft' && !readsEverything(ctx.state.auth)) {
      return ctx.forbidden('status=draft requires a read-only or full-access API token');
    }
    checkAge(type, request);
    const window = windowOf(strapi, request.pagination, app.options.of(type.uid).limit);
    const asked = { ...request, window, lists: 1 };
    const lists = await CallerLists.open(strapi, ctx, type, asked, deadline);
    const source = await lists.source(reference, request.locale || undefined, status);
    if (!source) return notFound(strapi, ctx, type, { reference, locale: request.locale, status });
    return answerOf(app, await lists.page(source), request, window);
  }

  async function many(ctx: Context, type: RelatedType, deadline: Deadline) {
    const app = checked(ctx);
    const request = parseMany(ctx.query, app.config.limits);
    checkAge(type, request);
    const window = windowOf(strapi, request.pagination, app.options.of(type.uid).limit);
    const { documentIds, distinct, together } = request;
    if (distinct && window.start > 0) {
      throw new errors.ValidationError('distinct: expected the first page alone, since later ones depend on it'); // prettier-ignore
    }
    const count = together ? 1 : documentIds.length;
    const asked = { ...request, window, lists: count };
    const lists = await CallerLists.open(strapi, ctx, type, asked, deadline);
    const sources = await lists.sources(documentIds, request.locale || undefined);
    const known = sources.filter((source): source is Source => source !== null);
    if (together) {
      // An entry counts once, by whatever names it is given.
      const unique = [...new Map(known.map((source) => [source.documentId, source])).values()];
      const page = known.length > 0 ? await lists.together(unique) : NO_PAGE;
      return answerOf(app, page, request, window);
    }
    const pages = await lists.pages(known, distinct);
    const pageOf = new Map(known.map((source, at) => [source, pages[at]]));
    const body: RelatedListsResponse<Document> = {
      data: sources.map((source, at) => ({
        source: documentIds[at],
        documentId: source?.documentId ?? null,
        related: source ? inlined(pageOf.get(source) as Page) : [],
      })),
      meta: indexMeta(app),
    };
    return body;
  }

  async function byText(ctx: Context, type: RelatedType, deadline: Deadline) {
    const app = checked(ctx);
    const request = parseTextQuery(ctx.query, app.config.limits);
    const { title, text, locale = request.locale } = parseText(ctx.request.body, app.config.limits);
    checkAge(type, request);
    const window = windowOf(strapi, request.pagination, app.options.of(type.uid).limit);
    const asked = { ...request, locale, window, lists: 1 };
    const lists = await CallerLists.open(strapi, ctx, type, asked, deadline);
    lists.checkText();
    if (type.localized && locale && (await isUnknownLocale(strapi, ctx, locale))) {
      return ctx.notFound(`There is no locale "${locale}"`);
    }
    const language = type.localized ? locale || (await app.suggestions.defaultLocale()) : null;
    const source = await textSource(app.documents, type, { title, text, locale: language });
    return answerOf(app, await lists.page(source), request, window);
  }

  /** What was answered to the same question, while nothing has changed that the answer rests on; otherwise a new answer. */
  async function kept(ctx: Context, type: RelatedType, make: () => Promise<unknown>) {
    const { answers, config } = appOf(strapi);
    const isAddressed = isAsAddressed(ctx);
    const key = await provableKey(strapi, ctx, type);
    const read = () => answers.versionOf(type, followsRelations(ctx));
    // Asked only where something rests on it: what is kept, or a 304.
    const version = key || ctx.get('If-None-Match') ? await read() : null;
    const known = key && version && answers.get(key, version);
    // Asked once the answer is made: making it shows which middlewares have a say.
    const sends = (tag: string) => {
      const isForAll = isSameForAll(strapi, type) && isAddressed;
      return sendsBody(ctx, tag, { cache: config.cache, isForAll, mayConfirm: version !== null });
    };
    if (known) {
      if (!sends(known.tag)) return null;
      // Parsed anew, as middlewares may change what they pass on.
      if (known.body !== null) return JSON.parse(known.body);
    }
    const body = await make();
    const isAnswer = typeof body === 'object' && body !== null && 'data' in body && ctx.status !== 503; // prettier-ignore
    if (!isAnswer) return body;
    const answer = tagged(body);
    // Code of the project may have come in between, and had a say.
    const isSame = async () => key === (await provableKey(strapi, ctx, type)) && version === (await read()); // prettier-ignore
    if (key && version && (await isSame())) answers.keep(key, version, answer);
    return sends(answer.tag) ? body : null;
  }

  function checkAge(type: RelatedType, { maxAge }: CommonRequest) {
    if (maxAge === undefined || type.date !== null) return;
    throw new errors.ValidationError(`maxAge: expected a type with the option "date", and ${type.uid} has none`); // prettier-ignore
  }

  function answerOf(app: App, page: Page, request: CommonRequest, window: Window) {
    const body: RelatedResponse<Document> = {
      data: request.inline ? inlined(page) : page.documents,
      meta: {
        pagination: describeWindow(strapi, request.pagination, window, page.total),
        related: metaOf(page),
        ...indexMeta(app),
      },
    };
    return body;
  }
};

const NO_PAGE: Page = { documents: [], related: [], total: 0 };

/** Says so while lists are partial. */
function indexMeta(app: App): Pick<RelatedResponse['meta'], 'index'> {
  const { ready, indexed, total } = app.index.progress();
  return ready ? {} : { index: { ready, indexed, total } };
}
