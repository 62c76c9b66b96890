import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { AllDocuments } from './all-documents';
import type { EditorPermissions } from './editor-permissions';

/** Reads the documents that the content manager would show an editor. */
export class EditorDocuments extends AllDocuments {
  constructor(strapi: Core.Strapi, editor: EditorPermissions, type: RelatedType) {
    super(strapi, type, () => editor.filters(type.uid));
  }
}
