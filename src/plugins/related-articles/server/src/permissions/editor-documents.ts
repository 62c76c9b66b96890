import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { AllDocuments } from './all-documents';
import type { Document } from './documents';
import type { EditorPermissions } from './editor-permissions';
import type { EntryQuery } from './narrowed-reads';

/** Reads the documents that the content manager would show an editor. */
export class EditorDocuments extends AllDocuments {
  constructor(
    strapi: Core.Strapi,
    private readonly editor: EditorPermissions,
    type: RelatedType,
  ) {
    super(strapi, type, () => editor.filters(type.uid));
  }

  protected override async findMany(query: Record<string, unknown>): Promise<Document[]> {
    return (await this.editor.findMany(this.type.uid, query as EntryQuery)) as Document[];
  }
}
