import type { Core } from '@strapi/strapi';

import { hasCoreCleaners, hasCoreReads, uidsOf } from './core-functions';
import { isCalledByStrapi, isRegisteredFirst } from './document-middlewares';

const READ_HOOK = /^(?:before|after)(?:Find|Count)/;

type Subscribe = (subscriber: unknown) => () => void;

interface Watched {
  subscribe: Subscribe;
  /** Subscribers of the project and of other plugins that are called for every action, or for one that reads. */
  hooks: Set<unknown>;
  functions: Set<unknown>;
  /** Whether there can be no others. */
  isComplete: boolean;
}

const watched = new WeakMap<object, Watched>();

/** Starts recording who subscribes to the database's lifecycles, because Strapi does not list them. Call it in `register`. */
export function watchReadHooks(strapi: Core.Strapi): void {
  const lifecycles = strapi.db.lifecycles as unknown as { subscribe: Subscribe };
  if (watched.has(lifecycles)) return;
  const original = lifecycles.subscribe.bind(lifecycles);
  const [hooks, functions] = [new Set<unknown>(), new Set<unknown>()];
  const subscribe: Subscribe = (subscriber) => {
    const remove = original(subscriber);
    if (isCalledByStrapi()) return remove;
    const isFunction = typeof subscriber === 'function';
    const kind = isFunction ? functions : readsWith(subscriber) ? hooks : null;
    kind?.add(subscriber);
    return () => {
      kind?.delete(subscriber);
      remove();
    };
  };
  lifecycles.subscribe = subscribe;
  const isComplete = isRegisteredFirst(strapi);
  watched.set(lifecycles, { subscribe, hooks, functions, isComplete });
}

/**
 * Whether code of the project may change what the content API gives, from one reading to the next: what it reads, an
 * output sanitizer, or what cleans questions and answers in place of Strapi's own.
 *
 * @param trustsFunctions Whether subscribers that are called for every action act on writes alone.
 * @param uids The content types whose own hooks count. Default: all.
 */
export function hasReadHooks(
  strapi: Core.Strapi,
  trustsFunctions: boolean,
  uids?: readonly string[],
): boolean {
  if (mayChangeReads(strapi, trustsFunctions, uids) || !hasCoreCleaners(strapi)) return true;
  const sanitizers: unknown = strapi.sanitizers.get('content-api.output');
  const ofStrapi = strapi.plugins['users-permissions'] ? 1 : 0;
  return Array.isArray(sanitizers) && sanitizers.length > ofStrapi;
}

/** Whether it may change what is read, also for editors: by a lifecycle hook, a subscriber, or in place of Strapi's own. */
export function mayChangeReads(
  strapi: Core.Strapi,
  trustsFunctions: boolean,
  uids?: readonly string[],
): boolean {
  const lifecycles = strapi.db.lifecycles as unknown as { subscribe: Subscribe };
  const state = watched.get(lifecycles);
  if (!state || lifecycles.subscribe !== state.subscribe || state.hooks.size > 0) return true;
  if (!trustsFunctions && (state.functions.size > 0 || !state.isComplete)) return true;
  if (!hasCoreReads(strapi, uids)) return true;
  return (uids ?? uidsOf(strapi)).some((uid) => hasModelHooks(strapi, uid));
}

/** Those of its `lifecycles.ts`, as the database knows them. */
function hasModelHooks({ db }: Core.Strapi, uid: string): boolean {
  return db.metadata.has(uid) && readsWith((db.metadata.get(uid) as { lifecycles?: unknown }).lifecycles); // prettier-ignore
}

const readsWith = (hooks: unknown): boolean =>
  typeof hooks === 'object' &&
  hooks !== null &&
  Object.keys(hooks).some((name) => READ_HOOK.test(name));
