import type { Core } from '@strapi/strapi';

type Functions = readonly unknown[];

interface Remembered {
  cleaners: Functions;
  reads: Functions;
  /** The source of the functions that document services read with; the same code makes all document services. */
  service: readonly string[];
  /** Functions that are known to have this source. */
  known: WeakSet<object>;
}

const remembered = new WeakMap<object, Remembered>();

/**
 * Remembers the functions with which Strapi reads documents and cleans queries and answers: projects may replace any of
 * them, and then decide who gets what. Call it while modules are loaded, and in `register`, before projects do so.
 */
export function rememberCoreFunctions(strapi: Core.Strapi): void {
  if (remembered.has(strapi.db)) return;
  const [cleaners, reads] = [cleanersOf(strapi), readsOfAll(strapi)];
  remembered.set(strapi.db, { cleaners, reads, service: [], known: new WeakSet() });
}

/**
 * Remembers the functions with which a document service reads. Call it in `register`.
 *
 * @param ownUid A type that no project changes: a service that is made this early misses later changes.
 */
export function rememberDocumentService(strapi: Core.Strapi, ownUid: string): void {
  const before = remembered.get(strapi.db);
  if (before) before.service = readsOf(strapi, ownUid).map(String);
}

/** Returns the current functions, for one content type. */
export const coreFunctionsOf = (strapi: Core.Strapi, uid: string): Functions => [
  ...cleanersOf(strapi),
  ...readsOfAll(strapi),
  ...readsOf(strapi, uid),
];

/** Whether the content API still cleans with the functions from `register`. */
export function hasCoreCleaners(strapi: Core.Strapi): boolean {
  return isSame(remembered.get(strapi.db)?.cleaners, cleanersOf(strapi));
}

/** Returns the uids of all content types; `strapi.contentTypes` would copy each type. */
export const uidsOf = (strapi: Core.Strapi): readonly string[] =>
  strapi.get('content-types').keys();

/**
 * Whether documents are still read with the functions from `register`.
 *
 * @param uids The content types to check. Default: all.
 */
export function hasCoreReads(strapi: Core.Strapi, uids?: readonly string[]): boolean {
  const before = remembered.get(strapi.db);
  if (!before || !isSame(before.reads, readsOfAll(strapi))) return false;
  const { service, known } = before;
  const isCore = (read: unknown, at: number) => {
    if (typeof read !== 'function') return false;
    if (!known.has(read) && String(read) === service[at]) known.add(read);
    return known.has(read);
  };
  return (uids ?? uidsOf(strapi)).every((uid) => readsOf(strapi, uid).every(isCore));
}

function cleanersOf({ contentAPI: { sanitize, validate } }: Core.Strapi): Functions {
  return [sanitize.query, sanitize.output, validate.query];
}

function readsOfAll(strapi: Core.Strapi): Functions {
  const { query, entityManager } = strapi.db;
  const { transform } = strapi.get('query-params');
  const { findOne, findMany, count, createQueryBuilder, getRepository } = entityManager;
  return [query, transform, findOne, findMany, count, createQueryBuilder, getRepository];
}

/** Returns what the document service of a type reads with. Strapi keeps one document service for each type. */
function readsOf(strapi: Core.Strapi, uid: string): Functions {
  const { findOne, findMany, count } = strapi.documents(uid as never) as unknown as Record<string, unknown>; // prettier-ignore
  return [findOne, findMany, count];
}

const isSame = (before: Functions | undefined, now: Functions): boolean =>
  before?.length === now.length && before.every((one, at) => one === now[at]);
