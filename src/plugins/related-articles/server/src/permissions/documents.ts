import type { Modules } from '@strapi/strapi';

export type Document = Modules.Documents.AnyDocument;

/** A query for documents, in Strapi's own parameters. */
export interface DocumentQuery {
  fields?: unknown;
  populate?: unknown;
  filters?: unknown;
  locale: string | null;
  status: 'draft' | 'published';
}

/** Access to the documents of a content type that someone may read, in the form in which they get them. */
export interface DocumentAccess {
  /** How many documents one request asks for at most. */
  readonly pageSize: number;
  /** Reads those of the documents that they get, by documentId. */
  read(documentIds: readonly string[], query: DocumentQuery): Promise<Map<string, Document>>;
  /** Finds out which of the documents they get, for lists of which only a part is then read. */
  find(documentIds: readonly string[], query: DocumentQuery): Promise<FoundDocuments>;
}

export interface FoundDocuments {
  has(documentId: string): boolean;
  /** Reads those of the found documents that still exist, in the form that the query asks for. */
  read(documentIds: readonly string[]): Promise<ReadonlyMap<string, Document>>;
}

/** Returns the same access with another way of finding. A spread would lose methods of a class. */
export const withFind = (access: DocumentAccess, find: DocumentAccess['find']): DocumentAccess => ({
  pageSize: access.pageSize,
  read: (documentIds, query) => access.read(documentIds, query),
  find,
});

export function hasFilters(filters: unknown): filters is Record<string, unknown> {
  return typeof filters === 'object' && filters !== null && Object.keys(filters).length > 0;
}

/** Restricts the caller's own filters to these documents. */
export function filtersFor(documentIds: readonly string[], filters: unknown): object {
  // Strapi treats an empty list as no condition.
  const among = { documentId: { $in: documentIds.length > 0 ? [...documentIds] : [''] } };
  return hasFilters(filters) ? { $and: [filters, among] } : among;
}

/** Returns how many rows these documents may have: Strapi leaves two if one is published twice at the same time. */
export const rowsFor = (documentIds: readonly string[]): number => 2 * documentIds.length;

/** Returns the documents to which `filtersFor` restricts filters; `null` if there are other conditions. */
export function idsOf(filters: unknown): readonly string[] | null {
  const { documentId, ...others } = (filters ?? {}) as { documentId?: { $in?: unknown } };
  if (Object.keys(others).length > 0 || !Array.isArray(documentId?.$in)) return null;
  return documentId.$in as string[];
}
