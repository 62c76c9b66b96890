import type { Explanation, LinkEvidence } from '../../engine/engine';

/**
 * What `GET /api/<plural name>/:documentId/related` answers.
 *
 * @typeParam T One of your documents, as its own route gives it.
 */
export interface RelatedResponse<T = Record<string, unknown>> {
  /** The suggestions, best first. */
  data: T[];
  meta: {
    pagination: RelatedPagination;
    /** For each document in `data`, in the same order, why it is there. */
    related: RelatedMeta[];
    /** Only while the index is being built: lists are partial until it is done. */
    index?: { ready: false; indexed: number; total: number };
  };
}

/** In the shape in which the request asked: by pages, or by start and limit. Without a count where `withCount` is false. */
export type RelatedPagination =
  | { page: number; pageSize: number; pageCount?: number; total?: number }
  | { start: number; limit: number; total?: number };

export interface RelatedMeta {
  documentId: string;
  /** Whether an editor pinned it, or the ranking found it. */
  origin: 'pinned' | 'suggested';
  /** How related the two are, 0 to 1; it means the same on every site. 0 for a pin that is not in the index yet. */
  score: number;
  /** With `explain=true`. */
  explanation?: Explanation;
}

export type { Explanation as RelatedExplanation, LinkEvidence as RelatedLinks };
