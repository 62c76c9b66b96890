import type { Explanation } from '../server/src/engine/types';

/*
 * What the admin panel asks of the server and what it gets, for both sides.
 *
 * GET /related-articles/suggestions/:uid/:documentId
 */

export interface FindSuggestionsRequest {
  uid: string;
  documentId: string;
  /** Default: the project's default locale. */
  locale?: string;
}

/** One row of the panel. */
export interface PanelSuggestion {
  documentId: string;
  title: string;
  /** How near it comes to the first of the list, 0 to 1: falls with the order. */
  strength: number;
  explanation: Explanation;
}

export interface FindSuggestionsResponse {
  /** In the order in which readers get them; at most as many as the configured `limit`. */
  data: PanelSuggestion[];
  meta: {
    /** How many there are beyond those shown. */
    total: number;
    /** Only while the index is being built. */
    index?: { indexed: number; total: number };
  };
}
