import type { Core, UID } from '@strapi/strapi';
import { contentTypes, errors } from '@strapi/utils';
import type { Context } from 'koa';

import type { RelatedType } from '../config/resolve';
import { afterOthers } from '../engine/steps';
import { asRead } from './as-written';
import { filtersFor, type Document, type DocumentQuery } from './documents';
import type { RouteRunner } from './inner-request';

/** How many documents are requested at once, unless the project's own limit is lower. */
const PAGE = 250;
/**
 * How many rows to ask for per document once a list has returned one that was not asked for, as in another locale, and
 * the factor by which this grows if there are more.
 */
const ROWS_EACH = 10;
const GROWTH = 3;

/** Reads documents as the list route of their type returns them. */
export class ListedDocuments {
  /** How many documents are requested at once. */
  readonly pageSize: number;
  private asksForPages = true;

  /** @param unclear Creates the error for an answer that cannot be understood. */
  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
    private readonly unclear: () => Error,
  ) {
    const maxLimit = Number(strapi.config.get('api.rest.maxLimit', PAGE));
    this.pageSize = maxLimit > 0 ? Math.min(maxLimit, PAGE) : PAGE;
  }

  async read(
    ctx: Context,
    find: RouteRunner,
    documentIds: readonly string[],
    query: DocumentQuery,
  ): Promise<Map<string, Document>> {
    const documents = new Map<string, Document>();
    const checked = this.checkedOf(query);
    const { fields } = query;
    const withChecked = { ...query, fields: fields && [...asList(fields), ...checked] };
    let page = this.pageSize;
    let rowsEach = 1;
    let rest = [...documentIds];
    do {
      const asked = rest.slice(0, Math.max(1, Math.floor(page / rowsEach)));
      const limit = Math.max(1, Math.min(page, asked.length * rowsEach));
      const answer = await this.answerOfList(find, ctx, asked, limit, withChecked);
      if (answer === null) throw new errors.NotFoundError();
      const { data, meta } = (answer ?? {}) as { data?: unknown; meta?: unknown };
      if (!Array.isArray(data)) throw this.unclear();
      const served = pageSizeOf(meta);
      if (served !== null && served < limit) {
        // The project serves smaller pages.
        page = served;
        continue;
      }
      const wanted = new Set(asked);
      const expected = new Set(asked);
      const others = new Set<string>();
      let isDoubled = false;
      for (const document of data) {
        // An unexpected document means the filters were ignored, so a missing one means nothing.
        if (!isDocument(document)) throw this.unclear();
        if (!expected.has(document.documentId)) {
          if (asked.some((id) => isSpelling(id, document.documentId))) continue;
          throw this.unclear();
        }
        if (!isWhatWasAsked(this.type, document, query)) {
          others.add(document.documentId);
          continue;
        }
        // Publishing twice at the same time leaves two rows: the second takes the place of another document.
        if (!wanted.delete(document.documentId)) {
          isDoubled = true;
          continue;
        }
        // Copy it: the project may reuse its answers.
        const mine = { ...document };
        for (const field of checked) delete mine[field];
        documents.set(document.documentId, mine);
      }
      // Rows that were not asked for may have taken the places of those that were.
      const isCrowded = others.size > 0 && wanted.size > 0;
      const isAskedAnew = isCrowded && rowsEach < page && (rowsEach === 1 || data.length >= limit);
      if (isAskedAnew) rowsEach = Math.min(page, rowsEach === 1 ? ROWS_EACH : rowsEach * GROWTH);
      else if (isCrowded) {
        if (data.length >= limit) throw this.unclear();
        for (const documentId of others) wanted.delete(documentId);
      }
      // Without a known page size, ask again for the missing ones, unless that has given none of them.
      const mayHaveMore = (served === null || isDoubled) && wanted.size < asked.length;
      const isFull = isAskedAnew || mayHaveMore;
      rest = [...(isFull ? wanted : []), ...rest.slice(asked.length)];
      // SQLite answers without yielding to others.
      if (rest.length > 0) await afterOthers();
    } while (rest.length > 0);
    return documents;
  }

  /** Asks by pages or by limit, as the project allows: projects may bound either, and Strapi refuses both at once. */
  private async answerOfList(
    find: RouteRunner,
    ctx: Context,
    documentIds: readonly string[],
    limit: number,
    query: DocumentQuery,
  ): Promise<unknown> {
    const { asksForPages } = this;
    const ask = (byPages: boolean) =>
      answerOf(() => find.run(ctx, this.queryFor(documentIds, limit, query, byPages)));
    try {
      return await ask(asksForPages);
    } catch (error) {
      if (!(error instanceof errors.PaginationError)) throw error;
      const answer = await ask(!asksForPages);
      this.asksForPages = !asksForPages;
      return answer;
    }
  }

  private queryFor(
    documentIds: readonly string[],
    limit: number,
    query: DocumentQuery,
    byPages: boolean,
  ): Record<string, unknown> {
    const { fields, populate, filters } = query;
    return {
      ...(fields !== undefined && { fields }),
      ...(populate !== undefined && { populate }),
      filters: filtersFor(documentIds, filters),
      pagination: byPages ? { page: 1, pageSize: limit } : { start: 0, limit },
      ...scopeOf(this.type, query),
    };
  }

  /** Returns the fields that are needed to check the answer and that the caller did not ask for. */
  private checkedOf({ fields }: DocumentQuery): string[] {
    if (fields === undefined || asList(fields).includes('*')) return [];
    const { uid, draftAndPublish, localized } = this.type;
    const contentType = this.strapi.contentType(uid as UID.ContentType);
    return [...(draftAndPublish ? ['publishedAt'] : []), ...(localized ? ['locale'] : [])].filter(
      (field) =>
        !asList(fields).includes(field) && !contentTypes.isPrivateAttribute(contentType, field),
    );
  }
}

