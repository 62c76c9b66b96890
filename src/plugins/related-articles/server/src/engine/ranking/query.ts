import type { IndexedDocument } from '../indexed-document';
import type { DocumentRef, Query, RankingOptions, Suggestion } from '../engine';

/** A query within one collection, where documents are identified by id alone. */
export interface RankQuery extends Omit<Query, 'exclude' | 'pinned' | 'unseen'> {
  exclude?: ReadonlySet<string>;
  pinned?: readonly string[];
  unseen?: ReadonlySet<string>;
}

/** A suggestion within one collection. */
export interface RankedDocument extends Omit<Suggestion, 'uid' | 'documentId' | 'copies'> {
  id: string;
  copies?: readonly string[];
}

/** Leaves out documents of other types, which are in no list of the collection. */
export function withinCollection(
  uid: string,
  { exclude, pinned, unseen, ...query }: Query,
): RankQuery {
  const ids = (refs: readonly DocumentRef[]) =>
    refs.filter((ref) => ref.uid === uid).map(({ documentId }) => documentId);
  return {
    ...query,
    ...(exclude && { exclude: new Set(ids(exclude)) }),
    ...(pinned && { pinned: ids(pinned) }),
    ...(unseen && { unseen: new Set(ids(unseen)) }),
  };
}

/** What a source names itself comes after what the query pins. */
export const placedFirst = (
  { picked }: Pick<IndexedDocument, 'picked'>,
  { pinned = [], exclude, ignoresPicks = false }: RankQuery,
): readonly string[] =>
  picked.length === 0 || ignoresPicks
    ? pinned
    : [...pinned, ...picked.filter((id) => !pinned.includes(id) && !exclude?.has(id))];

/** The same question, without picks where their relation counts for nothing. */
export function seenPicks({ picked }: Pick<RankingOptions, 'picked'>, query: RankQuery): RankQuery {
  const isIgnored = picked !== undefined && query.ignoredRelations?.has(picked);
  return isIgnored ? { ...query, ignoresPicks: true } : query;
}

/** A ranked document as callers know it. */
export function toSuggestion(uid: string, { id, copies, ...rest }: RankedDocument): Suggestion {
  return {
    uid,
    documentId: id,
    ...rest,
    ...(copies && { copies: copies.map((documentId) => ({ uid, documentId })) }),
  };
}
