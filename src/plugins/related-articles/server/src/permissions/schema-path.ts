import type { Core, UID } from '@strapi/strapi';

/** An attribute of a content type or component, as far as queries need to know it. */
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

/** Where an attribute leads; `undefined` where that differs from row to row. */
export function targetOf(strapi: Core.Strapi, attribute: Attribute): Schema | undefined {
  if (attribute.type === 'media') return schemaOf(strapi, 'plugin::upload.file');
  const uid = attribute.component ?? attribute.target;
  return uid === undefined ? undefined : schemaOf(strapi, uid);
}

/** Creators are shown, and asked about, without a right to list administrators, where a schema says so. */
export const isOpenCreator = ({ options }: Schema, name: string): boolean =>
  options?.populateCreatorFields === true && ['createdBy', 'updatedBy'].includes(name);

/** Whether rows have that column: validation of Strapi lets any schema have it. */
export const lacks = ({ modelType }: Schema, name: string): boolean =>
  modelType === 'component' && name === 'documentId';

export const hasDrafts = ({ options }: Schema): boolean => options?.draftAndPublish === true;
