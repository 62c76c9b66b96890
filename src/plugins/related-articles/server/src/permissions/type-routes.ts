import type { Core } from '@strapi/strapi';

/** A route of the content API as Strapi registers it, once it has called routers that are functions. */
export interface RegisteredRoute {
  method: string;
  path: string;
  handler: unknown;
  config?: {
    auth?: false | { scope?: string[]; strategies?: unknown[] };
    policies?: unknown[];
    middlewares?: unknown[];
    prefix?: string;
  };
  info?: { apiName?: string; pluginName?: string; type?: string };
}

/** A route, with its path and address. */
export interface PlacedRoute {
  route: RegisteredRoute;
  /** Its whole path under the content API's prefix, as written. */
  path: string;
  /** The address to request; `params` has the values for the parameters of the path. */
  address: string;
  params: Record<string, string>;
}

/** A route of one document. */
export interface SingleRoute extends PlacedRoute {
  parameter: string;
}

/** The routes that give a content type's documents to the callers of the content API. */
export interface TypeRoutes {
  /** The route that answers `GET /<plural name>`; `null` if there is none, or it is not known which. */
  find: PlacedRoute | null;
  /** Finds the route that answers `GET /<plural name>/<key>`: a route's path may accept only some keys. */
  findOne(key: string): SingleRoute | null;
  /** All routes of the type's `find` action, whatever their paths and methods. */
  lists: PlacedRoute[];
  /** All routes of its `findOne` action likewise. */
  singles: PlacedRoute[];
  /** All routes that may answer `GET /<plural name>/<key>` for some key. */
  forKeys: PlacedRoute[];
}

/** The part of a layer of Koa's router that is used here. */
interface Layer {
  path: string | RegExp;
  methods: string[];
  match(path: string): boolean;
  captures(path: string): string[];
  params(path: string, captures: string[]): Record<string, string>;
}

/**
 * Finds the routes of a content type however they are written: by a core router or by hand, with a long handler
 * (`api::article.article.find`), a short one (`article.find`) or a function.
 */
export function typeRoutesOf(strapi: Core.Strapi, uid: string, pluralName: string): TypeRoutes {
  const all = contentApiRoutes(strapi);
  const gets = all.filter(({ route }) => isGet(route));
  const lists = all.filter(({ route }) => isAction(strapi, route, uid, 'find'));
  const got = lists.filter(({ route }) => isGet(route));
  const singles = all.filter(({ route }) => isAction(strapi, route, uid, 'findOne'));
  const single = singles.filter(({ route }) => isGet(route));
  const match = matcherOf(strapi, gets);
  const onPath = match(`/${pluralName}`);
  // Without a route under the plural name, use the type's only list, if its path has no parameters.
  const only = got.length === 1 && !isPattern(got[0]) ? got[0] : undefined;
  const find = onPath === undefined ? only : onPath;
  return {
    find: find ?? null,
    findOne(key) {
      const written = encodeURIComponent(key);
      const matched = match(`/${pluralName}/${written}`);
      const one = matched ?? (single.length === 1 ? single[0] : null);
      const parameter = one && parameterOf(one.path);
      if (!one || !parameter) return null;
      if (matched) return { ...matched, parameter };
      const address = one.path.replace(/[^/]+$/, () => written);
      return { ...one, parameter, address, params: { [parameter]: key } };
    },
    lists,
    singles,
    forKeys: gets.filter((one) => mayTakeKeys(one, pluralName) || single.includes(one)),
  };
}

