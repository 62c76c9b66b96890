import type { RelatedType } from '../config/resolve';
import type { RelationSource } from '../config/relation-sources';
import type { UrlPattern } from '../config/url-pattern';
import { runAtOnce, type Steps } from '../engine/steps';
import type { Collection, EngineDocument, TaxonomyEntry } from '../engine/engine';
import { entriesOf, nameOf, textOf, timeOf, type Entity } from './entity';
import { readText, type Passage } from './text';

/** An entity in the form that the engine takes. */
export interface ReadDocument {
  document: EngineDocument;
  /** Whether its text was too long to be read to its end. */
  isCut: boolean;
}

/**
 * Reads what the engine needs to know about an entity.
 *
 * @param maxText Characters of its text that are read. Default: as `readText`.
 */
export function* readDocument(
  type: RelatedType,
  entity: Entity,
  maxText?: number,
): Steps<ReadDocument> {
  const { passages, isCut } = yield* readText(type.text, entity, maxText);
  // A private link must not influence lists either, because that would reveal it.
  const told = passages.filter((passage) => !passage.private);
  const links = yield* linkedFrom(type, entity, told);
  return { document: documentOf(type, entity, passages, links), isCut };
}

/** Returns what the engine needs to know about an entity whose text cannot be read: title, slug, date and relations. */
export function withoutText(type: RelatedType, entity: Entity): EngineDocument {
  return documentOf(type, entity, [], []);
}

/** `readDocument` at once. */
export function toEngineDocument(type: RelatedType, entity: Entity): EngineDocument {
  return runAtOnce(readDocument(type, entity)).document;
}

function documentOf(
  type: RelatedType,
  entity: Entity,
  passages: readonly Passage[],
  links: string[],
): EngineDocument {
  const { slug, locale } = addressee(type, entity);
  return {
    id: entity.documentId,
    title: nameOf(entity[type.title]),
    slug,
    fields: passages
      .filter(({ text }) => text !== '')
      .map(({ text, weight }) => ({ text, weight })),
    taxonomy: type.relations.flatMap((relation) => taxonomyOf(relation, entity)),
    links,
    date: type.date ? timeOf(entity[type.date]) : null,
    ...(type.picked && { picked: picksOf(entity, type.picked.attribute) }),
    ...(type.signals.length > 0 && { attributes: attributesOf(type, entity, locale) }),
  };
}

/** The entries that its editors picked, in their order. */
function picksOf(entity: Entity, attribute: string): string[] {
  const ids = entriesOf(entity[attribute]).map(({ documentId }) => documentId);
  return [...new Set(ids)].filter((id) => id !== entity.documentId).slice(0, MAX_PICKS);
}

function addressee(type: RelatedType, entity: Entity) {
  const slug = (type.slug && textOf(entity[type.slug])) || null;
  const locale = type.localized ? (entity.locale ?? null) : null;
  return { documentId: entity.documentId, slug, locale };
}

/** Most picks of a document that are read. */
const MAX_PICKS = 50;
/** Most links of a document that are read. A text with more is a mere list of links. */
const MAX_LINKS = 5000;
/** Links that are resolved in one step. */
const LINKS_STEP = 200;

/** The slugs and documentIds that links in passages lead to. */
function* linkedFrom(
  type: RelatedType,
  entity: Entity,
  passages: readonly Passage[],
): Steps<string[]> {
  const from = addressee(type, entity);
  const url = urlFor(type, from.locale);
  const known = new Map<string, string | null>();
  const found: string[] = [];
  for (const target of url ? passages.flatMap(({ links }) => links).slice(0, MAX_LINKS) : []) {
    let address = known.get(target);
    if (address === undefined) {
      address = url?.match(target, from) ?? null;
      known.set(target, address);
      if (known.size % LINKS_STEP === 0) yield;
    }
    if (address !== null) found.push(address);
  }
  return found;
}

/** The text of a document, or the part that its readers may see. */
export interface VisibleText {
  text: string;
  /** The slugs and documentIds that its links lead to. */
  links: string[];
}

/**
 * Reads what readers of an entity may see of its text, for showing which words and links two documents share.
 *
 * @param mayRead Whether an attribute counts. Default: all. Private ones never do.
 * @param maxText Characters that are read. Default: as `readText`.
 */
