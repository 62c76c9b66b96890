import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import type {
  ConflictDetails,
  FindEventsResponse,
  SaveCurationResponse,
} from '../../../../shared/contracts';
import type { SavedEntry } from '../../services/panel/curations';
import { appOf } from '../../app';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import type { Curation } from '../../curations/curation';
import { CurationConflict } from '../../curations/curation-repository';
import { AdminRateLimiter, editorOf, savedEntryIn, permissionsOf } from './editing';
import { curationBody, localeQuery, parse, pinBody } from './panel-body';

/** For the admin panel: pins and exclusions. */
export default ({ strapi }: { strapi: Core.Strapi }) => {
  const limiter = new AdminRateLimiter(appOf(strapi).config.limits.panelRequestsPerMinute);
  const entryFor = async (
    ctx: Context,
    permissions: EditorPermissions,
    locale: string | undefined,
  ): Promise<SavedEntry> => {
    await limiter.consume(ctx);
    const entry = await savedEntryIn(strapi, ctx, permissions, locale);
    if (!permissions.mayCurate(entry.type.uid, entry.row)) throw new errors.ForbiddenError();
    return entry;
  };

  const answer = async (ctx: Context, entry: SavedEntry, change: () => Promise<Curation>) => {
    try {
      return stateOf(await change());
    } catch (error) {
      if (!(error instanceof CurationConflict)) throw error;
      const current = await appOf(strapi).curating.find(entry);
      const details: ConflictDetails = stateOf(current).data;
      return ctx.conflict('Somebody else changed these suggestions', details);
    }
  };

  return {
    /** `PUT /related-articles/curations/:uid/:documentId` */
    async update(ctx: Context) {
      const { locale, ...decisions } = parse(curationBody, ctx.request.body);
      const permissions = permissionsOf(strapi, ctx);
      const entry = await entryFor(ctx, permissions, locale);
      const curations = appOf(strapi).curating;
      return answer(ctx, entry, () => curations.save(permissions, editorOf(ctx), entry, decisions));
    },

    /** `POST /related-articles/curations/:uid/:documentId/pins` */
    async addPin(ctx: Context) {
      const { locale, documentId } = parse(pinBody, ctx.request.body);
      const permissions = permissionsOf(strapi, ctx);
      const entry = await entryFor(ctx, permissions, locale);
      const curations = appOf(strapi).curating;
      return answer(ctx, entry, () =>
        curations.addPin(permissions, editorOf(ctx), entry, documentId),
      );
    },

    /** `GET /related-articles/curations/:uid/:documentId/events` */
    async findEvents(ctx: Context): Promise<FindEventsResponse> {
      await limiter.consume(ctx);
      const { locale } = parse(localeQuery, ctx.query);
      const permissions = permissionsOf(strapi, ctx);
      const entry = await savedEntryIn(strapi, ctx, permissions, locale);
      return { data: await appOf(strapi).curating.events(permissions, entry) };
    },
  };
};

function stateOf(curation: Curation | null): SaveCurationResponse {
  const { revision = 0, editor = null, updatedAt = null } = curation ?? {};
  return { data: { revision, editor, updatedAt } };
}
