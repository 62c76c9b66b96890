import type { UID } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';
import { isSameRef, type DocumentRef } from '../engine/engine';

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
export const OLDEST_FIRST: Record<string, 'asc'>[] = [{ createdAt: 'asc' }, { id: 'asc' }];

/** How many entries an editor may pin to a list, and exclude from it. */
export const MAX_PINS = 50;
export const MAX_EXCLUSIONS = 500;

export interface Pin extends DocumentRef {
  /** When it ends, as an ISO date; without one it stays. */
  until?: string;
}

/** What an editor decided about a document and its suggestions. */
export interface Decisions {
  /** They come first, in this order, as far as they are published. */
  pins: readonly Pin[];
  /** They are never suggested. */
  exclusions: readonly DocumentRef[];
  /** Whether the document itself is in no list at all. */
  isHidden: boolean;
}

/** `Decisions` as stored in a database row. */
export interface DecisionsRow {
  /** documentIds, in the editor's order. */
  pins: string[];
  exclusions: string[];
  /** When pins end, by documentId; `null` when none does. */
  pinEnds: Record<string, string> | null;
  hidden: boolean;
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

export const NO_DECISIONS: Decisions = { pins: [], exclusions: [], isHidden: false };

export const sourceOf = (
  type: string,
  documentId: string,
  locale: string | null | undefined,
): CurationSource => ({ sourceType: type, sourceId: documentId, sourceLocale: locale ?? '' });

/** Equal for the same document, type and locale. */
export const sourceKey = ({ sourceType, sourceId, sourceLocale }: CurationSource): string =>
  `${sourceType} ${sourceLocale} ${sourceId}`;

/** Reads a database row; copes with anything that was written into it by hand. */
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

/** Reads the decisions of a database row: documentIds of the source's own type. */
export function decisionsIn(row: Record<string, unknown>): Decisions {
  const uid = String(row.sourceType);
  const ends = endsIn(row.pinEnds);
  return {
    pins: idsIn(row.pins).map((documentId) => {
      const until = ends.get(documentId);
      return { uid, documentId, ...(until && { until }) };
    }),
    exclusions: idsIn(row.exclusions).map((documentId) => ({ uid, documentId })),
    isHidden: Boolean(row.hidden),
  };
}

/** Converts decisions to a database row. */
export function toRow({ pins, exclusions, isHidden }: Decisions): DecisionsRow {
  const ends = pins.flatMap(({ documentId, until }) => (until ? [[documentId, until]] : []));
  return {
    pins: documentIdsOf(pins),
    exclusions: documentIdsOf(exclusions),
    pinEnds: ends.length > 0 ? Object.fromEntries(ends) : null,
    hidden: isHidden,
  };
}

/** When the pins of a row end: dates by documentId. */
export function endsIn(value: unknown): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map();
  const ends = Object.entries(value).filter(
    ([, until]) => typeof until === 'string' && !Number.isNaN(Date.parse(until)),
  );
  return new Map(ends.map(([id, until]) => [id, new Date(until as string).toISOString()]));
}

/** Whether a pin with this end is over. */
export const isDue = (until: string | undefined, now: Date): boolean =>
  until !== undefined && Date.parse(until) <= now.getTime();

/** Returns the pins that a list has: neither its own entry nor what is excluded or never suggested. */
export function pinsInList(
  pins: readonly Pin[],
  source: DocumentRef,
  exclude: readonly DocumentRef[],
): Pin[] {
  return pins.filter((pin) => ![source, ...exclude].some((ref) => isSameRef(ref, pin)));
}

/** Leaves out pins that are over and not there now: of those, nothing is left to decide. */
export function withoutOver(now: Decisions): (decisions: Decisions) => Decisions {
  const date = new Date();
  const isLeft = (pin: Pin) =>
    !isDue(pin.until, date) || now.pins.some((known) => isSameRef(known, pin));
  return ({ pins, ...rest }) => ({ ...rest, pins: pins.filter(isLeft) });
}

/** Whether two decisions are the same; the order of exclusions does not matter. */
export const isSameDecision = (a: Decisions, b: Decisions): boolean => textOf(a) === textOf(b);

/** Equal for the same decisions. */
export function textOf(decisions: Decisions): string {
  const { pins, exclusions, hidden } = toRow(decisions);
  const ends = decisions.pins.map(({ until }) => until ?? '');
  return JSON.stringify([pins, ends, exclusions.sort(), hidden]);
}

/** Whether nothing is decided: such a curation is kept only for its revision. */
export const isNothing = ({ pins, exclusions, isHidden }: Decisions): boolean =>
  pins.length === 0 && exclusions.length === 0 && !isHidden;

export const documentIdsOf = (refs: readonly DocumentRef[]): string[] =>
  refs.map(({ documentId }) => documentId);

/** Reads the documentIds in a JSON column, each once. */
export function idsIn(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return [...new Set(value.filter((id): id is string => typeof id === 'string'))];
}