export function* readVisible(
  type: RelatedType,
  entity: Entity,
  mayRead: (attribute: string) => boolean = () => true,
  maxText?: number,
): Steps<VisibleText> {
  const sources = type.text.filter(({ attribute }) => mayRead(attribute));
  const { passages } = yield* readText(sources, entity, maxText);
  const shown = passages.filter((passage) => !passage.private);
  const title = type.titlePrivate || !mayRead(type.title) ? '' : nameOf(entity[type.title]);
  return yield* textIn(type, entity, title, shown);
}

/** Reads everything that an entity can be found by, including private text. */
export function* readWhole(type: RelatedType, entity: Entity): Steps<VisibleText> {
  const { passages } = yield* readText(type.text, entity);
  return yield* textIn(type, entity, nameOf(entity[type.title]), passages);
}

function* textIn(
  type: RelatedType,
  entity: Entity,
  title: string,
  passages: readonly Passage[],
): Steps<VisibleText> {
  return {
    text: [title, ...passages.map(({ text }) => text)].join('\n'),
    links: yield* linkedFrom(type, entity, passages),
  };
}

/** Returns the collection that an entity belongs to. */
export function collectionOf(type: RelatedType, locale: string | null | undefined): Collection {
  return { type: type.uid, locale: type.localized ? (locale ?? null) : null };
}

/** Returns the id of a relation's entry, which is the same in every locale. */
export function entryId({ polymorphic }: RelationSource, uid: string, documentId: string): string {
  return polymorphic ? `${uid} ${documentId}` : documentId;
}

/** The slug or documentId that a link in an entity's text names; `null` when it leads elsewhere. */
export function linkedKey(type: RelatedType, entity: Entity, target: string): string | null {
  const from = addressee(type, entity);
  return urlFor(type, from.locale)?.match(target, from) ?? null;
}

const ABSOLUTE = /^(?:[a-z][a-z\d+.-]*:|\/\/)/i;

/** Whether a link certainly leads to a page of this site: a pattern without a host does not tell the site's. */
export function isOnSite(type: RelatedType, { locale }: Entity, target: string): boolean {
  return !ABSOLUTE.test(target) || ABSOLUTE.test(urlFor(type, locale ?? null)?.pattern ?? '');
}

/** Where the site shows an entity; `null` when the configuration does not tell. */
export function addressOf(type: RelatedType, entity: Entity): string | null {
  const document = addressee(type, entity);
  return urlFor(type, document.locale)?.addressOf(document) ?? null;
}

function urlFor({ urls }: RelatedType, locale: string | null): UrlPattern | undefined {
  return urls.get(locale ?? '') ?? urls.get('');
}

/** Returns the entries of a relation in a fixed order: databases return relations in no reliable order. */
export function taxonomyOf(relation: RelationSource, entity: Entity): TaxonomyEntry[] {
  const entries = new Map<string, TaxonomyEntry>();
  const preferred = [...entriesOf(entity[relation.attribute])].sort(
    (a, b) =>
      // If an entry has locales, prefer the document's own.
      Number(b.locale === entity.locale) - Number(a.locale === entity.locale) ||
      compare(a.locale ?? '', b.locale ?? ''),
  );
  for (const entry of preferred) {
    const target = relation.polymorphic
      ? relation.targets.find(({ uid }) => uid === entry.__type)
      : relation.targets[0];
    if (!target) continue;
    const id = entryId(relation, target.uid, entry.documentId);
    if (entries.has(id)) continue;
    const label = target.label === null ? '' : nameOf(entry[target.label]);
    entries.set(id, { relation: relation.attribute, id, label });
  }
  return [...entries.values()].sort((a, b) => compare(a.label, b.label) || compare(a.id, b.id));
}

/** Returns the attributes for the site builder's own signals. */
function attributesOf(
  type: RelatedType,
  entity: Entity,
  locale: string | null,
): Readonly<Record<string, unknown>> {
  const named = type.signals.flatMap(({ attributes }) => attributes);
  return Object.freeze({
    ...Object.fromEntries(named.map((attribute) => [attribute, entity[attribute]])),
    documentId: entity.documentId,
    locale,
    title: textOf(entity[type.title]),
  });
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
