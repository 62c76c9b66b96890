import type { Core } from '@strapi/strapi';

import type { ChangeLog } from '../changes/change-log';
import type { ContentVersions } from '../changes/content-versions';
import type { ChangeFeed } from '../changes/change-feed';
import type { Lease } from '../changes/lease';
import type { RelatedType } from '../config/resolve';
import { asError } from '../content/as-error';
import { withinTime } from '../content/within-time';
import { CURATION } from '../curations/curation';
import type { Engine } from '../engine/engine';
import type { IndexWriter } from '../indexing/index-writer';
import { restsOn } from '../services/rests-on';
import type { SiteOptions } from '../settings/site-options';
import type { Watches } from '../services/watches';
import type { Outbox } from './outbox';

/** How often to check for something to report, in milliseconds. */
const TICK_MS = 500;
/** Changes are looked for this long after the last write, and `MAX_WAIT_MS` after the first one in any case. */
const QUIET_MS = 1000;
const MAX_WAIT_MS = 10_000;
/** How many polls of the log it takes until every process has read a write. */
const POLLS = 1.5;
const RENEW_MS = 5000;
/** A lease that could not be asked for in this time may have expired. */
const LAPSE_MS = 15_000;
/** How long before this process took the lease a late row of the log may be unreported: longer than a lease lasts. */
const LATE_MS = 60_000;
/** How long a shutdown waits for work in progress. */
const PATIENCE_MS = 3000;
/** The position of a lease whose holder has not reported everything; no row of the log has it. */
const OWING = -1;

export interface ChangedListsOptions {
  strapi: Core.Strapi;
  types: ReadonlyMap<string, RelatedType>;
  engine: Engine;
  writer: IndexWriter;
  watches: Watches;
  versions: ContentVersions;
  site: SiteOptions;
  log: ChangeLog;
  feed: ChangeFeed;
  lease: Lease;
  outbox: Outbox;
  /** How often each process looks for writes of other processes, in milliseconds. */
  pollMs: number;
}

/**
 * Reports whose lists writes have changed, with the event `related.changed`. One process, which holds the lease, does
 * it for all; only processes that serve requests take the lease.
 */
export class ChangedLists {
  private readonly timers: NodeJS.Timeout[] = [];
  private working: Promise<void> | null = null;
  /** When the lists were last known to include everything committed by then. */
  private caughtUpAt = performance.now();
  private firstWrite: number | null = null;
  private lastWrite = 0;
  /** The number of writes to curations when they were last looked at. */
  private decisionsAt = 0;
  /** When that was, on the clock of `performance`. */
  private decidedBy = -Infinity;
  /** The version of the settings that the lists were made with. */
  private settingsAt = 0;
  /** The position up to which everything has been reported, as the lease has it. */
  private notedAt: number | null = null;
  /** Whether this process has the lease, as far as is known; `isHolder`: whether it acts on that. */
  private hasLease = false;
  /** On the clock of `performance`. */
  private heldSince = 0;
  private isHolder = false;
  /** When it was last known who has the lease, and why that is not known now (`unknown`). */
  private askedAt = 0;
  private unknown: Error | null = null;
  private renewing: Promise<void> | null = null;
  private stopped = false;
  private unfollow: () => void = () => undefined;

  constructor(private readonly options: ChangedListsOptions) {}

  start(): void {
    this.timers.push(
      setInterval(() => this.tick(), TICK_MS),
      // With its own timer, because sending may take long.
      setInterval(() => void this.renew(), RENEW_MS),
    );
    for (const timer of this.timers) timer.unref();
    void this.renew();
  }

