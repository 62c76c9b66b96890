import type { Core } from '@strapi/strapi';

/** A route of the content API as Strapi registers it: routers that are functions are instantiated by then. */
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

/** A route, and where it stands. */
export interface PlacedRoute {
  route: RegisteredRoute;
  /** Its whole path under the content API's prefix, as written. */
  path: string;
  /** Where it is asked, and what stands there for the parameters of its path. */
  address: string;
  params: Record<string, string>;
}

/** A route of one document. */
export interface SingleRoute extends PlacedRoute {
  parameter: string;
}

/** The routes that give a content type's documents to the callers of the content API. */
export interface TypeRoutes {
  /** What answers `GET /<plural name>`; `null` when nothing does, or it cannot be told what. */
  find: PlacedRoute | null;
  /** What answers `GET /<plural name>/<key>` likewise: a route's path may take some keys only. */
  findOne(key: string): SingleRoute | null;
  /** All routes of the type's `find` action, whatever their paths and methods. */
  lists: PlacedRoute[];
  /** All routes of its `findOne` action likewise. */
  singles: PlacedRoute[];
  /** All routes that may answer `GET /<plural name>/<key>` for one key or another. */
  forKeys: PlacedRoute[];
}

/** A layer of Koa's router, as far as it matters here. */
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
  // Without a route under the plural name, only one list of the type can be meant: and one whose path says all.
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

/** Whether a route's path may stand for `/<plural name>/<key>`; in doubt it does. */
function mayTakeKeys({ path }: PlacedRoute, pluralName: string): boolean {
  const isOpen = (segment: string) => /[:*(]/.test(segment);
  const [, first = '', ...rest] = path.split('/');
  if (first !== pluralName && !isOpen(first)) return false;
  const isWhole = rest.length === 1 && isOpen(rest[0]);
  return isWhole || [first, ...rest].some((segment) => /[*]/.test(segment));
}

/** The uid of the controller and the name of its action that a route's handler stands for; `null` for a function. */
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
 * Finds the route that answers a path, the first that was registered; `null` when it is not known, `undefined` for
 * none.
 */
function matcherOf(
  strapi: Core.Strapi,
  routes: readonly PlacedRoute[],
): (path: string) => PlacedRoute | null | undefined {
  const prefix = String(strapi.config.get('api.rest.prefix', '/api'));
  // Static files are looked for before, under any path: with no prefix nothing else tells them apart.
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
    // Of routes that are written the same, one that no API has may stand first.
    if (same.length < (placed.get(way) ?? []).length) return null;
    return { ...same[0], address: path, params: layer.params(asked, layer.captures(asked)) };
  };
}

/** In their order, by what each of them is called. */
function grouped<One>(all: readonly One[], nameOf: (one: One) => string): Map<string, One[]> {
  const groups = new Map<string, One[]>();
  for (const one of all) {
    const name = nameOf(one);
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return groups;
}

/** All routes of the content API, of the project's types and of plugins. */
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
      // Strapi registers those with a prefix of their own first.
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

/** The name of the only parameter of a path that ends with it, with or without a pattern. */
function parameterOf(path: string): string | null {
  const [first, ...more] = path.match(/:\w+(?:\([^()]*\))?/g) ?? [];
  if (!first || more.length > 0 || !path.endsWith(`/${first}`)) return null;
  return first.slice(1).replace(/\(.*$/, '');
}

function join(...parts: string[]): string {
  return `/${parts.join('/')}`.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
}
