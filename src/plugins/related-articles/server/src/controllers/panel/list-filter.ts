import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context, Next } from 'koa';

import { LIST_FILTER, OVERVIEW_LISTS, type OverviewList } from '../../../../shared/contracts';
import { appOf } from '../../app';
import { READ_OVERVIEW } from '../../constants';
import { AdminRateLimiter, permissionsOf } from './editing';

/** The most ids that every supported database takes in one condition. */
const MAX_IDS = 30_000;
/** How long to wait for the first check of all lists, in milliseconds. */
const PATIENCE_MS = 5000;
const LOOK_MS = 100;

/** No document has this id. */
const NOTHING = '-';

type Middleware = (ctx: Context, next: Next) => Promise<unknown>;
interface Route {
  method?: string;
  path?: string;
  config?: { middlewares?: unknown[] };
}

/** Marks the plugin's middleware: routes survive a restart of Strapi in the same process. */
const OURS = Symbol.for('related-articles list filter');

/**
 * Lets the content manager's list be filtered by what the overview knows:
 * `filters[$and][0][related-articles][$eq]=orphans`. Strapi filters, sorts, searches and pages as usual.
 */
export function addListFilter(strapi: Core.Strapi): void {
  const { admin } = strapi.plugin('content-manager').routes as unknown as Record<string, { routes?: Route[] }>; // prettier-ignore
  const route = admin.routes?.find(
    ({ method, path }) => method === 'GET' && path === '/collection-types/:model',
  );
  if (!route) return;
  let limiter: AdminRateLimiter | undefined;
  const translate: Middleware = async (ctx, next) => {
    limiter ??= new AdminRateLimiter(appOf(strapi).config.limits.panelRequestsPerMinute);
    await translated(strapi, ctx, limiter);
    return next();
  };
  Object.assign(translate, { [OURS]: true });
  const others = (route.config?.middlewares ?? []).filter((one) => !(Object(one) as Record<symbol, unknown>)[OURS]); // prettier-ignore
  route.config = { ...route.config, middlewares: [...others, translate] };
}

/** Replaces the name of a list with the ids of its documents. */
async function translated(
  strapi: Core.Strapi,
  ctx: Context,
  limiter: AdminRateLimiter,
): Promise<void> {
  const query = ctx.request.query as { filters?: { $and?: unknown }; plugins?: unknown };
  const conditions = query.filters?.$and;
  if (!Array.isArray(conditions)) return;
  let chosen: string[] | null = null;
  // Look up each list once, however often it is named.
  const known = new Map<OverviewList, string[]>();
  for (const condition of conditions as unknown[]) {
    if (typeof condition !== 'object' || condition === null || !(LIST_FILTER in condition)) continue; // prettier-ignore
    const { [LIST_FILTER]: asked } = condition as Record<string, unknown>;
    const list = listIn(asked);
    // Each lookup goes through the figures of all lists.
    if (!known.has(list)) await limiter.consume(ctx);
    const ids = known.get(list) ?? (await idsOf(strapi, ctx, list));
    known.set(list, ids);
    const both = new Set(ids);
    chosen = chosen === null ? ids : chosen.filter((id: string) => both.has(id));
    delete (condition as Record<string, unknown>)[LIST_FILTER];
  }
  if (chosen === null) return;
  if (chosen.length > MAX_IDS) {
    throw new errors.ValidationError(`filters.${LIST_FILTER}: ${chosen.length} entries are too many for a filter; the overview lists them`); // prettier-ignore
  }
  const rest = (conditions as object[]).filter((one) => Object.keys(Object(one)).length > 0);
  // Strapi treats an empty condition as no condition.
  conditions.splice(0, Infinity, ...rest, { documentId: { $in: chosen.length > 0 ? chosen : [NOTHING] } }); // prettier-ignore
}

/** @throws ValidationError (400) for anything but `{ $eq: list }`. */
function listIn(asked: unknown): OverviewList {
  const { $eq } = Object(asked) as { $eq?: unknown };
  const list = OVERVIEW_LISTS.find((one) => one === $eq);
  if (list) return list;
  throw new errors.ValidationError(
    `filters.${LIST_FILTER}: expected { $eq: one of ${OVERVIEW_LISTS.join(', ')} }`,
  );
}

async function idsOf(strapi: Core.Strapi, ctx: Context, list: OverviewList): Promise<string[]> {
  const { overview, panel, types } = appOf(strapi);
  const type = types.get(ctx.params.model);
  if (!type) throw new errors.ValidationError(`filters.${LIST_FILTER}: ${ctx.params.model} is not configured`); // prettier-ignore
  if (!ctx.state.userAbility.can(READ_OVERVIEW.action)) throw new errors.ForbiddenError();
  const { locale, plugins } = ctx.request.query as { locale?: unknown; plugins?: { i18n?: { locale?: unknown } } }; // prettier-ignore
  const code = locale ?? plugins?.i18n?.locale;
  const known = await panel.localeOf(type, typeof code === 'string' ? code : undefined);
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const ids = await overview.idsIn(permissionsOf(strapi, ctx), type, known, list);
    if (ids === 'too many') throw new errors.ValidationError(`filters.${LIST_FILTER}: there are too many entries to check all their lists`); // prettier-ignore
    if (ids) return ids;
    if (performance.now() > end) {
      throw new errors.ValidationError('The plugin is still checking all lists; try again in a moment'); // prettier-ignore
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
