import type { Core, UID } from '@strapi/strapi';

/** The part of a content type's or component's attribute that queries need. */
export interface Attribute {
  type: string;
  relation?: string;
  target?: string;
  component?: string;
  components?: string[];
  searchable?: boolean;
}

export interface Schema {
  uid: string;
  modelType?: string;
  attributes: Record<string, Attribute>;
  options?: { draftAndPublish?: boolean; populateCreatorFields?: boolean };
}

/** Kinds of attributes that lead to other rows. */
const LEADING = ['relation', 'media', 'component', 'dynamiczone'];

export const leads = ({ type }: Attribute): boolean => LEADING.includes(type);

export function schemaOf(strapi: Core.Strapi, uid: string): Schema | undefined {
  return (strapi.contentTypes[uid as UID.ContentType] ??
    strapi.components[uid as UID.Component]) as Schema | undefined;
}

export function attributeOf({ attributes }: Schema, name: string): Attribute | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

/** Returns the type that an attribute leads to; `undefined` if that differs from row to row. */
export function targetOf(strapi: Core.Strapi, attribute: Attribute): Schema | undefined {
  if (attribute.type === 'media') return schemaOf(strapi, 'plugin::upload.file');
  const uid = attribute.component ?? attribute.target;
  return uid === undefined ? undefined : schemaOf(strapi, uid);
}

/** Whether a schema shows creators: then they may be read and queried without the right to list administrators. */
export const isOpenCreator = ({ options }: Schema, name: string): boolean =>
  options?.populateCreatorFields === true && ['createdBy', 'updatedBy'].includes(name);

/** Whether rows lack that column, although Strapi's validation lets any schema have it. */
export const lacks = ({ modelType }: Schema, name: string): boolean =>
  modelType === 'component' && name === 'documentId';

export const hasDrafts = ({ options }: Schema): boolean => options?.draftAndPublish === true;
