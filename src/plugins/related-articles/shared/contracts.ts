import type { Explanation } from '../server/src/engine/engine';

/*
 * What the admin panel asks of the server and what it gets, for both sides. All routes lie under /related-articles
 * and take an administrator's session; `uid` is that of a configured content type.
 */

/** GET /types: the configured content types, by uid. */
export interface FindTypesResponse {
  data: Record<string, WatchedAttributes>;
}

/** The attributes on which the list depends. */
export interface WatchedAttributes {
  values: string[];
  relations: string[];
}

/** A document by its documentId, or what stands for one that the editor may not read: `masked:` and more. */
export type Reference = string;

export interface RelationDelta {
  connect: RelationEntry[];
  disconnect: RelationEntry[];
}

export interface RelationEntry {
  documentId: string;
}

/** POST /suggestions/:uid: what readers would be offered beside an entry. */
export interface FindSuggestionsRequest {
  /** None for an entry that was never saved. */
  documentId?: string;
  /** Default: the project's default locale. */
  locale?: string;
  /** `published`: as it is published, whatever the draft says; `values` and `relations` do not count. */
  status?: 'draft' | 'published';
  /** Unsaved values of the watched attributes. Default: as saved. */
  values?: Record<string, unknown>;
  /** Unsaved changes of the relations that are watched, by attribute. */
  relations?: Record<string, RelationDelta>;
}

/** What is known of a pin or exclusion. */
export type EntryState =
  /** Published: readers get it. */
  | 'published'
  /** Published, but behind the last place of the list. */
  | 'beyond'
  | 'unpublished'
  | 'deleted'
  /** The editor may not read it: its title is not told. */
  | 'masked';

export interface PanelEntry {
  reference: Reference;
  /** `null` when it is deleted or masked. */
  title: string | null;
  state: EntryState;
}

/** One row of the panel. */
export interface PanelRow extends PanelEntry {
  origin: 'pinned' | 'suggested';
  /** The names of its category or categories, as far as the editor may see them. */
  groups: string[];
  /** An ISO date; `null` when the type has none or the editor may not read it. */
  date: string | null;
  /** Where the site shows it; `null` when the option `url` does not tell. */
  url: string | null;
  /** How near it comes to the nearest of the list, 0 to 1; `null` for pins that are not served and when hidden. */
  strength: number | null;
  explanation: Explanation | null;
}

export interface FindSuggestionsResponse {
  data: {
    /** In the order in which readers get them; pins that they do not get stand in their places. */
    rows: PanelRow[];
    exclusions: PanelEntry[];
  };
  meta: {
    /** How many places the list has. */
    limit: number;
    /** How many there are that could take a place. */
    total: number;
    /** The attribute at whose end links can be inserted; `null` when there is none that the editor may change. */
    body: { attribute: string; format: 'markdown' | 'html' | 'blocks' } | null;
    /** What is empty and would help: names of relations, and `text` when there are next to no words. */
    missing: string[];
    /** What of the text is left out: `all` when it takes too long to read, the `rest` when it is too long. */
    unread: 'all' | 'rest' | null;
    /** Whether unsaved values count: not for someone who may not read all the text that a list rests on. */
    isLive: boolean;
    curation: CurationState;
    /** Only while the index is being built. */
    index?: { percent: number };
  };
}

export interface CurationState {
  /** 0 when nothing was ever pinned or excluded. */
  revision: number;
  /** Who changed it last, and when (ISO date). */
  editor: string | null;
  updatedAt: string | null;
  /** Whether this editor may change it now. */
  mayCurate: boolean;
}

/** PUT /curations/:uid/:documentId; 409 when the revision is another one by now. */
export interface SaveCurationRequest {
  locale?: string;
  pins: Reference[];
  exclusions: Reference[];
  /** The one that the editor has seen. */
  revision: number;
}

/** POST /curations/:uid/:documentId/pins: pins an entry behind the last pin, whatever the revision. */
export interface AddPinRequest {
  locale?: string;
  documentId: string;
}

export interface SaveCurationResponse {
  data: Omit<CurationState, 'mayCurate'>;
}

/** `error.details` of a 409. */
export interface ConflictDetails {
  revision: number;
  editor: string | null;
  updatedAt: string | null;
}

/** GET /curations/:uid/:documentId/events?locale=: what was changed by whom, newest first. */
export interface FindEventsResponse {
  data: CurationEvent[];
}

export interface CurationEvent {
  action: 'changed' | 'copied' | 'removed';
  at: string;
  /** `null` when nobody did it. */
  editor: string | null;
  pinned: PanelEntry[];
  unpinned: PanelEntry[];
  excluded: PanelEntry[];
  /** No longer excluded. */
  allowed: PanelEntry[];
  /** Whether those that stayed pinned came into another order. */
  reordered: boolean;
}

/** GET /appearances/:uid/:documentId?locale=: the lists in which an entry stands. */
export interface FindAppearancesResponse {
  data: {
    /** `unpublished`: nobody is led to it, as it cannot be suggested. `unindexed`: published, and not in the index yet. */
    state: 'published' | 'unpublished' | 'unindexed';
    /** How many lists of those that the editor may read. */
    total: number;
    /** Whether there are entries that the editor may not read, in whose lists it may stand. */
    isPartial: boolean;
    /** The first of them, highest place first. */
    sources: AppearanceSource[];
    /** For an orphan: where it would fit best. */
    fits: AppearanceFit[];
  };
}

export interface AppearanceSource {
  documentId: string;
  title: string;
  /** Its place in that list, from 1; `null` for an editor who may not read every entry. */
  place: number | null;
  origin: 'pinned' | 'suggested';
}

export interface AppearanceFit {
  documentId: string;
  title: string;
  mayCurate: boolean;
}

/** GET /entries/:uid?query=&locale=: entries by their title, for pinning. */
export interface FindEntriesResponse {
  data: { documentId: string; title: string; published: boolean }[];
}
