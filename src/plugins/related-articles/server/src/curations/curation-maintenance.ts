import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { uidOf, type Change } from '../changes/change-log';
import type { Clock } from '../changes/clock';
import type { ChangeConsumer } from '../changes/consumer';
import type { Heartbeats } from '../changes/heartbeats';
import { ownRows } from '../changes/own-rows';
import { RowBusy } from '../changes/transactions';
import { isLocked } from '../content/statement-limits';
import { defaultLocaleOf } from '../content/default-locale';
import { refKey, type DocumentRef } from '../engine/engine';
import { Turns } from '../engine/steps';
import {
  CURATION,
  CURATION_EVENT,
  OLDEST_FIRST,
  decisionsIn,
  isDue,
  sourceKey,
  sourceOf,
  toCuration,
  type Curation,
  type CurationSource,
  type Decisions,
} from './curation';
import type { CurationCache } from './curation-cache';
import { lastEvent } from './curation-history';
import type { CurationRepository } from './curation-repository';
import { forgetHistory } from './old-history';
import { mendHistory, mendRows } from './row-mending';
import { sourceRows, type SourceRow } from './source-rows';

const BATCH = 200;
/** How long one sweep may take before other regular work has its turn, in milliseconds. */
const SWEEP_MS = 30_000;
/** Moving more lists than this takes seconds. */
const MANY = 500;
/** How long the creation of all locales of a clone takes at most, in milliseconds. */
const SAME_CLONE_MS = 60_000;
/** How often old history is deleted, in milliseconds. */
const FORGET_MS = 3_600_000;

export interface CurationMaintenanceOptions {
  strapi: Core.Strapi;
  types: ReadonlyMap<string, RelatedType>;
  cache: CurationCache;
  repository: CurationRepository;
  /** How long a curation outlives its document, in milliseconds. */
  retentionMs: number;
  /** How long its history is kept, in milliseconds; `null` for ever. */
  historyMs: number | null;
  clock: Pick<Clock, 'now'>;
  heartbeats: Pick<Heartbeats, 'isYoungest'>;
}

/**
 * Keeps curations in line with their documents: a clone gets a copy, and what is left of a document without a row in
 * its locale is removed after a while. Never at once: every publish deletes and creates rows, and an import empties the
 * whole table.
 */
export class CurationMaintenance implements ChangeConsumer {
  readonly failure = 'pins and exclusions cannot be copied to cloned entries';
  readonly keepsPosition = true;
  readonly isAwaited = false;
  /** Curations whose document may be gone, and since when that is known, on the clock of `performance`. */
  private readonly suspects = new Map<string, { curation: Curation; goneSince: number | null }>();
  private hasSwept = false;
  private hasMended = false;
  private forgotAt = -Infinity;
  private readonly clones = new Map<string, Extract<Change, { kind: 'clone' }>>();

  constructor(private readonly options: CurationMaintenanceOptions) {}

  handle(changes: readonly Change[]): void {
    const { types, cache } = this.options;
    for (const change of changes) {
      const uid = uidOf(change);
      if (!types.has(uid)) continue;
      if (change.kind === 'document') this.suspect(cache.ofDocument(change.ref));
      else if (change.kind === 'type') this.suspectAll();
      else if (change.kind === 'clone') this.clones.set(refKey(change.ref), change);
    }
  }

  /** Suspects all curations: any document may be gone. */
  resync(): void {
    this.suspectAll();
  }

  private suspectAll(): void {
    this.suspect(this.options.cache.all());
  }

  get pending(): number {
    return this.clones.size;
  }

  /** Copies the curations that clones are still missing, in each of their locales. */
  async apply(): Promise<void> {
    let failure: unknown = null;
    const { repository } = this.options;
    const { size } = this.clones;
    const turns = new Turns();
    for (const [key, clone] of [...this.clones]) {
      await turns.give();
      const { ref, clonedFrom } = clone;
      // The original is a clone itself, and does not have its own copy yet.
      if (this.clones.has(refKey({ ...ref, documentId: clonedFrom }))) continue;
      try {
        const born = await this.bornAt(ref, clone.at);
        const first = Math.min(...born.map(({ at }) => at));
        for (const { locale, at } of born) {
          // A translation that was added later was not cloned; and the log may report a clone again.
          if (at - first > SAME_CLONE_MS) continue;
          const decided = await this.decidedAt(sourceOf(ref.uid, clonedFrom, locale), at);
          if (decided) await repository.copy(sourceOf(ref.uid, ref.documentId, locale), decided);
        }
        this.clones.delete(key);
      } catch (error) {
        failure ??= error;
        if (!(error instanceof RowBusy)) continue;
        // If the table is locked, each of the others would wait as long. If not, they come first the next time.
        this.clones.delete(key);
        this.clones.set(key, clone);
        break;
      }
    }
    if (failure) throw failure;
    if (this.clones.size > 0 && this.clones.size < size) await this.apply();
  }

