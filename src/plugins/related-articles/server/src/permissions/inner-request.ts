import { ServerResponse } from 'node:http';
import type { Core } from '@strapi/strapi';
import { errors, policy as policies } from '@strapi/utils';
import type { Context } from 'koa';
import { parse, stringify } from 'qs';

import { endAnswer, isFollowed, ownListeners } from './inner-end';
import { actionOf, type PlacedRoute, type RegisteredRoute } from './type-routes';

export type Step = (ctx: Context, next: () => Promise<unknown>) => unknown;

/** Requests whose query was already checked. */
const guarded = new WeakSet<object>();

/** Whether this is an inner request of the plugin, whose query was already checked. */
export const isGuarded = (state: object): boolean => guarded.has(state);

/** What each request asked for before policies and middlewares saw it, as JSON. */
const askedFor = new WeakMap<Context, string>();

/** Whether policies and middlewares left the query of an inner request as it was. */
export function isAsAsked(ctx: Context): boolean {
  const { query = {} } = ctx;
  const isPlain = Reflect.ownKeys(query).length === Object.keys(query).length;
  return isPlain && JSON.stringify(query) === askedFor.get(ctx);
}

/** Set by the router, or read from the URL and the body, for one request: never copied to another. */
const OF_ONE_REQUEST = new Set([
  'params', 'captures', 'router', 'routerPath', 'routerName', 'matched', '_matchedRoute', '_matchedRouteName', 'path', 'url', 'href', 'URL', 'memoizedURL', 'method', 'query', 'querystring', '_querycache', 'search', 'status', 'message', 'header', 'headers', 'type', 'length', 'body', 'rawBody', 'files',
]); // prettier-ignore
/** Not copied: otherwise cookies of an inner request would reach the client. */
const COOKIES = 'context#cookies';

/** How Strapi parses a query that a middleware has written into the URL, but with longer lists. */
const AS_WRITTEN = { strictNullHandling: true, arrayLimit: 1000, depth: 20 };

/**
 * Runs a route of the project for a request: its permissions, policies, middlewares and controller, in Strapi's order.
 * The caller of the outer request is also the caller here; authentication is repeated only if the route has its own
 * strategies.
 */
export class RouteRunner {
  private readonly steps: Step[];
  /** Whether a failing listener has been logged: it might fail for each request. */
  private hasToldOfEnd = false;

  /**
   * @param action Answers instead of the route's own controller.
   * @throws Error if the route names something that does not exist.
   */
  constructor(
    private readonly strapi: Core.Strapi,
    private readonly placed: PlacedRoute,
    action?: Step,
  ) {
    const { route } = placed;
    this.steps = [
      ...guardsOf(strapi, route),
      returnBody,
      ...(action ? [action] : actionsOf(strapi, route)),
    ];
  }

  get route(): RegisteredRoute {
    return this.placed.route;
  }

  /**
   * Answers a request as the route would.
   *
   * @param query As Strapi's query parser would return it.
   * @param place The address to request, if the route's path stands for several.
   * @returns The response's body and status.
   * @throws Any error that the route throws, such as `ForbiddenError`.
   */
  async run(
    outer: Context,
    query: Record<string, unknown>,
    place: PlacedRoute = this.placed,
  ): Promise<{ status: number; body: unknown }> {
    const inner = contextFor(this.strapi, outer, place, query);
    askedFor.set(inner, JSON.stringify(query));
    try {
      // Document middlewares identify the caller by the request context.
      await this.strapi.requestContext.run(inner, () => runSteps(this.steps, inner) as Promise<void>); // prettier-ignore
      return { status: inner.status, body: inner.body };
    } finally {
      await this.tellEnd(inner);
    }
  }

  private async tellEnd(inner: Context): Promise<void> {
    const { req, res } = inner;
    // Writing after the end raises an error, which must not end the process.
    res.on('error', () => undefined);
    if (!isFollowed(req, res)) return void Object.assign(res, { finished: true, destroyed: true });
    await this.strapi.requestContext.run(inner, () =>
      endAnswer(req, res, (error) => this.noteFailure(error)),
    );
  }

