import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import type { RowReader } from '../content/row-reader';
import type { DocumentAccess, DocumentQuery, FoundDocuments } from '../permissions/documents';
import { explainableQuery } from './reasons-for-caller';
import type { Wholeness } from './wholeness';

/** So many texts are read at once. */
const TEXTS = 20;

interface WholeTextsOptions {
  type: RelatedType;
  access: DocumentAccess;
  reader: RowReader;
  wholeness: Wholeness;
  visibleRelations: ReadonlySet<string>;
  /** Told of a document that is left out. */
  onCut(documentId: string): void;
  /** @throws when the request has taken too long to go on. */
  checkTime(): Promise<void>;
}

/**
 * Access to the documents of which the caller gets all that a text could find them by: title, words, slug, links and
 * names of related entries. Where the project cuts some of it from its answers, it could be tried word by word.
 */
export function wholeTexts(options: WholeTextsOptions): DocumentAccess {
  const { type, access, reader, wholeness, visibleRelations, onCut, checkTime } = options;
  const known = new Map<string, boolean>();
  /** Finds out which of a few documents are given whole. */
  const look = async (documentIds: readonly string[], { locale, status }: DocumentQuery) => {
    for (const documentId of documentIds) known.set(documentId, false);
    const query = { ...explainableQuery(type, visibleRelations), locale, status };
    const answers = await access.read(documentIds, query);
    const rows = await reader.published(type, documentIds);
    for (const row of rows) {
      const answer = answers.get(row.documentId) as Entity | undefined;
      if (!answer || (type.localized && row.locale !== locale)) continue;
      const isWhole = await wholeness.isWhole(type, answer, row, visibleRelations);
      known.set(row.documentId, isWhole);
      if (!isWhole) onCut(row.documentId);
    }
  };
  const find = async (
    documentIds: readonly string[],
    query: DocumentQuery,
  ): Promise<FoundDocuments> => {
    const found = await access.find(documentIds, query);
    const asked = documentIds.filter((id) => found.has(id) && !known.has(id));
    for (let at = 0; at < asked.length; at += TEXTS) {
      await checkTime();
      await look(asked.slice(at, at + TEXTS), query);
    }
    return {
      ...found,
      has: (documentId) => found.has(documentId) && known.get(documentId) === true,
    };
  };
  return { ...access, find };
}
