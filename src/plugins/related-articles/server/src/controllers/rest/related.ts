import type { Core, UID } from '@strapi/strapi';
import type { Context } from 'koa';

import type { RelatedType } from '../../config/resolve';
import { readsEverything } from '../../policies/published-only';
import type { Document } from '../../permissions/documents';
import { guardQuery } from '../../permissions/query-guard';
import { checkLength, checkSize } from '../../permissions/query-size';
import { relatedPath } from '../../routes/paths';
import { appOf } from '../../app';
import { reasonsForCaller } from '../../services/reasons-for-caller';
import { callerVisibility } from '../../permissions/visibility';
import { FILTERED_CAP } from '../../services/suggestions';
import { describeWindow, windowOf } from './pagination';
import { parseQuery, parseReference } from './related-query';
import type { RelatedResponse } from './response';

/** Marks an answer that did not come in time. */
const LATE = Symbol('late');

export default ({ strapi }: { strapi: Core.Strapi }) => {
  const { types } = appOf(strapi);
  const typeByPath = new Map([...types.values()].map((type) => [relatedPath(type), type]));
  return {
    /** `GET /api/<plural>/:documentId/related` */
    async find(ctx: Context) {
      const { requestTime } = appOf(strapi).config.limits;
      const answer = this.answer(ctx);
      // After a timeout nobody awaits the answer; don't report its rejection.
      answer.catch(() => undefined);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<typeof LATE>((resolve) => {
        timer = setTimeout(() => resolve(LATE), requestTime);
      });
      try {
        const body = await Promise.race([answer, late]);
        if (body !== LATE) return body;
      } finally {
        clearTimeout(timer);
      }
      const message = `No answer within ${requestTime} ms`;
      ctx.status = 503;
      const error = { status: 503, name: 'ServiceUnavailableError', message, details: {} };
      return { data: null, error };
    },

    async answer(ctx: Context) {
      const app = appOf(strapi);
      const type = typeByPath.get(ctx.state.route.path) as RelatedType;
      const contentType = strapi.contentType(type.uid as UID.ContentType);
      const { auth } = ctx.state;

      const { limits } = app.config;
      checkLength(ctx.querystring, limits);
      checkSize(ctx.query);
      const request = parseQuery(ctx.query, limits);
      const reference = parseReference(ctx.params.documentId);
      if (request.status === 'draft' && !readsEverything(auth)) {
        return ctx.forbidden('status=draft requires a read-only or full-access API token');
      }
      const { fields, populate, filters } = request;
      const asked = Object.fromEntries(
        Object.entries({ fields, populate, filters }).filter(([, value]) => value !== undefined),
      );
      const window = windowOf(strapi, request.pagination, app.config.limit);
      // Validate permissions first: the guard's messages could reveal hidden attributes.
      await strapi.contentAPI.validate.query(asked, contentType, { auth, strictParams: true });
      await guardQuery(app.guard, type.uid, asked, { roots: FILTERED_CAP, page: window.limit });
      const query = await strapi.contentAPI.sanitize.query(asked, contentType, {
        auth,
        strictParams: true,
      });

      const access = app.accessTo(type);
      const { locale, status } = request;
      const source = await app.suggestions.findSource(
        type,
        reference,
        { locale: locale || undefined, status },
        (named) => access.has(ctx, named.source.documentId, named.source, named.slug),
      );
      if (!source) {
        await access.checkList(ctx, { locale: null, status });
        return ctx.notFound();
      }

      const visibility = await callerVisibility(
        type,
        (uid) => mayFind(strapi, auth, uid),
        access.givesAll,
      );
      const page = await app.suggestions.find(type, source, {
        query,
        ...window,
        related: {
          minScore: request.minScore,
          exclude: request.exclude.map((documentId) => ({ uid: type.uid, documentId })),
          explain: request.explain,
        },
        visibility,
        access: access.of(ctx),
        isGuarded: access.isGuarded,
        readForReasons: reasonsForCaller(type, source, access.of(ctx), visibility.visibleRelations),
      });
      const { ready, indexed, total } = app.index.progress();
      const body: RelatedResponse<Document> = {
        data: page.documents,
        meta: {
          pagination: describeWindow(strapi, request.pagination, window, page.total),
          related: page.related.map(({ documentId, origin, score, explanation }) => ({
            documentId,
            origin,
            score,
            ...(explanation && { explanation }),
          })),
          ...(!ready && { index: { ready, indexed, total } }),
        },
      };
      return body;
    },
  };
};

async function mayFind(
  strapi: Core.Strapi,
  auth: Context['state']['auth'],
  uid: string,
): Promise<boolean> {
  try {
    await strapi.auth.verify(auth, { scope: [`${uid}.find`] });
    return true;
  } catch {
    return false;
  }
}
