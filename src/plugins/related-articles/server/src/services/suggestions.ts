import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import type { RelatedType } from '../config/resolve';
import {
  type DocumentRef,
  type EngineDocument,
  type Explanation,
  type Query,
  type Suggestion,
  type Rules,
} from '../engine/engine';
import { pinsInList, sourceOf, type Decisions } from '../curations/curation';
import { clientOf } from '../content/database';
import type { Entity } from '../content/entity';
import type { DocumentReader } from '../content/document-reader';
import { collectionOf } from '../content/mapper';
import type { RowReader } from '../content/row-reader';
import { rowsIn, rowsOf } from '../content/rows';
import type { CurationCache } from '../curations/curation-cache';
import { hasFilters, type Document, type DocumentAccess } from '../permissions/documents';
import type { Explanations, ReadForReasons } from './explanations';
import { limited } from './limited';
import type { InTurn } from './rank-many';
import type { Visibility } from '../permissions/visibility';
import type { ListEngine } from './when-away';
import { findVisible, isNotIndexed, withPins, type Search } from './visible-suggestions';

/** How far down the ranking pages reach: as far as the largest page. */
export const SUGGESTION_CAP = 100;
/** How many of the best-ranked documents `filters` choose from. */
export const FILTERED_CAP = 200;
/** How many entries with the same slug are tried: several tenants may use it. */
const MAX_SAME_SLUG = 20;
/** How many rows are read to find the one with exactly that slug among those that MySQL and MariaDB take for equal. */
const MAX_EQUAL_SLUG = 1000;

/** Whether a refusal is about the caller or the number of requests, and not about what is requested. */
const isAboutCaller = (error: Error & { status?: number }): boolean =>
  error instanceof errors.UnauthorizedError ||
  error instanceof errors.RateLimitError ||
  error.status === 401 ||
  error.status === 429;
/** Spare suggestions, in case some are unpublished before the page is read. */
export const SPARE_PLACES = 5;

export interface Source {
  documentId: string;
  locale: string | null;
  status: 'draft' | 'published';
  /** Its unsaved content, if any; the caller has sent it. */
  entity?: Entity;
  /** What it is ranked by, if that differs from its document in the index. */
  document?: EngineDocument;
}

export interface PageRequest {
  /** Strapi's own query: already validated and sanitized for the caller. */
  query: { fields?: unknown; populate?: unknown; filters?: unknown };
  start: number;
  limit: number;
  related: Pick<Query, 'minScore' | 'exclude' | 'explain' | 'maxAge'>;
  /** Pins and exclusions that replace the saved ones. */
  decisions?: Decisions;
  /** What the caller may see. */
  visibility: Visibility;
  /** The documents that the caller may have. */
  access: DocumentAccess;
  /** Whether many documents may be hidden from the caller; then `filters` choose among those that are not. */
  isGuarded?: boolean;
  /** Whether nothing that is published can be hidden from the caller. Default: something may be. */
  isOpen?: boolean;
  /** Whether the caller could find hidden entries by trying words: then access to all candidates is checked first. */
  isTried?: boolean;
  /** @throws when the request has taken too long to go on. */
  checkTime?(): Promise<void>;
  /** Does work that keeps the process busy in turn with others. Default: at once. */
  inTurn?: InTurn;
  /** Reads the documents that explanations are given for. */
  readForReasons: ReadForReasons;
  /** Ranks, in place of the ranking for the source. */
  rank?(query: Query): Promise<readonly Suggestion[]>;
  /** Returns the documents that the links of that list lead through. */
  linked?(): Promise<readonly DocumentRef[]>;
  /** Describes a page's suggestions if their reasons are not those of one source. */
  describe?(page: readonly Suggestion[]): Promise<RelatedEntry[]>;
}

export interface RelatedEntry extends DocumentRef {
  /** Pinned by an editor, picked in the source's own relation, placed by a rule, found by the ranking, or a filler. */
  origin: 'pinned' | 'picked' | 'placed' | 'suggested' | 'fallback';
  /** 0 for a pin that the index does not hold yet. */
  score: number;
  /** The score that orders the list; comparable within one list only. */
  fusedScore: number;
  explanation?: Explanation;
}

export interface Page {
  documents: Document[];
  related: RelatedEntry[];
  /** How many suggestions there are over all pages. */
  total: number;
}

export interface SuggestionsOptions {
  strapi: Core.Strapi;
  engine: ListEngine;
  reader: RowReader;
  documents: DocumentReader;
  curations: CurationCache;
  explanations: Explanations;
  /** The rules of a type's lists. */
  rulesOf(uid: string): Rules | undefined;
}