  private noteFailure(error: Error): void {
    if (this.hasToldOfEnd) return;
    this.hasToldOfEnd = true;
    this.strapi.log.error(`related-articles: a middleware failed after its request was answered: ${error.message}`); // prettier-ignore
  }
}

/** Returns what runs before a route's controller: permissions, policies, middlewares. */
export function guardsOf(strapi: Core.Strapi, route: RegisteredRoute): Step[] {
  const { config = {}, info } = route;
  const resolved = (strapi.get('policies') as PolicyRegistry).resolve(config.policies ?? [], info);
  const authorize: Step = async (ctx, next) => {
    if (hasOwnStrategies(route)) await authenticate(strapi, ctx);
    await strapi.auth.verify(ctx.state.auth, config.auth as never);
    return next();
  };
  const checkPolicies: Step = async (ctx, next) => {
    if (resolved.length === 0) return next();
    const context = policies.createPolicyContext('koa', ctx);
    for (const { handler, config: options } of resolved) {
      const result = await handler(context, options, { strapi });
      if (result !== true && result !== undefined) throw new errors.PolicyError();
    }
    return next();
  };
  const middlewares = (config.middlewares ?? []).map((item) => middlewareOf(strapi, item));
  return [authorize, checkPolicies, ...middlewares];
}

/** Whether a route has its own authentication strategies. */
export function hasOwnStrategies({ config }: RegisteredRoute): boolean {
  return Boolean(config?.auth && config.auth.strategies);
}

async function authenticate(strapi: Core.Strapi, ctx: Context): Promise<void> {
  let isKnown = false;
  await strapi.get('auth').authenticate(ctx, async () => {
    isKnown = true;
  });
  if (!isKnown) throw new errors.UnauthorizedError();
}

interface PolicyRegistry {
  resolve(
    policies: readonly unknown[],
    info: RegisteredRoute['info'],
  ): { handler: (...context: unknown[]) => unknown; config: unknown }[];
}

function middlewareOf(strapi: Core.Strapi, item: unknown): Step {
  if (typeof item === 'function') return item as Step;
  const {
    name,
    resolve,
    config = {},
  } = (typeof item === 'string' ? { name: item } : item) as {
    name?: string;
    /** A file. */
    resolve?: string;
    config?: object;
  };
  const factory = name
    ? (strapi.middleware(name as never) as unknown as MiddlewareFactory | undefined)
    : undefined;
  if (!factory && resolve) throw new Error(`the middleware ${resolve} is only known by its file. Register it, and name it in the route`); // prettier-ignore
  if (!factory) throw new Error(`the middleware ${JSON.stringify(item)} cannot be found`);
  return factory(config, { strapi }) ?? ((_ctx: Context, next: () => Promise<unknown>) => next());
}

type MiddlewareFactory = (config: object, context: { strapi: Core.Strapi }) => Step | undefined;

/** Returns what answers a route: its controller's action. */
export function actionsOf(strapi: Core.Strapi, { handler, info }: RegisteredRoute): Step[] {
  if (Array.isArray(handler)) return handler as Step[];
  if (typeof handler === 'function') return [handler as Step];
  const named = actionOf(strapi, { handler, info });
  const controller =
    named && (strapi.controller(named.controller as never) as unknown as Record<string, unknown>);
  const action = named && controller?.[named.action];
  if (typeof action !== 'function') throw new Error(`the handler ${handler} cannot be found`);
  return [action.bind(controller)];
}

/** Uses the controller's return value as the body, unless the controller has set one. */
export const returnBody: Step = async (ctx, next) => {
  const values = await next();
  if ((ctx.body === undefined || ctx.body === null) && values !== undefined && values !== null) {
    ctx.body = values;
  }
};

