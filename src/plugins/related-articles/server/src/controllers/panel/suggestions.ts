import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import type {
  FindEntriesResponse,
  FindSuggestionsResponse,
  FindTypesResponse,
  FindUsageResponse,
} from '../../../../shared/contracts';
import { watchedAttributes, watchedRelations } from '../../services/panel/draft';
import { getService } from '../../services/get-service';
import { Allowance, openEntry, savedEntryIn, typeIn, viewerOf } from './editing';
import { checkForm, entriesQuery, localeQuery, parse, suggestionsBody } from './panel-body';

/** For the admin panel: what readers are offered beside an entry, saved or not, and beside which it is offered. */
export default ({ strapi }: { strapi: Core.Strapi }) => {
  const { limits } = getService(strapi, 'indexing').config;
  const allowance = new Allowance(limits.formsPerMinute);
  return {
    /** `GET /related-articles/types` */
    async findTypes(): Promise<FindTypesResponse> {
      const types = [...getService(strapi, 'indexing').types.values()].map((type) => [
        type.uid,
        {
          values: watchedAttributes(type),
          relations: watchedRelations(type).map(({ attribute }) => attribute),
        },
      ]);
      return { data: Object.fromEntries(types) };
    },

    /** `POST /related-articles/suggestions/:uid`: nothing of the body is kept. */
    async find(ctx: Context): Promise<FindSuggestionsResponse> {
      const type = typeIn(strapi, ctx);
      const body = parse(suggestionsBody, ctx.request.body);
      checkForm(body.values, limits);
      await allowance.use(ctx);
      const viewer = viewerOf(strapi, ctx);
      const { documentId = null, locale, status, values, relations } = body;
      const entry = await openEntry(strapi, viewer, type, documentId, locale);
      const panel = getService(strapi, 'panel');
      if (status === 'draft') return panel.list(viewer, entry, { values, relations });
      if (!(await panel.mayReadPublished(viewer, entry))) throw new errors.ForbiddenError();
      return panel.list(viewer, entry, status);
    },

    /** `GET /related-articles/usage/:uid/:documentId` */
    async findUsage(ctx: Context): Promise<FindUsageResponse> {
      await allowance.use(ctx);
      const viewer = viewerOf(strapi, ctx);
      const { locale: asked } = parse(localeQuery, ctx.query);
      const entry = await savedEntryIn(strapi, ctx, viewer, asked);
      const mayRead = await getService(strapi, 'panel').mayReadPublished(viewer, entry);
      if (!mayRead) throw new errors.ForbiddenError();
      const { type, documentId, locale } = entry;
      return { data: await getService(strapi, 'usage').find(viewer, type, documentId, locale) };
    },

    /** `GET /related-articles/entries/:uid` */
    async findEntries(ctx: Context): Promise<FindEntriesResponse> {
      await allowance.use(ctx);
      const type = typeIn(strapi, ctx);
      const { locale: asked, query } = parse(entriesQuery, ctx.query);
      const locale = await getService(strapi, 'panel').localeOf(type, asked);
      const viewer = viewerOf(strapi, ctx);
      return { data: await getService(strapi, 'entries').search(viewer, type, locale, query) };
    },
  };
};
