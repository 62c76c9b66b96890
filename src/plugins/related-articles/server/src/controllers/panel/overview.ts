import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import type {
  DecideRequest,
  DecideResponse,
  FindListFactsResponse,
  FindMapResponse,
  FindOverviewEntriesResponse,
  FindOverviewResponse,
  OverviewFileResponse,
  OverviewRow,
} from '../../../../shared/contracts';
import { appOf } from '../../app';
import { REBUILD_INDEX } from '../../constants';
import { CurationConflict } from '../../curations/curation-repository';
import type { Decision } from '../../services/panel/curations';
import { ifRefused } from '../../permissions/narrowed-reads';
import { percentOf } from '../../services/progress';
import { toCsv } from './csv';
import { AdminRateLimiter, editorOf, openEntry, permissionsOf, typeIn } from './editing';
import { decideBody, factsBody, localeQuery, overviewQuery, parse, sinceWhen } from './panel-body';

/** How many decisions count as one request. */
const PER_REQUEST = 10;
/** A map counts as this many requests: it reads two thousand entries. */
const MAP_POINTS = 5;
/** A file counts as this many requests, because it takes as long. */
const FILE_POINTS = 10;
/** The most rows that a file may have. */
const MAX_CSV_ROWS = 100_000;

const DECISIONS: Record<DecideRequest['decision'], Decision> = {
  never: { decide: (now) => ({ ...now, isHidden: true }), about: 'hidden' },
  allow: { decide: (now) => ({ ...now, isHidden: false }), about: 'hidden' },
  automatic: {
    decide: ({ isHidden }) => ({ pins: [], exclusions: [], isHidden }),
    about: 'lists',
  },
};

