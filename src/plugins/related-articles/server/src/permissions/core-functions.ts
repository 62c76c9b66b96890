import type { Core } from '@strapi/strapi';

type Functions = readonly unknown[];

interface Remembered {
  cleaners: Functions;
  reads: Functions;
  /** The text of what each document service reads with: all of them are made by the same code. */
  service: readonly string[];
  /** Functions that are known to have such a text. */
  known: WeakSet<object>;
}

const remembered = new WeakMap<object, Remembered>();

/**
 * Remembers what Strapi reads documents with, and cleans questions and answers with: projects may replace any of it, and
 * then decide who gets what. Call it while modules are loaded, and in `register`: the project's own comes later.
 */
export function rememberCoreFunctions(strapi: Core.Strapi): void {
  if (remembered.has(strapi.db)) return;
  const [cleaners, reads] = [cleanersOf(strapi), readsOfAll(strapi)];
  remembered.set(strapi.db, { cleaners, reads, service: [], known: new WeakSet() });
}

/**
 * Remembers what a document service reads with. Call it in `register`.
 *
 * @param ownUid A type that no project changes: a service that is made so early knows nothing of later changes.
 */
export function rememberDocumentService(strapi: Core.Strapi, ownUid: string): void {
  const before = remembered.get(strapi.db);
  if (before) before.service = readsOf(strapi, ownUid).map(String);
}

/** Those that are there now, for one content type. */
export const coreFunctionsOf = (strapi: Core.Strapi, uid: string): Functions => [
  ...cleanersOf(strapi),
  ...readsOfAll(strapi),
  ...readsOf(strapi, uid),
];

/** Whether the content API cleans with what was there in `register`. */
export function hasCoreCleaners(strapi: Core.Strapi): boolean {
  return isSame(remembered.get(strapi.db)?.cleaners, cleanersOf(strapi));
}

/** Of all content types; `strapi.contentTypes` copies each of them. */
export const uidsOf = (strapi: Core.Strapi): readonly string[] =>
  strapi.get('content-types').keys();

/**
 * Whether documents are read with what was there in `register`.
 *
 * @param uids Those of these content types. Default: all.
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

/** Strapi keeps one document service for each type. */
function readsOf(strapi: Core.Strapi, uid: string): Functions {
  const { findOne, findMany, count } = strapi.documents(uid as never) as unknown as Record<string, unknown>; // prettier-ignore
  return [findOne, findMany, count];
}

const isSame = (before: Functions | undefined, now: Functions): boolean =>
  before?.length === now.length && before.every((one, at) => one === now[at]);
