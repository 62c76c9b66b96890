import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import type {
  FindEntriesResponse,
  FindEntryResponse,
  FindLinksResponse,
  FindSuggestionsResponse,
  FindTypesResponse,
  FindAppearancesResponse,
} from '../../../../shared/contracts';
import { watchedAttributes, watchedRelations } from '../../services/panel/draft';
import { appOf } from '../../app';
import {
  AdminRateLimiter,
  editorOf,
  openEntry,
  savedEntryIn,
  typeIn,
  permissionsOf,
} from './editing';
import { parseReference } from '../rest/related-query';
import {
  checkForm,
  entriesQuery,
  linksBody,
  localeQuery,
  parse,
  suggestionsBody,
} from './panel-body';

/** A form counts as one more request per this many characters. */
const FORM_UNIT = 50_000;
/** Finding where an entry appears computes many lists, so it counts as several requests. */
const APPEARANCES_POINTS = 5;
/** Finding links needs a list, and reads the text once more. */
const LINKS_POINTS = 2;
/** How many candidates beyond the list are shown on demand. */
const MORE = 10;

/** For the admin panel: an entry's suggestions, and where it appears. */
export default ({ strapi }: { strapi: Core.Strapi }) => {
  const { limits } = appOf(strapi).config;
  const limiter = new AdminRateLimiter(limits.panelRequestsPerMinute);
  return {
    /** `GET /related-articles/types` */
    async findTypes(): Promise<FindTypesResponse> {
      const types = [...appOf(strapi).types.values()].map((type) => [
        type.uid,
        {
          values: watchedAttributes(type),
          relations: watchedRelations(type).map(({ attribute }) => attribute),
          isLocalized: type.localized,
        },
      ]);
      return { data: Object.fromEntries(types) };
    },

    /** `POST /related-articles/suggestions/:uid`: nothing of the body is stored. */
    async find(ctx: Context): Promise<FindSuggestionsResponse> {
      const type = typeIn(strapi, ctx);
      const body = parse(suggestionsBody, ctx.request.body);
      const length = checkForm(body.values, limits);
      await limiter.consume(ctx, 1 + Math.floor(length / FORM_UNIT));
      const permissions = permissionsOf(strapi, ctx);
      const { documentId = null, locale, status, values, relations, copyOf } = body;
      const entry = await openEntry(strapi, permissions, type, documentId, locale);
      const panel = appOf(strapi).panel;
      const more = body.more ? MORE : 0;
      const editor = editorOf(ctx);
      if (status === 'draft') {
        const copied = copyOf && (await openEntry(strapi, permissions, type, copyOf, locale)).row;
        const changes = { values, relations };
        return panel.list(permissions, editor, entry, { changes, copied: copied || null, more });
      }
      if (!(await panel.mayReadPublished(permissions, entry))) throw new errors.ForbiddenError();
      return panel.list(permissions, editor, entry, { changes: status, more });
    },

    /** `POST /related-articles/links/:uid`: nothing of the body is stored. */
    async findLinks(ctx: Context): Promise<FindLinksResponse> {
      const type = typeIn(strapi, ctx);
      const body = parse(linksBody, ctx.request.body);
      const length = checkForm(body.values, limits);
      await limiter.consume(ctx, LINKS_POINTS + Math.floor(length / FORM_UNIT));
      const permissions = permissionsOf(strapi, ctx);
      const { documentId = null, locale, values, relations, copyOf } = body;
      const entry = await openEntry(strapi, permissions, type, documentId, locale);
      const copied = copyOf && (await openEntry(strapi, permissions, type, copyOf, locale)).row;
      const asked = { changes: { values, relations }, copied: copied || null };
      return appOf(strapi).links.find(permissions, editorOf(ctx), entry, asked);
    },

    /** `GET /related-articles/appearances/:uid/:documentId` */
    async findAppearances(ctx: Context): Promise<FindAppearancesResponse> {
      await limiter.consume(ctx, APPEARANCES_POINTS);
      const permissions = permissionsOf(strapi, ctx);
      const { locale: asked } = parse(localeQuery, ctx.query);
      const entry = await savedEntryIn(strapi, ctx, permissions, asked);
      const mayRead = await appOf(strapi).panel.mayReadPublished(permissions, entry);
      if (!mayRead) throw new errors.ForbiddenError();
      const { type, documentId, locale } = entry;
      return {
        data: await appOf(strapi).appearances.find(permissions, type, documentId, locale),
      };
    },

    /** `GET /related-articles/entries/:uid` */
    async findEntries(ctx: Context): Promise<FindEntriesResponse> {
      await limiter.consume(ctx);
      const type = typeIn(strapi, ctx);
      const { locale: asked, query } = parse(entriesQuery, ctx.query);
      const locale = await appOf(strapi).panel.localeOf(type, asked);
      const permissions = permissionsOf(strapi, ctx);
      return { data: await appOf(strapi).entries.search(permissions, type, locale, query) };
    },

    /** `GET /related-articles/entries/:uid/:documentId` */
    async findEntry(ctx: Context): Promise<FindEntryResponse> {
      await limiter.consume(ctx);
      const type = typeIn(strapi, ctx);
      const { locale: asked } = parse(localeQuery, ctx.query);
      const locale = await appOf(strapi).panel.localeOf(type, asked);
      const documentId = parseReference(ctx.params.documentId);
      const permissions = permissionsOf(strapi, ctx);
      const card = await appOf(strapi).entries.card(permissions, type, documentId, locale);
      if (!card) throw new errors.NotFoundError();
      return { data: card };
    },
  };
};
