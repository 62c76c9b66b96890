import { createUrlPattern, type UrlPattern } from '../engine/extract/url-pattern';
import type { RankingOptions } from '../engine/types';
import { didYouMean } from './nearest';
import type { ContentTypeConfig, ValidatedConfig } from './schema';
import { ConfigurationError } from './validate';

/** What this file needs to know of a content type; Strapi's schemas fit. */
export interface ContentTypeSchema {
  kind?: string;
  info: { singularName: string; pluralName: string };
  options?: { draftAndPublish?: boolean };
  pluginOptions?: unknown;
  attributes: Record<string, AttributeSchema>;
}

export interface AttributeSchema {
  type: string;
  private?: boolean;
  target?: string;
}

export type TextKind = 'string' | 'text' | 'richtext';

/** A configured content type, checked against its schema. */
export interface RelatedType {
  uid: string;
  pluralName: string;
  title: string;
  titlePrivate: boolean;
  slug: string | null;
  text: { attribute: string; kind: TextKind; weight: number; private: boolean }[];
  relations: {
    attribute: string;
    target: string;
    label: string;
    weight: number;
    private: boolean;
  }[];
  date: string | null;
  url: UrlPattern | null;
  localized: boolean;
  draftAndPublish: boolean;
  policies: string[];
  ranking: RankingOptions;
}

const TITLE_KINDS = ['string', 'text'];
const SLUG_KINDS = ['uid', 'string'];
const TEXT_KINDS: readonly string[] = ['string', 'text', 'richtext'] satisfies TextKind[];
const DATE_KINDS = ['date', 'datetime', 'timestamp'];
/** Where a related entity keeps its name, first that exists. */
const LABELS = ['name', 'title', 'label', 'displayName'];

/**
 * The configured types, checked against the project's schemas.
 *
 * @param schemas All content types by uid.
 * @throws ConfigurationError naming every unknown type and attribute with the nearest right one.
 */
export function resolveTypes(
  config: ValidatedConfig,
  schemas: Readonly<Record<string, ContentTypeSchema>>,
): Map<string, RelatedType> {
  const mistakes: string[] = [];
  const types = new Map<string, RelatedType>();
  for (const [uid, typeConfig] of Object.entries(config.contentTypes)) {
    const schema = schemas[uid];
    if (!schema) {
      const known = Object.keys(schemas).filter((other) => other.startsWith('api::'));
      mistakes.push(`contentTypes: there is no content type "${uid}".${didYouMean(uid, known)}`);
      continue;
    }
    if (schema.kind === 'singleType') {
      mistakes.push(
        `contentTypes: "${uid}" is a single type. It has one document only, which nothing can be related to.`,
      );
      continue;
    }
    types.set(uid, resolveType(uid, typeConfig, schema, schemas, config, mistakes));
  }
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return types;
}

function resolveType(
  uid: string,
  typeConfig: ContentTypeConfig,
  schema: ContentTypeSchema,
  schemas: Readonly<Record<string, ContentTypeSchema>>,
  config: ValidatedConfig,
  mistakes: string[],
): RelatedType {
  const place = `contentTypes["${uid}"]`;
  const check = (key: string, attribute: string, kinds: readonly string[]) => {
    const found = Object.hasOwn(schema.attributes, attribute)
      ? schema.attributes[attribute]
      : undefined;
    const fitting = Object.keys(schema.attributes).filter((name) =>
      kinds.includes(schema.attributes[name].type),
    );
    if (!found) {
      mistakes.push(
        `${place}.${key}: "${uid}" has no attribute "${attribute}".${didYouMean(attribute, fitting)}`,
      );
    } else if (!kinds.includes(found.type)) {
      mistakes.push(
        `${place}.${key}: attribute "${attribute}" is of kind ${found.type}; ${kinds.join(', ')} would be right.`,
      );
    }
    return found;
  };
  const checkPublic = (key: string, attribute: string, found: AttributeSchema | undefined) => {
    if (found?.private && !typeConfig.allowPrivate.includes(attribute)) {
      mistakes.push(
        `${place}.${key}: attribute "${attribute}" is private, and lists made from it would show traces of it. Add it to allowPrivate if that is meant.`,
      );
    }
  };

  checkPublic('title', typeConfig.title, check('title', typeConfig.title, TITLE_KINDS));
  if (typeConfig.slug)
    checkPublic('slug', typeConfig.slug, check('slug', typeConfig.slug, SLUG_KINDS));
  if (typeConfig.date)
    checkPublic('date', typeConfig.date, check('date', typeConfig.date, DATE_KINDS));
  if (typeConfig.date === 'publishedAt') {
    mistakes.push(
      `${place}.date: Strapi sets "publishedAt" anew with every publish; an attribute of its own, of kind ${DATE_KINDS.join(', ')}, would be right.`,
    );
  }
  for (const attribute of typeConfig.allowPrivate) {
    if (!schema.attributes[attribute]?.private) {
      mistakes.push(`${place}.allowPrivate: "${attribute}" is no private attribute of "${uid}".`);
    }
  }
  if (typeConfig.url?.includes(':slug') && !typeConfig.slug) {
    mistakes.push(`${place}.url: "${typeConfig.url}" has :slug, but no slug is configured.`);
  }

  const text = Object.entries(typeConfig.text).map(([attribute, weight]) => {
    const found = check('text', attribute, TEXT_KINDS);
    checkPublic('text', attribute, found);
    return {
      attribute,
      weight,
      kind: (found?.type ?? 'text') as TextKind,
      private: Boolean(found?.private),
    };
  });
  const relations = Object.entries(typeConfig.relations).map(([attribute, weight]) => {
    const found = check('relations', attribute, ['relation']);
    if (attribute === 'localizations') {
      mistakes.push(
        `${place}.relations: "localizations" leads to translations of the same document, which are no group.`,
      );
    }
    checkPublic('relations', attribute, found);
    const target = found?.target ?? '';
    const label = labelOf(schemas[target]);
    if (found?.type === 'relation' && !label) {
      mistakes.push(
        `${place}.relations: "${attribute}" leads to "${target || 'several types'}", which has no attribute of kind string to name its entries by.`,
      );
    }
    return { attribute, weight, target, label: label ?? '', private: Boolean(found?.private) };
  });

  return {
    uid,
    pluralName: schema.info.pluralName,
    title: typeConfig.title,
    titlePrivate: Boolean(schema.attributes[typeConfig.title]?.private),
    slug: typeConfig.slug ?? null,
    text,
    relations,
    date: typeConfig.date ?? null,
    url: typeConfig.url ? createUrlPattern(typeConfig.url) : null,
    localized: isLocalized(schema),
    draftAndPublish: Boolean(schema.options?.draftAndPublish),
    policies: typeConfig.policies,
    ranking: {
      ...config.ranking,
      relations: Object.fromEntries(relations.map(({ attribute, weight }) => [attribute, weight])),
    },
  };
}

function labelOf(schema: ContentTypeSchema | undefined): string | null {
  if (!schema) return null;
  const isName = (name: string) =>
    ['string', 'text'].includes(schema.attributes[name]?.type) && !schema.attributes[name].private;
  return LABELS.find(isName) ?? Object.keys(schema.attributes).find(isName) ?? null;
}

function isLocalized({ pluginOptions }: ContentTypeSchema): boolean {
  const options = pluginOptions as { i18n?: { localized?: boolean } } | undefined;
  return options?.i18n?.localized === true;
}
