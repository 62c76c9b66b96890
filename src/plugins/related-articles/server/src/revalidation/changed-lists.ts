import type { Core } from '@strapi/strapi';

import type { Change, ChangeLog } from '../changes/change-log';
import type { ContentVersions } from '../changes/content-versions';
import type { ChangeFeed } from '../changes/change-feed';
import type { Lease } from '../changes/lease';
import type { Problems } from '../changes/problems';
import type { RelatedType } from '../config/resolve';
import type { ValidatedConfig } from '../config/schema';
import { collectionOf } from '../content/mapper';
import { CURATION, sourceKey, sourceOf, toRow, type Decisions } from '../curations/curation';
import type { CurationCache } from '../curations/curation-cache';
import type { Collection, DocumentWrite, Query, WatchableEngine } from '../engine/engine';
import type { IndexWriter } from '../indexing/index-writer';
import { SUGGESTION_CAP } from '../services/suggestions';
import type { ChangedEvent } from './changed-event';
import { ListWatch } from './list-watch';

/** How often it is looked whether something is to be told. */
const TICK_MS = 500;
/** For how long nothing more is written before it is told, and after how long it is told in any case. */
const QUIET_MS = 1000;
const MAX_WAIT_MS = 10_000;
const RENEW_MS = 5000;
/** Lists that are learnt at a time, and the share of the time that this may take. */
const LEARNT = 20;
const LEARN_SHARE = 0.25;
const FAILURE = 'related.changed cannot be sent';

export interface ChangedListsOptions {
  strapi: Core.Strapi;
  config: ValidatedConfig;
  types: ReadonlyMap<string, RelatedType>;
  engine: WatchableEngine;
  writer: IndexWriter;
  curations: CurationCache;
  log: ChangeLog;
  feed: ChangeFeed;
  versions: ContentVersions;
  lease: Lease;
  event: ChangedEvent;
  problems: Problems;
}

/**
 * Tells whose lists writes have changed, by the event `related.changed`. One process does it for all, whichever holds
 * the lease; only processes that serve requests take it.
 */
export class ChangedLists {
  private readonly watches = new Map<string, { type: RelatedType; watch: ListWatch }>();
  /** What editors decided, by source, as it was last looked at. */
  private decided = new Map<
    string,
    { type: RelatedType; locale: string; id: string; text: string }
  >();
  /** How much was written of curations when that was. */
  private decisionsAt = 0;
  private firstWrite: number | null = null;
  private lastWrite = 0;
  private timer: NodeJS.Timeout | null = null;
  private working: Promise<void> | null = null;
  private isHolder = false;
  private renewedAt = -Infinity;
  private stopped = false;

  constructor(private readonly options: ChangedListsOptions) {}

  start(): void {
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearInterval(this.timer);
    this.options.writer.followWrites(null);
    await this.working;
    if (this.isHolder) await this.options.lease.release().catch(() => undefined);
  }

  private tick(): void {
    this.working ??= this.work()
      .then(
        () => this.options.problems.resolve(FAILURE),
        (error) => this.options.problems.raise(FAILURE, error as Error),
      )
      .finally(() => {
        this.working = null;
      });
  }

  private async work(): Promise<void> {
    const { strapi, lease } = this.options;
    if (this.stopped || !strapi.server.httpServer.listening) return;
    const now = performance.now();
    if (now - this.renewedAt > RENEW_MS) {
      const holds = await lease.hold();
      this.renewedAt = now;
      if (holds && !this.isHolder) await this.takeOver();
      if (!holds) this.handOver();
    }
    if (!this.isHolder) return;
    if (this.curationWrites !== this.decisionsAt) this.askForDecided();
    if (this.isDue()) await this.tell();
    await this.learn();
  }

  /** Begins where the holder before left off. */
  private async takeOver(): Promise<void> {
    const { writer, lease, log } = this.options;
    const position = await lease.position();
    if (!(await this.isInStep())) {
      this.renewedAt = -Infinity;
      return;
    }
    this.isHolder = true;
    writer.followWrites((collection, write) => this.note(collection, write));
    this.decisionsAt = this.curationWrites;
    this.decided = this.decisions();
    if (position === null) await lease.advance(this.options.feed.position);
    else {
      for (const change of await log.since(position)) await this.noteMissed(change);
    }
  }

  private handOver(): void {
    if (!this.isHolder) return;
    this.isHolder = false;
    this.options.writer.followWrites(null);
    this.watches.clear();
    this.firstWrite = null;
  }

