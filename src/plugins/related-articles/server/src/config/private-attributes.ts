import { contentTypes } from '@strapi/utils';

import type { Schema, Schemas } from './attributes';

type Model = Parameters<typeof contentTypes.isPrivateAttribute>[0];

const marked = new WeakMap<object, object>();

/**
 * The schema of a type or component with `private` on each attribute that Strapi keeps from answers: those that
 * `options.privateAttributes` of the schema and `api.responses.privateAttributes` of the project name, too.
 */
export function withPrivate<Found extends Pick<Schema, 'attributes'>>(schema: Found): Found {
  const known = marked.get(schema);
  if (known) return known as Found;
  const attributes = Object.entries(schema.attributes).map(([name, attribute]) => [
    name,
    contentTypes.isPrivateAttribute(schema as unknown as Model, name)
      ? { ...attribute, private: true }
      : attribute,
  ]);
  const found: Found = { ...schema, attributes: Object.fromEntries(attributes) };
  marked.set(schema, found);
  return found;
}

/** All content types and components of a project, so marked. */
export function schemasIn(strapi: { contentTypes: object; components: object }): Schemas {
  const all = { ...strapi.contentTypes, ...strapi.components } as Record<string, Schema>;
  return Object.fromEntries(Object.entries(all).map(([uid, schema]) => [uid, withPrivate(schema)]));
}