  /** Returns when the rows of a document were created, in milliseconds since 1970, by locale. */
  private async bornAt(
    { uid, documentId }: DocumentRef,
    clonedAt = Date.now(),
  ): Promise<{ locale: string; at: number }[]> {
    const born = new Map<string, number>();
    for (const { locale, createdAt } of await this.rows(uid, [documentId])) {
      // Strapi sets no times while lifecycles are switched off.
      const at = createdAt ? new Date(createdAt).getTime() : clonedAt;
      born.set(locale, Math.min(born.get(locale) ?? Infinity, at));
    }
    return [...born].map(([locale, at]) => ({ locale, at }));
  }

  /** Returns what was decided at a time: the log may report a clone long after it was made. */
  private async decidedAt(source: CurationSource, at: number): Promise<Decisions | null> {
    const events = ownRows(this.options.strapi, CURATION_EVENT.uid);
    const last = await lastEvent(this.options.strapi, source, { $lte: new Date(at) });
    if (last) return last.action === 'removed' ? null : decisionsIn(last);
    const first = await events.findOne({ where: { ...source }, orderBy: OLDEST_FIRST });
    // No history at all: the curation is older than the history, or was written outside the panel.
    if (!first) return this.options.repository.find(source);
    // A clone has had its copy from the beginning.
    return first.action === 'copied' ? decisionsIn(first) : null;
  }

  /**
   * Ends due pins, moves lists after localization was switched, and removes those whose documents have been gone for
   * long enough.
   *
   * @param retentionMs How long that is, in milliseconds.
   * @returns Whether all is done. If not, other work gets its turn before the rest.
   * @throws The first failure, after what does not depend on it.
   */
  async sweep(retentionMs = this.options.retentionMs): Promise<boolean> {
    const end = performance.now() + SWEEP_MS;
    const failures: unknown[] = [];
    const later = (error: unknown): boolean => {
      // What comes next would wait for SQLite's file, too.
      if (isLocked(error)) throw error;
      failures.push(error);
      return false;
    };
    const time = await this.options.clock.now();
    if (time) await this.forgetOld(time).catch(later);
    const hasEnded = time === null || (await this.endPins(time, end).catch(later));
    // During a rollout, older instances would move lists back to where their own schema has them.
    const isYoungest = await this.options.heartbeats.isYoungest().catch(later);
    const hasMoved = !isYoungest || (await this.followLocalization(end).catch(later));
    const hasRemoved = await this.removeGone(retentionMs, { end, isYoungest, later });
    if (failures.length > 0) throw failures[0];
    return hasEnded && hasMoved && hasRemoved;
  }

  /**
   * Removes curations whose documents have been gone for long enough.
   *
   * @param of.end When to leave the rest for the next time, on the clock of `performance`.
   * @param of.later Takes failures, which do not hold up the others.
   * @returns Whether all have been looked at.
   */
  private async removeGone(
    retentionMs: number,
    { end, isYoungest, later }: { end: number; isYoungest: boolean; later(error: unknown): boolean }, // prettier-ignore
  ): Promise<boolean> {
    const now = performance.now();
    const defaultLocale = await defaultLocaleOf(this.options.strapi);
    const byType = new Map<string, Curation[]>();
    // Before the start, documents may have been deleted unnoticed.
    if (!this.hasSwept && this.options.cache.isReady) {
      this.hasSwept = true;
      this.suspectAll();
    }
    for (const { curation } of this.suspects.values()) {
      const { sourceType } = curation;
      const known = byType.get(sourceType);
      if (known) known.push(curation);
      else byType.set(sourceType, [curation]);
    }
    for (const [uid, curations] of byType) {
      for (let start = 0; start < curations.length; start += BATCH) {
        if (performance.now() > end) return false;
        const some = curations.slice(start, start + BATCH);
        const isLocalized = this.options.types.get(uid)?.localized;
        // Lists that still wait in another locale, or that a newer instance has moved or made, are not gone.
        const isElsewhere = ({ sourceLocale }: Curation) =>
          isLocalized
            ? sourceLocale === ''
            : sourceLocale !== '' && (sourceLocale === defaultLocale || !isYoungest);
        for (const one of some.filter(isElsewhere)) this.suspects.set(sourceKey(one), { curation: one, goneSince: null }); // prettier-ignore
        await this.judge(uid, some.filter((one) => !isElsewhere(one)), now, retentionMs).catch(later); // prettier-ignore
      }
    }
    return true;
  }

