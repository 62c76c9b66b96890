import type { Core, UID } from '@strapi/strapi';
import { contentTypes, errors } from '@strapi/utils';

import { entriesOf, type Entity } from '../content/entity';
import { rowsIn, rowsOf } from '../content/rows';
import { changesFilters, hasDocumentMiddlewares, isQuestionChanged } from './document-middlewares';
import { hasFilters, rowsFor } from './documents';
import { mayChangeReads } from './read-hooks';
import { rowAttributes, toOneRelations } from './row-attributes';
import type { Question } from './stored-answer';

/** Of the newest and of the oldest entries so many are looked at where a middleware takes entries out of what was found. */
const SAMPLE = 125;
/** Rows of an entry that are looked at where any locale of it will do. */
const MOST_LOCALES = 1000;

const targetOf = (strapi: Core.Strapi, uid: string, relation: string): string => {
  const attributes = strapi.contentType(uid as UID.ContentType).attributes as unknown;
  return (attributes as Record<string, { target: string }>)[relation].target;
};

/** Whether code of the project keeps something from somebody, whichever way it says so: by Strapi's errors or by Koa's. */
function isRefusal(error: unknown): boolean {
  if (error instanceof errors.ApplicationError) return true;
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500;
}

/** What stands for something that code of the project keeps back: to catch its refusals with, and nothing else. */
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
 * What document middlewares and hooks of the project leave of a type's entries in the request that is being answered, as
 * where each editor has a tenant. The content manager reads through them.
 */
export class NarrowedReads {
  private readonly known = new Map<string, Promise<boolean>>();

  /** @param isTrusted Whether the site builder vouches for document middlewares, where none is known to change a question. */
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
   * Whether an entry, by default a draft where its type has some, is given in a locale, `'*'` for any: in lists and,
   * where the locale is known, by itself.
   */
  async gives(
    uid: string,
    documentId: string,
    locale: string | null,
    status: 'draft' | 'published' = this.hasDrafts(uid) ? 'draft' : 'published',
  ): Promise<boolean> {
    if (!this.mayNarrow(uid)) return true;
    // In any locale, there is a row for each.
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
   * What the document service finds. Where code of the project may leave out some, it sees all that is short of each
   * entry, and the one entry that a relation leads to, as it does in the content manager; the answer holds what was
   * asked for.
   */
  async findMany(uid: string, query: EntryQuery): Promise<Entity[]> {
    if (!this.mayNarrow(uid)) return this.documents(uid).findMany(query as never);
    const { params, narrowed } = this.widened(uid, query);
    return narrowed(await this.documents(uid).findMany(params as never));
  }

  /** The same for one entry, as the content manager opens it; `null` where it is not given. */
  async findOne(uid: string, documentId: string, query: EntryQuery): Promise<Entity | null> {
    if (!this.mayNarrow(uid)) return this.documents(uid).findOne({ documentId, ...query } as never);
    const { params, narrowed } = this.widened(uid, query);
    const found = (await this.documents(uid).findOne({ documentId, ...params } as never)) as Entity | null; // prettier-ignore
    return found && (await narrowed([found]))[0];
  }

  /** A question that lets code of the project see what is short, and what makes its answer one to the question asked. */
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
      // Copies: the project may keep what it has given.
      const own = found.map((entry) => ({ ...entry }));
      for (const entry of own) for (const name of unasked) delete entry[name];
      for (const name of led) await this.cut(uid, own, name, populate[name]);
      return own;
    };
    return { params, narrowed };
  }

  /** All that is short of the entry that a relation leads to, and what is asked for. */
  private wholePopulate(uid: string, name: string, asked: PopulateQuery[string] | undefined) {
    const target = targetOf(this.strapi, uid, name);
    const { fields = [], populate } = asked === true ? {} : (asked ?? {});
    const short = rowAttributes(this.strapi, target);
    // Strapi refuses private ones where they are named behind a relation.
    const contentType = this.strapi.contentType(target as UID.ContentType);
    const isNameable = short.every((one) => !contentTypes.isPrivateAttribute(contentType, one));
    if (asked === true || !isNameable) return populate === undefined ? true : { populate };
    return {
      fields: [...new Set([...short, ...fields])],
      ...(populate !== undefined && { populate }),
    };
  }

  /** Leaves of the entries that a relation leads to what was asked for of them. */
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

  /** Whether code of the project may leave out entries, or something of them. */
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