/** Turns the engine's list into a page of currently published documents. */
export class SuggestionsService {
  constructor(private readonly options: SuggestionsOptions) {}

  /**
   * Returns the document that a request names, by documentId or by the slug of its published version; `null` if there
   * is none that the caller may have.
   *
   * @param has Whether the caller gets a document.
   */
  async findSource(
    type: RelatedType,
    reference: string,
    { locale, status }: { locale: string | undefined; status: Source['status'] },
    has: (named: { source: Source; slug: string | null }) => Promise<boolean>,
  ): Promise<Source | null> {
    const language = type.localized ? (locale ?? (await this.defaultLocale())) : null;
    const source = (documentId: string, slug: string | null) => ({
      source: { documentId, locale: language, status },
      slug,
    });
    const first = source(reference, null);
    let refusal: Error | null = null;
    const isGiven = await has(first).catch((error: Error) => {
      if (isAboutCaller(error)) throw error;
      // Guards may refuse anything that is not a documentId, and controllers may take it for granted that it is one.
      refusal = error;
      return false;
    });
    if (isGiven) return first.source;
    const { slug } = type;
    // Callers who may not read slugs must not be able to try them.
    const ways = slug === null || type.slugPrivate ? [] : [{ [slug]: reference }, { documentId: reference }]; // prettier-ignore
    for (const where of ways) {
      const rows = await this.publishedRows(type, language, where);
      // To MySQL and MariaDB, slugs that differ in case or accents are equal.
      const isExact = (row: Record<string, string>) => row[slug as string] === reference;
      const closestFirst = [...rows.filter(isExact), ...rows.filter((row) => !isExact(row))];
      for (const row of closestFirst.slice(0, MAX_SAME_SLUG)) {
        const named = source(row.documentId, row[slug as string]);
        // Never reveal that a hidden document has this slug, however the project refuses it.
        if (await has(named).catch(() => false)) return named.source;
      }
    }
    if (refusal) throw refusal;
    return null;
  }

  /** The locales in which something is published under that documentId or slug. */
  async localesOf(type: RelatedType, reference: string): Promise<string[]> {
    const { slug } = type;
    const names = ['documentId', ...(slug ? [slug] : [])];
    const rows = await rowsOf<{ locale: string }>(this.options.strapi, type.uid).findMany({
      select: ['locale'],
      where: { $or: names.map((name) => ({ [name]: reference })), ...rowsIn(type, 'published') },
      limit: 10 * MAX_SAME_SLUG,
    });
    return [...new Set(rows.map(({ locale }) => locale))].sort();
  }

