import type { Core, UID } from '@strapi/strapi';

import { readRelations, type RelatedType } from '../config/resolve';
import { filtersFor, hasFilters, rowsFor, type Document, type DocumentAccess, type DocumentQuery, type FoundDocuments } from './documents'; // prettier-ignore
import type { Visibility } from './visibility';

/** The documents of a type as Strapi's Document Service reads them, without checking permissions. */
export class AllDocuments implements DocumentAccess {
  /** SQLite holds up everybody while it reads. */
  readonly pageSize: number = 250;

  constructor(
    private readonly strapi: Core.Strapi,
    protected readonly type: RelatedType,
    /** Filters in Strapi's syntax for the documents that may be read. Default: all of them. */
    private readonly allowed?: () => Promise<object>,
  ) {}

  async read(
    documentIds: readonly string[],
    { filters, locale, ...query }: DocumentQuery,
  ): Promise<Map<string, Document>> {
    if (documentIds.length === 0) return new Map();
    const both = [await this.allowed?.(), filters].filter(hasFilters);
    const found = new Map<string, Document>();
    for (let at = 0; at < documentIds.length; at += this.pageSize) {
      const part = documentIds.slice(at, at + this.pageSize);
      const documents = await this.findMany({
        ...query,
        ...(this.type.localized && { locale }),
        filters: filtersFor(part, both.length > 0 ? { $and: both } : undefined),
        limit: rowsFor(part),
      });
      for (const document of documents) found.set(document.documentId, document);
    }
    return found;
  }

  async find(documentIds: readonly string[], query: DocumentQuery): Promise<FoundDocuments> {
    const found = await this.read(documentIds, { ...query, populate: {}, fields: ['documentId'] });
    return {
      has: (documentId) => found.has(documentId),
      read: (part) => this.read(part, query),
    };
  }

  protected findMany(query: Record<string, unknown>): Promise<Document[]> {
    return this.strapi.documents(this.type.uid as UID.ContentType).findMany(query as never);
  }
}

/** Returns the visibility of someone who may see everything. */
export const seesAll = (type: RelatedType): Visibility => ({
  mayRead: () => true,
  visibleRelations: new Set(readRelations(type).map(({ attribute }) => attribute)),
  ignoredRelations: new Set(),
  readsAllFields: true,
  readsAllEntries: true,
  mayBeCut: false,
  seesPrivate: true,
});