/** Whether a database that ignores case, accents or punctuation may take one id for the other. */
const isSpelling = (asked: string, documentId: string): boolean =>
  lettersOf(asked) === lettersOf(documentId);

const lettersOf = (text: string): string =>
  text.normalize('NFKD').replace(/[^\p{L}\p{N}]/gu, '').toLowerCase(); // prettier-ignore

/** Returns the parameters that are sent to every route. */
export const scopeOf = (
  { localized }: RelatedType,
  { locale, status }: Pick<DocumentQuery, 'locale' | 'status'>,
): Record<string, unknown> => ({
  // Also for types without drafts: it applies to populated documents.
  status,
  ...(localized && locale && { locale }),
});

/** Whether a document has the requested status and locale: a controller may ignore them. */
export function isWhatWasAsked(
  { draftAndPublish, localized }: RelatedType,
  { publishedAt, locale }: Document,
  asked: Pick<DocumentQuery, 'locale' | 'status'>,
): boolean {
  const isDraft = draftAndPublish && publishedAt === null;
  if (isDraft && asked.status === 'published') return false;
  return !localized || !locale || !asked.locale || locale === asked.locale;
}

/** Returns fields as a list. Strapi takes a list, or one name, or several with commas. */
function asList(fields: unknown): string[] {
  return typeof fields === 'string' ? fields.split(',') : ([fields].flat() as string[]);
}

/** @returns The body; `null` when there is no such document. */
export async function answerOf(
  ask: () => Promise<{ status: number; body: unknown }>,
): Promise<unknown> {
  let status: number;
  let body: unknown;
  try {
    ({ status, body } = await ask());
  } catch (error) {
    if (error instanceof errors.NotFoundError || (error as { status?: number }).status === 404) {
      return null;
    }
    throw error;
  }
  if (status === 404) return null;
  if (status === 401) throw new errors.UnauthorizedError();
  if (status === 429) throw new errors.RateLimitError();
  if (status !== 200) throw new errors.ForbiddenError();
  return asRead(body);
}

export function isDocument(value: unknown): value is Document {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { documentId?: unknown }).documentId === 'string'
  );
}

/** How many documents the answer could hold, 1 or more; `null` if it does not say. */
function pageSizeOf(meta: unknown): number | null {
  const { pagination } = (meta ?? {}) as { pagination?: { limit?: unknown; pageSize?: unknown } };
  const size = pagination?.limit ?? pagination?.pageSize;
  return typeof size === 'number' && size > 0 ? Math.max(1, Math.floor(size)) : null;
}
