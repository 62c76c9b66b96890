import { isDeepStrictEqual } from 'node:util';
import type { Core, UID } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { asError } from '../content/as-error';
import type { Entity } from '../content/entity';
import { textOf } from '../content/entity';
import { addressOf } from '../content/mapper';
import { allRowsOf, readByKey, rowsIn, rowsOf } from '../content/rows';
import { answered, withinTime } from '../content/within-time';

export const RELATED_CHANGED = 'related.changed';

/** How many entries one event names at most, and how many are read at once. */
const MAX_ENTRIES = 500;

/** How long to wait for listeners with all events of one change, in milliseconds. */
const PATIENCE_MS = 5000;

/** What listeners to `related.changed` get; in a webhook's body, it stands next to `event` and `createdAt`. */
export interface RelatedChanged {
  /** The content type, such as `api::article.article`, and its name, such as `article`. */
  uid: string;
  model: string;
  /** The published entries whose pages changed: they were written, or their list changed or shows one that was. */
  entries: ChangedEntry[];
  /** Entries that are no longer where they were: they were withdrawn or deleted, or have another slug. */
  removed: ChangedEntry[];
  /** Whether other lists may have changed, too: too much was written at once, or while no instance kept the lists. */
  isPartial: boolean;
}

export interface ChangedEntry {
  documentId: string;
  /** `null` for a type without slugs. */
  slug: string | null;
  /** `null` for a type without locales. */
  locale: string | null;
  /** Where the site shows it, by the option `url`; `null` without one, or if another locale still has that address. */
  url: string | null;
}

/** The changes to report for a type. */
export interface Changes {
  /** The documents that `entries` names if they are published. */
  documentIds: readonly string[];
  /** The slugs that the written documents had before, by documentId. */
  slugsBefore: ReadonlyMap<string, ReadonlySet<string>>;
  isPartial: boolean;
}

/** The part of Strapi's webhooks that is used here. */
interface Webhook {
  /** Its number in the table. */
  id: string;
  url: string;
  headers?: unknown;
  events: string[];
  isEnabled?: boolean;
}

const isSame = (one: Webhook, other: Webhook): boolean =>
  isDeepStrictEqual(
    [one.url, one.headers, one.events, one.isEnabled],
    [other.url, other.headers, other.events, other.isEnabled],
  );

/** Makes the event known to Settings → Webhooks, and to Strapi's checks of webhooks. */
export function allowEvent(strapi: Core.Strapi): void {
  strapi.get('webhookStore').addAllowedEvent('RELATED_CHANGED', RELATED_CHANGED);
}

/** The part of Strapi's webhook runner that is used here. */
interface WebhookRunner {
  update(webhook: Webhook): void;
  remove(webhook: Webhook): void;
  webhooksMap?: ReadonlyMap<string, readonly Webhook[]>;
  /** Through these, webhooks get events, like any other listener. */
  listeners?: ReadonlyMap<string, unknown>;
  deleteListener?(event: string): void;
  queue?: { enqueue(payload: { event: string; info: object }): void };
}

/** A listener in this process has refused an event that webhooks have already received. */
export class Refused extends Error {}

/** Sends `related.changed` to webhooks, and to listeners in this process. */
export class ChangedEvent {
  constructor(private readonly strapi: Core.Strapi) {}

  /**
   * @param isAgain Whether a listener has refused it before; then webhooks have already received it.
   * @returns `late`: settles when listeners that took too long have ended, and may reject; `null` if all were in time.
   * @throws Refused if a listener throws in time.
   */
  async send(
    type: RelatedType,
    locale: string | null,
    { documentIds, slugsBefore, isPartial }: Changes,
    isAgain = false,
  ): Promise<{ late: Promise<void> | null }> {
    const events = await this.eventsOf(type, locale, { documentIds, slugsBefore, isPartial });
    await this.learnWebhooks();
    // From here on, only a listener can fail.
    this.tellWebhooks(isAgain ? [] : events);
    const end = performance.now() + PATIENCE_MS;
    const inTime = (hearing: Promise<unknown>) =>
      withinTime(
        hearing.then(() => true),
        end - performance.now(),
        () => false,
      );
    const emitted: Promise<void>[] = [];
    for (const event of events) {
      emitted.push(this.emit(event));
      await inTime(Promise.allSettled(emitted));
    }
    const heard = Promise.allSettled(emitted).then((all) => {
      const refused = all.find((one) => one.status === 'rejected');
      if (refused) throw refused.reason;
    });
    return { late: (await inTime(heard)) ? null : heard };
  }

  /** @throws Refused */
  private async emit(event: RelatedChanged): Promise<void> {
    this.takeListener();
    try {
      await this.strapi.eventHub.emit(RELATED_CHANGED, { ...event });
    } catch (error) {
      throw new Refused(asError(error).message, { cause: error });
    }
  }

  /** Splits changes into events that name at most `MAX_ENTRIES` entries each. */
  private async eventsOf(
    type: RelatedType,
    locale: string | null,
    { documentIds, slugsBefore, isPartial }: Changes,
  ): Promise<RelatedChanged[]> {
    const { uid } = type;
    const model = this.strapi.contentType(uid as UID.ContentType).info.singularName;
    const gone = await this.removed(type, locale, slugsBefore);
    const pages = Math.max(1, Math.ceil(Math.max(documentIds.length, gone.length) / MAX_ENTRIES));
    const events: RelatedChanged[] = [];
    for (let page = 0; page < pages; page += 1) {
      const at = [page * MAX_ENTRIES, (page + 1) * MAX_ENTRIES] as const;
      const entries = await this.entries(type, locale, documentIds.slice(...at));
      const removed = gone.slice(...at);
      const event = { uid, model, entries, removed, isPartial: isPartial && page === pages - 1 };
      if (entries.length + removed.length > 0 || event.isPartial) events.push(event);
    }
    return events;
  }

