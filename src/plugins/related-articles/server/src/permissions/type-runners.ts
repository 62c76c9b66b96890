import type { Core, UID } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import type { RelatedType } from '../config/resolve';
import { rowsIn, rowsAsAsked } from '../content/rows';
import { hasCoreActions } from './core-actions';
import { askDocuments } from './document-middlewares';
import { idsOf, type Document } from './documents';
import {
  actionsOf,
  guardsOf,
  hasOwnStrategies,
  isAsAsked,
  returnBody,
  RouteRunner,
  runSteps,
  type Step,
} from './inner-request';
import { mayChangeReads } from './read-hooks';
import { rowAttributes } from './row-attributes';
import {
  actionOf,
  isGet,
  isPattern,
  typeRoutesOf,
  type PlacedRoute,
  type RegisteredRoute,
  type SingleRoute,
  type TypeRoutes,
} from './type-routes';

/** The routes of a type, ready to run. */
export interface Runners {
  find: RouteRunner | null;
  /** Like `find`, but only finds out which documents the answer would have. */
  probe: RouteRunner | null;
  /** Returns the route for one document, by its key in the path. */
  findOne(key: string): SingleRunner | null;
  /** The routes by which single documents can be requested, and whether Strapi's own action answers each. */
  singles: readonly { route: RegisteredRoute; isCore: boolean }[];
  /** Why `find` is `null`. */
  problem: string;
}

export interface SingleRunner {
  runner: RouteRunner;
  /** The address of the document. */
  place: SingleRoute;
}

export function runnersOf(strapi: Core.Strapi, type: RelatedType): Runners {
  const routes = typeRoutesOf(strapi, type.uid, type.pluralName);
  const nobody = { find: null, probe: null, findOne: () => null, singles: [] };
  try {
    if (type.documentsFrom === 'plugin') return byPlugin(strapi, type, routes);
    if (!routes.find) {
      const problem = `no known route answers GET /${type.pluralName}`;
      return { ...nobody, problem };
    }
    const { find } = routes;
    const isCore = ({ route }: NonNullable<typeof find>, action: string) => {
      const named = actionOf(strapi, route);
      return (
        named?.controller === type.uid &&
        named.action === action &&
        hasCoreActions(strapi, type.uid) &&
        // Such a route may see a different caller, or none.
        route.config?.auth !== false &&
        !hasOwnStrategies(route) &&
        // Middlewares get the answer, and may keep it for others.
        !hasMiddlewares(route)
      );
    };
    const singles = new Map<RegisteredRoute, RouteRunner>();
    const isPlain = isCore(find, 'find');
    const plainly = (step: Step) => unlessChanged(step, strapi, find.route);
    const runner = new RouteRunner(
      strapi,
      find,
      isPlain ? plainly(readOf(strapi, type)) : undefined,
    );
    return {
      find: runner,
      probe: isPlain ? new RouteRunner(strapi, find, plainly(probeOf(strapi, type))) : runner,
      findOne(key) {
        const one = routes.findOne(key);
        if (!one) return null;
        const { route, parameter } = one;
        let runner = singles.get(route);
        if (!runner) {
          const action = isCore(one, 'findOne')
            ? unlessChanged(probeOneOf(strapi, type, parameter), strapi, route)
            : undefined;
          runner = new RouteRunner(strapi, one, action);
          singles.set(route, runner);
        }
        return { runner, place: one };
      },
      singles: routes.forKeys.map((one) => {
        return { route: one.route, isCore: isCore(one, 'findOne') };
      }),
      problem: '',
    };
  } catch (error) {
    return { ...nobody, problem: `its route cannot be used: ${(error as Error).message}` };
  }
}

/**
 * Runs a shortcut to the answer of Strapi's own controller, if the query is as it was asked. If policies or middlewares
 * have changed it, runs the controller instead, which has defaults that the shortcut lacks.
 */
