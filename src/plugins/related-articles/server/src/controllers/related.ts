import type { Core, UID } from '@strapi/strapi';
import type { Context } from 'koa';

import type { RelatedType } from '../config/resolve';
import { readsEverything } from '../policies/published-only';
import { guardQuery } from '../policies/query-guard';
import { relatedPath } from '../routes/paths';
import { getService } from '../services/get-service';
import { callerAudience } from '../services/caller-audience';
import { publicRelations } from '../services/sight';
import { describeWindow, windowOf } from './pagination';
import { checkLength, parseQuery, parseReference } from './validation/related-query';

export default ({ strapi }: { strapi: Core.Strapi }) => ({
  /** `GET /api/<plural>/:documentId/related` */
  async find(ctx: Context) {
    const indexing = getService(strapi, 'indexing');
    const suggestions = getService(strapi, 'suggestions');
    const type = typeOfRoute(indexing.types, ctx.state.route.path);
    const contentType = strapi.contentType(type.uid as UID.ContentType);
    const { auth } = ctx.state;

    const { limits } = indexing.config;
    checkLength(ctx.querystring, limits);
    const request = parseQuery(ctx.query, limits);
    const reference = parseReference(ctx.params.documentId);
    if (request.status === 'draft' && !readsEverything(auth)) {
      return ctx.forbidden('status=draft takes a read-only or full-access API token');
    }
    const { fields, populate, filters } = request;
    const asked = Object.fromEntries(
      Object.entries({ fields, populate, filters }).filter(([, value]) => value !== undefined),
    );
    guardQuery(strapi, type.uid, asked);
    await strapi.contentAPI.validate.query(asked, contentType, { auth, strictParams: true });
    const query = await strapi.contentAPI.sanitize.query(asked, contentType, {
      auth,
      strictParams: true,
    });

    const window = windowOf(strapi, request.pagination, indexing.config.limit);
    const { slug, ...source } = await suggestions.findSource(
      type,
      reference,
      request.locale || undefined,
      request.status,
    );
    const access = indexing.accessTo(type);
    if (!(await access.has(ctx, source.documentId, source, slug))) return ctx.notFound();

    const relations = await publicRelations(type, (uid) => mayFind(strapi, auth, uid));
    const page = await suggestions.find(type, source, {
      query,
      ...window,
      related: {
        minScore: request.minScore,
        exclude: new Set(request.exclude),
        explain: request.explain,
      },
      relations,
      access: access.of(ctx),
      audience: callerAudience(type, source, access.of(ctx), relations.visible),
    });
    const { ready, indexed, total } = indexing.progress();
    return {
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
  },
});

function typeOfRoute(types: ReadonlyMap<string, RelatedType>, path: string): RelatedType {
  for (const type of types.values()) if (relatedPath(type) === path) return type;
  throw new Error(`No content type is configured for the route ${path}`);
}

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