  /** Something was written while no process held the lease: what it was before is not known. */
  private async noteMissed(change: Change): Promise<void> {
    if (change.kind !== 'document') return;
    const { uid, documentId } = change.ref;
    if (!this.options.types.has(uid)) return;
    for (const collection of await this.options.engine.collections()) {
      if (collection.type !== uid) continue;
      this.note(collection, { documentId, words: 0, linked: [] });
    }
  }

  private note(collection: Collection, write: DocumentWrite): void {
    this.watchOf(collection)?.watch.note(write);
    this.noteTime();
  }

  private get curationWrites(): number {
    return this.options.versions.of([CURATION.uid]);
  }

  /** Whether everything that is committed is in the lists. */
  private async isInStep(): Promise<boolean> {
    const { engine, feed } = this.options;
    return engine.isSettled && (await feed.isInStep()) && engine.isSettled;
  }

  private noteTime(): void {
    this.lastWrite = performance.now();
    this.firstWrite ??= this.lastWrite;
  }

  private isDue(): boolean {
    if (this.firstWrite === null) return false;
    const now = performance.now();
    return now - this.lastWrite > QUIET_MS || now - this.firstWrite > MAX_WAIT_MS;
  }

  private async tell(): Promise<void> {
    const { feed, lease, event } = this.options;
    if (!(await this.isInStep())) return;
    const { position } = feed;
    this.firstWrite = null;
    for (const { type, watch } of this.watches.values()) {
      if (!watch.isPending) continue;
      const changed = await watch.takeChanged();
      // Another process may have taken over while this one stood still: it tells of the same.
      if (this.stopped || !(await lease.hold())) return this.handOver();
      await event.send(type, watch.locale, changed);
    }
    await lease.advance(position);
  }

  /** Lists whose pins or exclusions are others now, and those that show what is never suggested any more, or again. */
  private askForDecided(): void {
    this.decisionsAt = this.curationWrites;
    const before = this.decided;
    this.decided = this.decisions();
    for (const [key, one] of new Map([...before, ...this.decided])) {
      const [was, is] = [before.get(key)?.text, this.decided.get(key)?.text];
      if (was === is) continue;
      const collection = collectionOf(one.type, one.locale || null);
      const watch = this.watchOf(collection)?.watch;
      watch?.ask(one.id);
      this.noteTime();
      if (isHidden(was) !== isHidden(is)) watch?.note({ documentId: one.id, words: 0, linked: [] });
    }
  }

  private decisions() {
    const found: ChangedLists['decided'] = new Map();
    for (const curation of this.options.curations.all()) {
      const type = this.options.types.get(curation.sourceType);
      if (!type) continue;
      const { sourceLocale: locale, sourceId: id } = curation;
      const text = JSON.stringify(toRow(curation));
      found.set(sourceKey(curation), { type, locale, id, text });
    }
    return found;
  }

  /** Learns lists that are not known yet, without being felt by requests. */
  private async learn(): Promise<void> {
    const { engine } = this.options;
    for (const collection of await engine.collections()) {
      const watch = this.watchOf(collection)?.watch;
      const unknown = (await watch?.unknown()) ?? [];
      for (let start = 0; watch && start < unknown.length; start += LEARNT) {
        if (this.stopped || this.firstWrite !== null) return;
        const started = performance.now();
        if (started - this.renewedAt > RENEW_MS) return;
        await watch.learn(unknown.slice(start, start + LEARNT));
        const pause = (performance.now() - started) * (1 / LEARN_SHARE - 1);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  private watchOf(collection: Collection): { type: RelatedType; watch: ListWatch } | null {
    const key = JSON.stringify(collection);
    const known = this.watches.get(key);
    if (known) return known;
    const { types, engine, config } = this.options;
    const type = types.get(collection.type);
    if (!type) return null;
    const { limit, fallback } = config;
    const queries = () => this.queriesFor(type, collection.locale);
    const watch = new ListWatch({ engine, collection, limit, queries, isFilled: fallback !== 'none' }); // prettier-ignore
    this.watches.set(key, { type, watch });
    return { type, watch };
  }

  /** Lists as those get them who may see everything that relations lead to. */
  private async queriesFor(type: RelatedType, locale: string | null) {
    const { curations, config } = this.options;
    const hidden = await curations.hiddenIn(sourceOf(type.uid, '', locale));
    return (documentId: string): Query => {
      const { pins, exclusions }: Decisions = curations.get(sourceOf(type.uid, documentId, locale));
      return {
        maxCandidates: SUGGESTION_CAP,
        ...(config.maxAge && { maxAge: config.maxAge }),
        pinned: pins.filter((pin) => pin.documentId !== documentId),
        exclude: [...exclusions, ...hidden],
      };
    };
  }
}

const isHidden = (row: string | undefined): boolean =>
  row !== undefined && (JSON.parse(row) as { hidden?: boolean }).hidden === true;
