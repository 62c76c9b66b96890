import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import type {
  ConflictDetails,
  FindCurationResponse,
  FindEventsResponse,
} from '../../../../shared/contracts';
import type { SavedCuration, SavedEntry } from '../../services/panel/curations';
import { appOf } from '../../app';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import type { Curation } from '../../curations/curation';
import type { Direction } from '../../curations/curation-history';
import { CurationConflict } from '../../curations/curation-repository';
import { AdminRateLimiter, editorOf, savedEntryIn, permissionsOf } from './editing';
import { curationBody, localeQuery, parse, pinBody, revertBody, sinceWhen } from './panel-body';

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

  const answer = async (
    ctx: Context,
    entry: SavedEntry,
    change: () => Promise<Curation | SavedCuration>,
  ) => {
    const stateOf = (curation: Curation | null) =>
      appOf(strapi).curating.state(permissionsOf(strapi, ctx), editorOf(ctx), entry, curation);
    try {
      const saved = await change();
      const isMerged = 'isMerged' in saved ? { isMerged: saved.isMerged } : {};
      return { data: { ...(await stateOf(saved)), ...isMerged } };
    } catch (error) {
      if (!(error instanceof CurationConflict)) throw error;
      const current = await appOf(strapi).curating.find(entry);
      const { revision, editor, updatedAt } = await stateOf(current);
      const details: ConflictDetails = { revision, editor, updatedAt };
      return ctx.conflict('Somebody else changed these suggestions', details);
    }
  };

  const revert = (direction: Direction) => async (ctx: Context) => {
    const { locale, ...which } = parse(revertBody, ctx.request.body);
    const permissions = permissionsOf(strapi, ctx);
    const entry = await entryFor(ctx, permissions, locale);
    const revert = () => appOf(strapi).curating.revert(permissions, editorOf(ctx), entry, direction, which); // prettier-ignore
    return answer(ctx, entry, revert);
  };

  return {
    /** `GET /related-articles/curations/:uid/:documentId`: panels ask for it every few seconds. */
    async find(ctx: Context): Promise<FindCurationResponse> {
      await limiter.consume(ctx);
      const { locale } = parse(localeQuery, ctx.query);
      const permissions = permissionsOf(strapi, ctx);
      const entry = await savedEntryIn(strapi, ctx, permissions, locale);
      const { curating } = appOf(strapi);
      const curation = await curating.find(entry);
      return { data: await curating.state(permissions, editorOf(ctx), entry, curation) };
    },

    /** `PUT /related-articles/curations/:uid/:documentId` */
    async update(ctx: Context) {
      const { locale, ...decisions } = parse(curationBody, ctx.request.body);
      const permissions = permissionsOf(strapi, ctx);
      const entry = await entryFor(ctx, permissions, locale);
      const { curating } = appOf(strapi);
      return answer(ctx, entry, () => curating.save(permissions, editorOf(ctx), entry, decisions));
    },

    /** `POST /related-articles/curations/:uid/:documentId/undo` */
    undo: revert('undo'),

    /** `POST /related-articles/curations/:uid/:documentId/redo` */
    redo: revert('redo'),

    /** `POST /related-articles/curations/:uid/:documentId/pins` */
    async addPin(ctx: Context) {
      const { locale, documentId, sentBefore } = parse(pinBody, ctx.request.body);
      const since = sinceWhen(sentBefore);
      const permissions = permissionsOf(strapi, ctx);
      const entry = await entryFor(ctx, permissions, locale);
      const { curating } = appOf(strapi);
      return answer(ctx, entry, () =>
        curating.addPin(permissions, editorOf(ctx), entry, { documentId, since }),
      );
    },

    /** `GET /related-articles/curations/:uid/:documentId/events` */
    async findEvents(ctx: Context): Promise<FindEventsResponse> {
      await limiter.consume(ctx);
      const { locale } = parse(localeQuery, ctx.query);
      const permissions = permissionsOf(strapi, ctx);
      const entry = await savedEntryIn(strapi, ctx, permissions, locale);
      return { data: await appOf(strapi).history.events(permissions, entry) };
    },
  };
};
