import { factories, type Core } from '@strapi/strapi';

import { coreFunctionsOf, hasCoreCleaners, hasCoreReads } from './core-functions';

type Methods = Record<string, unknown>;

/** The methods that Strapi's own `find` and `findOne` use. */
const OF_CONTROLLER = ['find', 'findOne', 'validateQuery', 'sanitizeQuery', 'sanitizeOutput', 'transformResponse']; // prettier-ignore
const OF_SERVICE = ['find', 'findOne', 'getFetchParams'];

/**
 * Whether a type's controller and service are Strapi's own, with nothing in them replaced: then the document service
 * alone decides which documents an answer has, and the answer need not be made.
 */
export function hasCoreActions(strapi: Core.Strapi, uid: string): boolean {
  if (!hasCoreCleaners(strapi) || !hasCoreReads(strapi, [uid])) return false;
  try {
    const controller = factories.createCoreController(uid as never)({ strapi }) as unknown;
    const service = factories.createCoreService(uid as never)({ strapi }) as unknown;
    return (
      isLike(strapi.controller(uid as never), controller, OF_CONTROLLER) &&
      isLike(strapi.service(uid as never), service, OF_SERVICE)
    );
  } catch {
    return false;
  }
}

/** Returns what `hasCoreActions` looks at: if the list differs from an earlier one, something has been replaced. */
export function actionsOf(strapi: Core.Strapi, uid: string): readonly unknown[] {
  const controller = strapi.controller(uid as never) as unknown as Methods | undefined;
  const service = strapi.service(uid as never) as unknown as Methods | undefined;
  return [
    ...OF_CONTROLLER.map((name) => controller?.[name]),
    ...OF_SERVICE.map((name) => service?.[name]),
    ...coreFunctionsOf(strapi, uid),
  ];
}

function isLike(own: unknown, core: unknown, methods: readonly string[]): boolean {
  return methods.every((name) => isSame((own as Methods)?.[name], (core as Methods)[name]));
}

/** Compares functions by their source, because the factories make new ones for each type. */
function isSame(own: unknown, core: unknown): boolean {
  if (own === core) return true;
  if (typeof own !== 'function' || typeof core !== 'function') return false;
  const source = String(own);
  return !source.includes('[native code]') && source === String(core);
}
