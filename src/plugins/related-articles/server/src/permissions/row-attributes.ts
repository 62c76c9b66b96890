import type { Core, UID } from '@strapi/strapi';

/** Attributes that hold more than a line, are kept in other tables, or are nobody's to read. */
const LEFT_OUT = new Set(['text', 'richtext', 'blocks', 'json', 'password', 'relation', 'media', 'component', 'dynamiczone']); // prettier-ignore

const TO_ONE = ['oneToOne', 'manyToOne'];

/** The short attributes in a type's own rows: what code of the project goes by when it looks at what was found. */
export function rowAttributes(strapi: Core.Strapi, uid: string): string[] {
  const { attributes } = strapi.contentType(uid as UID.ContentType);
  const names = Object.entries(attributes)
    .filter(([, { type }]) => !LEFT_OUT.has(type))
    .map(([name]) => name);
  return [...new Set(['documentId', ...names])];
}

/** The relations of a type that lead to one entry at most, who made it and changed it last included. */
export function toOneRelations(strapi: Core.Strapi, uid: string): string[] {
  const { attributes } = strapi.contentType(uid as UID.ContentType);
  return Object.entries(attributes)
    .filter(([, one]) => one.type === 'relation' && TO_ONE.includes(one.relation))
    .map(([name]) => name);
}
