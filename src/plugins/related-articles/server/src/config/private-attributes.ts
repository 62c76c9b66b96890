import { contentTypes } from '@strapi/utils';

import type { Schema, Schemas } from './attributes';

type Model = Parameters<typeof contentTypes.isPrivateAttribute>[0];

/**
 * Whether Strapi leaves an attribute out of responses: by `private` on it, by `options.privateAttributes` of the type
 * or component, or by `api.responses.privateAttributes` of the project. Takes the schema as it is now, since projects
 * may add attributes while they register.
 */
export const isPrivate = (schema: object, name: string): boolean =>
  contentTypes.isPrivateAttribute(schema as Model, name);

/** Returns all content types and components of a project as they are now, with `private` set where it applies. */
export function schemasIn(strapi: { contentTypes: object; components: object }): Schemas {
  const all = Object.entries({ ...strapi.contentTypes, ...strapi.components });
  return Object.fromEntries(all.map(([uid, schema]) => [uid, marked(schema as Schema)]));
}

function marked(schema: Schema): Schema {
  const attributes = Object.entries(schema.attributes).map(([name, attribute]) => [
    name,
    isPrivate(schema, name) ? { ...attribute, private: true } : attribute,
  ]);
  return { ...schema, attributes: Object.fromEntries(attributes) };
}
