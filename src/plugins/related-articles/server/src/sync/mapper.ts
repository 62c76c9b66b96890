import type { RelatedType } from '../config/resolve';
import { extractMarkdown } from '../engine/extract/markdown';
import type { Collection, EngineDocument, TaxonomyEntry, TextField } from '../engine/types';

/** A row of the database with its configured relations, or a line of an articles file made to look like one. */
export interface Entity {
  documentId: string;
  locale?: string | null;
  [attribute: string]: unknown;
}

/** What the engine is to know of an entity. */
export function toEngineDocument(type: RelatedType, entity: Entity): EngineDocument {
  const fields: TextField[] = [];
  const links: string[] = [];
  for (const { attribute, kind, weight } of type.text) {
    const value = entity[attribute];
    if (typeof value !== 'string' || value === '') continue;
    if (kind !== 'richtext') {
      fields.push({ text: value, weight });
      continue;
    }
    const extracted = extractMarkdown(value);
    fields.push({ text: extracted.text, weight });
    for (const target of extracted.links) {
      const address = type.url?.match(target);
      if (address) links.push(address);
    }
  }
  const slug = type.slug ? entity[type.slug] : null;
  return {
    id: entity.documentId,
    title: textOf(entity[type.title]),
    slug: typeof slug === 'string' && slug !== '' ? slug : null,
    fields,
    taxonomy: taxonomyOf(type, entity),
    links,
    date: type.date ? timeOf(entity[type.date]) : null,
  };
}

/** The words of an entity that any reader of it may see, for showing which of them two documents share. */
export function visibleText(type: RelatedType, entity: Entity): string {
  const texts = type.text
    .filter((field) => !field.private)
    .map(({ attribute, kind }) => {
      const value = textOf(entity[attribute]);
      return kind === 'richtext' ? extractMarkdown(value).text : value;
    });
  return [type.titlePrivate ? '' : textOf(entity[type.title]), ...texts].join('\n');
}

/** Where an entity belongs. */
export function collectionOf(type: RelatedType, locale: string | null | undefined): Collection {
  return { type: type.uid, locale: type.localized ? (locale ?? null) : null };
}

/** In an order of their own: databases give relations in none that could be relied on. */
function taxonomyOf(type: RelatedType, entity: Entity): TaxonomyEntry[] {
  return type.relations.flatMap(({ attribute, label }) => {
    const related = entity[attribute];
    const entries = (Array.isArray(related) ? related : [related]).filter(Boolean) as Entity[];
    return entries
      .map((entry) => ({
        relation: attribute,
        id: entry.documentId,
        label: textOf(entry[label]),
      }))
      .sort((a, b) => compare(a.label, b.label) || compare(a.id, b.id));
  });
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function timeOf(value: unknown): number | null {
  if (typeof value !== 'string' && !(value instanceof Date) && typeof value !== 'number')
    return null;
  const time = new Date(value).getTime();
  return Number.isFinite(time) ? time : null;
}
