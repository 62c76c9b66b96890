import type { Core, UID } from '@strapi/strapi';

import type { Schema } from '../config/attributes';
import type { RelatedType } from '../config/resolve';
import type { EngineDocument, Explanation, RelatedQuery, Suggestion } from '../engine/types';
import { sourceOf, type Decisions } from '../sync/curations/curation';
import type { Entity } from '../sync/entity';
import { collectionOf } from '../sync/mapper';
import { hasFilters, type Document, type DocumentAccess } from '../permissions/documents';
import { Explanations, type Audience } from './explanations';
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
  /** What counts for this caller. */
  relations: Relations;
  /** The documents that the caller may have. */
  access: DocumentAccess;
  /** What explanations may name. */
  audience: Audience;
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
  documents: Document[];
  related: RelatedEntry[];
  /** How many suggestions there are over all pages. */
  total: number;
}

/** Answers requests: the engine's list, as published documents of now. */
export class SuggestionsService {
  private readonly explanations = new Explanations();

  constructor(private readonly strapi: Core.Strapi) {}

  /**
   * The document that a request names, by documentId or by the slug of its published version. What is no such
   * document is taken for a documentId: whether the caller gets it is for their access to tell.
   */
  async findSource(
    type: RelatedType,
    reference: string,
    locale: string | undefined,
    status: 'draft' | 'published',
  ): Promise<Source & { slug: string | null }> {
    const query = this.strapi.db.query(type.uid as UID.ContentType);
    const language = type.localized ? (locale ?? (await this.defaultLocale())) : null;
    const rowWhere = (
      where: Record<string, string>,
      of: 'draft' | 'published',
    ): Promise<Record<string, string> | null> =>
      query.findOne({
        select: ['documentId', ...(type.slug ? [type.slug] : [])],
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
    const slug = (type.slug && found?.[type.slug]) || null;
    return { documentId: found?.documentId ?? reference, locale: language, status, slug };
  }

  private defaultLocale(): Promise<string> {
    return this.strapi.plugin('i18n').service('locales').getDefaultLocale();
  }

  async find(type: RelatedType, source: Source, request: PageRequest): Promise<Page> {
    const { access, query } = request;
    const isFiltered = hasFilters(query.filters);
    const depth = isFiltered ? FILTERED_CAP : SUGGESTION_CAP;
    const places = isFiltered ? depth : request.start + request.limit + SPARE_PLACES;
    const { hidden } = request.relations;
    const decisions = request.decisions ?? (await this.decisionsOf(type, source));
    const { pins, exclusions } = decisions;
    const exclude = new Set([...(request.related.exclude ?? []), ...exclusions]);
    const pinned = pins.filter((id) => id !== source.documentId && !exclude.has(id));
    const suggestions = await this.rank(type, source, {
      ...request.related,
      depth,
      places,
      hidden,
      exclude,
      pinned,
    });
    const candidates = withPins(pinned, suggestions);
    const scope = { locale: source.locale, status: 'published' as const };
    const isLight = isLightQuery(this.strapi, type, query);
    // What the caller may not have, or is no longer published, counts in no total and takes no place.
    const readable = await access.read(
      candidates.map(({ id }) => id),
      { ...scope, filters: query.filters, ...(isLight ? query : { fields: ['documentId'] }) },
    );
    let remaining = candidates.filter(({ id }) => readable.has(id)).slice(0, depth);

    // What has gone since is left out, and the next one moves up.
    for (;;) {
      const page = remaining.slice(request.start, request.start + request.limit);
      const documents =
        isLight || page.length === 0
          ? readable
          : await access.read(
              page.map(({ id }) => id),
              { ...scope, ...query },
            );
      const gone = new Set(page.filter(({ id }) => !documents.has(id)).map(({ id }) => id));
      if (gone.size === 0) {
        return {
          documents: page.map(({ id }) => documents.get(id) as Document),
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
    const { documents } = getService(this.strapi, 'indexing');
    const document = source.document ?? (await documents.readUnsaved(type, entity)).document;
    return engine.relatedToText(collection, document, query);
  }

  private async read(type: RelatedType, source: Source): Promise<Entity | null> {
    if (source.entity) return source.entity;
    const { reader } = getService(this.strapi, 'indexing');
    if (source.status === 'draft') return reader.draft(type, source.documentId, source.locale);
    const entities = await reader.published(type, [source.documentId]);
    return entities.find(({ locale }) => !type.localized || locale === source.locale) ?? null;
  }

  private async describe(
    type: RelatedType,
    source: Source,
    page: readonly Suggestion[],
    request: PageRequest,
  ): Promise<RelatedEntry[]> {
    const narrow = request.related.explain
      ? await this.explanations.narrowing(
          type,
          source.locale,
          page.map(({ id }) => id),
          request.audience,
        )
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

/** The list with pins that the index does not hold, or not yet, in their places. */
function withPins(pinned: readonly string[], ranked: readonly Suggestion[]): Suggestion[] {
  const pins = new Map(ranked.filter((entry) => entry.pinned).map((pin) => [pin.id, pin]));
  return [
    ...pinned.map((id) => pins.get(id) ?? { id, pinned: true, score: 0, rank: 0 }),
    ...ranked.filter((suggestion) => !suggestion.pinned),
  ];
}

/** Attributes so short that reading them for all candidates costs less than a second question. */
const SHORT_KINDS = new Set(['string', 'uid', 'email', 'enumeration', 'boolean', 'integer', 'biginteger', 'decimal', 'float', 'date', 'datetime', 'time', 'timestamp']); // prettier-ignore

/** Whether a query asks for a few short attributes only. */
function isLightQuery(
  strapi: Core.Strapi,
  { uid }: RelatedType,
  { fields, populate }: PageRequest['query'],
): boolean {
  if (populate !== undefined || fields === undefined) return false;
  const { attributes } = strapi.contentType(uid as UID.ContentType) as Schema;
  return [fields].flat().every((name) => {
    if (name === 'id' || name === 'documentId') return true;
    return typeof name === 'string' && SHORT_KINDS.has(attributes[name]?.type);
  });
}
