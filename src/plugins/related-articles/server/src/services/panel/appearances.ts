import type { Core } from '@strapi/strapi';

import type { FindAppearancesResponse } from '../../../../shared/contracts';
import type { RelatedType } from '../../config/resolve';
import { sourceOf } from '../../curations/curation';
import type { SiteOptions } from '../../settings/site-options';
import type { RowReader } from '../../content/row-reader';
import type { CurationCache } from '../../curations/curation-cache';
import type { DocumentRef, Engine, Explanation } from '../../engine/engine';
import { textOf, type Entity } from '../../content/entity';
import { collectionOf } from '../../content/mapper';
import { rowsIn, rowsOf } from '../../content/rows';
import { rowsFor } from '../../permissions/documents';
import { editorVisibility, type Visibility } from '../../permissions/visibility';
import type { ServedLists } from '../served-lists';
import { SUGGESTION_CAP, type Source } from '../suggestions';
import type { Explanations } from '../explanations';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { EditorTexts } from './editor-texts';
import { givenLinks } from './given-links';
import { reasonsForEditor } from './reasons-for-editor';
import { redact, strengthOf } from './rows';

/**
 * How many of a document's own suggestions are checked for it in their lists: similarity goes both ways, if not
 * equally. docs/editors.md says what share of all lists this finds.
 */
const REACH = 200;
/** How many documents are read from the database at once. */
const BATCH = 500;
const SHOWN_SOURCES = 50;
const SHOWN_FITS = 3;
const SHOWN_LINKS = 10;
/** How many texts are read if project code may remove links from them. */
const READ_LINKS = 50;

interface Appearance extends DocumentRef {
  /** From 0. */
  place: number;
  origin: 'pinned' | 'suggested';
  /** How closely the two are related, according to the document's own list; 0 if it is not in there. */
  score: number;
  /** Why, according to the document's own list. */
  explanation: Explanation | null;
  /** Whether its text links to the document. */
  linksHere: boolean;
}

export interface AppearancesOptions {
  strapi: Core.Strapi;
  options: SiteOptions;
  engine: Engine;
  reader: RowReader;
  curations: CurationCache;
  explanations: Explanations;
  served: ServedLists;
}

/** Finds the lists that show a document. */
export class AppearancesService {
  constructor(private readonly options: AppearancesOptions) {}

  /** Only lists of documents that the editor may read. */
  async find(
    permissions: EditorPermissions,
    type: RelatedType,
    documentId: string,
    locale: string | null,
  ): Promise<FindAppearancesResponse['data']> {
    const visibility = await editorVisibility(permissions, type, locale);
    const { ignoredRelations, readsAllEntries, readsAllFields } = visibility;
    const isPartial = !readsAllEntries;
    const own = this.options.curations.get(sourceOf(type.uid, documentId, locale));
    const nothing = { total: 0, isPartial, sources: [], links: 0, linkedFrom: [], fits: [] };
    if (own.isHidden) return { state: 'hidden', ...nothing };
    const places = await this.places(type, documentId, locale, ignoredRelations);
    if (!places) {
      const state = (await this.isPublished(type, documentId, locale))
        ? 'unindexed'
        : 'unpublished';
      return { state, ...nothing };
    }
    const { limit } = this.options.options.of(type.uid);
    const readable = await this.readable(permissions, type, locale, places);
    const visible = places
      .filter((place) => readable.has(place.documentId))
      .map((place) => ({ ...place, row: readable.get(place.documentId) as Entity }));
    const titleOf = (row: Entity) => textOf(row[type.title]);
    const inList = visible.filter(({ place }) => place < limit);
    const hasRoom = ({ documentId: id }: Appearance) => {
      const { pins } = this.options.curations.get(sourceOf(type.uid, id, locale));
      return pins.length < limit && !pins.some((pin) => pin.documentId === documentId);
    };
    // If it is pinned but beyond the places shown, another pin would change nothing.
    const fits = inList.length > 0 ? [] : visible.filter(hasRoom).slice(0, SHOWN_FITS);
    const texts = new EditorTexts(this.options.reader, permissions, locale);
    const reasonFor = await this.reasons(type, { documentId, locale }, fits, { visibility, texts });
    // The link may be in a private text.
    const linking = readsAllFields ? visible.filter(({ linksHere }) => linksHere) : [];
    const isLink = await this.linksTo(texts, type, documentId, linking);
    const linked = linking.filter(isLink);
    return {
      state: 'published',
      total: inList.length,
      isPartial,
      sources: inList.slice(0, SHOWN_SOURCES).map(({ documentId: id, place, origin, row }) => ({
        documentId: id,
        title: titleOf(row),
        // The place would reveal how many hidden entries come before it.
        place: readsAllEntries ? place + 1 : null,
        origin,
      })),
      links: linked.length,
      linkedFrom: linked
        .slice(0, SHOWN_LINKS)
        .map(({ documentId: id, row }) => ({ documentId: id, title: titleOf(row) })),
      fits: fits.map((fit) => ({
        documentId: fit.documentId,
        title: titleOf(fit.row),
        mayCurate: permissions.mayCurate(type.uid, fit.row),
        strength: readsAllFields && readsAllEntries ? strengthOf(fit.score) : null,
        explanation: reasonFor(fit),
      })),
    };
  }

  /** Explains why the document would fit into other lists, as far as the editor may know. */
  private async reasons(
    type: RelatedType,
    { documentId, locale }: { documentId: string; locale: string | null },
    fits: readonly Appearance[],
    { visibility, texts }: { visibility: Visibility; texts: EditorTexts },
  ): Promise<(fit: Appearance) => Explanation | null> {
    if (fits.length === 0) return () => null;
    const { explanations } = this.options;
    const source: Source = { documentId, locale, status: 'published' };
    const narrow = await explanations.narrowing(
      type,
      locale,
      fits.map((fit) => fit.documentId),
      reasonsForEditor(texts, type, source),
      visibility,
    );
    return ({ documentId: id, explanation }) =>
      explanation && redact(narrow(id, explanation), visibility);
  }