  /**
   * Removes due pins from the database, so that lists depend only on what is stored.
   *
   * @param end When to leave the rest for the next time, on the clock of `performance`.
   * @returns Whether there was time for all.
   */
  async endPins(now: Date, end = Infinity): Promise<boolean> {
    const { cache, repository } = this.options;
    const due = [...cache.all()].filter(({ pins }) => pins.some(({ until }) => isDue(until, now)));
    return repository.endPins(due, now, { end, onChanged: (curation) => cache.take(curation) });
  }

  /** Deletes history that is older than allowed, and the names of those who changed something that long ago. */
  private async forgetOld(time: Date): Promise<void> {
    const now = performance.now();
    if (this.options.historyMs === null || now - this.forgotAt < FORGET_MS) return;
    this.forgotAt = now;
    await forgetHistory(this.options.strapi, new Date(time.getTime() - this.options.historyMs));
  }

  /**
   * Moves lists after locales were switched on or off for a type, as Strapi keeps the rows of the default locale. Call
   * this at the start, before anybody is served or decides anything; `sweep` checks again for what SQL and commands
   * have added since.
   *
   * @param end When to leave the rest for the next time, on the clock of `performance`.
   * @returns Whether there was time for all.
   */
  async followLocalization(end = Infinity): Promise<boolean> {
    if (!this.hasMended) await mendHistory(this.options.strapi);
    this.hasMended = true;
    await mendRows(this.options.strapi, this.options.repository);
    const defaultLocale = await defaultLocaleOf(this.options.strapi);
    if (!defaultLocale) return true;
    const types = [...this.options.types.values()];
    const uids = (localized: boolean) =>
      types.filter((type) => type.localized === localized).map(({ uid }) => uid);
    for (const [localized, from, to] of [
      [true, '', defaultLocale],
      [false, defaultLocale, ''],
    ] as const) {
      const query = ownRows(this.options.strapi, CURATION.uid);
      const where = { sourceType: { $in: uids(localized) }, sourceLocale: from };
      const found = (await query.findMany({ where })).map(toCuration);
      if (found.length > MANY) this.options.strapi.log.info(`related-articles: moving ${found.length} lists, as localization was switched ${localized ? 'on' : 'off'} for their types`); // prettier-ignore
      if (!(await this.options.repository.move(found, to, end))) return false;
      // Somebody may have changed one just then.
      if (found.length > 0 && (await query.findOne({ where })))
        throw new Error('some were changed in the meantime');
    }
    return true;
  }

  private async judge(
    uid: string,
    curations: readonly Curation[],
    now: number,
    retentionMs: number,
  ): Promise<void> {
    const { repository } = this.options;
    const present = await this.present(uid, curations);
    const gone: Curation[] = [];
    for (const curation of curations) {
      const key = sourceKey(curation);
      if (present.has(key)) {
        this.suspects.delete(key);
        continue;
      }
      const goneSince = this.suspects.get(key)?.goneSince ?? now;
      if (now - goneSince < retentionMs) {
        this.suspects.set(key, { curation, goneSince });
        continue;
      }
      gone.push(curation);
    }
    if (gone.length > 0) await repository.remove(await repository.findAll(gone));
    for (const curation of gone) this.suspects.delete(sourceKey(curation));
  }

  /** Returns the keys of curations whose document has a row, draft or published, in their locale. */
  private async present(uid: string, curations: readonly Curation[]): Promise<Set<string>> {
    const rows = await this.rows(
      uid,
      curations.map(({ sourceId }) => sourceId),
    );
    return new Set(
      rows.map(({ documentId, locale }) =>
        sourceKey({ sourceType: uid, sourceId: documentId, sourceLocale: locale }),
      ),
    );
  }

  private rows(uid: string, documentIds: readonly string[]): Promise<SourceRow[]> {
    return sourceRows(this.options.strapi, this.options.types.get(uid) as RelatedType, documentIds);
  }

  private suspect(curations: Iterable<Curation>): void {
    for (const curation of curations) {
      if (!this.options.types.has(curation.sourceType)) continue;
      const key = sourceKey(curation);
      if (!this.suspects.has(key)) this.suspects.set(key, { curation, goneSince: null });
    }
  }
}
