import { isDeepStrictEqual } from 'node:util';
import type { Core, UID } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { textOf } from '../content/entity';
import { addressOf } from '../content/mapper';
import { rowsIn, rowsOf } from '../content/rows';
import { answered, withinTime } from '../content/within-time';

export const RELATED_CHANGED = 'related.changed';

/** Entries that one event names at most, and how many are read at once. */
const MAX_ENTRIES = 500;

/** How long listeners are waited for with all events of one change, in milliseconds. */
const PATIENCE_MS = 5000;

/** What listeners to `related.changed` get, and in a webhook's body stands beside `event` and `createdAt`. */
export interface RelatedChanged {
  /** The content type, such as `api::article.article`, and its name, such as `article`. */
  uid: string;
  model: string;
  /** The published entries whose pages say something else now: they were written, or their list has changed or shows one that was. */
  entries: ChangedEntry[];
  /** Where nothing is any more: the entry was withdrawn or deleted, or has another slug. */
  removed: ChangedEntry[];
  /** Whether lists of more entries may be others: too much was written at once, or while no instance kept the lists. */
  isPartial: boolean;
}

export interface ChangedEntry {
  documentId: string;
  /** `null` for a type without slugs. */
  slug: string | null;
  /** `null` for a type without locales. */
  locale: string | null;
  /** Where the site shows it, as the option `url` says; `null` without one, or where another locale still is. */
  url: string | null;
}

/** What is to be told of a type. */
export interface Changes {
  /** What `entries` names, as far as it is published. */
  documentIds: readonly string[];
  /** The slugs that what was written had before, by documentId. */
  slugsBefore: ReadonlyMap<string, ReadonlySet<string>>;
  isPartial: boolean;
}

/** Strapi's own, as far as it is used here. */
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

/** Lets Settings → Webhooks and the webhooks' own checks know the event. */
export function allowEvent(strapi: Core.Strapi): void {
  strapi.get('webhookStore').addAllowedEvent('RELATED_CHANGED', RELATED_CHANGED);
}

/** As far as it is used here. */
interface WebhookRunner {
  update(webhook: Webhook): void;
  remove(webhook: Webhook): void;
  webhooksMap?: ReadonlyMap<string, readonly Webhook[]>;
  /** By which webhooks hear of events, as any listener does. */
  listeners?: ReadonlyMap<string, unknown>;
  deleteListener?(event: string): void;
  queue?: { enqueue(payload: { event: string; info: object }): void };
}

/** Somebody who listens in this process has refused an event, which webhooks have had. */
export class Refused extends Error {}

/** Sends `related.changed` to webhooks, and to those who listen in this process. */
export class ChangedEvent {
  constructor(private readonly strapi: Core.Strapi) {}

  /**
   * @param isAgain Whether somebody who listens has refused it before: webhooks have had it then.
   * @returns Where those who listen are no longer waited for: what settles when they have ended. It may reject.
   * @throws Refused, where somebody who listens throws.
   */
  async send(
    type: RelatedType,
    locale: string | null,
    { documentIds, slugsBefore, isPartial }: Changes,
    isAgain = false,
  ): Promise<{ late: Promise<void> | null }> {
    const events = await this.eventsOf(type, locale, { documentIds, slugsBefore, isPartial });
    await this.learnWebhooks();
    // From here on, nothing but a listener can fail.
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
      throw new Refused(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  /** Of which each names so many entries at most. */
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
   * Strapi tells webhooks as it tells those who listen, one after the other: one that fails or hangs would keep events
   * from all that come behind it.
   */
  private tellWebhooks(events: readonly RelatedChanged[]): void {
    const { queue, webhooksMap } = this.runner;
    if (!this.takeListener() || !webhooksMap?.has(RELATED_CHANGED)) return;
    for (const event of events) queue?.enqueue({ event: RELATED_CHANGED, info: { ...event } });
  }

  /** Strapi adds its own again whenever a webhook is saved. @returns Whether webhooks can be told without it. */
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
   * Strapi reads webhooks when it starts; one that was made since, by the command or another instance, is told as well,
   * and one that is gone since is not.
   */
  private async learnWebhooks(): Promise<void> {
    const found = await answered<Webhook[]>(this.strapi.get('webhookStore').findWebhooks());
    const { runner } = this;
    const known = runner.webhooksMap?.get(RELATED_CHANGED) ?? [];
    // Those of the table have numbers; code of the project may have added others.
    const before = new Map(known.filter(({ id }) => /^\d+$/.test(id)).map((one) => [one.id, one]));
    for (const [id, webhook] of before) {
      if (!found.some((one) => one.id === id)) runner.remove(webhook);
    }
    for (const webhook of found) {
      const one = before.get(webhook.id);
      const isNew = one ? !isSame(one, webhook) : webhook.events.includes(RELATED_CHANGED);
      // Only then: Strapi puts it behind all who listen to its other events.
      if (isNew) runner.update(webhook);
    }
  }

  /** The addresses at which there was something before, and is nothing now. */
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
    /** Where anything is, in whatever locale: several may have one address. */
    const addresses = new Set<string | null>();
    for (let at = 0; at < Math.max(ids.length, slugs.length); at += MAX_ENTRIES) {
      const conditions = [
        { documentId: { $in: ids.slice(at, at + MAX_ENTRIES) } },
        ...(slug ? [{ [slug]: { $in: slugs.slice(at, at + MAX_ENTRIES) } }] : []),
      ];
      const rows = await rowsOf<Entity>(this.strapi, type.uid).findMany({
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
      return slugsGone.map((one) => {
        const entry = entryOf(type, { documentId, locale: locale ?? undefined, ...(slug && { [slug]: one }) } as Entity); // prettier-ignore
        return addresses.has(entry.url) ? { ...entry, url: null } : entry;
      });
    });
  }

  private async entries(
    type: RelatedType,
    locale: string | null,
    documentIds: readonly string[],
  ): Promise<ChangedEntry[]> {
    const rows = await rowsOf<Entity>(this.strapi, type.uid).findMany({
      select: this.selected(type),
      where: { documentId: { $in: [...documentIds] }, ...rowsIn(type, 'published', locale) },
      orderBy: { documentId: 'asc' },
    });
    return rows.map((row) => entryOf(type, row));
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
