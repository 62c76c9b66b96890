import type { Core, UID } from '@strapi/strapi';

import {
  OVERVIEW_LISTS,
  type ListFacts,
  type OverviewFigures,
  type OverviewList,
  type OverviewRow,
  type OverviewSort,
  type OverviewState,
} from '../../../../shared/contracts';
import type { RelatedType } from '../../config/resolve';
import { nameOf } from '../../content/entity';
import type { RowReader } from '../../content/row-reader';
import { sourceOf } from '../../curations/curation';
import type { CurationCache } from '../../curations/curation-cache';
import type { Collection, Engine } from '../../engine/engine';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { ifRefused } from '../../permissions/narrowed-reads';
import { editorVisibility, type Visibility } from '../../permissions/visibility';
import { EditorTexts } from '../panel/editor-texts';
import { givenLinks } from '../panel/given-links';
import { strengthOf } from '../panel/rows';
import { wholeForEditor } from '../panel/whole-for-editor';
import { KnownFacts, type EntryFacts } from './facts';
import { Orders, sortedInTurns } from './orders';
import type { ReadableEntries } from './readable-entries';
import type { Survey } from './survey';
import type { Surveys, SurveyState } from './surveys';

export interface OverviewOptions {
  strapi: Core.Strapi;
  types: ReadonlyMap<string, RelatedType>;
  engine: Engine;
  reader: RowReader;
  curations: CurationCache;
  surveys: Surveys;
  entries: ReadableEntries;
}

export interface EntriesQuery {
  list: OverviewList;
  search?: string;
  sort: OverviewSort;
  isDescending: boolean;
  start: number;
  limit: number;
  /** Whether only the columns of a file are needed, not what the editor may change. */
  isFile?: boolean;
}

interface Sorting extends Pick<EntriesQuery, 'sort' | 'isDescending'> {
  ids: readonly string[];
  factOf: (id: string) => EntryFacts;
}

interface Rows {
  ids: readonly string[];
  factOf: (id: string) => EntryFacts;
  isFile: boolean;
}

/** What an editor may know of all lists in one locale. */
export interface Known {
  state: OverviewState;
  /** `null` before the first survey. */
  facts: ReadonlyMap<string, EntryFacts> | null;
  /** The lists, including those of entries that the editor may not read. */
  lists: Survey['lists'] | null;
  visibility: Visibility;
  /** Whether the engine can tell which links lead nowhere; not every one can. */
  tellsLinks: boolean;
}

/** Finds figures over all lists and the entries behind each figure, as far as an editor may read them. */
export class OverviewService {
  private readonly known = new KnownFacts();
  private readonly orders = new Orders();

  constructor(private readonly options: OverviewOptions) {}

  async figures(permissions: EditorPermissions): Promise<OverviewFigures[]> {
    const { types, engine, strapi } = this.options;
    const collections = await engine.collections();
    const first: string = await strapi.plugin('i18n').service('locales').getDefaultLocale();
    const byLocale = (a: Collection, b: Collection) =>
      Number(b.locale === first) - Number(a.locale === first) ||
      ((a.locale ?? '') < (b.locale ?? '') ? -1 : 1);
    const found: OverviewFigures[] = [];
    for (const type of types.values()) {
      if (!permissions.mayRead(type.uid)) continue;
      const own = collections.filter((collection) => collection.type === type.uid);
      const { info } = strapi.contentType(type.uid as UID.ContentType);
      for (const { locale } of own.sort(byLocale)) {
        // Project code may hide one of several types from an editor.
        const known = await this.know(permissions, type, locale).catch(ifRefused(null));
        if (!known) continue;
        const { state } = known;
        const counts = known.facts && countsOf(known.facts, known);
        found.push({ uid: type.uid, name: info.displayName, locale, counts, ...state });
      }
    }
    return found;
  }

