import type { Core } from '@strapi/strapi';

import { runOf } from '../content/lifecycle-switch';
import { hasCoreCleaners, hasCoreReads, uidsOf } from './core-functions';
import { isKnownCaller, isRegisteredFirst } from './document-middlewares';
import { registeredBefore } from './registered';

/** Strapi checks for these with `in`, so that methods of a class count as well. */
const READ_HOOKS = ['FindOne', 'FindMany', 'Count'].flatMap((action) => [
  `before${action}`,
  `after${action}`,
]);
/** Strapi's own subscriber, which is there from the beginning. */
const FIRST = 'modelsLifecyclesSubscriber';

type Subscribe = (subscriber: object) => () => unknown;

interface Lifecycles {
  subscribe: Subscribe;
  run: unknown;
}

interface Sanitizers {
  add(path: string, sanitizer: object): unknown;
}

const ofStrapi = new WeakMap<object, WeakSet<object>>();

interface Watched {
  subscribe: Subscribe;
  run: unknown;
  /** Subscribers of the project and of other plugins: objects, and functions, which are called for every action. */
  objects: object[];
  functions: object[];
  /** Whether the lists are complete. */
  isComplete: boolean;
}

const watched = new WeakMap<object, Watched>();

/**
 * Starts recording who subscribes to the database's lifecycles, because Strapi does not list them. Call it while
 * modules are loaded, and again in `register`, for releases in which the first call is too early.
 */
export function watchReadHooks(strapi: Core.Strapi, isLoading: boolean): void {
  const lifecycles = strapi.db.lifecycles as unknown as Lifecycles;
  if (watched.has(lifecycles)) return;
  const original = lifecycles.subscribe.bind(lifecycles);
  const before = isLoading ? registeredBefore<object>(original, {}) : null;
  if (isLoading && !before) return;
  const [objects, functions]: [object[], object[]] = [[], []];
  const listOf = (subscriber: object) => (typeof subscriber === 'function' ? functions : objects);
  // Modules of the project may have been loaded earlier.
  for (const one of before ?? []) {
    if ((one as { name?: unknown }).name !== FIRST) listOf(one).push(one);
  }
  const subscribe: Subscribe = (subscriber) => {
    const remove = original(subscriber);
    if (isKnownCaller()) return remove;
    const list = listOf(subscriber);
    list.push(subscriber);
    let isThere = true;
    return () => {
      if (isThere) list.splice(list.indexOf(subscriber), 1);
      isThere = false;
      return remove();
    };
  };
  lifecycles.subscribe = subscribe;
  const isComplete = before !== null || isRegisteredFirst(strapi);
  watched.set(lifecycles, { subscribe, run: runOf(lifecycles), objects, functions, isComplete });
}

/** Starts recording Strapi's own output sanitizers. Call it while modules are loaded. */
export function watchSanitizers(strapi: Core.Strapi): void {
  const sanitizers = strapi.sanitizers as unknown as Sanitizers;
  if (ofStrapi.has(sanitizers)) return;
  const own = new WeakSet<object>();
  const { add } = sanitizers;
  sanitizers.add = (path, sanitizer) => {
    if (isKnownCaller()) own.add(sanitizer);
    return add.call(sanitizers, path, sanitizer);
  };
  ofStrapi.set(sanitizers, own);
}

/**
 * Whether project code may change what the content API gives from one read to the next: what it reads, an output
 * sanitizer, or a replacement of what cleans queries and answers.
 *
 * @param trustsFunctions Whether subscribers that are called for every action act only on writes.
 * @param uids The content types whose own hooks count. Default: all.
 */
export function hasReadHooks(
  strapi: Core.Strapi,
  trustsFunctions: boolean,
  uids?: readonly string[],
): boolean {
  if (mayChangeReads(strapi, trustsFunctions, uids) || !hasCoreCleaners(strapi)) return true;
  const sanitizers: unknown = strapi.sanitizers.get('content-api.output');
  if (!Array.isArray(sanitizers)) return false;
  const own = ofStrapi.get(strapi.sanitizers);
  if (own) return !sanitizers.every((one: object) => own.has(one));
  return sanitizers.length > (strapi.plugins['users-permissions'] ? 1 : 0);
}

/** Whether project code may change reads, also for editors: by a lifecycle hook, a subscriber or a replacement. */
export function mayChangeReads(
  strapi: Core.Strapi,
  trustsFunctions: boolean,
  uids?: readonly string[],
): boolean {
  const lifecycles = strapi.db.lifecycles as unknown as Lifecycles;
  const state = watched.get(lifecycles);
  if (!state || lifecycles.subscribe !== state.subscribe || runOf(lifecycles) !== state.run)
    return true;
  if (state.objects.some(readsWith)) return true;
  if (!trustsFunctions && (state.functions.length > 0 || !state.isComplete)) return true;
  if (!hasCoreReads(strapi, uids)) return true;
  return (uids ?? uidsOf(strapi)).some((uid) => hasModelHooks(strapi, uid));
}

/** Whether a type's `lifecycles.ts`, as the database knows it, has read hooks. */
function hasModelHooks({ db }: Core.Strapi, uid: string): boolean {
  return db.metadata.has(uid) && readsWith((db.metadata.get(uid) as { lifecycles?: unknown }).lifecycles); // prettier-ignore
}

const readsWith = (hooks: unknown): boolean =>
  typeof hooks === 'object' && hooks !== null && READ_HOOKS.some((name) => name in hooks);
