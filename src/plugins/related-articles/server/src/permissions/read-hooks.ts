import type { Core } from '@strapi/strapi';

import { isCalledByStrapi, isRegisteredFirst } from './document-middlewares';

const READ_HOOK = /^(?:before|after)(?:Find|Count)/;

type Subscribe = (subscriber: unknown) => () => void;

interface Watched {
  subscribe: Subscribe;
  /** Subscribers of the project and of other plugins that are called for every action, or for one that reads. */
  hooks: Set<unknown>;
  functions: Set<unknown>;
  /** What cleans questions and answers of the content API. */
  cleaners: readonly unknown[];
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
  watched.set(lifecycles, {
    subscribe,
    hooks,
    functions,
    cleaners: cleanersOf(strapi),
    isComplete,
  });
}

/** What core controllers clean their questions and answers with, and projects may replace. */
export function cleanersOf({ contentAPI }: Core.Strapi): readonly unknown[] {
  const { sanitize, validate } = contentAPI;
  return [sanitize.query, sanitize.output, validate.query];
}

/** Whether those are the ones that were there in `register`. */
export function hasOwnCleaners(strapi: Core.Strapi): boolean {
  const { cleaners = [] } = watched.get(strapi.db.lifecycles) ?? {};
  return cleanersOf(strapi).every((cleaner, at) => cleaner === cleaners[at]);
}

/**
 * Whether code of the project may change what the database gives, from one reading to the next: a lifecycle hook, a
 * subscriber, an output sanitizer, or something in place of Strapi's own.
 *
 * @param trustsFunctions Whether subscribers that are called for every action act on writes alone.
 * @param uids The content types whose own hooks count. Default: all.
 */
export function hasReadHooks(
  strapi: Core.Strapi,
  trustsFunctions: boolean,
  uids?: readonly string[],
): boolean {
  const lifecycles = strapi.db.lifecycles as unknown as { subscribe: Subscribe };
  const state = watched.get(lifecycles);
  if (!state || lifecycles.subscribe !== state.subscribe || state.hooks.size > 0) return true;
  if (!trustsFunctions && (state.functions.size > 0 || !state.isComplete)) return true;
  if (!hasOwnCleaners(strapi)) return true;
  const sanitizers: unknown = strapi.sanitizers.get('content-api.output');
  const ofStrapi = strapi.plugins['users-permissions'] ? 1 : 0;
  if (Array.isArray(sanitizers) && sanitizers.length > ofStrapi) return true;
  const found = modelsWithHooks(strapi);
  return uids ? uids.some((uid) => found.has(uid)) : found.size > 0;
}

const known = new WeakMap<Core.Strapi, ReadonlySet<string>>();

/** Content types with hooks in their `lifecycles.ts`, which are there from the start. */
function modelsWithHooks(strapi: Core.Strapi): ReadonlySet<string> {
  const types = Object.entries(strapi.contentTypes);
  const found = known.get(strapi) ?? new Set(types.filter(([, type]) => hasModelHooks(type)).map(([uid]) => uid)); // prettier-ignore
  known.set(strapi, found);
  return found;
}

const hasModelHooks = (contentType: unknown): boolean =>
  readsWith((contentType as { lifecycles?: unknown }).lifecycles);

const readsWith = (hooks: unknown): boolean =>
  typeof hooks === 'object' &&
  hooks !== null &&
  Object.keys(hooks).some((name) => READ_HOOK.test(name));