  async stop(): Promise<void> {
    // Strapi ends before webhooks queued now would be sent: the next holder reports that anything may have changed.
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    this.unfollow();
    // Otherwise the lease might be taken again right after it is released.
    const rest = Promise.all([this.working, this.renewing]);
    await withinTime<unknown>(rest, PATIENCE_MS, () => undefined);
    await this.options.lease.release().catch(() => undefined);
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  private renew(): Promise<void> {
    this.renewing ??= this.askForLease().finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private async askForLease(): Promise<void> {
    const { strapi, lease } = this.options;
    if (this.stopped || !strapi.server.httpServer.listening) return;
    const hadLease = this.hasLease;
    // If the database does not answer, keep what is known; nothing is sent without asking for the lease again.
    this.unknown = null;
    const isHeld = await lease.hold().catch((error: Error) => {
      this.unknown = error;
      return null;
    });
    this.hasLease = isHeld ?? hadLease;
    const now = performance.now();
    if (isHeld && !hadLease) this.heldSince = now;
    // Another process may have held it in between.
    if (isHeld && now - this.askedAt > LAPSE_MS) this.isHolder = false;
    if (isHeld !== null) this.askedAt = now;
  }

  private tick(): void {
    if (this.stopped) return;
    this.working ??= this.work()
      .then(
        () => this.options.outbox.resolve(),
        (error) => this.options.outbox.raise(error as Error),
      )
      .then(() => {
        this.working = null;
      });
  }

  private async work(): Promise<void> {
    if (!this.hasLease) {
      await this.renew();
      if (!this.hasLease) this.handOver();
      if (this.unknown) throw this.unknown;
      if (!this.hasLease) return;
    }
    if (!this.isHolder) await this.takeOver();
    if (!this.isHolder) return;
    const decisions = this.curationWrites;
    let failure: Error | null = null;
    if (this.hasDecisions && (await this.hasCaughtUp())) {
      // What cannot be read does not hold up anything else.
      failure = await this.options.watches.noteDecided().then(() => null, asError);
      // Of what can be read, decisions made until now are noted all the same.
      this.decidedBy = performance.now();
      if (!failure) this.decisionsAt = decisions;
      if (!failure || this.firstWrite === null) this.noteTime();
    }
    if (this.hasSettings && (await this.hasCaughtUp())) this.startAnew();
    if (this.isDue()) await this.find();
    await this.send();
    if (failure) throw failure;
    await this.options.watches.learn(() => this.stopped || !this.hasLease || this.hasWork);
  }

  /** Begins where the previous holder left off: the state before writes made in between is not known. */
  private async takeOver(): Promise<void> {
    const { writer, watches, lease, log, feed } = this.options;
    if (!(await this.hasCaughtUp())) return;
    const position = await lease.position();
    if (this.stopped) return;
    this.unfollow();
    this.unfollow = writer.followWrites((collection, write) => {
      watches.note(collection, write);
      this.noteTime();
    });
    this.decisionsAt = this.curationWrites;
    this.settingsAt = this.options.site.version;
    this.notedAt = null;
    watches.reset();
    if (position === null) await lease.advance(feed.position);
    else if (this.hasLateRows || (await log.hasWritesSince(position, this.relevant()))) this.tellAny(); // prettier-ignore
    // Only after the log has been read: if that fails, this is tried again.
    this.isHolder = true;
  }

  /** Whether a transaction that was open longer than others was committed recently: its rows are below the position. */
  private get hasLateRows(): boolean {
    return this.options.feed.lateAt > this.heldSince - LATE_MS;
  }

  /** Starts over with new settings, which may change any list. */
  private startAnew(): void {
    const { watches, outbox, site } = this.options;
    // Withdrawn entries are in no list any more, so they have to be named.
    for (const { type, lists } of watches.all()) {
      const slugsBefore = lists.takeWritten();
      const documentIds = [...slugsBefore.keys()];
      const changed = { documentIds, slugsBefore, isPartial: true };
      if (slugsBefore.size > 0) outbox.add(type, lists.locale, changed, this.knownAt());
    }
    this.firstWrite = null;
    this.settingsAt = site.version;
    watches.reset();
    this.tellAny();
  }

  private tellAny(): void {
    this.options.outbox.addAny(this.options.types.values(), this.knownAt());
  }

  /** Returns when every process knows of a write: any of them may be asked when pages are rebuilt. */
  private knownAt(writtenAt = performance.now()): number {
    return writtenAt + POLLS * this.options.pollMs;
  }

  private handOver(): void {
    if (!this.isHolder) return;
    this.isHolder = false;
    this.unfollow();
    this.options.watches.reset();
    this.firstWrite = null;
    this.notedAt = null;
    this.options.outbox.clear();
  }

  /** The content types that lists depend on. */
  private relevant(): string[] {
    return [...new Set([...this.options.types.values()].flatMap(restsOn))];
  }

  private get curationWrites(): number {
    return this.options.versions.of([CURATION.uid]);
  }

  /** Whether everything that is committed is in the lists. */
  private async isInStep(): Promise<boolean> {
    const { engine, feed } = this.options;
    return engine.isSettled && (await feed.isInStep()) && engine.isSettled;
  }

  /** Does the same, but if writes go on for long, the lists only need everything committed before this call. */
  private async hasCaughtUp(): Promise<boolean> {
    if (!(await this.isInStep())) {
      if (performance.now() - this.caughtUpAt < MAX_WAIT_MS) return false;
      if (!(await this.idle())) return false;
    }
    this.caughtUpAt = performance.now();
    return !this.stopped;
  }

  /**
   * Waits for what was committed before. What cannot be read does not hold up the events of other types: once it can be,
   * it is noted as a write.
   *
   * @returns Whether there is nothing else to wait for.
   */
  private async idle(): Promise<boolean> {
    const { feed } = this.options;
    const asked = performance.now();
    if (!feed.isHeldUp) await withinTime<unknown>(feed.idle(), MAX_WAIT_MS, () => undefined);
    return feed.isHeldUp || feed.hasAppliedSince(asked);
  }

  private noteTime(): void {
    this.lastWrite = performance.now();
    this.firstWrite ??= this.lastWrite;
  }

  private get hasDecisions(): boolean {
    return this.curationWrites !== this.decisionsAt;
  }

  private get hasSettings(): boolean {
    return this.settingsAt !== this.options.site.version;
  }

  /** Whether there is something to find out or report before learning lists. */
  private get hasWork(): boolean {
    return this.hasDecisions || this.hasSettings || this.isDue() || this.options.outbox.isDue;
  }

  private isDue(): boolean {
    if (this.firstWrite === null) return false;
    const now = performance.now();
    return now - this.lastWrite > QUIET_MS || now - this.firstWrite > MAX_WAIT_MS;
  }

  /** Finds out what to report. */
  private async find(): Promise<void> {
    const isOverdue = this.firstWrite !== null && performance.now() - this.firstWrite > MAX_WAIT_MS;
    // While writes go on, the lists are seldom up to date: then the current ones have to do.
    if (isOverdue) await this.idle();
    else if (!(await this.isInStep())) return;
    this.firstWrite = null;
    for (const { type, lists } of this.options.watches.all()) {
      if (!lists.isPending) continue;
      const { documentIds, slugsBefore, isPartial } = await lists.takeChanged().catch((error) => {
        // What was written is no longer known. Other collections are looked at the next time.
        this.tellAny();
        this.noteTime();
        throw error;
      });
      if (this.stopped) return;
      const changed = {
        documentIds: [...new Set([...documentIds, ...slugsBefore.keys()])],
        slugsBefore,
        isPartial,
      };
      // Later writes may be in these lists, too.
      const knownAt = this.knownAt(Math.max(this.lastWrite, this.decidedBy));
      this.options.outbox.add(type, lists.locale, changed, knownAt);
    }
  }

  private async send(): Promise<void> {
    const { lease, outbox } = this.options;
    if (outbox.isEmpty) return this.noteNothing();
    // Another process may have taken over while this one was paused: it reports the same.
    if (!outbox.isDue || this.stopped || !(await lease.hold())) return;
    await outbox.send();
    // At once: what follows may take minutes.
    if (outbox.isEmpty || outbox.isOwing) await this.noteNothing();
  }

  /** Notes that nothing is left to report, so the next holder need not report that anything may have changed. */
  private async noteNothing(): Promise<void> {
    const { feed, outbox } = this.options;
    if (outbox.isOwing) return this.noteTold(OWING);
    const { position } = feed;
    const isQuiet = () => this.firstWrite === null && !this.hasDecisions && !this.hasSettings;
    // Rows that were read may not be applied yet; then nothing is known about their effects.
    if (position === this.notedAt || !isQuiet() || !(await this.isInStep()) || !isQuiet()) return;
    if (feed.position === position && !outbox.isOwing) await this.noteTold(position);
  }

  private async noteTold(position: number): Promise<void> {
    // Work in progress may have been given up.
    if (this.stopped || position === this.notedAt) return;
    await this.options.lease.advance(position);
    this.notedAt = position;
  }
}
