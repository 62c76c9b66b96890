import { withFind, type Document, type DocumentAccess, type FoundDocuments } from './documents';

/**
 * Wraps `access` so that documents that are found have nothing but their ids, until `read` reads those of several lists
 * together, in the form that the last search asked for.
 */
export function readLater(access: DocumentAccess): {
  access: DocumentAccess;
  read: FoundDocuments['read'];
} {
  let last: FoundDocuments['read'] | null = null;
  const find: DocumentAccess['find'] = async (documentIds, query) => {
    const { has, read } = await access.find(documentIds, query);
    last = read;
    return {
      has,
      read: async (part) =>
        new Map(part.map((documentId) => [documentId, { documentId } as Document])),
    };
  };
  return { access: withFind(access, find), read: async (ids) => (await last?.(ids)) ?? new Map() };
}
