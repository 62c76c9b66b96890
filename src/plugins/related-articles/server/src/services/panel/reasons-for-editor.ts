import type { RelatedType } from '../../config/resolve';
import type { Entity } from '../../content/entity';
import type { RowReader } from '../../content/row-reader';
import { SOURCE, type ReadForReasons } from '../explanations';
import type { Source } from '../suggestions';

/** Reasons in the panel come from published documents and from the form. */
export function reasonsForEditor(
  reader: Pick<RowReader, 'published' | 'draft'>,
  type: RelatedType,
  { documentId, locale, status, entity }: Source,
): ReadForReasons {
  return async (documentIds) => {
    const isSaved = !entity && status === 'published';
    const ids = isSaved ? [...documentIds, documentId] : documentIds;
    const rows = await reader.published(type, ids);
    const read = new Map<string, Entity>(
      rows
        .filter((row) => !type.localized || row.locale === locale)
        .map((row) => [row.documentId, row]),
    );
    const own =
      entity ?? (isSaved ? read.get(documentId) : await reader.draft(type, documentId, locale));
    return own ? read.set(SOURCE, own) : read;
  };
}
