import type { Core } from '@strapi/strapi';

type Functions = readonly unknown[];

interface Remembered {
  cleaners: Functions;
  reads: Functions;
  byType: ReadonlyMap<string, Functions>;
}

const remembered = new WeakMap<object, Remembered>();

/**
 * Remembers what Strapi reads documents with, and cleans questions and answers with: projects may replace any of it, and
 * then decide who gets what. Call it in `register`: the project's own comes later.
 */
export function rememberCoreFunctions(strapi: Core.Strapi): void {
  if (remembered.has(strapi.db)) return;
  const byType = new Map(
    Object.keys(strapi.contentTypes).map((uid) => [uid, readsOf(strapi, uid)]),
  );
  remembered.set(strapi.db, { cleaners: cleanersOf(strapi), reads: readsOfAll(strapi), byType });
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

/**
 * Whether documents are read with what was there in `register`.
 *
 * @param uids Those of these content types. Default: all.
 */
export function hasCoreReads(strapi: Core.Strapi, uids?: readonly string[]): boolean {
  const known = remembered.get(strapi.db);
  if (!known || !isSame(known.reads, readsOfAll(strapi))) return false;
  return (uids ?? [...known.byType.keys()]).every((uid) => {
    const before = known.byType.get(uid);
    return before === undefined || isSame(before, readsOf(strapi, uid));
  });
}

function cleanersOf({ contentAPI: { sanitize, validate } }: Core.Strapi): Functions {
  return [sanitize.query, sanitize.output, validate.query];
}

function readsOfAll({ db: { query, entityManager } }: Core.Strapi): Functions {
  return [query, entityManager.findOne, entityManager.findMany, entityManager.count];
}

/** Strapi keeps one document service for each type. */
function readsOf(strapi: Core.Strapi, uid: string): Functions {
  const { findOne, findMany, count } = strapi.documents(uid as never) as unknown as Record<string, unknown>; // prettier-ignore
  return [findOne, findMany, count];
}

const isSame = (before: Functions | undefined, now: Functions): boolean =>
  before?.length === now.length && before.every((one, at) => one === now[at]);
