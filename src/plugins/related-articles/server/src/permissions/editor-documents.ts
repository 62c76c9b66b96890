import type { Core, UID } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { EditorPermissions } from './editor-permissions';
import { filtersFor, hasFilters, type Document, type DocumentAccess, type DocumentQuery, type FoundDocuments } from './documents'; // prettier-ignore

/** Reads the documents that the content manager would show an editor. */
export class EditorDocuments implements DocumentAccess {
  readonly pageSize = Infinity;

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly editor: EditorPermissions,
    private readonly type: RelatedType,
  ) {}

  async read(
    documentIds: readonly string[],
    { filters, locale, ...query }: DocumentQuery,
  ): Promise<Map<string, Document>> {
    if (documentIds.length === 0) return new Map();
    const { uid, localized } = this.type;
    const allowed = await this.editor.filters(uid);
    const both = [allowed, filters].filter(hasFilters);
    const documents = await this.strapi.documents(uid as UID.ContentType).findMany({
      ...query,
      ...(localized && { locale }),
      filters: filtersFor(documentIds, both.length > 0 ? { $and: both } : undefined),
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
