import type { Explanation, LinkEvidence } from '../../engine/explanation';

/**
 * The response of `GET /api/<plural name>/:documentId/related`.
 *
 * @typeParam T One of your documents, as its own route returns it.
 */
export interface RelatedResponse<T = Record<string, unknown>> {
  /** The suggestions, best first. */
  data: T[];
  meta: {
    pagination: RelatedPagination;
    /** For each document in `data`, in the same order, why it is there. */
    related: RelatedMeta[];
    /** Only while the index is being built: lists are partial until it is done. */
    index?: { ready: false; percent: number };
  };
}

/** In the style of the request: by pages, or by start and limit. Without counts if `withCount` is false. */
export type RelatedPagination =
  | { page: number; pageSize: number; pageCount?: number; total?: number }
  | { start: number; limit: number; total?: number };

export interface RelatedMeta {
  documentId: string;
  /** Whether an editor pinned it, picked it in the entry's own relation (option `picked`), a rule of the site places it, the ranking found it, or it only fills the list (option `fallback`). */
  origin: 'pinned' | 'picked' | 'placed' | 'suggested' | 'fallback';
  /** How related the two are, 0 to 1, with four digits; it means the same on every site. 0 for a pin that is not in the index yet, and for what only fills the list. */
  score: number;
  /** With `explain=true`. */
  explanation?: Explanation;
}

/** A document with its metadata: with `inline=true`, in lists for several entries, and in an entry's own `related`. */
export type RelatedDocument<T = Record<string, unknown>> = T & {
  __related: Omit<RelatedMeta, 'documentId'>;
};

/** The response of `GET /api/related-articles/<plural name>?documentIds=…`. */
export interface RelatedListsResponse<T = Record<string, unknown>> {
  /** One list for each requested entry, in the same order. */
  data: RelatedList<T>[];
  meta: Pick<RelatedResponse['meta'], 'index'>;
}

export interface RelatedList<T = Record<string, unknown>> {
  /** The entry as the request named it: a documentId or a slug. */
  source: string;
  /** `null` if there is no such entry, or the caller may not read it. */
  documentId: string | null;
  /** The suggestions, best first. */
  related: RelatedDocument<T>[];
}

export type { Explanation as RelatedExplanation, LinkEvidence as RelatedLinks };
