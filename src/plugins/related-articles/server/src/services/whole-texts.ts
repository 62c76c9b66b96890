import { askedOnce } from '../permissions/asked-once';
import type { DocumentAccess, DocumentQuery, FoundDocuments } from '../permissions/documents';
import { givenEntries, type GivenOptions } from './given-entries';
import type { Wholeness } from './wholeness';

/** So many texts are read at once. */
const TEXTS = 20;

interface WholeTextsOptions extends GivenOptions {
  wholeness: Wholeness;
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
  const { type, access, wholeness, visibleRelations, onCut, checkTime } = options;
  const known = new Map<string, boolean>();
  /** Finds out which of a few documents are given whole. */
  const look = async (documentIds: readonly string[], { locale }: DocumentQuery) => {
    for (const documentId of documentIds) known.set(documentId, false);
    for (const [documentId, { row, answer }] of await givenEntries(options, documentIds, locale)) {
      const isWhole = await wholeness.isWhole(type, answer, row, visibleRelations);
      known.set(documentId, isWhole);
      if (!isWhole) onCut(documentId);
    }
  };
  const { find: findGiven } = askedOnce(access);
  const find = async (
    documentIds: readonly string[],
    query: DocumentQuery,
  ): Promise<FoundDocuments> => {
    const { has, read } = await findGiven(documentIds, query);
    const asked = documentIds.filter((id) => has(id) && !known.has(id));
    for (let at = 0; at < asked.length; at += TEXTS) {
      await checkTime();
      await look(asked.slice(at, at + TEXTS), query);
    }
    return { has: (documentId) => has(documentId) && known.get(documentId) === true, read };
  };
  return { ...access, find };
}