function unlessChanged(step: Step, strapi: Core.Strapi, route: RegisteredRoute): Step {
  const actions = actionsOf(strapi, route);
  return (ctx, next) =>
    isAsAsked(ctx) ? step(ctx, next) : runSteps([returnBody, ...actions], ctx);
}

/** Answers like Strapi's own controller; the query has been validated and sanitized. */
function readOf(strapi: Core.Strapi, type: RelatedType): Step {
  const find = findOf(strapi, type, (query) => query);
  return async (ctx, next) => {
    await find(ctx, next);
    const { data, ...rest } = ctx.body as { data: Document[] };
    ctx.body = { ...rest, data: await sanitized(strapi, type, ctx, data) };
  };
}

/** Returns documents as the content API shows them to the caller. */
async function sanitized(
  strapi: Core.Strapi,
  { uid }: RelatedType,
  { state: { auth } }: Context,
  documents: Document[],
): Promise<Document[]> {
  const contentType = strapi.contentType(uid as UID.ContentType);
  return (await strapi.contentAPI.sanitize.output(documents, contentType, { auth })) as Document[];
}

/**
 * Does the same without building an answer. If whole documents are asked for, project code sees their short attributes,
 * including private ones.
 */
function probeOf(strapi: Core.Strapi, type: RelatedType): Step {
  const fields = rowAttributes(strapi, type.uid);
  // Copy the fields each time: project code may add to them.
  return findOf(strapi, type, (query) => (query.fields === undefined ? { ...query, fields: [...fields] } : query)); // prettier-ignore
}

type Query = Record<string, unknown>;

/** @param asking Turns the query into the one to run, unless policies or middlewares have changed it. */
function findOf(strapi: Core.Strapi, type: RelatedType, asking: (query: Query) => Query): Step {
  const uid = type.uid as UID.ContentType;
  const inRow = new Set(rowAttributes(strapi, uid));
  const isInRow = ({ fields, populate }: Query) =>
    Array.isArray(fields) && populate === undefined && fields.every((one) => inRow.has(one as string)); // prettier-ignore
  return async (ctx) => {
    const { pagination, ...rest } = ctx.query as Record<string, unknown>;
    const asked = (pagination ?? {}) as { limit?: number; pageSize?: number };
    const limit = asked.pageSize ?? asked.limit;
    const whole: Query = { ...rest, status: rest.status ?? 'published' };
    const query = isAsAsked(ctx) ? asking(whole) : whole;
    const params = { ...query, limit };
    const where =
      isAsAsked(ctx) && isInRow(query) ? whereOf(type, idsOf(query.filters), query) : null;
    const data = where
      ? await askDocuments(strapi, { uid, action: 'findMany', params }, async () =>
          isForNone(query) && !mayChangeReads(strapi, false, [uid])
            ? []
            : rowsAsAsked(strapi, uid).findMany({
                // Strapi always adds these two.
                select: [...new Set(['id', 'documentId', ...(query.fields as string[])])],
                where,
              }),
        )
      : await strapi.documents(uid).findMany(params as never);
    // Project code may answer with anything.
    const total = Array.isArray(data) ? data.length : 0;
    ctx.body = { data, meta: { pagination: { ...asked, total, ...(asked.pageSize && { pageCount: 1 }) } } }; // prettier-ignore
  };
}

/** Whether a query asks for no documents, but only whether the caller may ask. */
const isForNone = ({ filters }: Query): boolean =>
  idsOf(filters)?.every((id) => id === '') ?? false;

function probeOneOf(strapi: Core.Strapi, type: RelatedType, parameter: string): Step {
  const uid = type.uid as UID.ContentType;
  return async (ctx) => {
    const documentId = ctx.params[parameter] as string;
    const params = { status: 'published', ...ctx.query, documentId };
    // Leave queries that guards have changed to the document service.
    const where = isAsAsked(ctx) ? whereOf(type, [documentId], ctx.query) : null;
    const data = where
      ? await askDocuments(strapi, { uid, action: 'findOne', params }, () =>
          rowsAsAsked(strapi, uid).findOne({ where }),
        )
      : await strapi.documents(uid).findOne(params as never);
    ctx.body = { data, meta: {} };
  };
}

