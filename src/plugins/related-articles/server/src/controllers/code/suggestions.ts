import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import { appOf } from '../../app';
import type { RelatedType } from '../../config/resolve';
import { AllDocuments, seesAll } from '../../permissions/all-documents';
import { askedOnce } from '../../permissions/asked-once';
import type { Document } from '../../permissions/documents';
import { reasonsForEditor } from '../../services/panel/reasons-for-editor';
import type { Page, Source } from '../../services/suggestions';
import { textSource } from '../../services/text-source';
import { queryOf } from '../graphql/arguments';
import { indexMeta } from '../rest/index-progress';
import { inlined } from '../rest/inlined';
import { windowFor } from '../rest/questions';
import { parseReference, parseText, parseTextQuery } from '../rest/related-query';
import type { RelatedDocument, RelatedResponse } from '../rest/response';
import { checkOptions, COMMON } from './options';

/** The options of a list, with the meanings and ranges that they have in REST. */
export interface SuggestionsQuery {
  /** Default: as many as the site shows. At most 100, or `api.rest.maxLimit`. */
  limit?: number;
  start?: number;
  /** Default: the default locale. */
  locale?: string;
  minScore?: number;
  maxAge?: number;
  fallback?: 'none' | 'category' | 'newest';
  /** documentIds. */
  exclude?: string[];
  explain?: boolean;
  /** As the Document Service takes them. */
  fields?: string[];
  populate?: unknown;
  filters?: object;
}

export interface SuggestionsOfEntry extends SuggestionsQuery {
  /** Which version of the entry is the source; suggestions are always published. Default: `published`. */
  status?: 'draft' | 'published';
}

export interface SuggestionsOfMany extends SuggestionsQuery {
  /** Whether a list leaves out entries of earlier lists. Default: false. */
  distinct?: boolean;
}

export interface SuggestionsForText extends SuggestionsQuery {
  title?: string;
  text?: string;
}

export interface SuggestionList<T = Document> {
  /** Best first, each with its metadata in `__related`. */
  results: RelatedDocument<T>[];
  /** How many there are over all pages. */
  total: number;
  /** Only while the index is being built: the list is partial until it is done. */
  index?: RelatedResponse['meta']['index'];
}

/**
 * Suggestions for the project's own code: `strapi.plugin('related-articles').service('suggestions')`. Like Strapi's
 * Document Service, it checks no permissions: pass results only to people who may read them, or let them use REST.
 *
 * Stable: it changes only with major versions.
 */
export class Suggestions {
  constructor(private readonly strapi: Core.Strapi) {}

  /**
   * Returns the list of one entry.
   *
   * @param uid The uid of a configured content type, such as `api::article.article`.
   * @param documentId The entry's documentId or slug.
   * @returns `null` if there is no such entry in that locale and status.
   * @throws ValidationError if the type is not configured, or an option is invalid.
   */
  async related<T = Document>(
    uid: string,
    documentId: string,
    options: SuggestionsOfEntry = {},
  ): Promise<SuggestionList<T> | null> {
    checkOptions(options, [...COMMON, 'status']);
    const { status = 'published', ...query } = options;
    if (!['draft', 'published'].includes(status)) {
      throw new errors.ValidationError(`status: expected "published" or "draft", got "${status}"`);
    }
    const asked = this.asked(uid, query);
    const reference = parseReference(documentId);
    const { access } = asked.page;
    const source = await appOf(this.strapi).suggestions.findSource(
      asked.type,
      reference,
      { locale: query.locale || undefined, status },
      async ({ source: one }) => (await access.find([one.documentId], one)).has(one.documentId),
    );
    if (!source) return null;
    return this.listOf<T>(asked.type, await this.pageFor(asked, source));
  }

