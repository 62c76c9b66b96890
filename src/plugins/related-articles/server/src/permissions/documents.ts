import type { Modules } from '@strapi/strapi';

export type Document = Modules.Documents.AnyDocument;

/** What is asked of documents; Strapi's own parameters. */
export interface DocumentQuery {
  fields?: unknown;
  populate?: unknown;
  filters?: unknown;
  locale: string | null;
  status: 'draft' | 'published';
}

/** The documents of a content type that somebody may have, as they may have them. */
export interface DocumentAccess {
  /** How many documents one request is asked for. */
  readonly pageSize: number;
  /** Those of the documents that they get, by documentId. */
  read(documentIds: readonly string[], query: DocumentQuery): Promise<Map<string, Document>>;
  /** Which of the documents they get, for lists of which a part is then read. */
  find(documentIds: readonly string[], query: DocumentQuery): Promise<FoundDocuments>;
}

export interface FoundDocuments {
  has(documentId: string): boolean;
  /** Those of the found documents that are there still, as the query asks for them. */
  read(documentIds: readonly string[]): Promise<ReadonlyMap<string, Document>>;
}

export function hasFilters(filters: unknown): filters is Record<string, unknown> {
  return typeof filters === 'object' && filters !== null && Object.keys(filters).length > 0;
}

/** The caller's own filters, for these documents alone. */
export function filtersFor(documentIds: readonly string[], filters: unknown): object {
  // Strapi treats an empty list as no condition.
  const among = { documentId: { $in: documentIds.length > 0 ? [...documentIds] : [''] } };
  return hasFilters(filters) ? { $and: [filters, among] } : among;
}

/** How many rows there may be of these documents: Strapi leaves two where one is published twice at once. */
export const rowsFor = (documentIds: readonly string[]): number => 2 * documentIds.length;

/** The documents that such filters are for; `null` when there are other conditions. */
export function idsOf(filters: unknown): readonly string[] | null {
  const { documentId, ...others } = (filters ?? {}) as { documentId?: { $in?: unknown } };
  if (Object.keys(others).length > 0 || !Array.isArray(documentId?.$in)) return null;
  return documentId.$in as string[];
}
