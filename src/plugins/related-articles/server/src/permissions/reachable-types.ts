import type { Core } from '@strapi/strapi';

import { isPrivate } from '../config/private-attributes';
import { schemaOf, targetOf } from './schema-path';

/**
 * Returns the content types that queries for a type can lead to, including the type itself. Relations to entries of any
 * type do not count: a query has to name the types that it wants from them.
 *
 * @param depth How many relations a path may follow.
 */
export function reachableTypes(strapi: Core.Strapi, uid: string, depth: number): Set<string> {
  const found = new Set([uid]);
  let next = [uid];
  for (let step = 0; step < depth && next.length > 0; step += 1) {
    next = next.flatMap((one) => targetsOf(strapi, one)).filter((target) => !found.has(target));
    for (const target of next) found.add(target);
  }
  return found;
}

/** Returns the targets of a type's relations and media, including those in its components. */
function targetsOf(strapi: Core.Strapi, uid: string, inside: readonly string[] = []): string[] {
  const schema = schemaOf(strapi, uid);
  if (!schema) return [];
  return Object.entries(schema.attributes).flatMap(([name, attribute]) => {
    const { type, component, components = [] } = attribute;
    if (isPrivate(schema, name)) return [];
    if (type === 'media' || type === 'relation') return targetOf(strapi, attribute)?.uid ?? [];
    return [component ?? [], components]
      .flat()
      .filter((name) => !inside.includes(name))
      .flatMap((name) => targetsOf(strapi, name, [...inside, name]));
  });
}
