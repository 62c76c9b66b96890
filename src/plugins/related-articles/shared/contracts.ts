import type { Explanation, RuleEffect } from '../server/src/engine/engine';

import type { Fallback } from './settings';

export type { RuleEffect };

/*
 * The requests of the admin panel and the server's responses, for both sides. All routes are under /related-articles
 * and need an administrator's session; `uid` is that of a configured content type.
 */

/** GET /types: the configured content types, by uid. */
export interface FindTypesResponse {
  data: Record<string, WatchedAttributes>;
}

/** The attributes on which the list depends. */
export interface WatchedAttributes {
  values: string[];
  relations: string[];
  /** Whether entries of the type are in several languages. */
  isLocalized: boolean;
}

/** A documentId, or a mask for a document that the editor may not read: `masked:` followed by a hash. */
export type Reference = string;

export interface RelationDelta {
  connect: RelationEntry[];
  disconnect: RelationEntry[];
}

export interface RelationEntry {
  documentId: string;
}

/** POST /suggestions/:uid: what readers would see next to an entry. */
export interface FindSuggestionsRequest {
  /** Absent for an entry that was never saved. */
  documentId?: string;
  /** Default: the project's default locale. */
  locale?: string;
  /** `published`: the published version, whatever the draft has; `values` and `relations` are ignored. */
  status?: 'draft' | 'published';
  /** Unsaved values of the watched attributes. Default: as saved. */
  values?: Record<string, unknown>;
  /** Unsaved changes of the watched relations, by attribute. */
  relations?: Record<string, RelationDelta>;
  /** For a duplicate that was never saved: the entry whose relations it starts with. */
  copyOf?: string;
  /** Whether to add candidates beyond the list. Default: false. */
  more?: boolean;
}

/** The state of a pin or exclusion. */
export type EntryState =
  /** Published: readers get it. */
  | 'published'
  /** Published, but after the last place of the list. */
  | 'beyond'
  | 'unpublished'
  /** Marked as never to be suggested. */
  | 'hidden'
  | 'deleted'
  /** The editor may not read it: its title is hidden. */
  | 'masked';

export interface PanelEntry {
  reference: Reference;
  /** `null` when it is deleted or masked. */
  title: string | null;
  state: EntryState;
}

/** One row of the panel. */
export interface PanelRow extends PanelEntry {
  /** `fallback` for one that only fills the list. */
  origin: 'pinned' | 'suggested' | 'fallback';
  /** The names of its category or categories, as far as the editor may see them. */
  groups: string[];
  /** An ISO date, or a day without a time; `null` when the type has none or the editor may not read it. */
  date: string | null;
  /** Where the site shows it; `null` if the option `url` gives no address. */
  url: string | null;
  /** How closely it is related, the same on every site; `null` without a score, or if the editor may not know it. */
  strength: Strength | null;
  /** Whether the text links to it already, as far as the editor may know. */
  isLinked: boolean;
  /** Whether the entry's own relation names it, so that it comes before what the ranking finds. */
  isPicked: boolean;
  /** Whether a rule of the site puts it there. */
  isPlaced: boolean;
  /** For a pin: when it ends, as an ISO date; `null` for one that stays. */
  until: string | null;
  explanation: Explanation | null;
}

/** Two in three pairs that editors call related are strong; `docs/ranking.md` has the scores. */
export type Strength = 'strong' | 'good' | 'weak';

export interface FindSuggestionsResponse {
  data: {
    /** In the order in which readers get them; pins that readers do not get keep their places. */
    rows: PanelRow[];
    exclusions: PanelEntry[];
    /** The next best, when asked for. */
    more: PanelRow[];
    /** Entries that only fill the list for readers, after the rows; empty for editors who may not read everything. */
    filled: PanelRow[];
  };
  meta: {
    /** How many places the list has. */
    limit: number;
    /** How many entries could take a place. */
    total: number;
    /** What fills the list for readers if there are fewer. */
    fallback: Fallback;
    /** The attribute at whose end links can be inserted; `null` when there is none that the editor may change. */
    body: { attribute: string; format: 'markdown' | 'html' | 'blocks' } | null;
    /** The relation in which this editor may pick entries by hand; `null` when there is none that takes several. */
    picked: PickedField | null;
    /** Empty attributes that would help: names of relations, and `text` if there are next to no words. */
    missing: string[];
    /** Which part of the text is left out: `all` if it takes too long to read, the `rest` if it is too long. */
    unread: 'all' | 'rest' | null;
    /** Whether unsaved values count; false for an editor who may not read everything that lists depend on. */
    isLive: boolean;
    /** Whether readers may see entries that this editor may not read. */
    isPartial: boolean;
    curation: CurationState;
    /** Only while the index is being built. */
    index?: { percent: number };
  };
}

