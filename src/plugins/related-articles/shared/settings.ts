import type { Part, Signal } from '../server/src/engine/engine';
import type { CurationEvent, EntryState, PanelEntry } from './contracts';

/*
 * The requests of the settings page and the server's responses, for both sides; as in `contracts.ts`.
 */

/** What short lists are filled with. */
export const FALLBACKS = ['none', 'category', 'newest'] as const;
export type Fallback = (typeof FALLBACKS)[number];

/** A document that comes first in the lists of all documents that are related to the entry of this name. */
export interface PlacedEntry {
  relation: string;
  name: string;
  documentId: string;
  /** When it ends, as an ISO date. Default: it stays. */
  until?: string;
}

/** Rules by relation and the names of its entries; `config/options.ts` says what each means. */
export interface SiteRules {
  never?: Record<string, string[]>;
  same?: string[];
  different?: string[];
  atMost?: Record<string, number>;
  favour?: Record<string, Record<string, number>>;
  halfLife?: number;
  ignore?: string[];
  place?: PlacedEntry[];
}

/** What a site has set for one content type in the admin panel. The configuration decides what is not set. */
export interface SiteSettings {
  /** 1 to 100. */
  limit?: number;
  /** 0 to 1. */
  minScore?: number;
  /** 0 to 1. */
  diversity?: number;
  /** 0 to 10 each. */
  weights?: Partial<Record<Signal, number>>;
  /** The weights that were fitted to the site's own pins. */
  parts?: Partial<Record<Part, number>>;
  fallback?: Fallback;
  /** Days, 1 to 36500; `null` for any age. */
  maxAge?: number | null;
  rules?: SiteRules;
}

/** Every setting in force, except the weights of parts, which have no user-facing names. */
export interface SettingsInForce {
  limit: number;
  minScore: number;
  diversity: number;
  weights: Record<Signal, number>;
  fallback: Fallback;
  maxAge: number | null;
  rules: SiteRules;
}

/** GET /settings: the content types that the editor may read. */
export interface FindSettingTypesResponse {
  data: { uid: string; name: string; /** None for a type without locales. */ locales: string[] }[];
}

/** GET /settings/:uid */
export interface FindSettingsResponse {
  data: {
    settings: SiteSettings;
    /** Why a part of the stored settings is ignored, in English; `null` if none is. */
    mistake: string | null;
    /** What applies without any settings. */
    defaults: SettingsInForce;
    /** Paths that the configuration file fixes, such as `limit` and `weights.text`. */
    fixed: string[];
    /** Whether the weights come from the weights file; then they cannot be fitted here. */
    hasWeightsFile: boolean;
    /** The relations that rules may name, with the names of their entries as far as the editor may read them. */
    relations: RuleRelation[];
    /** Titles of the entries that rules place. */
    placed: Record<string, PanelEntry>;
    hasDates: boolean;
    /** 0 when nothing was ever set. */
    revision: number;
    history: SettingsEvent[];
  };
}

export interface RuleRelation {
  attribute: string;
  names: string[];
  /** Whether there are more entries than names are offered; a rule may name those too. */
  hasMore: boolean;
}

export interface SettingsEvent extends Pick<CurationEvent, 'at' | 'editor'> {
  /** What it was changed to. */
  settings: SiteSettings;
}

/** PUT /settings/:uid; 409 when somebody else has changed them since that revision. */
export interface SaveSettingsRequest {
  settings: SiteSettings;
  revision: number;
  /** The settings that were read; 409 if that revision has others, as after an import. Default: not compared. */
  before?: SiteSettings;
}

/** POST /settings/:uid/preview: lists as they are, and as they would be. */
export interface PreviewRequest {
  locale?: string;
  settings: SiteSettings;
  /** Up to five. */
  documentIds: string[];
}

export interface PreviewResponse {
  data: {
    lists: PreviewedList[];
    /** Whether some requested settings stay as they are saved, because the editor may not read everything. */
    isPartial: boolean;
    /** A sample of lists that stands for all: how many were made, and how many would be different. */
    sample: { made: number; changed: number };
    /** nDCG@10 on what editors pinned and picked, before and after the change; `null` if there is too little of it. */
    quality: { judged: number; before: number; after: number } | null;
  };
}

export interface PreviewedList {
  documentId: string;
  title: string;
  before: PreviewedRow[];
  after: PreviewedRow[];
}

export interface PreviewedRow {
  /** Tells rows apart within one response, including rows whose entries the editor may not read. */
  reference: string;
  title: string | null;
  state: EntryState;
}

/** POST /settings/:uid/tuning: weights fitted to what editors pinned and picked. Nothing is changed. */
export interface TuneResponse {
  data:
    | { state: 'too few'; judged: number; needed: number }
    | {
        state: 'fitted';
        judged: number;
        /** nDCG@10 on entries that the weights were not fitted on. */
        before: number;
        after: number;
        /** 95 % interval of the gain. */
        gain: { mean: number; low: number; high: number };
        parts: Partial<Record<Part, number>>;
      };
}
