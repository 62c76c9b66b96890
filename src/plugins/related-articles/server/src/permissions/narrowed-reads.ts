import type { Core, UID } from '@strapi/strapi';
import { contentTypes, errors } from '@strapi/utils';

import { entriesOf, type Entity } from '../content/entity';
import { rowsIn, rowsOf } from '../content/rows';
import { changesFilters, hasDocumentMiddlewares, isQuestionChanged } from './document-middlewares';
import { hasFilters, rowsFor } from './documents';
import { mayChangeReads } from './read-hooks';
import { rowAttributes, toOneRelations } from './row-attributes';
import type { Question } from './stored-answer';

/** How many of the newest and of the oldest entries to check if a middleware removes entries from what was found. */
const SAMPLE = 125;
/** The most rows of an entry to look at when any locale will do. */
const MOST_LOCALES = 1000;

const targetOf = (strapi: Core.Strapi, uid: string, relation: string): string => {
  const attributes = strapi.contentType(uid as UID.ContentType).attributes as unknown;
  return (attributes as Record<string, { target: string }>)[relation].target;
};

/** Whether an error is a refusal by project code: one of Strapi's, or one with a status of 4xx, as Koa's have. */
function isRefusal(error: unknown): boolean {
  if (error instanceof errors.ApplicationError) return true;
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500;
}

/** Returns a handler that replaces refusals by project code with a value, and rethrows all other errors. */
export const ifRefused =
  <T>(instead: T) =>
  (error: unknown): T => {
    if (!isRefusal(error)) throw error;
    return instead;
  };

type PopulateQuery = Record<
  string,
  true | { fields?: string[]; filters?: object; populate?: unknown } | undefined
>;

/** Parameters of Strapi's document service. */
export interface EntryQuery {
  fields?: string[];
  populate?: object;
  [parameter: string]: unknown;
}

/**
 * Reads a type's entries as the project's document middlewares and hooks leave them in the current request, for example
 * if each editor has a tenant. The content manager reads through them, too.
 */
export class NarrowedReads {
  private readonly known = new Map<string, Promise<boolean>>();

  /** @param isTrusted Whether the site builder vouches for document middlewares. Ignored if one changes queries. */
  constructor(
    private readonly strapi: Core.Strapi,
    private readonly isTrusted: boolean,
  ) {}

  /**
   * Whether any published entry is, or may be, left out.
   *
   * @param locale `null` for a type without locales.
   */
  leavesOutAny(uid: string, locale: string | null): Promise<boolean> {
    if (!this.mayNarrow(uid)) return Promise.resolve(false);
    const key = JSON.stringify([uid, locale]);
    const known = this.known.get(key) ?? this.compare(uid, locale).catch(ifRefused(true));
    this.known.set(key, known);
    return known;
  }

  /**
   * Whether an entry is given in a locale, or in any (`'*'`): in lists and, if the locale is known, on its own. By
   * default its draft, if its type has drafts.
   */
  async gives(
    uid: string,
    documentId: string,
    locale: string | null,
    status: 'draft' | 'published' = this.hasDrafts(uid) ? 'draft' : 'published',
  ): Promise<boolean> {
    if (!this.mayNarrow(uid)) return true;
    // With `'*'`, there is a row for each locale.
    const found = await this.find(uid, [documentId], {
      status,
      ...(locale !== null && { locale }),
      ...(locale === '*' && { limit: MOST_LOCALES }),
    });
    if (!found.has(documentId) || locale === '*') return found.has(documentId);
    const asked = { fields: ['documentId'], status, ...(locale !== null && { locale }) };
    return (await this.findOne(uid, documentId, asked).catch(ifRefused(null))) !== null;
  }

  private async compare(uid: string, locale: string | null): Promise<boolean> {
    const asked = { status: 'published', ...(locale !== null && { locale }) };
    const question: Question = { uid, action: 'findMany', params: { ...asked, limit: 1 } };
    if ((await changesFilters(this.strapi, question)) === true) return true;
    const where = rowsIn({ draftAndPublish: this.hasDrafts(uid), localized: locale !== null }, 'published', locale); // prettier-ignore
    const rows = rowsOf<Entity>(this.strapi, uid);
    if ((await this.documents(uid).count(asked as never)) < (await rows.count({ where }))) return true; // prettier-ignore
    const sample: Entity[] = [];
    for (const id of ['desc', 'asc'] as const) {
      sample.push(...(await rows.findMany({ where, select: ['documentId'], orderBy: { id }, limit: SAMPLE }))); // prettier-ignore
    }
    const ids = [...new Set(sample.map(({ documentId }) => documentId))];
    const found = ids.length > 0 ? await this.find(uid, ids, asked) : new Set();
    return ids.some((id) => !found.has(id));
  }

  /**
   * Finds entries through the document service. Project code that may leave out some sees all short attributes of each
   * entry, and the one entry that a relation leads to, as in the content manager; the answer has only what was asked
   * for.
   */
  async findMany(uid: string, query: EntryQuery): Promise<Entity[]> {
    if (!this.mayNarrow(uid)) return this.documents(uid).findMany(query as never);
    const { params, narrowed } = this.widened(uid, query);
    return narrowed(await this.documents(uid).findMany(params as never));
  }

