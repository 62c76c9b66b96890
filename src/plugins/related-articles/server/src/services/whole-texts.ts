import { askedOnce } from '../permissions/asked-once';
import {
  withFind,
  type DocumentAccess,
  type DocumentQuery,
  type FoundDocuments,
} from '../permissions/documents';
import { givenEntries, type GivenOptions } from './given-entries';
import type { Wholeness } from './wholeness';

/** How many texts are read at once. */
const TEXTS = 20;

interface WholeTextsOptions extends GivenOptions {
  wholeness: Wholeness;
  /** Called with each document that is left out. */
  onCut(documentId: string): void;
  /** @throws when the request has taken too long to go on. */
  checkTime(): Promise<void>;
}

/**
 * Gives access to documents if the caller gets everything that a text could find them by: title, words, slug, links and
 * names of related entries. Otherwise the caller could find out word by word what the project cuts.
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
  return withFind(access, find);
}