export interface PickedField {
  attribute: string;
  /** The ids of the listed entries' drafts, by documentId: the content manager's form keeps relations by these ids. */
  ids: Record<string, number | string>;
}

export interface CurationState {
  /** 0 when nothing was ever pinned or excluded. */
  revision: number;
  /** Equal for equal decisions: an import may bring a different list with the same revision. */
  stamp: string;
  /** Who changed it last, and when (ISO date). */
  editor: string | null;
  updatedAt: string | null;
  /** Whether the entry itself is never suggested anywhere. */
  isHidden: boolean;
  /** Whether this editor may change it now. */
  mayCurate: boolean;
  /** The revisions of this editor's changes that undo would take back and redo would make again. */
  undoes: number | null;
  redoes: number | null;
}

/** GET /curations/:uid/:documentId?locale= */
export interface FindCurationResponse {
  data: CurationState;
}

/**
 * PUT /curations/:uid/:documentId. Keeps what others changed since that revision; 409 if they changed the same entries.
 */
export interface SaveCurationRequest {
  locale?: string;
  /** A reference alone stands for a pin without an end. */
  pins: (Reference | { reference: Reference; until?: string })[];
  exclusions: Reference[];
  /** Default: unchanged. */
  hidden?: boolean;
  /** The revision that the editor has seen. */
  revision: number;
  /** The stamp of the list that the editor has seen; 409 if that revision has another one. Default: not compared. */
  stamp?: string;
}

/** POST /curations/:uid/:documentId/undo and /redo: the editor's own last change; 409 as above. */
export interface RevertRequest {
  locale?: string;
  /** The revision of the change, so that nothing is undone or redone twice. Default: the next change. */
  step?: number;
  /** Reverts only a change that pinned this entry, and did nothing else. */
  pin?: string;
}

/** POST /curations/:uid/:documentId/pins: pins an entry after the last pin, whatever the revision. */
export interface AddPinRequest {
  locale?: string;
  documentId: string;
  /**
   * How long ago the same request was sent before, in milliseconds, if its answer was lost: it is refused with a 409 if
   * others have changed the list since. Default: it was not.
   */
  sentBefore?: number;
}

export interface SaveCurationResponse {
  data: CurationState & {
    /** Whether somebody else's changes were merged in, so that the result has more than was sent. */
    isMerged: boolean;
  };
}

/** `error.details` of a 409. */
export interface ConflictDetails {
  revision: number;
  editor: string | null;
  updatedAt: string | null;
}

/** GET /curations/:uid/:documentId/events?locale=: who changed what, newest first. */
export interface FindEventsResponse {
  data: CurationEvent[];
}

export interface CurationEvent {
  action: 'changed' | 'ended' | 'copied' | 'removed';
  at: string;
  /** `null` when nobody did it. */
  editor: string | null;
  /** `undo` if it takes back another change, `redo` if it makes one again; `null` for any other. */
  direction: 'undo' | 'redo' | null;
  pinned: PanelEntry[];
  unpinned: PanelEntry[];
  excluded: PanelEntry[];
  /** No longer excluded. */
  allowed: PanelEntry[];
  /** Entries that stayed pinned, but until another date. */
  dated: PanelEntry[];
  /** Whether the entries that stayed pinned are in another order. */
  reordered: boolean;
  /** Whether the entry itself is never suggested from then on; `null` when that did not change. */
  hidden: boolean | null;
}

