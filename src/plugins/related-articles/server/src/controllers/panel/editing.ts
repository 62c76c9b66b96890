import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';
import { RateLimiterMemory } from 'rate-limiter-flexible';

import type { RelatedType } from '../../config/resolve';
import type { SavedEntry } from '../../services/panel/curations';
import { appOf } from '../../app';
import type { OpenEntry } from '../../services/panel/panel';
import { EditorPermissions } from '../../permissions/editor-permissions';
import type { Editor } from '../../curations/curation-repository';
import { parseReference } from '../rest/related-query';

/** The length of the database column. */
const MAX_NAME = 255;

export interface Administrator {
  documentId: string;
  firstname?: string | null;
  lastname?: string | null;
  username?: string | null;
}

export const permissionsOf = (strapi: Core.Strapi, ctx: Context): EditorPermissions =>
  permissionsFor(strapi, ctx.state.userAbility, (ctx.state.user as Administrator).documentId);

/** Returns what an administrator may read and change. */
export function permissionsFor(
  strapi: Core.Strapi,
  ability: ConstructorParameters<typeof EditorPermissions>[1],
  editorId: string,
): EditorPermissions {
  const trustsMiddlewares = appOf(strapi).config.cache.middlewaresOnlyWrite;
  return new EditorPermissions(strapi, ability, { editorId, trustsMiddlewares });
}

/** Returns the current administrator as the audit trail records them. */
export const editorOf = (ctx: Context): Editor => asEditor(ctx.state.user as Administrator);

/** @param suffix Appended to their name. */
export function asEditor(
  { documentId, firstname, lastname, username }: Administrator,
  suffix = '',
): Editor {
  const name = [firstname, lastname].filter(Boolean).join(' ') || username || 'Administrator';
  return { name: name.slice(0, MAX_NAME - suffix.length) + suffix, id: documentId };
}

/** Returns the configured type in a route's `:uid`. */
export function typeIn(strapi: Core.Strapi, ctx: Context): RelatedType {
  const type = appOf(strapi).types.get(ctx.params.uid);
  if (!type) throw new errors.NotFoundError();
  return type;
}

/** Returns an entry that the editor may read, or a new one (`null`) that they may create. */
export async function openEntry(
  strapi: Core.Strapi,
  permissions: EditorPermissions,
  type: RelatedType,
  documentId: string | null,
  locale: string | undefined,
): Promise<OpenEntry> {
  const entry = await appOf(strapi).panel.open(permissions, type, documentId, locale);
  if (!entry) throw new errors.NotFoundError();
  const { row } = entry;
  const may = permissions.mayRead(type.uid, row ?? undefined);
  if (!may || (!row && !permissions.mayWrite(type.uid, null))) throw new errors.ForbiddenError();
  return entry;
}

/** Returns the entry in a route's `:uid` and `:documentId`, which must exist in that locale. */
export async function savedEntryIn(
  strapi: Core.Strapi,
  ctx: Context,
  permissions: EditorPermissions,
  locale: string | undefined,
): Promise<SavedEntry> {
  const asked = parseReference(ctx.params.documentId);
  return savedEntry(strapi, permissions, typeIn(strapi, ctx), asked, locale);
}

/** Returns an entry that the editor may read and that exists in that locale. */
export async function savedEntry(
  strapi: Core.Strapi,
  permissions: EditorPermissions,
  type: RelatedType,
  documentId: string,
  locale: string | undefined,
): Promise<SavedEntry> {
  const entry = await openEntry(strapi, permissions, type, documentId, locale);
  if (!entry.row) throw new errors.NotFoundError();
  // Use the stored spelling: some databases compare without case.
  return { ...entry, documentId: entry.row.documentId };
}

/** Rate limit per administrator, in this process. */
export class AdminRateLimiter {
  private readonly limiter: RateLimiterMemory;

  constructor(private readonly perMinute: number) {
    this.limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  }

  /**
   * @param points How many requests it counts as.
   * @throws RateLimitError (429)
   */
  async consume(ctx: Context, points = 1): Promise<void> {
    const { documentId } = ctx.state.user as Administrator;
    try {
      await this.consumeFor(documentId, points);
    } catch (error) {
      const state = await this.limiter.get(documentId);
      ctx.set('Retry-After', String(Math.ceil((state?.msBeforeNext ?? 0) / 1000)));
      throw error;
    }
  }

  /**
   * @param id The administrator's id.
   * @throws RateLimitError (429)
   */
  async consumeFor(id: string, points = 1): Promise<void> {
    try {
      // A request that costs more than a minute allows is still possible once a minute.
      await this.limiter.consume(id, Math.min(points, this.perMinute));
    } catch {
      throw new errors.RateLimitError(
        `More than ${this.perMinute} requests in a minute; wait a moment`,
      );
    }
  }
}
