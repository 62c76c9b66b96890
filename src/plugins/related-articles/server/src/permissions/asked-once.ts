import { withFind, type DocumentAccess, type DocumentQuery, type FoundDocuments } from './documents'; // prettier-ignore

/**
 * Wraps `access` so that it looks up each document once for each query: the lists of one request ask for the same
 * documents again and again. The wrapper keeps results for as long as it exists.
 */
export function askedOnce(access: DocumentAccess): DocumentAccess {
  const answers = new Map<string, { found: Map<string, boolean>; read: FoundDocuments['read'] }>();
  const find = async (
    documentIds: readonly string[],
    query: DocumentQuery,
  ): Promise<FoundDocuments> => {
    const key = JSON.stringify(query);
    const before = answers.get(key);
    const found = before?.found ?? new Map<string, boolean>();
    const fresh = documentIds.filter((id) => !found.has(id));
    let read = before?.read;
    if (fresh.length > 0 || !read) {
      const answer = await access.find(fresh, query);
      for (const id of fresh) found.set(id, answer.has(id));
      read = answer.read;
    }
    answers.set(key, { found, read });
    return { has: (documentId) => found.get(documentId) === true, read };
  };
  return withFind(access, find);
}
