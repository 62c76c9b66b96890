import type { Core } from '@strapi/strapi';
import type { Context } from 'koa';

import { appOf } from '../../app';
import type { RelatedType } from '../../config/resolve';
import type { Document } from '../../permissions/documents';
import { checkLength, checkSize } from '../../permissions/query-size';
import { listsPath, relatedPath } from '../../routes/paths';
import type { Known } from '../../services/kept-answers';
import type { Page } from '../../services/suggestions';
import { AnswerLength } from './answer-length';
import { isConfirmed, sendsBody, tagged, uncached } from './caching';
import { Deadline } from './in-time';
import { indexMeta } from './index-progress';
import { inlined, metaOf } from './inlined';
import { notFound } from './not-found';
import { followsRelations, isAsAddressed, isGuardedItself, isSameForAll, provableKey, reachesUnchanged } from './provable'; // prettier-ignore
import { describeWindow, type Window } from './pagination';
import { listForText, listOfOne, listsOfMany, listTogether, type Asked } from './questions';
import { parseMany, parseQuery, parseTextQuery, type CommonRequest } from './related-query';
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
      const ofOne = byPath.get(path);
      const type = ofOne ?? (byListsPath.get(path) as RelatedType);
      return inTime(ctx, (deadline) => {
        const make = ofOne ? one : many;
        return kept({ strapi, ctx, type, deadline }, () => make(ctx, type, deadline));
      });
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
    const { status, locale } = request;
    const asked = { strapi, ctx, type, deadline };
    const { page, window, reference } = await listOfOne(asked, ctx.params.documentId, request);
    if (!page) {
      uncached(ctx);
      return notFound(strapi, ctx, type, { reference, locale, status });
    }
    return answerOf(asked, page, request, window);
  }

  async function many(ctx: Context, type: RelatedType, deadline: Deadline) {
    const app = checked(ctx);
    const request = parseMany(ctx.query, app.config.limits);
    const asked = { strapi, ctx, type, deadline };
    if (request.together) {
      const { page, window } = await listTogether(asked, request);
      return answerOf(asked, page, request, window);
    }
    const length = new AnswerLength('documentIds', app.config.limits);
    const early = length.fork();
    const lists = await listsOfMany(asked, request, (documents) => early.add(documents));
    for (const list of lists) if (list) length.add(list.page.documents);
    const body: RelatedListsResponse<Document> = {
      data: lists.map((list, at) => ({
        source: request.documentIds[at],
        documentId: list?.source.documentId ?? null,
        related: list ? inlined(list.page) : [],
      })),
      meta: indexMeta(app, type),
    };
    return body;
  }

  async function byText(ctx: Context, type: RelatedType, deadline: Deadline) {
    const app = checked(ctx);
    const request = parseTextQuery(ctx.query, app.config.limits);
    const asked = { strapi, ctx, type, deadline };
    const { page, window, locale } = await listForText(asked, ctx.request.body, request);
    if (!page) return ctx.notFound(`There is no locale "${locale}"`);
    return answerOf(asked, page, request, window);
  }

  /** Returns the cached answer to the same request if nothing it depends on has changed; otherwise makes a new one. */
  async function kept(asked: Asked, make: () => Promise<unknown>) {
    const { ctx, type, deadline } = asked;
    const { answers, outages, config } = appOf(strapi);
    const askedAt = performance.now();
    const isUnchanged = reachesUnchanged(strapi, config.cache) && !isGuardedItself(ctx);
    const isOpen = isUnchanged && isAsAddressed(ctx);
    const key = await provableKey(strapi, ctx, type);
    // Needed only for the cache and for a 304.
    const isAsked = Boolean(key || ctx.get('If-None-Match'));
    const basis = isAsked ? await answers.basisOf(type, followsRelations(ctx)) : null;
    const { version = null, isFinal: mayConfirm = false } = basis ?? {};
    const sends = (tag: string, isForAll: boolean) => {
      // The caller has already been answered with 503.
      if (deadline.isGivenUp) return false;
      return sendsBody(ctx, tag, { cache: config.cache, isForAll, mayConfirm, isUnchanged });
    };
    const isEnough = ({ tag, body }: Known) =>
      body !== null || (mayConfirm && isUnchanged && isConfirmed(ctx, tag));
    const found = key && version ? await answers.find(key, version, isEnough) : null;
    if (found && 'known' in found) {
      const { tag, body } = found.known;
      if (!sends(tag, isOpen) || body === null) return null;
      // Parse it for each request, because middlewares may change what they pass on.
      return JSON.parse(body) as unknown;
    }
    const making = found?.making;
    try {
      const body = await make();
      const isAnswer = typeof body === 'object' && body !== null && 'data' in body && ctx.status !== 503; // prettier-ignore
      if (!isAnswer) return body;
      const answer = tagged(body);
      // Project code that affects the answer may have been added meanwhile.
      const keyNow = making ? await provableKey(strapi, ctx, type) : null;
      // Safe even if something was written meanwhile: nobody asks for that version again.
      const lasts = isWhole(body) && !outages.hasBeenSince(askedAt);
      if (keyNow === key && lasts) making?.keep(answer);
      // Check after the answer is made: making it shows which middlewares affect it.
      const isForAll = isOpen && lasts && (keyNow !== null || isSameForAll(strapi, type));
      return sends(answer.tag, isForAll) ? body : null;
    } finally {
      making?.end();
    }
  }

  function answerOf({ type }: Asked, page: Page, request: CommonRequest, window: Window) {
    const app = appOf(strapi);
    const body: RelatedResponse<Document> = {
      data: request.inline ? inlined(page) : page.documents,
      meta: {
        pagination: describeWindow(strapi, request.pagination, window, page.total),
        related: metaOf(page),
        ...indexMeta(app, type),
      },
    };
    return body;
  }
};

/** Whether lists are complete, which they are not while the index is being built. */
const isWhole = (body: object): boolean =>
  (body as { meta?: { index?: unknown } }).meta?.index === undefined;
