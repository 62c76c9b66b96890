/** Why a document is suggested. */
export interface Explanation {
  /**
   * Each signal's share of what raised the fused score. Positive shares sum to 1. Custom signals appear under their
   * names; one that lowered the score has a negative share.
   */
  signals: Record<string, number>;
  /** The shared words that count most, strongest first, as index terms. */
  terms: string[];
  /** Shared taxonomy by relation name, as labels. */
  taxonomy: Record<string, string[]>;
  /** How the two documents are linked. */
  links: LinkEvidence;
  /** What the site's rules did to its place; not set where they did nothing. */
  rules?: RuleEffect[];
}

export interface LinkEvidence {
  /** The source links to the suggestion. */
  toSuggestion: boolean;
  /** The suggestion links to the source. */
  fromSuggestion: boolean;
  /** Number of documents that link to both. */
  cocited: number;
  /** Number of documents that both link to. */
  coupled: number;
}

/** What a rule did to a suggestion. */
export type RuleEffect =
  | { kind: 'favoured'; relation: string; name: string; factor: number }
  | {
      kind: 'aged';
      /** Not passed on to callers: it would tell how far before the newest entry. */ factor?: number;
    }
  | { kind: 'placed'; relation: string; name: string };