  /** Tells which documents link to a document in their texts, as the editor gets these. */
  private async linksTo(
    texts: EditorTexts,
    type: RelatedType,
    documentId: string,
    linking: readonly Appearance[],
  ): Promise<(from: Appearance) => boolean> {
    const { reader } = this.options;
    const documentIds = linking.slice(0, READ_LINKS).map((one) => one.documentId);
    const isGiven = await givenLinks(texts, type, documentIds);
    const rows = documentIds.length > 0 && type.slug !== null ? await reader.published(type, [documentId]) : []; // prettier-ignore
    const keys = [documentId, ...rows.map((row) => textOf(row[type.slug as string]))];
    return (from) => keys.some((key) => isGiven(from.documentId, key));
  }

  /** Returns documents in whose lists a rule places the document, `REACH` for each rule at most. */
  private async placing(
    type: RelatedType,
    documentId: string,
    locale: string | null,
    ignoredRelations: ReadonlySet<string>,
  ): Promise<string[]> {
    const { place = [] } = this.options.options.of(type.uid).ranking.rules ?? {};
    const found: string[] = [];
    for (const { relation, name, documentId: placed } of place) {
      const { targets = [] } = type.relations.find(({ attribute }) => attribute === relation) ?? {};
      const [target] = targets;
      if (placed !== documentId || !target?.label || targets.length > 1) continue;
      if (ignoredRelations.has(relation)) continue;
      const rows = await rowsOf<{ documentId: string }>(this.options.strapi, type.uid).findMany({
        select: ['documentId'],
        where: { ...rowsIn(type, 'published', locale), [relation]: { [target.label]: name } },
        orderBy: { documentId: 'asc' },
        limit: REACH,
      });
      found.push(...rows.map((row) => row.documentId));
    }
    return found;
  }

  /**
   * Returns the document's places in other lists, real ones and those that it could get, highest place first.
   *
   * @param ignoredRelations Relations that count for nothing.
   * @returns `null` if the document is not in the index.
   */
  private async places(
    type: RelatedType,
    documentId: string,
    locale: string | null,
    ignoredRelations: ReadonlySet<string>,
  ): Promise<Appearance[] | null> {
    const { engine, curations } = this.options;
    const collection = collectionOf(type, locale);
    const { ranking } = this.options.options.of(type.uid);
    const [near] = await engine.related(collection, [{ documentId }], {
      minScore: 0,
      limit: REACH,
      maxCandidates: REACH,
      ignoredRelations,
      explain: true,
      // Rules leave out near documents.
      ...(ranking.rules && { ranking: { ...ranking, rules: undefined } }),
    });
    if (!near) return null;
    const known = new Map(near.map((one) => [one.documentId, one]));
    const pinning = curations.pinningTo(sourceOf(type.uid, documentId, locale));
    // Editors' picks may not be near at all.
    const picking =
      type.picked && !ignoredRelations.has(type.picked.attribute)
        ? await this.options.reader.documentsOf(type, type.picked.attribute, [documentId])
        : [];
    const sources = new Set([
      ...picking,
      ...(await this.placing(type, documentId, locale, ignoredRelations)),
      ...near.map((suggestion) => suggestion.documentId),
      ...pinning.map(({ sourceId }) => sourceId),
    ]);
    const lists = await this.options.served.of(type, locale, [...sources], ignoredRelations);
    const places: Appearance[] = [];
    for (const [id, list] of lists) {
      const { exclusions } = curations.get(sourceOf(type.uid, id, locale));
      const place = list.findIndex((suggestion) => suggestion.documentId === documentId);
      const { score = 0, explanation = null } = known.get(id) ?? {};
      const linksHere = explanation?.links.fromSuggestion ?? false;
      const appearance = { uid: type.uid, documentId: id, score, explanation, linksHere };
      if (place >= 0) {
        const origin = list[place].pinned ? 'pinned' : 'suggested';
        places.push({ ...appearance, place, origin });
      } else if (!exclusions.some((excluded) => excluded.documentId === documentId)) {
        // It is in no list, so the documents nearest to it are the best places for it.
        places.push({ ...appearance, place: SUGGESTION_CAP + places.length, origin: 'suggested' });
      }
    }
    return places.sort((a, b) => a.place - b.place);
  }

  private async isPublished(type: RelatedType, documentId: string, locale: string | null) {
    const { reader } = this.options;
    const entities = await reader.published(type, [documentId]);
    return entities.some((entity) => !type.localized || entity.locale === locale);
  }

  /** The documents that the editor may read, as published, with the fields that permissions depend on. */
  private async readable(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    places: readonly Appearance[],
  ): Promise<Map<string, Entity>> {
    const filters = await permissions.filters(type.uid);
    const populate = await permissions.populate(type.uid);
    const mayReadTitle = permissions.readable(type)(type.title);
    const readable = new Map<string, Entity>();
    for (let start = 0; start < places.length; start += BATCH) {
      const batch = places.slice(start, start + BATCH).map((place) => place.documentId);
      const rows = await permissions.findMany(type.uid, {
        filters: { $and: [filters, { documentId: { $in: batch } }] },
        populate,
        status: 'published',
        limit: rowsFor(batch),
        ...(type.localized && { locale }),
      });
      for (const row of rows) {
        readable.set(row.documentId, mayReadTitle ? row : { ...row, [type.title]: '' });
      }
    }
    return readable;
  }
}
