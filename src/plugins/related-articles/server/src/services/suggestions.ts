import type { Core, Modules, UID } from '@strapi/strapi';

import { languageFor, type RelatedType } from '../config/resolve';
import { createAnalyzer, type Analyzer } from '../engine/analysis/analyzer';
import type { Explanation, RelatedQuery, Suggestion } from '../engine/types';
import type { Entity } from '../sync/entity';
import { collectionOf, toEngineDocument, visibleText } from '../sync/mapper';
import { getService } from './get-service';

/** How far down the ranking pages reach: as far as the largest page. */
export const SUGGESTION_CAP = 100;
/** How far down it is searched for what `filters` leave. */
export const FILTERED_CAP = 200;
const SHOWN_TERMS = 8;
/** For what is no longer published when the page is read. */
const SPARE_PLACES = 5;

export interface Source {
  documentId: string;
  locale: string | null;
  status: 'draft' | 'published';
}

export interface PageRequest {
  /** Strapi's own query: already validated and sanitized for the caller. */
  query: { fields?: unknown; populate?: unknown; filters?: unknown };
  start: number;
  limit: number;
  related: Omit<RelatedQuery, 'limit'>;
  /** Whether the caller may see entries of this type; decides what explanations name. */
  maySee: (uid: string) => Promise<boolean>;
}

export interface RelatedEntry {
  documentId: string;
  origin: 'suggested';
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
  private readonly analyzers = new Map<string, Analyzer>();

  constructor(private readonly strapi: Core.Strapi) {}

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
    const visible = await visibleRelations(type, request.maySee);
    const hidden = new Set(
      type.relations
        // What may be read as private on purpose counts for everybody.
        .filter((relation) => !relation.private && !visible.has(relation.attribute))
        .map(({ attribute }) => attribute),
    );
    const query = { ...request.related, depth, places, hidden };
    const ranked = (await this.rank(type, source, query)).slice(0, depth);
    const scope = { status: 'published', ...(source.locale && { locale: source.locale }) };
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
          related: await this.describe(type, source, page, request, visible),
          total: remaining.length,
        };
      }
      remaining = remaining.filter(({ id }) => !gone.has(id));
    }
  }

  private async rank(
    type: RelatedType,
    source: Source,
    query: RelatedQuery,
  ): Promise<Suggestion[]> {
    const { engine } = getService(this.strapi, 'indexing');
    const collection = collectionOf(type, source.locale);
    if (source.status === 'published') {
      const suggestions = await engine.related(collection, source.documentId, query);
      if (suggestions) return suggestions;
    }
    const entity = await this.read(type, source);
    return entity ? engine.relatedToText(collection, toEngineDocument(type, entity), query) : [];
  }

  private async read(type: RelatedType, source: Source): Promise<Entity | null> {
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
    visible: ReadonlySet<string>,
  ): Promise<RelatedEntry[]> {
    const narrow = request.related.explain
      ? await this.explanationsFor(type, source, page, visible)
      : null;
    return page.map(({ id, score, rank, explanation }) => ({
      documentId: id,
      origin: 'suggested',
      score,
      rank,
      ...(narrow && explanation && { explanation: narrow(id, explanation) }),
    }));
  }

  /**
   * Explanations name only what the caller could read anyway: words that stand in both documents'
   * public fields, as written there, and entries of types that the caller may find.
   */
  private async explanationsFor(
    type: RelatedType,
    source: Source,
    page: readonly Suggestion[],
    visible: ReadonlySet<string>,
  ): Promise<(id: string, explanation: Explanation) => Explanation> {
    const { reader } = getService(this.strapi, 'indexing');
    const analyzer = this.analyzerOf(type, source.locale);
    const surfacesOf = (entity: Entity | null | undefined) =>
      analyzer.surfaces(entity ? visibleText(type, entity) : '');

    const entities = await reader.published(
      type,
      page.map(({ id }) => id),
    );
    const ofLocale = entities.filter(({ locale }) => !type.localized || locale === source.locale);
    const candidates = new Map(ofLocale.map((entity) => [entity.documentId, surfacesOf(entity)]));
    const sourceWords = surfacesOf(await this.read(type, source));
    return (id, explanation) => ({
      ...explanation,
      terms: explanation.terms
        .filter((term) => sourceWords.has(term) && candidates.get(id)?.has(term))
        .map((term) => plainer(sourceWords.get(term), candidates.get(id)?.get(term)))
        .slice(0, SHOWN_TERMS),
      taxonomy: Object.fromEntries(
        Object.entries(explanation.taxonomy)
          .filter(([relation]) => visible.has(relation))
          .map(([relation, labels]) => [relation, labels.filter(Boolean)]),
      ),
    });
  }

  private analyzerOf(type: RelatedType, locale: string | null): Analyzer {
    const language = languageFor(type, locale);
    const analyzer = this.analyzers.get(language) ?? createAnalyzer(language);
    this.analyzers.set(language, analyzer);
    return analyzer;
  }
}

/** The relations whose entries the caller may see, whatever they lead to. */
async function visibleRelations(
  { relations }: RelatedType,
  maySee: (uid: string) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  const visible = new Set<string>();
  for (const relation of relations) {
    if (relation.private) continue;
    const seen = await Promise.all(relation.targets.map(({ uid }) => maySee(uid)));
    if (seen.every(Boolean)) visible.add(relation.attribute);
  }
  return visible;
}

/** Of two spellings of a word the one without a capital, which may have come from the start of a sentence. */
function plainer(here = '', there = here): string {
  return here[0]?.toLowerCase() === here[0] ? here : there;
}

function hasFilters(filters: unknown): filters is Record<string, unknown> {
  return typeof filters === 'object' && filters !== null && Object.keys(filters).length > 0;
}

/** A type without locales takes no `locale`. */
function localeField<T extends { locale?: unknown }>(type: RelatedType, query: T): T {
  return type.localized ? query : { ...query, locale: undefined };
}
