import type { Core, Modules, UID } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { EngineDocument, Explanation, RelatedQuery, Suggestion } from '../engine/types';
import { sourceOf, type Decisions } from '../sync/curations/curation';
import type { Entity } from '../sync/entity';
import { collectionOf, toEngineDocument } from '../sync/mapper';
import { Explanations } from './explanations';
import { getService } from './get-service';
import type { Relations } from './sight';

/** How far down the ranking pages reach: as far as the largest page. */
export const SUGGESTION_CAP = 100;
/** How far down it is searched for what `filters` leave. */
export const FILTERED_CAP = 200;
/** For what is no longer published when the page is read. */
export const SPARE_PLACES = 5;

export interface Source {
  documentId: string;
  locale: string | null;
  status: 'draft' | 'published';
  /** What it says, where that is not what is saved. */
  entity?: Entity;
  /** The same as the engine takes it, where it was made before. */
  document?: EngineDocument;
}

export interface PageRequest {
  /** Strapi's own query: already validated and sanitized for the caller. */
  query: { fields?: unknown; populate?: unknown; filters?: unknown };
  start: number;
  limit: number;
  related: Pick<RelatedQuery, 'minScore' | 'exclude' | 'explain'>;
  /** What editors decided, where that is not what is saved. */
  decisions?: Decisions;
  /** What counts for this caller, and what explanations name. */
  relations: Relations;
  /** Whether the caller may read an attribute of the type; decides what explanations name. Default: all that are not private. */
  mayRead?: (attribute: string) => boolean;
}

export interface RelatedEntry {
  documentId: string;
  /** Whether an editor put it there. */
  origin: 'pinned' | 'suggested';
  /** 0 for a pin that the index does not hold yet. */
  score: number;
  /** The score that orders the list; comparable within one list only. */
  rank: number;
  explanation?: Explanation;
}

export interface Page {
  documents: Modules.Documents.AnyDocument[];
  related: RelatedEntry[];
  /** How many suggestions there are over all pages. */
  total: number;
}

/** Answers requests: the engine's list, as published documents of now. */
export class SuggestionsService {
  private readonly explanations: Explanations;

  constructor(private readonly strapi: Core.Strapi) {
    this.explanations = new Explanations((type, documentIds) =>
      getService(strapi, 'indexing').reader.published(type, documentIds),
    );
  }

  /**
   * The document that a request names, by documentId or by the slug of its published version.
   * `null` when there is none that is published, or, for `draft`, none at all.
   */
  async findSource(
    type: RelatedType,
    reference: string,
    locale: string | undefined,
    status: 'draft' | 'published',
  ): Promise<Source | null> {
    const query = this.strapi.db.query(type.uid as UID.ContentType);
    const language = type.localized ? (locale ?? (await this.defaultLocale())) : null;
    const rowWhere = (
      where: Record<string, string>,
      of: 'draft' | 'published',
    ): Promise<{ documentId: string } | null> =>
      query.findOne({
        select: ['documentId'],
        where: {
          ...where,
          ...(type.localized && { locale: language }),
          ...(type.draftAndPublish && {
            publishedAt: of === 'published' ? { $notNull: true } : { $null: true },
          }),
        },
        orderBy: { id: 'asc' },
      });

    const found =
      (await rowWhere({ documentId: reference }, status)) ??
      (type.slug ? await rowWhere({ [type.slug]: reference }, 'published') : null);
    return found && { documentId: found.documentId, locale: language, status };
  }

  private defaultLocale(): Promise<string> {
    return this.strapi.plugin('i18n').service('locales').getDefaultLocale();
  }

  async find(type: RelatedType, source: Source, request: PageRequest): Promise<Page> {
    const isFiltered = hasFilters(request.query.filters);
    const depth = isFiltered ? FILTERED_CAP : SUGGESTION_CAP;
    const places = isFiltered ? depth : request.start + request.limit + SPARE_PLACES;
    const { hidden } = request.relations;
    const decisions = request.decisions ?? (await this.decisionsOf(type, source));
    const { pins, exclusions } = decisions;
    const exclude = new Set([...(request.related.exclude ?? []), ...exclusions]);
    const pinned = pins.filter((id) => id !== source.documentId && !exclude.has(id));
    const query = { ...request.related, depth, places, hidden, exclude, pinned };
    const scope = { status: 'published', ...(source.locale && { locale: source.locale }) };
    const suggestions = await this.rank(type, source, query);
    const unknown = pinsBeyond(suggestions, pinned);
    // What the index does not hold is most likely not published: it must not count, nor take a place of a page.
    const late = await this.fetch(type, unknown, { ...scope, fields: ['documentId'] });
    const published = unknown.filter(({ id }) => late.has(id));
    const ranked = withPins(pinned, suggestions, published).slice(0, depth);
    let remaining = ranked;
    if (isFiltered) {
      const matching = await this.fetch(type, ranked, {
        ...scope,
        ...request.query,
        fields: ['documentId'],
        populate: undefined,
      });
      remaining = ranked.filter(({ id }) => matching.has(id));
    }

    // What the index still names but is no longer published is left out, and the next one moves up.
    for (;;) {
      const page = remaining.slice(request.start, request.start + request.limit);
      const documents = await this.fetch(type, page, { ...scope, ...request.query });
      const gone = new Set(page.filter(({ id }) => !documents.has(id)).map(({ id }) => id));
      if (gone.size === 0) {
        return {
          documents: page.map(({ id }) => documents.get(id) as Modules.Documents.AnyDocument),
          related: await this.describe(type, source, page, request),
          total: remaining.length,
        };
      }
      remaining = remaining.filter(({ id }) => !gone.has(id));
    }
  }

