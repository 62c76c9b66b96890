import type { Core, UID } from '@strapi/strapi';
import type { Context } from 'koa';

import type { FindSuggestionsResponse, PanelSuggestion } from '../../../shared/contracts';
import { getService } from '../services/get-service';
import { parseLocale, parseReference } from './validation/related-query';

/** For the admin panel: what readers would be offered beside an article as it is saved now. */
export default ({ strapi }: { strapi: Core.Strapi }) => ({
  /** `GET /related-articles/suggestions/:uid/:documentId` */
  async find(ctx: Context) {
    const indexing = getService(strapi, 'indexing');
    const suggestions = getService(strapi, 'suggestions');
    const type = indexing.types.get(ctx.params.uid);
    if (!type) return ctx.notFound();
    const reference = parseReference(ctx.params.documentId);
    const locale = parseLocale(ctx.query.locale);

    const permissions = permissionsOf(strapi, ctx, type.uid);
    const status = type.draftAndPublish ? 'draft' : 'published';
    const entry = await strapi.documents(type.uid as UID.ContentType).findOne({
      documentId: reference,
      status,
      ...(type.localized && locale && { locale }),
      populate: ['createdBy'],
    } as never);
    if (!entry) return ctx.notFound();
    if (permissions.cannot.read(entry)) return ctx.forbidden();

    // The editor's own limits on what may be read apply to what is suggested too.
    const { filters } = await permissions.sanitizedQuery.read({});
    const source = { documentId: reference, locale: entry.locale ?? null, status } as const;
    const page = await suggestions.find(type, source, {
      query: { fields: [type.title], filters },
      start: 0,
      limit: indexing.config.limit,
      related: { explain: true },
      maySee: async (uid) => permissionsOf(strapi, ctx, uid).can.read(),
    });
    const { ready, indexed, total } = indexing.progress();
    const response: FindSuggestionsResponse = {
      data: page.related.map(({ documentId, rank, explanation }, i) => ({
        documentId,
        title: String(page.documents[i][type.title] ?? ''),
        strength: rank / (page.related[0].rank || 1),
        explanation: explanation as PanelSuggestion['explanation'],
      })),
      meta: { total: page.total, ...(!ready && { index: { indexed, total } }) },
    };
    return response;
  },
});

function permissionsOf(strapi: Core.Strapi, ctx: Context, uid: string) {
  return strapi
    .plugin('content-manager')
    .service('permission-checker')
    .create({ userAbility: ctx.state.userAbility, model: uid });
}