  /** Does the same for one entry, as the content manager opens it; `null` if it is not given. */
  async findOne(uid: string, documentId: string, query: EntryQuery): Promise<Entity | null> {
    if (!this.mayNarrow(uid)) return this.documents(uid).findOne({ documentId, ...query } as never);
    const { params, narrowed } = this.widened(uid, query);
    const found = (await this.documents(uid).findOne({ documentId, ...params } as never)) as Entity | null; // prettier-ignore
    return found && (await narrowed([found]))[0];
  }

  /** Extends a query so that project code sees all short attributes; `narrowed` cuts the answer to what was asked. */
  private widened(
    uid: string,
    query: EntryQuery,
  ): { params: EntryQuery; narrowed(found: readonly Entity[]): Promise<Entity[]> } {
    const { fields } = query;
    const populate = (query.populate ?? {}) as PopulateQuery;
    const seen = fields ? rowAttributes(this.strapi, uid) : [];
    const led = toOneRelations(this.strapi, uid);
    const wholly = led.map((name) => [name, this.wholePopulate(uid, name, populate[name])]);
    const params = {
      ...query,
      ...(fields && { fields: [...new Set([...fields, ...seen])] }),
      populate: { ...populate, ...Object.fromEntries(wholly) },
    };
    const isAsked = (name: string) =>
      name === 'documentId' || name in populate || (fields?.includes(name) ?? false);
    const unasked = [...seen, ...led].filter((name) => !isAsked(name));
    const narrowed = async (found: readonly Entity[]) => {
      // Copy entries: the project may reuse what it has returned.
      const own = found.map((entry) => ({ ...entry }));
      for (const entry of own) for (const name of unasked) delete entry[name];
      for (const name of led) await this.cut(uid, own, name, populate[name]);
      return own;
    };
    return { params, narrowed };
  }

  /** Returns a populate with all short attributes of the entry that a relation leads to, and with what is asked for. */
  private wholePopulate(uid: string, name: string, asked: PopulateQuery[string] | undefined) {
    const target = targetOf(this.strapi, uid, name);
    const { fields = [], populate } = asked === true ? {} : (asked ?? {});
    const short = rowAttributes(this.strapi, target);
    // Strapi refuses private attributes that are named behind a relation.
    const contentType = this.strapi.contentType(target as UID.ContentType);
    const isNameable = short.every((one) => !contentTypes.isPrivateAttribute(contentType, one));
    if (asked === true || !isNameable) return populate === undefined ? true : { populate };
    return {
      fields: [...new Set([...short, ...fields])],
      ...(populate !== undefined && { populate }),
    };
  }

  /** Cuts the entries that a relation leads to down to what was asked for. */
  private async cut(
    uid: string,
    entries: readonly Entity[],
    name: string,
    asked: PopulateQuery[string] | undefined,
  ): Promise<void> {
    if (typeof asked !== 'object') return;
    const { fields, filters } = asked;
    const target = targetOf(this.strapi, uid, name);
    const ids = entries.flatMap((entry) => entriesOf(entry[name]).map(({ id }) => id));
    let allowed = new Set<unknown>(ids);
    if (hasFilters(filters) && ids.length > 0) {
      const { where } = this.strapi.get('query-params').transform(target as UID.ContentType, { filters }) as { where?: object }; // prettier-ignore
      const rows = await rowsOf<{ id: unknown }>(this.strapi, target).findMany({ select: ['id'], where: { $and: [where ?? {}, { id: { $in: ids } }] } }); // prettier-ignore
      allowed = new Set(rows.map(({ id }) => id));
    }
    for (const entry of entries) {
      const [one] = entriesOf(entry[name]);
      if (!one) continue;
      if (!allowed.has(one.id)) entry[name] = null;
      else if (fields) {
        const kept = ['id', 'documentId', ...fields];
        entry[name] = Object.fromEntries(kept.map((field) => [field, one[field]]));
      }
    }
  }

  private async find(
    uid: string,
    documentIds: readonly string[],
    more: object,
  ): Promise<Set<unknown>> {
    const filters = { documentId: { $in: [...documentIds] } };
    const found = await this.findMany(uid, { fields: ['documentId'], filters, limit: rowsFor(documentIds), ...more }); // prettier-ignore
    return new Set(found.map(({ documentId }) => documentId));
  }

  /** Whether project code may leave out entries, or parts of them. */
  mayNarrow(uid: string): boolean {
    const isVouchedFor = this.isTrusted && !isQuestionChanged(this.strapi, uid);
    if (!isVouchedFor && hasDocumentMiddlewares(this.strapi)) return true;
    return mayChangeReads(this.strapi, isVouchedFor, [uid]);
  }

  private hasDrafts(uid: string): boolean {
    return Boolean(this.strapi.contentType(uid as UID.ContentType).options?.draftAndPublish);
  }

  private documents(uid: string) {
    return this.strapi.documents(uid as UID.ContentType);
  }
}
