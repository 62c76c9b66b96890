/* The options that a site may set, and the names that they use. */

/** The parts that the score is summed from; `PARTS` in `ranking/weights.ts` has their signals and weights. */
export type Part =
  | 'cosine'
  | 'coverage'
  | 'covered'
  | 'mention'
  | 'slug'
  | 'ending'
  | 'taxonomy'
  | 'date'
  | 'outgoing'
  | 'incoming'
  | 'cocitation'
  | 'coupling'
  | 'neighbourhood';

/** The signals a suggestion's score is made of. */
export const SIGNALS = ['text', 'title', 'taxonomy', 'links', 'date'] as const;
export type Signal = (typeof SIGNALS)[number];

/** A signal that the caller provides. */
export interface CustomSignal {
  /** Its name in explanations; must not be one of `SIGNALS`. */
  name: string;
  /** What a score of 1 adds to the fused score. */
  weight: number;
  /** -1 to 1 for two documents by their `attributes`; values outside that range are clamped. */
  score: (
    source: Readonly<Record<string, unknown>>,
    candidate: Readonly<Record<string, unknown>>,
  ) => number;
  /** Called with the reason when the signal was left out of a list: it threw, or returned no finite number. */
  onFailure: (reason: string) => void;
}

/** What a site allows in lists, by relation name. */
export interface Rules {
  /** Documents with an entry of one of these names are never suggested. */
  never: Readonly<Record<string, readonly string[]>>;
  /** Only documents that share an entry with the source are suggested, where it has one. */
  same: readonly string[];
  /** Only documents that share no entry with the source are suggested. */
  different: readonly string[];
  /** How many suggestions of a list may share an entry. */
  atMost: Readonly<Record<string, number>>;
  /** Factors for the fused score by relation and name of an entry; above 1 favours documents with it. Default: none. */
  favour?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** How many days before the collection's newest document a document counts half. Default: age does not count. */
  halfLife?: number;
  /** Relations that the ranking ignores; documents that share their entries may still be suggested. Default: none. */
  ignore?: readonly string[];
  /** Documents that come first in the list of every source with an entry, after pins and picks. Default: none. */
  place?: readonly PlaceRule[];
}

/** Puts a document first wherever the source has an entry of this name. */
export interface PlaceRule {
  relation: string;
  name: string;
  documentId: string;
}

/** Options of the ranking that a site may set; see `config/options.ts` for meanings and ranges. */
export interface RankingOptions {
  minScore: number;
  diversity: number;
  weights: Record<Signal, number>;
  /** Weights of the parts that signals are made of, in place of the defaults: for example, those fitted to a site. */
  parts?: Readonly<Partial<Record<Part, number>>>;
  /** What may be suggested at all. Pins and picks are exempt. Default: everything. */
  rules?: Rules;
  /** The relation behind `EngineDocument.picked`. A query that ignores it also ignores picks. Default: none. */
  picked?: string;
  /** Weight of each relation within the taxonomy signal, by relation name. */
  relations: Record<string, number>;
  /** Default: none. */
  custom?: readonly CustomSignal[];
}
