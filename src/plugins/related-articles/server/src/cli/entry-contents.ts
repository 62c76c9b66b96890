import type { Core, Modules, UID } from '@strapi/strapi';

export type Values = Modules.Documents.AnyDocument | Record<string, unknown>;

/** The content of each attribute, as a text that is equal for equal values. */
export type Content = Record<string, string>;

/** Whether an entry counts where other entries refer to it. */
export type Counts = (uid: string, documentId: string) => boolean;

/** Attributes that every row has, or that always differ between a draft and its published version. */
const OWN = [
  ...['createdAt', 'updatedAt', 'publishedAt', 'firstPublishedAt', 'createdBy', 'updatedBy'],
  ...['locale', 'localizations', 'strapi_stage', 'strapi_assignee'],
];

/** Components may nest themselves. */
const MAX_DEPTH = 6;

interface Attribute {
  type: string;
  component?: string;
  components?: string[];
  relation?: string;
  target?: string;
  mappedBy?: string;
  morphBy?: string;
}

/** Returns everything that editors write into an entry or a component. */
export function contentOf(
  strapi: Core.Strapi,
  uid: string,
  values: Values,
  counts: Counts = () => true,
): Content {
  const content: Content = {};
  for (const [name, attribute] of attributesOf(strapi, uid)) {
    content[name] = textOf(strapi, attribute, values[name], counts);
  }
  return content;
}

/** Returns the query for all that is attached to a row, including nested components; of related entries, only ids. */
export function populateOf(strapi: Core.Strapi, uid: string, depth = 0): Record<string, unknown> {
  const inside = (component: string) =>
    depth < MAX_DEPTH ? { populate: populateOf(strapi, component, depth + 1) } : true;
  return Object.fromEntries(
    attributesOf(strapi, uid).flatMap(([name, attribute]): [string, unknown][] => {
      const { type, component, components = [], relation = '' } = attribute;
      if (component) return [[name, inside(component)]];
      if (type === 'dynamiczone') return [[name, { on: Object.fromEntries(components.map((one) => [one, inside(one)])) }]]; // prettier-ignore
      if (type === 'media') return [[name, { fields: ['documentId'] }]];
      if (type !== 'relation') return [];
      return [[name, relation.startsWith('morph') ? true : { fields: ['documentId'] }]];
    }),
  );
}

/** Returns the entries that an entry refers to, including from its components: uid -> documentIds. */
export function namedBy(
  strapi: Core.Strapi,
  uid: string,
  values: Values,
): Map<string, Set<string>> {
  const named = new Map<string, Set<string>>();
  const note: Counts = (target, documentId) => {
    named.set(target, (named.get(target) ?? new Set()).add(documentId));
    return true;
  };
  contentOf(strapi, uid, values, note);
  return named;
}

/** Returns the text of a value that is not a relation, component or file. */
export function valueText(value: unknown): string {
  return isNothing(value) ? '' : canonical(value);
}

function attributesOf(strapi: Core.Strapi, uid: string): [string, Attribute][] {
  const { attributes, modelType } = strapi.getModel(uid as UID.Schema);
  const all = Object.entries(attributes) as [string, Attribute][];
  return modelType === 'component' ? all : all.filter(([name]) => !OWN.includes(name));
}

function textOf(
  strapi: Core.Strapi,
  { type, component, target = '', mappedBy, morphBy }: Attribute,
  value: unknown,
  counts: Counts,
): string {
  if (isNothing(value)) return '';
  const part = (of: string, values: Values) => JSON.stringify([of, contentOf(strapi, of, values, counts)]); // prettier-ignore
  const parts = [value].flat() as (Values & { __component?: string; __type?: string })[];
  if (component) return parts.map((one) => part(component, one)).join();
  if (type === 'dynamiczone') return parts.map((one) => part(one.__component ?? '', one)).join();
  if (type !== 'relation' && type !== 'media') return canonical(value);
  const names = parts
    .map(({ __type = target, documentId }) => ({ uid: __type, documentId: String(documentId) }))
    .filter(({ uid, documentId }) => type === 'media' || counts(uid, documentId))
    .map(({ uid, documentId }) => `${uid} ${documentId}`);
  // Entries that refer to this one come in the order of their own publication, which says nothing here.
  return ((mappedBy ?? morphBy) === undefined ? names : names.sort()).join();
}

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || value === '';

/** Returns JSON with sorted keys; an empty text for what JSON cannot hold, such as a function. */
function canonical(value: unknown): string {
  const text = JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  ) as string | undefined;
  return text ?? '';
}