  /** Returns a page of one list's entries; none if the editor may not know them, or the engine cannot tell. */
  async entries(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    { list, search, sort, isDescending, start, limit, isFile = false }: EntriesQuery,
  ): Promise<{ rows: OverviewRow[]; total: number; state: OverviewState; isKnowable: boolean }> {
    const known = await this.know(permissions, type, locale);
    const { facts, visibility, state } = known;
    const isKnowable = mayKnow(list, known);
    if (!facts || !isKnowable) return { rows: [], total: 0, state, isKnowable };
    let listed = [...facts].filter(([, fact]) => isIn(list, fact)).map(([id]) => id);
    if (search !== undefined) {
      const matching = await this.options.entries.matching(permissions, type, locale, search);
      listed = listed.filter((id) => matching.has(id));
    }
    const factOf = (id: string) => facts.get(id) as EntryFacts;
    const sorted = () => this.sorted(permissions, type, locale, { ids: listed, factOf, sort, isDescending }, visibility); // prettier-ignore
    const { readsAllFields, readsAllEntries, mayBeCut } = visibility;
    // Editors who get the same facts may still be given other titles.
    const seen = [visibility.mayRead(type.title), readsAllFields, readsAllEntries, mayBeCut && permissions.editorId]; // prettier-ignore
    const key = JSON.stringify([list, sort, isDescending, ...seen]);
    const ids = search === undefined ? await this.orders.of(facts, key, sorted) : await sorted();
    const page = ids.slice(start, start + limit);
    const rows = await this.rows(permissions, type, locale, { ids: page, factOf, isFile }, visibility); // prettier-ignore
    return { rows, total: ids.length, state, isKnowable };
  }

  private async sorted(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    { ids, factOf, sort, isDescending }: Sorting,
    visibility: Visibility,
  ): Promise<string[]> {
    // Sorting would reveal titles that the editor may not read.
    const isByTitle = sort === 'title' && visibility.mayRead(type.title);
    const titles = isByTitle
      ? await this.options.entries.titles(permissions, type, locale, ids)
      : null;
    const sign = isDescending ? -1 : 1;
    const { compare } = collatorFor(locale);
    return sortedInTurns(ids, (a, b) => {
      const order = titles
        ? compare(titles.get(a) ?? '', titles.get(b) ?? '')
        : valueOf(sort, factOf(a), visibility) - valueOf(sort, factOf(b), visibility);
      return sign * order || (a < b ? -1 : 1);
    });
  }

  /** Returns the documentIds of one list; none if the editor may not know them, `null` before the first survey. */
  async idsIn(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    list: OverviewList,
  ): Promise<string[] | 'too many' | null> {
    const known = await this.know(permissions, type, locale);
    const { facts, state } = known;
    if (!facts) return state.isTooLarge ? 'too many' : null;
    if (!mayKnow(list, known)) return [];
    return [...facts].filter(([, fact]) => isIn(list, fact)).map(([id]) => id);
  }

  /** Returns facts about some entries, as far as the editor may know. */
  async facts(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    ids: readonly string[],
  ): Promise<Record<string, ListFacts>> {
    const { facts, visibility } = await this.know(permissions, type, locale);
    const { readsAllEntries, readsAllFields } = visibility;
    const found: Record<string, ListFacts> = {};
    for (const id of ids) {
      const fact = facts?.get(id);
      if (!fact) continue;
      const { appearsOn, length, isHidden, lostPins, deadLinks } = fact;
      found[id] = {
        appearsOn,
        length,
        isHidden,
        lostPins: readsAllEntries ? lostPins : 0,
        deadLinks: readsAllFields ? deadLinks.length : 0,
      };
    }
    return found;
  }

  /** Returns what the survey says that this editor may know. */
  async know(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
  ): Promise<Known> {
    const { surveys, curations } = this.options;
    const visibility = await editorVisibility(permissions, type, locale);
    const { survey, progress, isTooLarge }: SurveyState = surveys.of(
      type,
      locale,
      visibility.ignoredRelations,
    );
    const isPartial = !visibility.readsAllEntries;
    const isNarrow = visibility.ignoredRelations.size > 0;
    const told = { progress, isPartial, isNarrow, isTooLarge };
    if (!survey) return { facts: null, lists: null, visibility, tellsLinks: true, state: { madeAt: null, ...told } }; // prettier-ignore
    const readable = isPartial
      ? await this.options.entries.readable(permissions, type, locale)
      : null;
    const ofLocale = [...curations.all()].filter(
      ({ sourceType, sourceLocale }) =>
        sourceType === type.uid && sourceLocale === sourceOf(type.uid, '', locale).sourceLocale,
    );
    const facts = this.known.of(survey, ofLocale, readable);
    const tellsLinks = survey.deadLinks !== null;
    return { facts, lists: survey.lists, visibility, tellsLinks, state: { madeAt: new Date(survey.madeAt).toISOString(), ...told } }; // prettier-ignore
  }

