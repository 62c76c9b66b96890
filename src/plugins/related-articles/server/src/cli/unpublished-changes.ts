import type { Core, Modules, UID } from '@strapi/strapi';

type Values = Modules.Documents.AnyDocument | Record<string, unknown>;

/** What every row has, and what differs between a draft and its published version anyway. */
const OWN = [
  ...['createdAt', 'updatedAt', 'publishedAt', 'firstPublishedAt', 'createdBy', 'updatedBy'],
  ...['locale', 'localizations', 'strapi_stage', 'strapi_assignee'],
];

/** An attribute that a draft has another value for than the published version. */
export interface UnpublishedChange {
  attribute: string;
  draft: unknown;
}

/** What has been changed in an entry since it was published. */
export async function unpublishedChanges(
  strapi: Core.Strapi,
  uid: string,
  { documentId, locale }: { documentId: string; locale: string | undefined },
): Promise<UnpublishedChange[]> {
  const populate = populateOf(strapi, uid);
  const read = async (status: 'draft' | 'published'): Promise<Values> => {
    const scope = { documentId, status, ...(locale !== undefined && { locale }), populate };
    return (await strapi.documents(uid as UID.ContentType).findOne(scope as never)) ?? {};
  };
  const [draft, published] = [await read('draft'), await read('published')];
  const [is, was] = [draft, published].map((values) => contentOf(strapi, uid, values));
  return Object.keys(is)
    .filter((attribute) => is[attribute] !== was[attribute])
    .map((attribute) => ({ attribute, draft: draft[attribute] }));
}

/** What each attribute holds, as a text that is equal for equal values. */
export type Content = Record<string, string>;

/** All that editors write into an entry. */
export function contentOf(strapi: Core.Strapi, uid: string, values: Values): Content {
  const content: Content = {};
  for (const [name, attribute] of Object.entries(strapi.getModel(uid as UID.Schema).attributes)) {
    if (OWN.includes(name)) continue;
    content[name] = (isOrdered(attribute as Leading) ? inOrder : comparable)(values[name]);
  }
  return content;
}

/** Whether an entry says otherwise about any of these attributes. */
export function differs(entry: Values, data: Record<string, unknown>): boolean {
  return Object.entries(data).some(
    ([attribute, value]) => comparable(entry[attribute]) !== comparable(value),
  );
}

/** One text for equal values, whether they come from a file or from the database. Related entries have no order here. */
export function comparable(value: unknown): string {
  const isRelation = Array.isArray(value) && value.every(isEntry);
  return isRelation ? value.map(inOrder).sort().join(' ') : inOrder(value);
}

/** The same where the order counts, as editors see and change it. */
export function inOrder(value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  if (Array.isArray(value)) return value.map(inOrder).join(' ');
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return String(value);
  if ('documentId' in value) return String(value.documentId);
  const parts = Object.entries(value)
    .filter(([name]) => name !== 'id')
    .map(([name, part]) => `${name}: ${inOrder(part)}`);
  return `{${parts.sort().join(', ')}}`;
}

/** An entry, or its documentId. */
const isEntry = (value: unknown): boolean =>
  typeof value === 'string' ||
  (typeof value === 'object' && value !== null && 'documentId' in value);

/** Whether the order of what an attribute holds is its own, rather than that of the other side's publications. */
const isOrdered = ({ mappedBy }: Leading): boolean => mappedBy === undefined;

/** Components may nest themselves. */
const MAX_DEPTH = 6;

/** All that hangs on a row, components within components included; of related entries, which they are. */
export function populateOf(strapi: Core.Strapi, uid: string, depth = 0): Record<string, unknown> {
  const { attributes } = strapi.getModel(uid as UID.Schema);
  const inside = (component: string) =>
    depth < MAX_DEPTH ? { populate: populateOf(strapi, component, depth + 1) } : true;
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, attribute]): [string, unknown][] => {
      const { type, component, components = [], relation = '' } = attribute as Leading;
      if (OWN.includes(name)) return [];
      if (component) return [[name, inside(component)]];
      if (type === 'dynamiczone') return [[name, { on: Object.fromEntries(components.map((one) => [one, inside(one)])) }]]; // prettier-ignore
      if (type === 'media') return [[name, { fields: ['documentId'] }]];
      if (type !== 'relation') return [];
      return [[name, relation.startsWith('morph') ? true : { fields: ['documentId'] }]];
    }),
  );
}

interface Leading {
  type: string;
  component?: string;
  components?: string[];
  relation?: string;
  mappedBy?: string;
}
