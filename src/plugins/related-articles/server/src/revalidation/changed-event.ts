import type { Core, UID } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { textOf } from '../content/entity';
import { addressOf } from '../content/mapper';
import { rowsIn, rowsOf } from '../content/rows';
import type { ChangedLists } from '../services/list-watch';

export const RELATED_CHANGED = 'related.changed';

/** Entries that one event names at most, and how many are read at once. */
const MAX_ENTRIES = 500;

/** How long listeners are waited for, in milliseconds. */
const PATIENCE_MS = 5000;

/** What listeners to `related.changed` get, and in a webhook's body stands beside `event` and `createdAt`. */
export interface RelatedChanged {
  /** The content type, such as `api::article.article`, and its name, such as `article`. */
  uid: string;
  model: string;
  /** The published entries whose lists are others now, or show an entry that is. */
  entries: ChangedEntry[];
  /** Whether lists of more entries may be others: too much was written at once, or while no instance kept the lists. */
  isPartial: boolean;
}

export interface ChangedEntry {
  documentId: string;
  /** `null` for a type without slugs. */
  slug: string | null;
  /** `null` for a type without locales. */
  locale: string | null;
  /** Where the site shows it, as the option `url` says; `null` without one. */
  url: string | null;
}

/** Lets Settings → Webhooks and the webhooks' own checks know the event. */
export function allowEvent(strapi: Core.Strapi): void {
  strapi.get('webhookStore').addAllowedEvent('RELATED_CHANGED', RELATED_CHANGED);
}

/** Sends `related.changed` to those who listen in this process, webhooks among them. */
export class ChangedEvent {
  constructor(private readonly strapi: Core.Strapi) {}

  async send(
    type: RelatedType,
    locale: string | null,
    { documentIds, isPartial }: Pick<ChangedLists, 'documentIds' | 'isPartial'>,
  ): Promise<void> {
    const { uid } = type;
    const model = this.strapi.contentType(uid as UID.ContentType).info.singularName;
    // Once even without entries, where there may be some.
    for (let start = 0; start === 0 || start < documentIds.length; start += MAX_ENTRIES) {
      const part = documentIds.slice(start, start + MAX_ENTRIES);
      const entries = await this.entries(type, locale, part);
      const isLast = start + MAX_ENTRIES >= documentIds.length;
      const event: RelatedChanged = { uid, model, entries, isPartial: isPartial && isLast };
      if (entries.length > 0 || event.isPartial) await this.emit(event);
    }
  }

  /** @throws what a listener throws, and when listeners take too long. */
  private async emit(event: RelatedChanged): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`A listener took longer than ${PATIENCE_MS} ms`);
      timer = setTimeout(() => reject(error), PATIENCE_MS);
    });
    try {
      await Promise.race([this.strapi.eventHub.emit(RELATED_CHANGED, { ...event }), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async entries(
    type: RelatedType,
    locale: string | null,
    documentIds: readonly string[],
  ): Promise<ChangedEntry[]> {
    const { slug, localized } = type;
    const rows = await rowsOf<Entity>(this.strapi, type.uid).findMany({
      select: ['documentId', ...(slug ? [slug] : []), ...(localized ? ['locale'] : [])],
      where: { documentId: { $in: [...documentIds] }, ...rowsIn(type, 'published', locale) },
      orderBy: { documentId: 'asc' },
    });
    return rows.map((row) => ({
      documentId: row.documentId,
      slug: (slug && textOf(row[slug])) || null,
      locale: localized ? (row.locale ?? null) : null,
      url: addressOf(type, row),
    }));
  }
}