/** Whether a route's path may match `/<plural name>/<key>`; in doubt, yes. */
function mayTakeKeys({ path }: PlacedRoute, pluralName: string): boolean {
  const isOpen = (segment: string) => /[:*(]/.test(segment);
  const [, first = '', ...rest] = path.split('/');
  if (first !== pluralName && !isOpen(first)) return false;
  const isWhole = rest.length === 1 && isOpen(rest[0]);
  return isWhole || [first, ...rest].some((segment) => /[*]/.test(segment));
}

/** Returns the controller's uid and the action that a route's handler names; `null` for a function. */
export function actionOf(
  strapi: Core.Strapi,
  { handler, info }: Pick<RegisteredRoute, 'handler' | 'info'>,
): { controller: string; action: string } | null {
  if (typeof handler !== 'string') return null;
  const written = handler.trim();
  const dot = written.lastIndexOf('.');
  if (dot < 0) return null;
  const name = written.slice(0, dot);
  const own = info?.pluginName
    ? `plugin::${info.pluginName}.${name}`
    : info?.apiName && `api::${info.apiName}.${name}`;
  // As Strapi resolves them: a controller of the route's own API or plugin comes first.
  const controller = own && strapi.controller(own as never) ? own : name;
  return { controller, action: written.slice(dot + 1) };
}

function isAction(
  strapi: Core.Strapi,
  route: RegisteredRoute,
  uid: string,
  action: string,
): boolean {
  const named = actionOf(strapi, route);
  return named?.controller === uid && named.action === action;
}

/**
 * Returns a function that finds the route that answers a path: the first one registered. It returns `null` if it is not
 * known which route that is, and `undefined` if there is none.
 */
function matcherOf(
  strapi: Core.Strapi,
  routes: readonly PlacedRoute[],
): (path: string) => PlacedRoute | null | undefined {
  const prefix = String(strapi.config.get('api.rest.prefix', '/api'));
  // Static routes come first and match any path: without a prefix, only the paths of API routes tell them apart.
  const written = grouped(routes, (route) => join(prefix, route.path));
  const isOfApi = (path: string) =>
    join(prefix) === '/' ? written.has(join(path)) : path.startsWith(prefix);
  const layers = (strapi.server.listRoutes() as unknown as Layer[]).filter(
    ({ methods, path }) => methods.includes('GET') && isOfApi(String(path)),
  );
  const placed = grouped(layers, (layer) => join(String(layer.path)));
  return (path) => {
    const asked = join(prefix, path);
    const layer = layers.find((candidate) => candidate.match(asked));
    if (!layer) return undefined;
    const way = join(String(layer.path));
    const same = written.get(way) ?? [];
    // If several routes have the same path, one that belongs to no API may come first.
    if (same.length < (placed.get(way) ?? []).length) return null;
    return { ...same[0], address: path, params: layer.params(asked, layer.captures(asked)) };
  };
}

/** Groups items by name, in their order. */
function grouped<One>(all: readonly One[], nameOf: (one: One) => string): Map<string, One[]> {
  const groups = new Map<string, One[]>();
  for (const one of all) {
    const name = nameOf(one);
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return groups;
}

/** Returns all routes of the content API: those of the project's types and of plugins. */
export function contentApiRoutes(strapi: Core.Strapi): PlacedRoute[] {
  const ofApis = Object.values(strapi.apis).flatMap(({ routes }) => Object.values(routes ?? {}));
  const ofPlugins = Object.entries(strapi.plugins).flatMap(([name, { routes }]) =>
    Array.isArray(routes)
      ? []
      : Object.values(routes ?? {}).map((router) => ({ prefix: `/${name}`, ...router })),
  );
  return [...ofApis, ...ofPlugins.filter(({ type }) => type === 'content-api')].flatMap(
    (router) => {
      const { prefix = '', routes = [] } = router as { prefix?: string; routes?: unknown };
      const isFree = ({ config }: RegisteredRoute) => Object.hasOwn(config ?? {}, 'prefix');
      const placed = (routes as RegisteredRoute[]).map((route) => {
        const path = join(isFree(route) ? '' : prefix, route.path.trim());
        return { route, path, address: path, params: {} };
      });
      // Strapi first registers routes that have their own prefix.
      return [
        ...placed.filter(({ route }) => isFree(route)),
        ...placed.filter(({ route }) => !isFree(route)),
      ];
    },
  );
}

/** Whether a route answers `GET` requests. */
export const isGet = ({ method }: RegisteredRoute): boolean =>
  ['GET', 'ALL'].includes(method.trim().toUpperCase());

/** Whether a route's path stands for several addresses. */
export function isPattern({ path }: PlacedRoute): boolean {
  return /[:*(]/.test(path);
}

/** Returns the name of a path's parameter, with or without a pattern, if it is the only one and ends the path. */
function parameterOf(path: string): string | null {
  const [first, ...more] = path.match(/:\w+(?:\([^()]*\))?/g) ?? [];
  if (!first || more.length > 0 || !path.endsWith(`/${first}`)) return null;
  return first.slice(1).replace(/\(.*$/, '');
}

function join(...parts: string[]): string {
  return `/${parts.join('/')}`.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
}