export function runSteps(steps: readonly Step[], ctx: Context, at = 0): Promise<unknown> {
  if (at >= steps.length) return Promise.resolve();
  try {
    return Promise.resolve(steps[at](ctx, () => runSteps(steps, ctx, at + 1)));
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Headers that concern only the body of the outer request, or the answer to it. The plugin reads documents whole, in Strapi's current
 * format and without the invisible marks of live preview.
 */
const OWN_HEADERS = ['strapi-response-format', 'strapi-encode-source-maps', 'if-none-match', 'if-modified-since', 'range', 'content-type', 'content-length', 'transfer-encoding']; // prettier-ignore

function contextFor(
  strapi: Core.Strapi,
  outer: Context,
  { route, path: pattern, address, params }: PlacedRoute,
  query: Record<string, unknown>,
): Context {
  const prefix = String(strapi.config.get('api.rest.prefix', '/api'));
  const path = `${prefix}${address}`;
  const headers = { ...outer.req.headers };
  for (const name of OWN_HEADERS) delete headers[name];
  const req = Object.create(outer.req, {
    headers: { value: headers, writable: true },
    url: { value: path, writable: true, configurable: true },
    method: { value: 'GET', writable: true },
  });
  ownListeners(req);
  const inner = strapi.server.app.createContext(req, new ServerResponse(req)) as unknown as Context;
  // Start with 404, as Koa does: middlewares may look at the status.
  inner.res.statusCode = 404;
  // Computed on demand, because it is long and rarely needed.
  let written: string | null = null;
  let asked: unknown = query;
  let isRewritten = false;
  const url = {
    configurable: true,
    get: () => (written ??= `${path}?${stringify(asked, { encodeValuesOnly: true })}`),
    set: (value: string) => {
      written = value;
      isRewritten = true;
    },
  };
  Object.defineProperty(req, 'url', url);
  for (const part of [req, inner, inner.request]) Object.defineProperty(part, 'originalUrl', url);
  // Parse a query string only if the project wrote it: long lists would not survive the parser's limits.
  Object.defineProperty(inner.request, 'query', {
    configurable: true,
    enumerable: true,
    get: () => {
      if (isRewritten) asked = parse(inner.request.querystring, AS_WRITTEN);
      isRewritten = false;
      return asked;
    },
    set: (value: unknown) => {
      asked = value;
      written = null;
      isRewritten = false;
    },
  });
  inner.state = Object.create(Object.getPrototypeOf(outer.state));
  inner.state.route = { ...route, config: route.config ?? {} };
  // State that the project's global middlewares added, such as a tenant.
  inherit(inner.state, outer.state);
  // On a public route, or one with its own authentication, nobody is logged in yet.
  if (route.config?.auth === false || hasOwnStrategies(route)) forgetLogin(inner.state);
  inherit(inner, outer);
  inherit(inner.request, outer.request);
  const matched = `${prefix}${pattern}`;
  Object.assign(inner, { _matchedRoute: matched, routerPath: matched, params: { ...params } });
  // Strapi gives every request that has no body an empty one.
  Object.assign(inner.request, { body: {} });
  guarded.add(inner.state);
  return inner;
}

/** Removes Strapi's login; a login of the project's own stays. */
function forgetLogin(state: Context['state']): void {
  const { auth } = state;
  if (!auth) return;
  if (auth.credentials === state.user) delete state.user;
  delete state.auth;
  delete state.isAuthenticated;
}

/** Copies everything that was added to an object, including symbols and getters. */
function inherit(inner: object, outer: object): void {
  for (const key of Reflect.ownKeys(outer)) {
    if (Object.hasOwn(inner, key)) continue;
    if (typeof key === 'string' ? OF_ONE_REQUEST.has(key) : key.description === COOKIES) continue;
    const property = Object.getOwnPropertyDescriptor(outer, key) as PropertyDescriptor;
    Object.defineProperty(inner, key, property);
  }
}
