import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import type {
  ConflictDetails,
  FindEventsResponse,
  SaveCurationResponse,
} from '../../../../shared/contracts';
import type { SavedEntry } from '../../services/panel/curations';
import { getService } from '../../services/get-service';
import type { Viewer } from '../../permissions/editor-permissions';
import type { Curation } from '../../curations/curation';
import { CurationConflict } from '../../curations/curation-repository';
import { Allowance, editorOf, savedEntryIn, viewerOf } from './editing';
import { curationBody, localeQuery, parse, pinBody } from './panel-body';

/** For the admin panel: pins and exclusions. */
export default ({ strapi }: { strapi: Core.Strapi }) => {
  const allowance = new Allowance(getService(strapi, 'indexing').config.limits.formsPerMinute);
  const entryFor = async (
    ctx: Context,
    viewer: Viewer,
    locale: string | undefined,
  ): Promise<SavedEntry> => {
    await allowance.use(ctx);
    const entry = await savedEntryIn(strapi, ctx, viewer, locale);
    if (!viewer.mayCurate(entry.type.uid, entry.row)) throw new errors.ForbiddenError();
    return entry;
  };

  const answer = async (ctx: Context, entry: SavedEntry, change: () => Promise<Curation>) => {
    try {
      return stateOf(await change());
    } catch (error) {
      if (!(error instanceof CurationConflict)) throw error;
      const current = await getService(strapi, 'curations').find(entry);
      const details: ConflictDetails = stateOf(current).data;
      return ctx.conflict('Somebody else changed these suggestions', details);
    }
  };

  return {
    /** `PUT /related-articles/curations/:uid/:documentId` */
    async update(ctx: Context) {
      const { locale, ...decisions } = parse(curationBody, ctx.request.body);
      const viewer = viewerOf(strapi, ctx);
      const entry = await entryFor(ctx, viewer, locale);
      const curations = getService(strapi, 'curations');
      return answer(ctx, entry, () => curations.save(viewer, editorOf(ctx), entry, decisions));
    },

    /** `POST /related-articles/curations/:uid/:documentId/pins` */
    async addPin(ctx: Context) {
      const { locale, documentId } = parse(pinBody, ctx.request.body);
      const viewer = viewerOf(strapi, ctx);
      const entry = await entryFor(ctx, viewer, locale);
      const curations = getService(strapi, 'curations');
      return answer(ctx, entry, () => curations.addPin(viewer, editorOf(ctx), entry, documentId));
    },

    /** `GET /related-articles/curations/:uid/:documentId/events` */
    async findEvents(ctx: Context): Promise<FindEventsResponse> {
      await allowance.use(ctx);
      const { locale } = parse(localeQuery, ctx.query);
      const viewer = viewerOf(strapi, ctx);
      const entry = await savedEntryIn(strapi, ctx, viewer, locale);
      return { data: await getService(strapi, 'curations').events(viewer, entry) };
    },
  };
};

function stateOf(curation: Curation | null): SaveCurationResponse {
  const { revision = 0, editor = null, updatedAt = null } = curation ?? {};
  return { data: { revision, editor, updatedAt } };
}
