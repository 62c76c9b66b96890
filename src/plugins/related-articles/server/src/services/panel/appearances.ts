import type { Core, UID } from '@strapi/strapi';

import type { FindAppearancesResponse } from '../../../../shared/contracts';
import type { RelatedType } from '../../config/resolve';
import { sourceOf } from '../../curations/curation';
import { textOf, type Entity } from '../../content/entity';
import { collectionOf } from '../../content/mapper';
import { getService } from '../get-service';
import { editorVisibility } from '../../permissions/visibility';
import { SPARE_PLACES, SUGGESTION_CAP } from '../suggestions';
import type { EditorPermissions } from '../../permissions/editor-permissions';

/**
 * How many of a document's own suggestions are asked whether it stands in their lists: being like each other goes
 * both ways, if not equally. docs/editors.md has what that finds of all.
 */
const REACH = 200;
/** For how long lists are made before other work of the process gets its turn, in milliseconds. */
const SLICE_MS = 10;
/** How many are read from the database at once. */
const BATCH = 500;
const SHOWN_SOURCES = 50;
const SHOWN_FITS = 3;

interface Appearance {
  documentId: string;
  /** From 0. */
  place: number;
  origin: 'pinned' | 'suggested';
}

/** In whose lists a document stands. */
export class AppearancesService {
  constructor(private readonly strapi: Core.Strapi) {}

  /** As far as the editor may read the documents whose lists they are. */
  async find(
    permissions: EditorPermissions,
    type: RelatedType,
    documentId: string,
    locale: string | null,
  ): Promise<FindAppearancesResponse['data']> {
    const { ignoredRelations, readsAllEntries } = editorVisibility(permissions, type, locale);
    const isPartial = !readsAllEntries;
    const places = await this.places(type, documentId, locale, ignoredRelations);
    if (!places) {
      const state = (await this.isPublished(type, documentId, locale))
        ? 'unindexed'
        : 'unpublished';
      return { state, total: 0, isPartial, sources: [], fits: [] };
    }
    const { limit } = getService(this.strapi, 'indexing').config;
    const readable = await this.readable(permissions, type, locale, places);
    const visible = places
      .filter((place) => readable.has(place.documentId))
      .map((place) => ({ ...place, row: readable.get(place.documentId) as Entity }));
    const titleOf = (row: Entity) => textOf(row[type.title]);
    const inList = visible.filter(({ place }) => place < limit);
    const fits = inList.length > 0 ? [] : visible.slice(0, SHOWN_FITS);
    return {
      state: 'published',
      total: inList.length,
      isPartial,
      sources: inList.slice(0, SHOWN_SOURCES).map(({ documentId: id, place, origin, row }) => ({
        documentId: id,
        title: titleOf(row),
        place: place + 1,
        origin,
      })),
      fits: fits.map(({ documentId: id, row }) => ({
        documentId: id,
        title: titleOf(row),
        mayCurate: permissions.mayCurate(type.uid, row),
      })),
    };
  }

  /**
   * Where it stands in the lists of others, or would come, highest place first.
   *
   * @param ignoredRelations Relations that count for nothing.
   * @returns `null` when the index does not hold it.
   */
  private async places(
    type: RelatedType,
    documentId: string,
    locale: string | null,
    ignoredRelations: ReadonlySet<string>,
  ): Promise<Appearance[] | null> {
    const { engine, curations, config } = getService(this.strapi, 'indexing');
    const collection = collectionOf(type, locale);
    const near = engine.related(collection, documentId, {
      minScore: 0,
      limit: REACH,
      maxCandidates: REACH,
      ignoredRelations,
    });
    if (!near) return null;
    const pinning = curations.pinningTo(sourceOf(type.uid, documentId, locale));
    const sources = new Set([...near.map(({ id }) => id), ...pinning.map((c) => c.sourceId)]);
    const places: Appearance[] = [];
    let sliceStart = performance.now();
    for (const id of sources) {
      const { pins, exclusions } = curations.get(sourceOf(type.uid, id, locale));
      const list = engine.related(collection, id, {
        maxCandidates: SUGGESTION_CAP,
        diversifyTop: config.limit + SPARE_PLACES,
        pinned: pins.filter((pin) => pin !== id),
        exclude: new Set(exclusions),
        ignoredRelations,
      });
      const place = list?.findIndex((suggestion) => suggestion.id === documentId) ?? -1;
      if (list && place >= 0) {
        const origin = list[place].pinned ? 'pinned' : 'suggested';
        places.push({ documentId: id, place, origin });
      } else if (list && !exclusions.includes(documentId)) {
        // In no list's reach: where it would fit is what itself is nearest to.
        places.push({ documentId: id, place: SUGGESTION_CAP + places.length, origin: 'suggested' });
      }
      if (performance.now() - sliceStart > SLICE_MS) {
        await new Promise(setImmediate);
        sliceStart = performance.now();
      }
    }
    return places.sort((a, b) => a.place - b.place);
  }

  private async isPublished(type: RelatedType, documentId: string, locale: string | null) {
    const { reader } = getService(this.strapi, 'indexing');
    const entities = await reader.published(type, [documentId]);
    return entities.some((entity) => !type.localized || entity.locale === locale);
  }

  /** Those that the permissions may read, as they are published, with what permissions depend on. */
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
      const rows = (await this.strapi.documents(type.uid as UID.ContentType).findMany({
        filters: { $and: [filters, { documentId: { $in: batch } }] },
        populate,
        status: 'published',
        limit: batch.length,
        ...(type.localized && { locale }),
      } as never)) as Entity[];
      for (const row of rows) {
        readable.set(row.documentId, mayReadTitle ? row : { ...row, [type.title]: '' });
      }
    }
    return readable;
  }
}