/** Turns a probe for one document into an answer that caches may keep under its address. */
function shownOne(strapi: Core.Strapi, type: RelatedType, probe: Step): Step {
  return async (ctx, next) => {
    await probe(ctx, next);
    const { data } = ctx.body as { data: Document | null };
    if (!data) throw new errors.NotFoundError();
    const [shown] = await sanitized(strapi, type, ctx, [data]);
    ctx.body = { data: shown, meta: {} };
  };
}

/** Returns conditions on rows for these documents; `null` if only the document service can tell. */
function whereOf(
  type: RelatedType,
  documentIds: readonly string[] | null,
  { locale, status }: { locale?: unknown; status?: unknown },
): Record<string, unknown> | null {
  if (!documentIds || (type.localized && typeof locale !== 'string')) return null;
  return {
    documentId: { $in: [...documentIds] },
    ...rowsIn(type, status === 'draft' ? 'draft' : 'published', locale as string),
  };
}

/** Uses the guards of the type's routes, and Strapi's document service in place of its controller. */
function byPlugin(strapi: Core.Strapi, type: RelatedType, routes: TypeRoutes): Runners {
  const { find, lists } = routes;
  const placed = find ?? lists.find((list) => isGet(list.route) && !isPattern(list));
  const others = lists.filter((list) => list.route !== placed?.route);
  // Guards may look at parameters of the path, which have no values here.
  const unclear = others.filter(isPattern).find(hasGuards);
  if (unclear) {
    throw new Error(
      `policies may look at the parameters of ${unclear.path}, which have no values here`,
    );
  }
  // Without a list route, the routes of single documents decide who may read what.
  const askable = routes.findOne('key')?.route;
  const single = routes.singles.find((one) => one.route !== askable && hasGuards(one));
  if (!placed && single) {
    throw new Error(`there is no list route, and the guards of ${single.route.method} ${single.path} cannot be run for a single document`); // prettier-ignore
  }
  const guards = others.flatMap(({ route }) => guardsOf(strapi, route));
  const guarded =
    (step: Step): Step =>
    (ctx) =>
      runSteps([...guards, step], ctx);
  const isShown = [placed, ...lists].some((one) => one && hasMiddlewares(one.route));
  const path = `/${type.pluralName}`;
  const config = { auth: { scope: [`${type.uid}.find`] } };
  const route = { method: 'GET', path, handler: 'find', config };
  const bare = { path, address: path, params: {}, route };
  // Middlewares may keep state of their own, such as a limit.
  const singles = new Map<RegisteredRoute, RouteRunner>();
  return {
    find: new RouteRunner(strapi, placed ?? bare, guarded(readOf(strapi, type))),
    probe: new RouteRunner(strapi, placed ?? bare, guarded(isShown ? readOf(strapi, type) : probeOf(strapi, type))), // prettier-ignore
    findOne(key) {
      const place = routes.findOne(key);
      if (!place) return null;
      let runner = singles.get(place.route);
      if (!runner) {
        const probeOne = probeOneOf(strapi, type, place.parameter);
        const answer = hasMiddlewares(place.route) ? shownOne(strapi, type, probeOne) : probeOne;
        runner = new RouteRunner(strapi, place, answer);
        singles.set(place.route, runner);
      }
      return { runner, place };
    },
    singles: routes.forKeys.map((one) => ({ route: one.route, isCore: false })),
    problem: '',
  };
}

/** Whether a route has policies or middlewares of its own. */
const hasGuards = ({ route }: PlacedRoute): boolean =>
  (route.config?.policies ?? []).length > 0 || hasMiddlewares(route);

const hasMiddlewares = ({ config }: RegisteredRoute): boolean =>
  (config?.middlewares ?? []).length > 0;