/** GET /appearances/:uid/:documentId?locale=: the lists that an entry is in. */
export interface FindAppearancesResponse {
  data: {
    /**
     * `unpublished` and `hidden`: it is in no list, because it may not be suggested. `unindexed`: published, but not in
     * the index yet.
     */
    state: 'published' | 'unpublished' | 'unindexed' | 'hidden';
    /** How many lists there are, among those that the editor may read. */
    total: number;
    /** Whether it may also be in lists of entries that the editor may not read. */
    isPartial: boolean;
    /** The first of them, highest place first. */
    sources: AppearanceSource[];
    /** How many entries' texts link to it, as far as the editor may know. */
    links: number;
    /** The first of them. */
    linkedFrom: { documentId: string; title: string }[];
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
  /** How closely the entry is related to that one; `null` when the editor may not know. */
  strength: Strength | null;
  /** Why it fits; "this entry" is the open entry; `null` when the editor may not know. */
  explanation: PanelRow['explanation'];
}

/** GET /entries/:uid?query=&locale=: entries whose titles have all the words of the query, for pinning. */
export interface FindEntriesResponse {
  data: FoundEntry[];
}

export interface FoundEntry {
  documentId: string;
  title: string;
  published: boolean;
  /** As in `PanelRow`. */
  groups: string[];
  date: string | null;
}

/** GET /entries/:uid/:documentId?locale=: what the card of an entry shows, as far as the editor may read it. */
export interface FindEntryResponse {
  data: FoundEntry & {
    /** The beginning of its first text; empty when it has none. */
    excerpt: string;
    /** The address of its first image; `null` when it has none. */
    image: string | null;
    url: string | null;
  };
}

/** POST /links/:uid: where the text in the form could link to its suggestions, and which of its links lead nowhere. */
export type FindLinksRequest = Omit<FindSuggestionsRequest, 'status' | 'more'>;

export interface FindLinksResponse {
  data: {
    /** One for each suggestion with a phrase that fits, in the order of the list. */
    proposals: LinkProposal[];
    broken: BrokenLink[];
  };
  meta: {
    /** The text that was read; `null` when there is none that the editor may change. */
    body: FindSuggestionsResponse['meta']['body'];
  };
}

export interface LinkProposal {
  reference: Reference;
  title: string;
  url: string;
  strength: Strength | null;
  /** The phrases that could carry the link, best first. */
  places: LinkPlace[];
}

/** A phrase of a text. */
export interface LinkPlace {
  /** For blocks: the indices that lead to its node. */
  path: number[];
  /** In UTF-16 units: in the text of its node for blocks, in the whole text for markdown. */
  start: number;
  end: number;
  phrase: string;
  /** The rest of its sentence, shortened. */
  before: string;
  after: string;
}

export interface BrokenLink {
  /** As in `LinkPlace`; for markdown, the place of the target. */
  path: number[];
  start: number;
  end: number;
  target: string;
  text: string;
  /** `unpublished`: its entry exists, but readers do not get it. */
  reason: 'missing' | 'unpublished';
  /** The entry that is probably meant; `null` if none comes close. */
  fix: { reference: Reference; title: string; url: string } | null;
}

/** How many characters of a title can be searched for. */
export const MAX_SEARCHED = 100;

/** The lists by which the overview can be filtered. */
export const OVERVIEW_LISTS = [
  'all',
  /** In no other entry's list. */
  'orphans',
  /** With an empty list. */
  'empty',
  /** With no suggestion that is strong or good. */
  'weak',
  'pinned',
  /** With pins that readers do not get, because their entries are not published any more. */
  'lostPins',
  /** With links in the text that lead nowhere. */
  'deadLinks',
  /** That say the same as another entry. */
  'duplicates',
  /** Marked as never to be suggested. */
  'hidden',
] as const;
export type OverviewList = (typeof OVERVIEW_LISTS)[number];

/** Stands for an attribute in the filters of the content manager's list: `{ 'related-articles': { $eq: 'orphans' } }`. */
export const LIST_FILTER = 'related-articles';

export const OVERVIEW_SORTS = ['title', 'appearsOn', 'length', 'strength'] as const;
export type OverviewSort = (typeof OVERVIEW_SORTS)[number];

/** GET /overview: figures on the lists of all entries that the editor may read. */
export interface FindOverviewResponse {
  data: {
    collections: OverviewFigures[];
    index: {
      ready: boolean;
      /** How much of the entries has been read, in whole percent; `null` when none is being read. */
      percent: number | null;
      /** When it last changed, as an ISO date. */
      updatedAt: string | null;
      /** What is wrong, in words; details only for those who may rebuild the index, as they name entries. */
      problems: string[];
      mayRebuild: boolean;
    };
  };
}

/** The figures of one content type in one locale. */
export interface OverviewFigures extends OverviewState {
  uid: string;
  name: string;
  locale: string | null;
  /** How many entries each list has; `null` if this editor may not know. As a whole `null` before the first survey. */
  counts: Record<OverviewList, number | null> | null;
}

export interface OverviewState {
  /** When the lists were last surveyed, as an ISO date; `null` before the first survey. */
  madeAt: string | null;
  /** How much of the new survey is done, 0 to 1; `null` if nothing has changed since the last one. */
  progress: number | null;
  /** Whether there are entries that the editor may not read. */
  isPartial: boolean;
  /** Whether lists are made without relations that the editor may not read: readers may get different lists. */
  isNarrow: boolean;
  /** Whether there are too many entries to survey their lists. */
  isTooLarge: boolean;
}

/** GET /overview/:uid?locale=&list=&search=&sort=appearsOn:desc&page=&pageSize= ; `format=csv` returns a whole list. */
export interface FindOverviewEntriesResponse {
  data: OverviewRow[];
  meta: OverviewState & { page: number; pageSize: number; total: number };
}

/** The same as a file: CSV as text, because the panel's client reads only JSON. */
export interface OverviewFileResponse {
  data: { csv: string };
}

export interface OverviewRow {
  documentId: string;
  title: string;
  /** How many suggestions its list shows. */
  length: number;
  /** Of its best suggestion; `null` for an empty list, and for editors who may not read all that lists depend on. */
  strength: Strength | null;
  /** In how many lists it is. */
  appearsOn: number;
  pins: number;
  lostPins: number;
  /** As written. */
  deadLinks: string[];
  duplicates: { documentId: string; title: string }[];
  isHidden: boolean;
  mayCurate: boolean;
}

/** GET /overview/:uid/map?locale=: entries and their suggestions as a graph. */
export interface FindMapResponse {
  data: {
    nodes: MapNode[];
    /** From the entry whose list it is to the entry that it suggests, as indices in `nodes`. */
    edges: [from: number, to: number][];
  };
  meta: OverviewState & {
    /** How many entries there are: the map has those that are suggested most, and some that nothing suggests. */
    total: number;
  };
}

export interface MapNode {
  documentId: string;
  title: string;
  /** The name of its category, as `PanelRow.groups` has it. */
  group: string | null;
  appearsOn: number;
  length: number;
}

/** POST /overview/:uid/decisions: the same decision about many entries. */
export interface DecideRequest {
  locale?: string;
  documentIds: string[];
  /** `automatic`: removes pins and exclusions. */
  decision: 'never' | 'allow' | 'automatic';
  /**
   * How long ago the same request was sent before, in milliseconds, if its answer was lost: entries that others have
   * changed since are refused. Default: it was not.
   */
  sentBefore?: number;
}

export interface DecideResponse {
  data: {
    done: string[];
    /** Those that this editor may not change, or that somebody else is changing. */
    refused: string[];
  };
}

/** POST /overview/:uid/facts: what the content manager's list shows of up to a hundred entries. */
export interface FindListFactsRequest {
  locale?: string;
  documentIds: string[];
}

export interface FindListFactsResponse {
  /** By documentId; without entries that are not published, not readable for the editor, or not surveyed yet. */
  data: Record<string, ListFacts>;
}

export interface ListFacts {
  appearsOn: number;
  /** How many suggestions its own list shows. */
  length: number;
  isHidden: boolean;
  lostPins: number;
  deadLinks: number;
}
