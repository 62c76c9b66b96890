import type { UID } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';
import type { DocumentRef } from '../engine/engine';

const contentTypeOf = (name: string) => ({
  name,
  uid: `plugin::${PLUGIN_ID}.${name}` as UID.ContentType,
});

export const CURATION = contentTypeOf('curation');
export const CURATION_EVENT = contentTypeOf('curation-event');

/** One document of one content type in one locale; `''` for a type without locales. */
export interface CurationSource {
  sourceType: string;
  sourceId: string;
  sourceLocale: string;
}

/** By date, because imported events have higher ids. */
export const NEWEST_FIRST: Record<string, 'desc'>[] = [{ createdAt: 'desc' }, { id: 'desc' }];

/** How many entries an editor may pin to a list, and keep out of it. */
export const MAX_PINS = 50;
export const MAX_EXCLUSIONS = 500;

/** What an editor decided about a document's suggestions. */
export interface Decisions {
  /** They come first, in this order, as far as they are published. */
  pins: readonly DocumentRef[];
  /** They are never suggested. */
  exclusions: readonly DocumentRef[];
}

export interface Curation extends CurationSource, Decisions {
  /** The row's id in this database. */
  id: number;
  /** The documentId of the curation's own row. */
  documentId: string;
  /** Grows by one with every change; 0 stands for none. */
  revision: number;
  editor: string | null;
  /** When it was last changed, as an ISO date. */
  updatedAt: string;
}

export const NO_DECISIONS: Decisions = { pins: [], exclusions: [] };

export const sourceOf = (
  type: string,
  documentId: string,
  locale: string | null | undefined,
): CurationSource => ({ sourceType: type, sourceId: documentId, sourceLocale: locale ?? '' });

/** Equal for the same document, type and locale. */
export const sourceKey = ({ sourceType, sourceId, sourceLocale }: CurationSource): string =>
  `${sourceType} ${sourceLocale} ${sourceId}`;

/** Reads a database row, whatever was written into it by hand. */
export function toCuration(row: Record<string, unknown>): Curation {
  return {
    id: Number(row.id),
    documentId: String(row.documentId),
    sourceType: String(row.sourceType),
    sourceId: String(row.sourceId),
    sourceLocale: String(row.sourceLocale ?? ''),
    ...decisionsIn(row),
    revision: Number(row.revision) || 0,
    editor: typeof row.editor === 'string' ? row.editor : null,
    updatedAt: new Date(row.updatedAt as string).toISOString(),
  };
}

/** What a row of the database says was decided: documentIds of the source's own type. */
export function decisionsIn({ sourceType, pins, exclusions }: Record<string, unknown>): Decisions {
  const refsOf = (value: unknown) =>
    idsIn(value).map((documentId) => ({ uid: String(sourceType), documentId }));
  return { pins: refsOf(pins), exclusions: refsOf(exclusions) };
}

/** The same as a row has it. */
export function toRow({ pins, exclusions }: Decisions): { pins: string[]; exclusions: string[] } {
  return { pins: documentIdsOf(pins), exclusions: documentIdsOf(exclusions) };
}

export const documentIdsOf = (refs: readonly DocumentRef[]): string[] =>
  refs.map(({ documentId }) => documentId);

/** The documentIds in a column of JSON, each once. */
export function idsIn(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return [...new Set(value.filter((id): id is string => typeof id === 'string'))];
}