  /**
   * Returns a list for each of several entries, with one call of the engine and one read.
   *
   * @returns In their order; `null` for entries that do not exist.
   * @throws ValidationError as above.
   */
  async relatedMany<T = Document>(
    uid: string,
    documentIds: readonly string[],
    options: SuggestionsOfMany = {},
  ): Promise<(SuggestionList<T> | null)[]> {
    checkOptions(options, [...COMMON, 'distinct']);
    const { distinct = false, ...query } = options;
    if (typeof distinct !== 'boolean') {
      throw new errors.ValidationError(`distinct: expected true or false, got ${JSON.stringify(distinct)}`); // prettier-ignore
    }
    if (!Array.isArray(documentIds)) {
      throw new errors.ValidationError(`documentIds: expected an array, got ${JSON.stringify(documentIds)}`); // prettier-ignore
    }
    const asked = this.asked(uid, query);
    if (distinct && asked.page.start > 0) {
      throw new errors.ValidationError(
        'distinct: expected no start, because later pages depend on the first',
      );
    }
    const { batch, suggestions, reader } = appOf(this.strapi);
    const { type } = asked;
    const locale = type.localized ? query.locale || (await suggestions.defaultLocale()) : null;
    const { has } = await asked.page.access.find(documentIds.map(parseReference), { locale, status: 'published' }); // prettier-ignore
    const slugs = documentIds.filter((one) => !has(one));
    const bySlug = await suggestions.bySlugs(type, slugs, locale);
    const sources = documentIds.map((one): Source | null => {
      const id = has(one) ? one : bySlug.get(one)?.[0];
      return id === undefined ? null : { documentId: id, locale, status: 'published' };
    });
    const known = sources.filter((source) => source !== null);
    const pages = await batch.lists(type, known, {
      ...asked.page,
      distinct,
      readForReasons: (source) => reasonsForEditor(reader, type, source),
      checkTime: () => Promise.resolve(),
    });
    const lists = known.map((source, at) => ({ source, page: pages[at] }));
    const filled = lists.length > 0 ? await this.filled(asked, lists, distinct) : [];
    const pageOf = new Map(known.map((source, at) => [source, filled[at]]));
    return sources.map((source) => source && this.listOf<T>(type, pageOf.get(source) as Page));
  }

  /**
   * Returns what is related to a text. The text is not stored.
   *
   * @throws ValidationError as above; PayloadTooLargeError if the text is longer than `limits.textLength`.
   */
  async relatedToText<T = Document>(
    uid: string,
    options: SuggestionsForText,
  ): Promise<SuggestionList<T>> {
    checkOptions(options, [...COMMON, 'title', 'text']);
    const { title, text, ...query } = options;
    const asked = this.asked(uid, query);
    const { documents, suggestions, config } = appOf(this.strapi);
    const { type } = asked;
    const said = parseText({ title, text }, config.limits);
    const locale = type.localized ? query.locale || (await suggestions.defaultLocale()) : null;
    const source = await textSource(documents, type, { ...said, locale });
    return this.listOf<T>(type, await this.pageFor(asked, source));
  }

  private asked(uid: string, { fields, populate, ...query }: SuggestionsQuery) {
    const { types, config } = appOf(this.strapi);
    const type = types.get(uid);
    if (!type) {
      throw new errors.ValidationError(`uid: expected a configured content type (${[...types.keys()].join(', ')}), got "${uid}"`); // prettier-ignore
    }
    const request = parseTextQuery(
      queryOf(query, type, (filters) => filters),
      config.limits,
    );
    const visibility = seesAll(type);
    const window = windowFor(this.strapi, type, request);
    const { minScore, explain, filters } = request;
    const { maxAge = appOf(this.strapi).options.of(uid).maxAge } = request;
    const exclude = request.exclude.map((documentId) => ({ uid, documentId }));
    const page = {
      query: {
        ...(fields && { fields }),
        ...(populate !== undefined && { populate }),
        ...(filters && { filters }),
      },
      ...window,
      related: { minScore, explain, exclude, ...(maxAge && { maxAge }) },
      visibility,
      access: askedOnce(new AllDocuments(this.strapi, type)),
    };
    return { type, request, page };
  }

  private listOf<T>(type: RelatedType, page: Page): SuggestionList<T> {
    return {
      results: inlined(page) as unknown as RelatedDocument<T>[],
      total: page.total,
      ...indexMeta(appOf(this.strapi), type),
    };
  }

  private async pageFor(asked: AskedList, source: Source): Promise<Page> {
    const { suggestions, reader } = appOf(this.strapi);
    const page = await suggestions.find(asked.type, source, {
      ...asked.page,
      readForReasons: reasonsForEditor(reader, asked.type, source),
    });
    const [filled] = await this.filled(asked, [{ source, page }], false);
    return filled;
  }

  private filled(
    { type, request, page }: AskedList,
    lists: { source: Source; page: Page }[],
    distinct: boolean,
  ): Promise<Page[]> {
    const { fallbacks, options } = appOf(this.strapi);
    return fallbacks.fill(type, lists, {
      ...page,
      kind: request.fallback ?? options.of(type.uid).fallback,
      exclude: page.related.exclude,
      maxAge: page.related.maxAge,
      distinct,
      checkTime: () => Promise.resolve(),
    });
  }
}

type AskedList = ReturnType<Suggestions['asked']>;
