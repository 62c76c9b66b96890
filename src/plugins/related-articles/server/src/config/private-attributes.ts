import { contentTypes } from '@strapi/utils';

import type { AttributeSchema, Schema, Schemas } from './attributes';

/** What Strapi calls the type of a custom field until all plugins have registered. */
const CUSTOM = 'customField';

type Model = Parameters<typeof contentTypes.isPrivateAttribute>[0];

/**
 * Whether Strapi leaves an attribute out of responses: by `private` on it, by `options.privateAttributes` of the type
 * or component, or by `api.responses.privateAttributes` of the project. Takes the schema as it is now, since projects
 * may add attributes while they register.
 */
export const isPrivate = (schema: object, name: string): boolean =>
  contentTypes.isPrivateAttribute(schema as Model, name);

interface Project {
  contentTypes: object;
  components: object;
  get?(name: 'custom-fields'): { getAll(): Record<string, { type?: string } | undefined> };
}

/**
 * Returns all content types and components of a project as they are now, with `private` set where it applies, and
 * custom fields with the types that they are stored as.
 */
export function schemasIn(project: Project): Schemas {
  const all = Object.entries({ ...project.contentTypes, ...project.components });
  const fields = project.get?.('custom-fields').getAll() ?? {};
  const typed = (attribute: AttributeSchema): AttributeSchema => {
    const { type, customField = '' } = attribute;
    if (type !== CUSTOM) return attribute;
    // A plugin that registers later has not told the type yet. Most such fields are for long texts.
    const told = fields[customField]?.type;
    return told ? { ...attribute, type: told } : { ...attribute, type: 'richtext', isAssumed: true }; // prettier-ignore
  };
  return Object.fromEntries(all.map(([uid, schema]) => [uid, marked(schema as Schema, typed)]));
}

function marked(schema: Schema, typed: (attribute: AttributeSchema) => AttributeSchema): Schema {
  const attributes = Object.entries(schema.attributes).map(([name, attribute]) => [
    name,
    { ...typed(attribute), ...(isPrivate(schema, name) && { private: true }) },
  ]);
  return { ...schema, attributes: Object.fromEntries(attributes) };
}