  /** The documents whose published versions have these slugs, oldest first. */
  async bySlugs(
    type: RelatedType,
    slugs: readonly string[],
    locale: string | null,
  ): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    const { slug } = type;
    if (slug === null || type.slugPrivate || slugs.length === 0) return found;
    for (const row of await this.publishedRows(
      type,
      locale,
      { [slug]: { $in: [...slugs] } },
      slugs.length,
    )) {
      found.set(row[slug], [...(found.get(row[slug]) ?? []), row.documentId]);
    }
    return found;
  }

  private publishedRows(
    type: RelatedType,
    locale: string | null,
    where: Record<string, unknown>,
    slugs = 1,
  ): Promise<Record<string, string>[]> {
    return rowsOf<Record<string, string>>(this.options.strapi, type.uid).findMany({
      select: ['documentId', type.slug as string],
      where: { ...where, ...rowsIn(type, 'published', locale) },
      orderBy: { id: 'asc' },
      limit: Math.max(clientOf(this.options.strapi.db) === 'mysql' ? MAX_EQUAL_SLUG : 0, slugs * MAX_SAME_SLUG), // prettier-ignore
    });
  }

  defaultLocale(): Promise<string> {
    return this.options.strapi.plugin('i18n').service('locales').getDefaultLocale();
  }

  /** How a list is searched for. */
  searchFor(
    { uid }: RelatedType,
    { query, isTried, isGuarded }: Pick<PageRequest, 'query' | 'isTried' | 'isGuarded'>,
  ): {
    isFiltered: boolean;
    hasLimits: boolean;
    limitsLast: boolean;
    hidesSome: boolean;
    maxCandidates: number;
  } {
    const isFiltered = hasFilters(query.filters);
    const hasLimits = Object.keys(this.options.rulesOf(uid)?.atMost ?? {}).length > 0;
    return {
      isFiltered,
      hasLimits,
      // What does not match the filters must not take the places of its group.
      limitsLast: isFiltered && hasLimits,
      // Filters choose among what the caller may see: hidden documents must take no place, neither in the list nor
      // among the places that a rule gives to one group.
      hidesSome: Boolean(isTried || (isGuarded && (isFiltered || hasLimits))),
      maxCandidates: isFiltered ? FILTERED_CAP : SUGGESTION_CAP,
    };
  }

  async find(type: RelatedType, source: Source, request: PageRequest): Promise<Page> {
    const { access, query } = request;
    const { isFiltered, limitsLast, hidesSome, maxCandidates } = this.searchFor(type, request);
    const diversifyTop = isFiltered ? maxCandidates : request.start + request.limit + SPARE_PLACES;
    const { ignoredRelations } = request.visibility;
    const { pins, exclusions } = request.decisions ?? (await this.decisionsOf(type, source));
    const hidden = await this.options.curations.hiddenIn(sourceOf(type.uid, '', source.locale));
    const exclude = [...(request.related.exclude ?? []), ...exclusions, ...hidden];
    const self = { uid: type.uid, documentId: source.documentId };
    const pinned = pinsInList(pins, self, exclude);
    const search = {
      ...request.related,
      maxCandidates,
      diversifyTop,
      ignoredRelations,
      exclude,
      pinned,
      // Documents that are left out may also be hidden from the caller, and nothing checks that.
      ...(request.isGuarded && { forgetsLeftOut: true }),
      ...(request.isTried && { localRarity: true }),
      ...(limitsLast && { ignoresLimits: true, tellsLimits: true }),
    };
    const rankAnew = request.rank ?? ((one: Query) => this.rankInTurn(type, source, one, request));
    const isOpen = request.isOpen && !isFiltered && !request.isTried;
    const ranked = isOpen ? await rankAnew(search) : null;
    if (ranked) {
      const all = withPins(pinned, ranked).slice(0, maxCandidates);
      const page = await this.openPage(type, source, request, all);
      if (page) return page;
    }
    const rank = async (query: Query) => {
      const isSame = !query.unseen?.length && query.maxCandidates === maxCandidates;
      return (isSame && ranked) || rankAnew(query);
    };
    const findBy = (asked: PageRequest['query']) => (ids: readonly string[]) =>
      access.find(ids, { locale: source.locale, status: 'published', ...asked });
    const findVisibleBy = (
      asked: PageRequest['query'],
      isFiltered: boolean,
      from: Search,
      ranked = search,
    ) =>
      findVisible(
        {
          query: ranked,
          rank,
          pageSize: access.pageSize,
          find: findBy(asked),
          isFiltered,
          linked: request.linked ?? (() => this.linked(type, source)),
          isGuarded: request.isGuarded ?? false,
          isTried: request.isTried ?? false,
          checkTime: request.checkTime,
        },
        from,
      );
    const everything: Search = { maxCandidates, unseen: new Map() };
    const asked = { ...search, ignoresLimits: true, ...(request.isTried && { minScore: 0 }) };
    const told = hidesSome
      ? (await findVisibleBy({}, false, everything, asked)).search
      : everything;
    // Compare as many for the list as if nothing had been hidden.
    const from = request.isTried ? { ...told, maxCandidates } : told;
    const { visible, read } = await findVisibleBy(query, isFiltered, from);
    let remaining = (limitsLast ? limited(visible) : visible).slice(0, maxCandidates);

    // Skip documents that were unpublished meanwhile; the next ones move up.
    for (;;) {
      const page = remaining.slice(request.start, request.start + request.limit);
      const documents = await read(page.map(({ documentId }) => documentId));
      const isGone = ({ documentId }: Suggestion) => !documents.has(documentId);
      const gone = new Set(page.filter(isGone));
      if (gone.size === 0) {
        return {
          documents: page.map(({ documentId }) => documents.get(documentId) as Document),
          related: await (request.describe?.(page) ?? this.describe(type, source, page, request)),
          total: remaining.length,
        };
      }
      remaining = remaining.filter((suggestion) => !gone.has(suggestion));
    }
  }

  /**
   * Returns a page for a caller who may have everything in the index; `null` if the list has something that may be
   * missing: a pin that is not in the index, or an entry that was unpublished a moment ago.
   */
  private async openPage(
    type: RelatedType,
    source: Source,
    request: PageRequest,
    all: readonly Suggestion[],
  ): Promise<Page | null> {
    const page = all.slice(request.start, request.start + request.limit);
    if (page.length === 0 || all.some(isNotIndexed)) return null;
    const { access, query } = request;
    const asked = { locale: source.locale, status: 'published' as const, ...query };
    const before = idsOf(all.slice(0, request.start));
    // Otherwise pages would overlap.
    const found = before.length > 0 ? await access.find(before, asked) : null;
    if (!before.every((id) => found?.has(id))) return null;
    const ids = idsOf(page);
    const read = await access.read(ids, asked);
    const documents = ids.flatMap((id) => read.get(id) ?? []);
    if (documents.length < ids.length) return null;
    const related = await (request.describe?.(page) ?? this.describe(type, source, page, request));
    return { documents, related, total: all.length };
  }

  private decisionsOf(type: RelatedType, { documentId, locale }: Source): Promise<Decisions> {
    return this.options.curations.of(sourceOf(type.uid, documentId, locale));
  }

  /**
   * Ranks what is related to a source, whether or not the caller may have it.
   *
   * @param inTurn Does work that keeps the process busy. Default: at once.
   */
  async rank(
    type: RelatedType,
    source: Source,
    query: Query,
    inTurn: InTurn = (work) => work(),
  ): Promise<readonly Suggestion[]> {
    const { engine } = this.options;
    const collection = collectionOf(type, source.locale);
    const related = async (asked: { documentId: string } | { document: EngineDocument }) =>
      (await inTurn(() => engine.related(collection, [asked], query)))[0];
    if (source.status === 'published' && !source.entity && !source.document) {
      const list = await related({ documentId: source.documentId });
      if (list) return list;
    }
    // Not in a turn: all other lists would wait for the database.
    const document = await this.documentOf(type, source);
    return (document && (await related({ document }))) ?? [];
  }

  /** Returns what a source links to and what links to it. */
  async linked(type: RelatedType, source: Source): Promise<readonly DocumentRef[]> {
    const { engine } = this.options;
    const collection = collectionOf(type, source.locale);
    let ids: readonly string[] | null = null;
    if (source.status === 'published' && !source.entity && !source.document) {
      ids = await engine.linked(collection, { documentId: source.documentId });
    }
    const document = ids ? null : await this.documentOf(type, source);
    if (document) ids = await engine.linked(collection, { document });
    return (ids ?? []).map((documentId) => ({ uid: type.uid, documentId }));
  }

  /** Does what `rank` does, in the caller's turns. */
  rankInTurn(
    type: RelatedType,
    source: Source,
    query: Query,
    { inTurn }: Pick<PageRequest, 'inTurn'>,
  ): Promise<readonly Suggestion[]> {
    // A remote index ranks several at once.
    const isHere = this.options.engine.storage === 'process';
    return this.rank(type, source, query, isHere ? inTurn : undefined);
  }

  /** Returns what to rank a source by if the index does not have it in this form. */
  private async documentOf(type: RelatedType, source: Source): Promise<EngineDocument | null> {
    if (source.document) return source.document;
    const entity = await this.read(type, source);
    return entity && (await this.options.documents.readUnsaved(type, entity)).document;
  }

  private async read(type: RelatedType, source: Source): Promise<Entity | null> {
    if (source.entity) return source.entity;
    const { reader } = this.options;
    if (source.status === 'draft') return reader.draft(type, source.documentId, source.locale);
    const entities = await reader.published(type, [source.documentId]);
    return entities.find(({ locale }) => !type.localized || locale === source.locale) ?? null;
  }

  /** Describes a page's suggestions, with reasons as far as the caller may know them. */
  async describe(
    type: RelatedType,
    source: Source,
    page: readonly Suggestion[],
    request: Pick<PageRequest, 'related' | 'readForReasons' | 'visibility' | 'inTurn'>,
  ): Promise<RelatedEntry[]> {
    const narrow = request.related.explain
      ? await this.options.explanations.narrowing(
          type,
          source.locale,
          page.map(({ documentId }) => documentId),
          request.readForReasons,
          request.visibility,
          request.inTurn,
        )
      : null;
    return page.map(
      ({ uid, documentId, pinned, picked, placed, score, fusedScore, explanation }) => ({
        uid,
        documentId,
        origin: originOf(type, { pinned, picked, placed }),
        score,
        fusedScore,
        ...(narrow && explanation && { explanation: narrow(documentId, explanation) }),
      }),
    );
  }
}

export const idsOf = (refs: readonly Pick<DocumentRef, 'documentId'>[]): string[] =>
  refs.map(({ documentId }) => documentId);

/** A relation that readers don't see is not named. */
function originOf(
  type: RelatedType,
  { pinned, picked, placed }: Pick<Suggestion, 'pinned' | 'picked' | 'placed'>,
): RelatedEntry['origin'] {
  if (pinned) return 'pinned';
  if (picked) return type.picked?.private ? 'suggested' : 'picked';
  return placed && !type.relations.some((relation) => relation.private) ? 'placed' : 'suggested';
}
