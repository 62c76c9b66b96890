import type { IndexedDocument } from '../indexed-document';
import type { DocumentRef, Query, RankingOptions, Suggestion } from '../engine';
import { placedByRules } from './rules';

/** A query within one collection, where documents are identified by id alone. */
export interface RankQuery extends Omit<Query, 'exclude' | 'pinned' | 'unseen' | 'uncounted'> {
  exclude?: ReadonlySet<string>;
  pinned?: readonly string[];
  unseen?: ReadonlySet<string>;
  uncounted?: ReadonlySet<string>;
  /** Relations that the caller may not see, without those that are ignored for everybody. */
  hiddenRelations?: ReadonlySet<string>;
  /** Whether to treat a document as absent; set only where there may be some. */
  isLeftOut?: (document: IndexedDocument) => boolean;
  /** Whether that depends on more than ids and dates. */
  readsLeftOut?: boolean;
  /** Documents that rules place first, after those that are pinned and picked. */
  placed?: readonly string[];
}

/** A suggestion within one collection. */
export interface RankedDocument extends Omit<Suggestion, 'uid' | 'documentId' | 'copies'> {
  id: string;
  copies?: readonly string[];
}

/** Leaves out documents of other types, which are in no list of the collection. */
export function withinCollection(
  uid: string,
  { exclude, pinned, unseen, uncounted, ...query }: Query,
): RankQuery {
  const ids = (refs: readonly DocumentRef[]) =>
    refs.filter((ref) => ref.uid === uid).map(({ documentId }) => documentId);
  return {
    ...query,
    ...(exclude && { exclude: new Set(ids(exclude)) }),
    ...(pinned && { pinned: ids(pinned) }),
    ...(unseen && { unseen: new Set(ids(unseen)) }),
    ...(uncounted && { uncounted: new Set(ids(uncounted)) }),
  };
}

/** What the query pins, then what the source names itself, then what rules place. */
export function placedFirst(
  { picked }: Pick<IndexedDocument, 'picked'>,
  { pinned = [], placed = [], exclude, ignoresPicks = false }: RankQuery,
): readonly string[] {
  const picks = ignoresPicks ? [] : picked.filter((id) => !exclude?.has(id));
  if (picks.length === 0 && placed.length === 0) return pinned;
  return [...new Set([...pinned, ...picks, ...placed])];
}

/**
 * Adds what the options say to a query: relations to ignore, and what rules place first. Picks are ignored if their
 * relation is. Rules place nothing where the ranking is judged.
 */
export function completed(
  { picked, rules }: Pick<RankingOptions, 'picked' | 'rules'>,
  source: IndexedDocument,
  query: RankQuery,
): RankQuery {
  const ignored = rules?.ignore ?? [];
  const isIgnored = picked !== undefined && query.ignoredRelations?.has(picked);
  const placed =
    rules?.place && !query.ignoresPicks ? placedByRules(rules.place, source, query) : [];
  return {
    ...query,
    ...(ignored.length > 0 && {
      ignoredRelations: new Set([...(query.ignoredRelations ?? []), ...ignored]),
    }),
    ...(query.ignoredRelations && { hiddenRelations: query.ignoredRelations }),
    ...(isIgnored && { ignoresPicks: true }),
    ...(placed.length > 0 && { placed }),
  };
}

/** Converts a ranked document for callers. */
export function toSuggestion(uid: string, { id, copies, ...rest }: RankedDocument): Suggestion {
  return {
    uid,
    documentId: id,
    ...rest,
    ...(copies && { copies: copies.map((documentId) => ({ uid, documentId })) }),
  };
}
