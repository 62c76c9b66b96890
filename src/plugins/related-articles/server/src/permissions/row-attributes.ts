import type { Core, UID } from '@strapi/strapi';

/** Types of attributes that are long, are stored in other tables, or must never be read. */
const LEFT_OUT = new Set(['text', 'richtext', 'blocks', 'json', 'password', 'relation', 'media', 'component', 'dynamiczone']); // prettier-ignore

const TO_ONE = ['oneToOne', 'manyToOne'];

/** Returns the short attributes in a type's own rows, which project code uses to decide what to hide. */
export function rowAttributes(strapi: Core.Strapi, uid: string): string[] {
  const { attributes } = strapi.contentType(uid as UID.ContentType);
  const names = Object.entries(attributes)
    .filter(([, { type }]) => !LEFT_OUT.has(type))
    .map(([name]) => name);
  return [...new Set(['documentId', ...names])];
}

/** Returns the relations of a type that lead to one entry at most, including its creator and its last editor. */
export function toOneRelations(strapi: Core.Strapi, uid: string): string[] {
  const { attributes } = strapi.contentType(uid as UID.ContentType);
  return Object.entries(attributes)
    .filter(([, one]) => one.type === 'relation' && TO_ONE.includes(one.relation))
    .map(([name]) => name);
}