  private async rows(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    { ids, factOf, isFile }: Rows,
    visibility: Visibility,
  ): Promise<OverviewRow[]> {
    const { readsAllFields, readsAllEntries } = visibility;
    const others = readsAllFields ? ids.flatMap((id) => factOf(id).duplicates) : [];
    const named = await this.options.entries.titles(permissions, type, locale, others);
    const shown = isFile ? { fields: [type.title] } : { populate: await permissions.populate(type.uid) }; // prettier-ignore
    const read = await this.options.entries.read(permissions, type, locale, ids, shown);
    const rows = new Map(read.map((row) => [row.documentId, row]));
    const mayReadTitle = visibility.mayRead(type.title);
    // Dead links and duplicates are only for editors who may read all fields.
    const asked = readsAllFields ? ids : [];
    const linking = asked.filter((id) => factOf(id).deadLinks.length > 0);
    const alike = asked.filter((id) => factOf(id).duplicates.length > 0);
    const texts = new EditorTexts(this.options.reader, permissions, locale);
    const isWhole = await wholeForEditor(texts, type, [...new Set([...others, ...alike])]);
    const isGiven = await givenLinks(texts, type, linking);
    return ids.flatMap((documentId): OverviewRow[] => {
      const row = rows.get(documentId);
      const { length, best, appearsOn, pins, lostPins, deadLinks, duplicates, isHidden } = factOf(documentId); // prettier-ignore
      // Unpublished since the survey.
      if (!row) return [];
      return [
        {
          documentId,
          title: mayReadTitle ? nameOf(row[type.title]) : '',
          length,
          strength: readsAllFields && readsAllEntries && length > 0 ? strengthOf(best) : null,
          appearsOn,
          pins,
          lostPins: readsAllEntries ? lostPins : 0,
          deadLinks: readsAllFields ? deadLinks.filter((link) => isGiven(documentId, link)) : [],
          duplicates: duplicates
            .filter((id) => named.has(id) && isWhole(id) && isWhole(documentId))
            .map((id) => ({ documentId: id, title: mayReadTitle ? (named.get(id) ?? '') : '' })),
          isHidden,
          mayCurate: !isFile && permissions.mayCurate(type.uid, row),
        },
      ];
    });
  }
}

/** Whether an entry belongs to a list. */
function isIn(list: OverviewList, fact: EntryFacts): boolean {
  switch (list) {
    case 'all':
      return true;
    case 'orphans':
      return fact.appearsOn === 0 && !fact.isHidden;
    case 'empty':
      return fact.length === 0;
    case 'weak':
      return fact.length > 0 && strengthOf(fact.best) === 'weak';
    case 'pinned':
      return fact.pins > 0;
    case 'lostPins':
      return fact.lostPins > 0;
    case 'deadLinks':
      return fact.deadLinks.length > 0;
    case 'duplicates':
      return fact.duplicates.length > 0;
    case 'hidden':
      return fact.isHidden;
  }
}

type Knowable = Pick<Known, 'visibility' | 'tellsLinks'>;

/** Scores, links and copies reveal text that not everybody may read; lost pins and scores reveal entries. */
function mayKnow(list: OverviewList, { visibility, tellsLinks }: Knowable): boolean {
  const { readsAllFields, readsAllEntries } = visibility;
  if (list === 'deadLinks' && !tellsLinks) return false;
  if (list === 'weak') return readsAllFields && readsAllEntries;
  if (list === 'lostPins') return readsAllEntries;
  if (list === 'deadLinks' || list === 'duplicates') return readsAllFields;
  return true;
}

function countsOf(
  facts: ReadonlyMap<string, EntryFacts>,
  known: Knowable,
): NonNullable<OverviewFigures['counts']> {
  const counts = OVERVIEW_LISTS.map((list): [OverviewList, number | null] => {
    if (!mayKnow(list, known)) return [list, null];
    let count = 0;
    for (const fact of facts.values()) count += Number(isIn(list, fact));
    return [list, count];
  });
  return Object.fromEntries(counts) as Record<OverviewList, number | null>;
}

function valueOf(
  sort: OverviewSort,
  { appearsOn, length, best }: EntryFacts,
  { readsAllFields, readsAllEntries }: Visibility,
): number {
  if (sort === 'title') return 0;
  if (sort === 'strength') return readsAllFields && readsAllEntries ? best : 0;
  return sort === 'length' ? length : appearsOn;
}

/** Falls back to the default: earlier Strapi releases accept custom locales, with codes that no language has. */
export function collatorFor(locale: string | null): Intl.Collator {
  try {
    return new Intl.Collator(locale ?? undefined);
  } catch {
    return new Intl.Collator();
  }
}