  private decisionsOf(type: RelatedType, { documentId, locale }: Source): Promise<Decisions> {
    return getService(this.strapi, 'indexing').curations.of(sourceOf(type.uid, documentId, locale));
  }

  private async rank(
    type: RelatedType,
    source: Source,
    query: RelatedQuery,
  ): Promise<Suggestion[]> {
    const { engine } = getService(this.strapi, 'indexing');
    const collection = collectionOf(type, source.locale);
    if (source.status === 'published' && !source.entity) {
      const suggestions = await engine.related(collection, source.documentId, query);
      if (suggestions) return suggestions;
    }
    const entity = await this.read(type, source);
    if (!entity) return [];
    const document = source.document ?? toEngineDocument(type, entity);
    return engine.relatedToText(collection, document, query);
  }

  private async read(type: RelatedType, source: Source): Promise<Entity | null> {
    if (source.entity) return source.entity;
    const { reader } = getService(this.strapi, 'indexing');
    if (source.status === 'draft') return reader.draft(type, source.documentId, source.locale);
    const entities = await reader.published(type, [source.documentId]);
    return entities.find(({ locale }) => !type.localized || locale === source.locale) ?? null;
  }

  private async fetch(
    type: RelatedType,
    suggestions: readonly Suggestion[],
    query: Record<string, unknown>,
  ): Promise<Map<string, Modules.Documents.AnyDocument>> {
    if (suggestions.length === 0) return new Map();
    const among = { documentId: { $in: suggestions.map(({ id }) => id) } };
    const { filters, ...rest } = query;
    const documents = await this.strapi.documents(type.uid as UID.ContentType).findMany({
      ...localeField(type, rest),
      filters: hasFilters(filters) ? { $and: [filters, among] } : among,
      limit: suggestions.length,
    } as never);
    return new Map(documents.map((document) => [document.documentId, document]));
  }

  private async describe(
    type: RelatedType,
    source: Source,
    page: readonly Suggestion[],
    request: PageRequest,
  ): Promise<RelatedEntry[]> {
    const narrow = request.related.explain
      ? await this.explanations.narrowing(type, page, {
          source: await this.read(type, source),
          locale: source.locale,
          visible: request.relations.visible,
          mayRead: request.mayRead,
        })
      : null;
    return page.map(({ id, pinned, score, rank, explanation }) => ({
      documentId: id,
      origin: pinned ? 'pinned' : 'suggested',
      score,
      rank,
      ...(narrow && explanation && { explanation: narrow(id, explanation) }),
    }));
  }
}

/** Pins that the index does not hold, or not yet. */
function pinsBeyond(ranked: readonly Suggestion[], pinned: readonly string[]): Suggestion[] {
  const known = new Set(ranked.filter((suggestion) => suggestion.pinned).map(({ id }) => id));
  return pinned
    .filter((id) => !known.has(id))
    .map((id) => ({ id, pinned: true, score: 0, rank: 0 }));
}

/** The list with pins that the index does not hold in their places. */
function withPins(
  pinned: readonly string[],
  ranked: readonly Suggestion[],
  late: readonly Suggestion[],
): Suggestion[] {
  const pins = new Map(
    [...ranked.filter((suggestion) => suggestion.pinned), ...late].map((pin) => [pin.id, pin]),
  );
  return [
    ...pinned.map((id) => pins.get(id)).filter((pin) => pin !== undefined),
    ...ranked.filter((suggestion) => !suggestion.pinned),
  ];
}

function hasFilters(filters: unknown): filters is Record<string, unknown> {
  return typeof filters === 'object' && filters !== null && Object.keys(filters).length > 0;
}

/** A type without locales takes no `locale`. */
function localeField<T extends { locale?: unknown }>(type: RelatedType, query: T): T {
  return type.localized ? query : { ...query, locale: undefined };
}
