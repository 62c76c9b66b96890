import { createUrlPattern, type UrlPattern } from './url-pattern';
import type { RankingOptions } from '../engine/engine';
import {
  AttributeLookup,
  isLocalized,
  privateMistake,
  type AttributeSchema,
  type Schema,
  type Schemas,
} from './attributes';
import { didYouMean } from './nearest';
import { SCALAR_KINDS, type DocumentsFrom, type CustomSignalOptions } from './options';
import { isExclusive, resolveRelations, type RelationSource } from './relation-sources';
import type { ContentTypeConfig, ValidatedConfig } from './schema';
import { resolveText, someSource, type TextSource } from './text-sources';
import { ConfigurationError } from './validate';

/** A configured content type, checked against its schema. */
export interface RelatedType {
  uid: string;
  pluralName: string;
  title: string;
  titlePrivate: boolean;
  slug: string | null;
  slugPrivate: boolean;
  text: TextSource[];
  relations: RelationSource[];
  /** The relation in which editors pick related entries; none when not configured. */
  picked?: RelationSource;
  date: string | null;
  datePrivate: boolean;
  /** The address patterns of its documents, by locale; `''` stands for every other locale. */
  urls: ReadonlyMap<string, UrlPattern>;
  localized: boolean;
  draftAndPublish: boolean;
  /** The configured language of a type without locales. */
  language: string | null;
  /** The configured languages of locales. */
  languages: Readonly<Record<string, string>>;
  policies: string[];
  documentsFrom: DocumentsFrom;
  signals: (CustomSignalOptions & { name: string; attributes: string[]; private: boolean })[];
  ranking: Omit<RankingOptions, 'own'>;
}

/** Whether a type uses words that its readers do not get. */
export const hasPrivateWords = ({ titlePrivate, slugPrivate, text, relations }: RelatedType): boolean =>
  titlePrivate ||
  slugPrivate ||
  someSource(text, (source) => source.private) ||
  relations.some((relation) => relation.private && relation.targets.some(({ label }) => label !== null)); // prettier-ignore

/** Whether a type compares anything that its readers do not get. */
export const comparesPrivate = (type: RelatedType): boolean =>
  hasPrivateWords(type) || type.datePrivate || type.signals.some((signal) => signal.private);

/** All relations that are read for a type's documents: those that group them, and the one in which editors pick. */
export function readRelations({ picked, relations }: RelatedType): readonly RelationSource[] {
  if (!picked || relations.some(({ attribute }) => attribute === picked.attribute))
    return relations;
  return [...relations, picked];
}

const TITLE_KINDS = ['string', 'text'];
const SLUG_KINDS = ['uid', 'string'];
const DATE_KINDS = ['date', 'datetime', 'timestamp'];

/**
 * Checks the configured types against the project's schemas.
 *
 * @param schemas All content types and components by uid.
 * @throws ConfigurationError naming every unknown type and attribute with the closest valid one.
 */
export function resolveTypes(config: ValidatedConfig, schemas: Schemas): Map<string, RelatedType> {
  const mistakes: string[] = [];
  const types = new Map<string, RelatedType>();
  for (const [uid, typeConfig] of Object.entries(config.contentTypes)) {
    const schema = Object.hasOwn(schemas, uid) ? schemas[uid] : undefined;
    if (schema && !schema.info.pluralName) {
      mistakes.push(
        `contentTypes: "${uid}" is a component. Name the content types that use it, and name the component under their text.`,
      );
    } else if (!schema) {
      const known = Object.keys(schemas).filter((other) => other.startsWith('api::'));
      mistakes.push(`contentTypes: there is no content type "${uid}".${didYouMean(uid, known)}`);
    } else if (schema.kind === 'singleType') {
      mistakes.push(
        `contentTypes: "${uid}" is a single type. It has only one document, so nothing can be related to it.`,
      );
    } else {
      types.set(uid, resolveType(uid, typeConfig, schema, { config, schemas, mistakes }));
    }
  }
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return types;
}

interface Surroundings {
  config: ValidatedConfig;
  schemas: Schemas;
  mistakes: string[];
}

