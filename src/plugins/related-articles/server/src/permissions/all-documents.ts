import type { Core, UID } from '@strapi/strapi';

import { readRelations, type RelatedType } from '../config/resolve';
import { filtersFor, type Document, type DocumentAccess, type DocumentQuery, type FoundDocuments } from './documents'; // prettier-ignore
import type { Visibility } from './visibility';

/** Every document of a type, for the project's own code: as Strapi's Document Service, it asks for no permissions. */
export class AllDocuments implements DocumentAccess {
  readonly pageSize = Infinity;

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
  ) {}

  async read(
    documentIds: readonly string[],
    { filters, locale, ...query }: DocumentQuery,
  ): Promise<Map<string, Document>> {
    if (documentIds.length === 0) return new Map();
    const { uid, localized } = this.type;
    const documents = await this.strapi.documents(uid as UID.ContentType).findMany({
      ...query,
      ...(localized && { locale }),
      filters: filtersFor(documentIds, filters),
      limit: documentIds.length,
    } as never);
    return new Map(documents.map((document) => [document.documentId, document]));
  }

  async find(documentIds: readonly string[], query: DocumentQuery): Promise<FoundDocuments> {
    const found = await this.read(documentIds, { ...query, populate: {}, fields: ['documentId'] });
    return {
      has: (documentId) => found.has(documentId),
      read: (part) => this.read(part, query),
    };
  }
}

/** What is seen by whoever may see everything. */
export const seesAll = (type: RelatedType): Visibility => ({
  mayRead: () => true,
  visibleRelations: new Set(readRelations(type).map(({ attribute }) => attribute)),
  ignoredRelations: new Set(),
  readsAllFields: true,
  readsAllEntries: true,
});
