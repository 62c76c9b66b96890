import type { Core, UID } from '@strapi/strapi';

import type { Entity } from '../content/entity';
import { rowsIn, rowsOf } from '../content/rows';
import { hasDocumentMiddlewares, isQuestionChanged } from './document-middlewares';
import { hasReadHooks } from './read-hooks';

/** Entries whose absence is noticed where a middleware takes entries out of what was found, rather than asks for fewer. */
const SAMPLE = 100;

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
   * Whether any published entry is left out.
   *
   * @param locale `null` for a type without locales.
   */
  leavesOutAny(uid: string, locale: string | null): Promise<boolean> {
    if (!this.mayNarrow(uid)) return Promise.resolve(false);
    const key = JSON.stringify([uid, locale]);
    const known = this.known.get(key) ?? this.compare(uid, locale);
    this.known.set(key, known);
    return known;
  }

  /** Whether an entry, a draft where its type has some, is given in a locale, `'*'` for any. */
  async gives(uid: string, documentId: string, locale: string | null): Promise<boolean> {
    if (!this.mayNarrow(uid)) return true;
    const found = await this.documents(uid).findMany({
      filters: { documentId: { $eq: documentId } },
      fields: ['documentId'],
      status: this.hasDrafts(uid) ? 'draft' : 'published',
      limit: 1,
      ...(locale !== null && { locale }),
    } as never);
    return found.length > 0;
  }

  private async compare(uid: string, locale: string | null): Promise<boolean> {
    const asked = { status: 'published', ...(locale !== null && { locale }) };
    const where = rowsIn({ draftAndPublish: this.hasDrafts(uid), localized: locale !== null }, 'published', locale); // prettier-ignore
    const rows = rowsOf<Entity>(this.strapi, uid);
    if ((await this.documents(uid).count(asked as never)) < (await rows.count({ where })))
      return true;
    const sample = await rows.findMany({ where, select: ['documentId'], orderBy: { id: 'desc' }, limit: SAMPLE }); // prettier-ignore
    const ids = [...new Set(sample.map(({ documentId }) => documentId))];
    const filters = { documentId: { $in: ids } };
    const given = await this.documents(uid).findMany({ ...asked, filters, fields: ['documentId'], limit: SAMPLE } as never); // prettier-ignore
    const found = new Set((given as Entity[]).map(({ documentId }) => documentId));
    return ids.some((id) => !found.has(id));
  }

  private mayNarrow(uid: string): boolean {
    const isVouchedFor = this.isTrusted && !isQuestionChanged(this.strapi, uid);
    if (!isVouchedFor && hasDocumentMiddlewares(this.strapi)) return true;
    return hasReadHooks(this.strapi, isVouchedFor, [uid]);
  }

  private hasDrafts(uid: string): boolean {
    return Boolean(this.strapi.contentType(uid as UID.ContentType).options?.draftAndPublish);
  }

  private documents(uid: string) {
    return this.strapi.documents(uid as UID.ContentType);
  }
}