/** For the admin panel: all entries at once. */
export default ({ strapi }: { strapi: Core.Strapi }) => {
  const { limits } = appOf(strapi).config;
  const limiter = new AdminRateLimiter(limits.panelRequestsPerMinute);
  return {
    /** `GET /related-articles/overview` */
    async find(ctx: Context): Promise<FindOverviewResponse> {
      await limiter.consume(ctx);
      const { overview, index } = appOf(strapi);
      const collections = await overview.figures(permissionsOf(strapi, ctx));
      const { progress, troubles } = index.health();
      const { ready, indexed, total, updatedAt } = progress;
      const mayRebuild = ctx.state.userAbility.can(REBUILD_INDEX.action);
      return {
        data: {
          collections,
          index: {
            ready,
            percent: indexed < total ? percentOf(indexed, total) : null,
            updatedAt: updatedAt === null ? null : new Date(updatedAt).toISOString(),
            problems: troubles.map(({ message, what }) => (mayRebuild ? message : what)),
            mayRebuild,
          },
        },
      };
    },

    /** `GET /related-articles/overview/:uid` */
    async findEntries(ctx: Context): Promise<FindOverviewEntriesResponse | OverviewFileResponse> {
      await limiter.consume(ctx);
      const type = typeIn(strapi, ctx);
      const { locale: asked, list, search, sort, page, pageSize, format } = parse(overviewQuery, ctx.query); // prettier-ignore
      const locale = await appOf(strapi).panel.localeOf(type, asked);
      const permissions = permissionsOf(strapi, ctx);
      const isCsv = format === 'csv';
      if (isCsv)
        await limiter.consume(ctx, Math.min(FILE_POINTS, limits.panelRequestsPerMinute - 1));
      const { rows, total, state } = await appOf(strapi).overview.entries(permissions, type, locale, {
        list,
        search,
        ...sort,
        start: isCsv ? 0 : (page - 1) * pageSize,
        limit: isCsv ? MAX_CSV_ROWS : pageSize,
        isFile: isCsv,
      }); // prettier-ignore
      if (!isCsv) return { data: rows, meta: { ...state, page, pageSize, total } };
      // A file could not show that the figures are not ready.
      if (state.madeAt === null && !state.isTooLarge) throw new errors.ApplicationError('The plugin is checking all lists for the first time; try again in a minute'); // prettier-ignore
      return { data: { csv: csvOf(rows) } };
    },

    /** `GET /related-articles/overview/:uid/map` */
    async findMap(ctx: Context): Promise<FindMapResponse> {
      await limiter.consume(ctx, MAP_POINTS);
      const type = typeIn(strapi, ctx);
      const { locale: asked } = parse(localeQuery, ctx.query);
      const locale = await appOf(strapi).panel.localeOf(type, asked);
      const permissions = permissionsOf(strapi, ctx);
      if (!permissions.mayRead(type.uid)) throw new errors.ForbiddenError();
      return appOf(strapi).map.find(permissions, type, locale);
    },

    /** `POST /related-articles/overview/:uid/facts` */
    async findFacts(ctx: Context): Promise<FindListFactsResponse> {
      await limiter.consume(ctx);
      const type = typeIn(strapi, ctx);
      const { locale: asked, documentIds } = parse(factsBody, ctx.request.body);
      const locale = await appOf(strapi).panel.localeOf(type, asked);
      const permissions = permissionsOf(strapi, ctx);
      if (!permissions.mayRead(type.uid)) throw new errors.ForbiddenError();
      return { data: await appOf(strapi).overview.facts(permissions, type, locale, documentIds) };
    },

    /** `POST /related-articles/overview/:uid/decisions` */
    async decide(ctx: Context): Promise<DecideResponse> {
      const type = typeIn(strapi, ctx);
      const { locale, documentIds, decision, sentBefore } = parse(decideBody, ctx.request.body);
      const since = sinceWhen(sentBefore);
      await limiter.consume(ctx, Math.ceil(documentIds.length / PER_REQUEST));
      const permissions = permissionsOf(strapi, ctx);
      const editor = editorOf(ctx);
      const data: DecideResponse['data'] = { done: [], refused: [] };
      await appOf(strapi).panel.localeOf(type, locale);
      for (const documentId of new Set(documentIds)) {
        try {
          const entry = await openEntry(strapi, permissions, type, documentId, locale).catch(ifRefused(null)); // prettier-ignore
          // Require the stored spelling: some databases compare without case.
          const isThere = entry?.row?.documentId === documentId;
          if (!entry || !isThere || !permissions.mayCurate(type.uid, entry.row)) {
            data.refused.push(documentId);
            continue;
          }
          const { curating } = appOf(strapi);
          await curating.decide(editor, { ...entry, documentId }, DECISIONS[decision], since);
          data.done.push(documentId);
        } catch (error) {
          // Keep what is decided, and report the rest so that the editor can try again.
          const isBroken = !(error instanceof CurationConflict);
          if (isBroken && data.done.length === 0) throw error;
          data.refused.push(documentId);
          if (!isBroken) continue;
          strapi.log.error(`related-articles: ${(error as Error).message}`);
          const isTold = new Set([...data.done, ...data.refused]);
          data.refused.push(...new Set(documentIds.filter((id) => !isTold.has(id))));
          break;
        }
      }
      return { data };
    },

    /** `POST /related-articles/rebuild` */
    async rebuild(ctx: Context): Promise<{ data: object }> {
      await limiter.consume(ctx);
      await appOf(strapi).index.reindex();
      return { data: {} };
    },
  };
};

const csvOf = (rows: readonly OverviewRow[]): string =>
  toCsv([
    ['documentId', 'title', 'suggestions', 'best', 'appearsOn', 'pins', 'lostPins', 'deadLinks', 'duplicates', 'neverSuggested'], // prettier-ignore
    ...rows.map((row) => [
      row.documentId,
      row.title,
      row.length,
      row.strength ?? '',
      row.appearsOn,
      row.pins,
      row.lostPins,
      row.deadLinks.join(' '),
      row.duplicates.map(({ title }) => title).join('; '),
      row.isHidden ? 'yes' : 'no',
    ]),
  ]);