  /**
   * Sends events to webhooks directly. Strapi tells webhooks and listeners one after another: one that fails or hangs
   * would keep events from all after it.
   */
  private tellWebhooks(events: readonly RelatedChanged[]): void {
    const { queue, webhooksMap } = this.runner;
    if (!this.takeListener() || !webhooksMap?.has(RELATED_CHANGED)) return;
    for (const event of events) queue?.enqueue({ event: RELATED_CHANGED, info: { ...event } });
  }

  /** Removes Strapi's listener, which each saved webhook adds again. @returns Whether webhooks can do without it. */
  private takeListener(): boolean {
    const { runner } = this;
    if (!runner.queue || !runner.deleteListener || !runner.webhooksMap) return false;
    if (runner.listeners?.has(RELATED_CHANGED)) runner.deleteListener(RELATED_CHANGED);
    return true;
  }

  private get runner(): WebhookRunner {
    return this.strapi.get('webhookRunner') as unknown as WebhookRunner;
  }

  /**
   * Updates Strapi's webhooks, which Strapi reads only when it starts: adds those made since by the command or by
   * another instance, and removes those deleted since.
   */
  private async learnWebhooks(): Promise<void> {
    const found = await answered<Webhook[]>(this.strapi.get('webhookStore').findWebhooks());
    const { runner } = this;
    const known = runner.webhooksMap?.get(RELATED_CHANGED) ?? [];
    // Webhooks in the table have numbers as ids; project code may have added others.
    const before = new Map(known.filter(({ id }) => /^\d+$/.test(id)).map((one) => [one.id, one]));
    for (const [id, webhook] of before) {
      if (!found.some((one) => one.id === id)) runner.remove(webhook);
    }
    for (const webhook of found) {
      const one = before.get(webhook.id);
      const isNew = one ? !isSame(one, webhook) : webhook.events.includes(RELATED_CHANGED);
      // Update only if needed: Strapi moves an updated webhook behind all listeners to its other events.
      if (isNew) runner.update(webhook);
    }
  }

  /** Returns the addresses where something was before, and nothing is now. */
  private async removed(
    type: RelatedType,
    locale: string | null,
    slugsBefore: Changes['slugsBefore'],
  ): Promise<ChangedEntry[]> {
    const { slug } = type;
    const ids = [...slugsBefore.keys()];
    const slugs = [...new Set([...slugsBefore.values()].flatMap((before) => [...before]))];
    const taken = new Set<string>();
    const there = new Set<string>();
    /** All addresses in use, in any locale: several locales may have the same address. */
    const addresses = new Set<string | null>();
    for (let at = 0; at < Math.max(ids.length, slugs.length); at += MAX_ENTRIES) {
      const conditions = [
        { documentId: { $in: ids.slice(at, at + MAX_ENTRIES) } },
        ...(slug ? [{ [slug]: { $in: slugs.slice(at, at + MAX_ENTRIES) } }] : []),
      ];
      const rows = await allRowsOf<Entity>(this.strapi, type.uid, {
        select: this.selected(type),
        where: { $or: conditions, ...rowsIn(type, 'published') },
      });
      for (const row of rows) {
        addresses.add(addressOf(type, row));
        if (type.localized && row.locale !== locale) continue;
        there.add(row.documentId);
        if (slug) taken.add(textOf(row[slug]));
      }
    }
    return ids.flatMap((documentId) => {
      const before = [...(slugsBefore.get(documentId) ?? [])];
      const isGone = before.length === 0 && !there.has(documentId);
      const slugsGone: (string | null)[] = isGone ? [null] : before.filter((one) => !taken.has(one)); // prettier-ignore
      const goneAt = (one: string | null) =>
        entryOf(type, { documentId, locale: locale ?? undefined, ...(slug && { [slug]: one }) } as Entity); // prettier-ignore
      if (slugsGone.length === 0 && !there.has(documentId)) {
        // Another entry has its slug now, but addresses may be made of something else.
        return before.map(goneAt).filter(({ url }) => url !== null && !addresses.has(url)).slice(0, 1); // prettier-ignore
      }
      return slugsGone.map(goneAt).map((entry) => (addresses.has(entry.url) ? { ...entry, url: null } : entry)); // prettier-ignore
    });
  }

  private async entries(
    type: RelatedType,
    locale: string | null,
    documentIds: readonly string[],
  ): Promise<ChangedEntry[]> {
    const read = (left: readonly string[]) =>
      rowsOf<Entity>(this.strapi, type.uid).findMany({
        select: this.selected(type),
        where: { documentId: { $in: [...left] }, ...rowsIn(type, 'published', locale) },
      });
    const rows = await readByKey(documentIds, ({ documentId }: Entity) => documentId, read);
    const entries = [...rows.values()].map((row) => entryOf(type, row));
    return entries.sort((a, b) => (a.documentId < b.documentId ? -1 : 1));
  }

  private selected({ slug, localized }: RelatedType): string[] {
    return ['documentId', ...(slug ? [slug] : []), ...(localized ? ['locale'] : [])];
  }
}

function entryOf(type: RelatedType, row: Entity): ChangedEntry {
  return {
    documentId: row.documentId,
    slug: (type.slug && textOf(row[type.slug])) || null,
    locale: type.localized ? (row.locale ?? null) : null,
    url: addressOf(type, row),
  };
}