function resolveType(
  uid: string,
  typeConfig: ContentTypeConfig,
  schema: Schema,
  { config, schemas, mistakes }: Surroundings,
): RelatedType {
  const place = `contentTypes["${uid}"]`;
  const lookup = new AttributeLookup(uid, schema, mistakes);
  const met = new Set<string>();
  const requirePublic = (key: string, name: string, found: AttributeSchema | undefined) => {
    if (!found?.private) return;
    met.add(name);
    if (typeConfig.allowPrivate.includes(name)) return;
    mistakes.push(privateMistake(`${place}.${key}`, name));
  };
  const check = (key: string, name: string | undefined, kinds: readonly string[]) => {
    if (name === undefined) return;
    requirePublic(key, name, lookup.find(`${place}.${key}`, name, kinds));
  };

  check('title', typeConfig.title, TITLE_KINDS);
  check('slug', typeConfig.slug, SLUG_KINDS);
  check('date', typeConfig.date, DATE_KINDS);
  if (typeConfig.date === 'publishedAt') {
    mistakes.push(
      `${place}.date: Strapi sets "publishedAt" anew with every publish. Expected an attribute of the type's own, of kind ${DATE_KINDS.join(', ')}.`,
    );
  }
  check('picked', typeConfig.picked, ['relation']);
  const picked = resolvePicked(uid, typeConfig, schema, `${place}.picked`, mistakes);
  const localized = isLocalized(schema);
  if (localized && typeConfig.language) {
    mistakes.push(
      `${place}.language: "${uid}" has locales, and each locale names its language. For locales that do not, use the option "languages".`,
    );
  }

  const text = resolveText(uid, typeConfig.text, place, {
    schemas,
    allowPrivate: typeConfig.allowPrivate,
    met,
    mistakes,
  });
  const relations = resolveRelations(uid, typeConfig.relations, place, { schemas, mistakes });
  for (const { attribute } of relations) {
    requirePublic('relations', attribute, schema.attributes[attribute]);
  }
  const dated = { relations, date: typeConfig.date ?? null };
  mistakes.push(...ruleMistakes(typeConfig.rules, dated, `${place}.rules`));
  const isPrivate = (name?: string) => Boolean(name && schema.attributes[name]?.private);
  const signals = Object.entries(typeConfig.signals).map(([name, signal]) => {
    for (const attribute of signal.attributes) {
      check(`signals.${name}.attributes`, attribute, SCALAR_KINDS);
    }
    return { name, ...signal, private: signal.attributes.some(isPrivate) };
  });
  for (const path of typeConfig.allowPrivate) {
    if (met.has(path)) continue;
    mistakes.push(
      schema.attributes[path]?.private || path.includes('.')
        ? `${place}.allowPrivate: "${path}" is not read anywhere.`
        : `${place}.allowPrivate: "${path}" is not a private attribute of "${uid}".`,
    );
  }

  return {
    uid,
    pluralName: schema.info.pluralName as string,
    title: typeConfig.title,
    titlePrivate: isPrivate(typeConfig.title),
    slug: typeConfig.slug ?? null,
    slugPrivate: isPrivate(typeConfig.slug),
    text,
    relations,
    ...(picked && { picked }),
    date: typeConfig.date ?? null,
    datePrivate: isPrivate(typeConfig.date),
    urls: resolveUrls(uid, typeConfig, place, localized, mistakes),
    localized,
    draftAndPublish: Boolean(schema.options?.draftAndPublish),
    language: typeConfig.language ?? null,
    languages: config.languages,
    policies: typeConfig.policies,
    documentsFrom: typeConfig.documentsFrom,
    signals,
    ranking: {
      ...config.ranking,
      ...(picked && { picked: picked.attribute }),
      ...(typeConfig.rules && { rules: typeConfig.rules }),
      relations: Object.fromEntries(relations.map(({ attribute, weight }) => [attribute, weight])),
    },
  };
}

/**
 * Checks rules, which refer to documents by their relations.
 *
 * @returns The mistakes in them; empty if there are none.
 */
export function ruleMistakes(
  rules: ContentTypeConfig['rules'],
  { relations, date }: { relations: readonly RelationSource[]; date: string | null },
  place: string,
): string[] {
  const known = relations.map(({ attribute }) => attribute);
  const { halfLife, place: placed = [], ...others } = rules ?? {};
  const named = Object.entries(others).flatMap(([rule, value]) =>
    (Array.isArray(value) ? value : Object.keys(value)).map((name) => ({ rule, name })),
  );
  const all = [...named, ...placed.map(({ relation }) => ({ rule: 'place', name: relation }))];
  const mistakes = all
    .filter(({ name }) => !known.includes(name))
    .map(
      ({ rule, name }) =>
        `${place}.${rule}: "${name}" is not configured under relations. Give it a weight there, or 0 to leave it out of the ranking.${didYouMean(name, known)}`,
    );
  const { same = [], different = [] } = rules ?? {};
  for (const name of same.filter((one) => different.includes(one))) {
    mistakes.push(`${place}: "${name}" is under both same and different, so no entry would be left. Expected it under one of them.`); // prettier-ignore
  }
  if (halfLife === undefined || date !== null) return mistakes;
  return [...mistakes, `${place}.halfLife: ${halfLife} needs the option "date", which says when an entry was written.`]; // prettier-ignore
}

/** Returns the relation in which editors pick, if one is configured. Its weight is 0: it groups no documents. */
function resolvePicked(
  uid: string,
  { picked: attribute, title }: ContentTypeConfig,
  schema: Schema,
  place: string,
  mistakes: string[],
): RelationSource | null {
  const found = attribute === undefined ? undefined : schema.attributes[attribute];
  if (attribute === undefined || found?.type !== 'relation') return null;
  if (found.target !== uid) {
    mistakes.push(
      `${place}: "${attribute}" leads to ${found.target ?? 'several types'}. Expected a relation to "${uid}" itself.`,
    );
    return null;
  }
  const draftAndPublish = Boolean(schema.options?.draftAndPublish);
  return {
    attribute,
    weight: 0,
    private: Boolean(found.private),
    polymorphic: false,
    exclusive: isExclusive(found),
    targets: [{ uid, label: title, draftAndPublish, localized: isLocalized(schema) }],
  };
}

function resolveUrls(
  uid: string,
  { url, slug }: ContentTypeConfig,
  place: string,
  localized: boolean,
  mistakes: string[],
): ReadonlyMap<string, UrlPattern> {
  if (url === undefined) return new Map();
  if (typeof url !== 'string' && !localized) {
    mistakes.push(`${place}.url: "${uid}" has no locales. Expected one path.`);
    return new Map();
  }
  const patterns = typeof url === 'string' ? { '': url } : url;
  for (const pattern of Object.values(patterns)) {
    if (/:slug\b/.test(pattern) && !slug) {
      mistakes.push(`${place}.url: "${pattern}" has :slug, but no slug is configured.`);
    }
    if (/:locale\b/.test(pattern) && !localized) {
      mistakes.push(`${place}.url: "${pattern}" has :locale, but "${uid}" has no locales.`);
    }
  }
  return new Map(
    Object.entries(patterns).map(([locale, pattern]) => [locale, createUrlPattern(pattern)]),
  );
}
