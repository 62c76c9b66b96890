import type { Core } from '@strapi/strapi';

import { ownRows } from '../changes/own-rows';
import { isTimeout } from '../changes/tables';
import { claimRow, shortTransaction } from '../changes/transactions';
import { isLocked } from '../content/statement-limits';
import { answered } from '../content/within-time';
import { isSameRef, type DocumentRef } from '../engine/engine';
import {
  CURATION,
  CURATION_EVENT,
  MAX_EXCLUSIONS,
  MAX_PINS,
  decisionsIn,
  sourceKey,
  toCuration,
  toRow,
  type Curation,
  type CurationSource,
  isDue,
  isNothing,
  type Decisions,
} from './curation';

/** The administrator who changes a curation. */
export interface Editor {
  name: string;
  /** Their documentId. */
  id: string;
}

/**
 * Returns the next revision. A list that SQL created without a revision counts as the first: before the first there was
 * nothing, and undoing it would leave nothing.
 */
const after = ({ revision }: Curation): number => Math.max(1, revision) + 1;

/**
 * How many curations are changed in one transaction: on SQLite, no other request gets the connection meanwhile, and
 * more would hardly take less time.
 */
const TOGETHER = 10;
/** After how many that cannot be changed to leave the rest: each may have waited for a lock. */
const MOST_FAILURES = 3;

/** Whether a failure is not about one curation: SQLite's file is locked, or there is no connection. */
const isAboutAll = (error: unknown): boolean => isLocked(error) || isTimeout(error);

/** No editor is named for what nobody decided. */
const BY_NOBODY = { editor: null };

/** The times of rows, which Strapi does not set while lifecycles are switched off. */
const written = () => ({ updatedAt: new Date() });
const made = () => ({ createdAt: new Date(), ...written() });

/** Somebody changed the curation since it was read. */
export class CurationConflict extends Error {}

/**
 * Locks a curation for the rest of the transaction.
 *
 * @throws CurationConflict if it has changed.
 */
export async function claimCuration(strapi: Core.Strapi, curation: Curation): Promise<void> {
  const isAsItWas = await claimRow(strapi.db, CURATION.uid, curation);
  if (!isAsItWas) throw new CurationConflict();
}

/** Writes curations, each change with its event in one transaction. */
export class CurationRepository {
  /** Ids of those that could not be changed. */
  private readonly failed = new Set<number>();

  constructor(private readonly strapi: Core.Strapi) {}

  async find(source: CurationSource): Promise<Curation | null> {
    const where = { ...sourceIn(source) };
    const row = await ownRows(this.strapi, CURATION.uid).findOne({ where });
    return row && toCuration(row);
  }

  /** Reads curations again; leaves out those that are gone. */
  async findAll(sources: readonly CurationSource[]): Promise<Curation[]> {
    const keys = new Set(sources.map(sourceKey));
    const where = { sourceId: { $in: sources.map(({ sourceId }) => sourceId) } };
    const rows = await ownRows(this.strapi, CURATION.uid).findMany({ where });
    return rows.map(toCuration).filter((found) => keys.has(sourceKey(found)));
  }

  /**
   * Replaces what was decided about a document's list.
   *
   * @param of.revision The revision that the editor has seen, 0 for none.
   * @param of.reverts The revision that this reverts.
   * @param of.agreed About which documents others had just decided the same.
   * @throws CurationConflict if the revision has changed since.
   */
  async save(
    source: CurationSource,
    decisions: Decisions,
    { revision, editor, reverts = null, agreed = [] }: { revision: number; editor: Editor; reverts?: number | null; agreed?: readonly string[] }, // prettier-ignore
  ): Promise<Curation> {
    try {
      return await this.transaction(async () => {
        const current = await this.find(source);
        if ((current?.revision ?? 0) !== revision) throw new CurationConflict();
        if (current) await this.claim(current);
        const next = current ? after(current) : (await this.lastRevision(source)) + 1;
        const data = { ...toRow(decisions), revision: next, editor: editor.name };
        const query = this.strapi.db.query(CURATION.uid);
        const row = current
          ? await query.update({ where: { id: current.id }, data: { ...data, ...written() } })
          : await query.create({ data: { ...source, ...data, ...made() } });
        const step = { ...decisions, revision: next, reverts, agreed };
        await this.record(source, 'changed', step, editor);
        return toCuration(row);
      });
    } catch (error) {
      // Two editors created the first one at once; the database accepted one.
      const current = error instanceof CurationConflict ? null : await this.find(source);
      if (current && current.revision !== revision) throw new CurationConflict();
      throw error;
    }
  }

  /**
   * Removes pins that are due, except from curations that somebody changed meanwhile.
   *
   * @param options.end When to leave the rest, on the clock of `performance`.
   * @param options.onChanged Gets each curation without these pins.
   * @returns Whether there was time for all.
   * @throws When some cannot be changed, after the others.
   */
  endPins(
    curations: readonly Curation[],
    now: Date,
    options: { end: number; onChanged(curation: Curation): void },
  ): Promise<boolean> {
    const change = async (curation: Curation) => {
      // SQL may have changed it without a new revision.
      const { id, isHidden, exclusions, ...rest } = (await this.find(curation)) ?? curation;
      const pins = rest.pins.filter(({ until }) => !isDue(until, now));
      const step = { pins, exclusions, isHidden, revision: after(curation) };
      const row = await this.strapi.db.query(CURATION.uid).update({
        where: { id },
        data: { ...toRow(step), revision: step.revision, ...BY_NOBODY, ...written() },
      });
      await this.record(sourceIn(curation), 'ended', step);
      return toCuration(row);
    };
    return this.together(curations, change, options);
  }

  /**
   * Gives a clone the pins and exclusions of its original, unless it already has a curation. Does not copy `isHidden`,
   * which is decided for each entry.
   */
  async copy(source: CurationSource, { pins, exclusions }: Decisions): Promise<void> {
    const decisions = { pins, exclusions, isHidden: false };
    if (isNothing(decisions)) return;
    try {
      const copying = this.transaction(async () => {
        // The log may report a clone again after somebody has decided about it.
        if ((await this.find(source)) || (await this.lastRevision(source)) > 0) return;
        const data = { ...source, ...toRow(decisions), revision: 1, ...BY_NOBODY, ...made() };
        await this.strapi.db.query(CURATION.uid).create({ data });
        await this.record(source, 'copied', { ...decisions, revision: 1 });
      });
      await answered(copying);
    } catch (error) {
      // Another instance has already done it.
      if (!(await this.find(source))) throw error;
    }
  }

  /**
   * Moves curations and their history to another locale, except those that somebody changed meanwhile. If that locale
   * already has one, appends what that one lacks.
   *
   * @param end When to leave the rest, on the clock of `performance`.
   * @returns Whether there was time for all.
   */
  move(curations: readonly Curation[], sourceLocale: string, end?: number): Promise<boolean> {
    const change = async (curation: Curation) => {
      const from = sourceIn(curation);
      await this.strapi.db.query(CURATION_EVENT.uid).updateMany({
        where: { ...from },
        data: { sourceLocale },
      });
      await this.relocate(curation, { ...from, sourceLocale });
    };
    return this.together(curations, change, { end });
  }

  /** Removes curations whose documents are gone, except those that somebody changed meanwhile. */
  async remove(curations: readonly Curation[]): Promise<void> {
    await this.together(curations, async (curation) => {
      await this.strapi.db.query(CURATION.uid).delete({ where: { id: curation.id } });
      await this.record(sourceIn(curation), 'removed', curation);
    });
  }

  /**
   * Moves a curation to another type or locale, within a transaction that has claimed it; if one is already there,
   * appends what that one lacks. Other instances read it because of its new revision, and the history has every
   * revision: otherwise nothing later could be undone or merged.
   *
   * @returns How many entries there was no room for; `null` if there was no other curation.
   */
  async relocate(curation: Curation, to: CurationSource): Promise<number | null> {
    const { id } = curation;
    const query = this.strapi.db.query(CURATION.uid);
    const there = await this.find(to);
    if (!there) {
      const revision = after(curation);
      const data = { ...to, revision, ...BY_NOBODY, ...written() };
      await query.update({ where: { id }, data });
      await this.record(to, 'changed', { ...curation, revision });
      return null;
    }
    await this.claim(there);
    const revision = Math.max(there.revision, curation.revision) + 1;
    // Their entries have the new type too: others would never be the same.
    const moved = decisionsIn({ ...toRow(curation), sourceType: to.sourceType });
    const merged = { ...merge(there, moved), revision };
    await query.delete({ where: { id } });
    const data = { ...toRow(merged), revision, ...BY_NOBODY, ...written() };
    await query.update({ where: { id: there.id }, data });
    await this.record(to, 'changed', merged);
    const kept = [...merged.pins, ...merged.exclusions];
    const isLeftOut = (ref: DocumentRef) => !kept.some((known) => isSameRef(known, ref));
    return [...moved.pins, ...moved.exclusions].filter(isLeftOut).length;
  }

  /** Returns the highest revision in the history, 0 for none: a panel may still have one from before a removal. */
  private async lastRevision(source: CurationSource): Promise<number> {
    const last = await ownRows(this.strapi, CURATION_EVENT.uid).findOne({
      where: { ...sourceIn(source), revision: { $notNull: true } },
      orderBy: { revision: 'desc' },
    });
    return Number(last?.revision) || 0;
  }

  /**
   * Changes curations, several in one transaction, which takes far less time than one for each. Leaves out those that
   * somebody has changed since they were read.
   *
   * @returns Whether there was time for all.
   * @throws When some cannot be changed, after the others; or at the third, and if the database as a whole is away. The
   * next call comes to these last.
   */
  private async together<T>(
    curations: readonly Curation[],
    change: (curation: Curation) => Promise<T>,
    { end = Infinity, onChanged }: { end?: number; onChanged?(changed: T): void } = {},
  ): Promise<boolean> {
    const failures: unknown[] = [];
    const hasFailed = ({ id }: Curation) => this.failed.has(id);
    const inOrder = [...curations.filter((one) => !hasFailed(one)), ...curations.filter(hasFailed)];
    const changeThese = async (some: readonly Curation[]) =>
      (await this.atOnce(some, change)).forEach((changed) => onChanged?.(changed));
    for (let start = 0; start < inOrder.length; start += TOGETHER) {
      if (performance.now() > end) break;
      const some = inOrder.slice(start, start + TOGETHER);
      try {
        await changeThese(some);
        continue;
      } catch (error) {
        if (isAboutAll(error)) throw error;
      }
      for (const one of some) {
        this.failed.delete(one.id);
        try {
          await changeThese([one]);
        } catch (error) {
          // Another one, which it was to be merged with, was changed.
          if (error instanceof CurationConflict) continue;
          this.failed.add(one.id);
          failures.push(error);
          if (failures.length === MOST_FAILURES) throw failures[0];
        }
      }
    }
    if (failures.length > 0) throw failures[0];
    return performance.now() <= end;
  }

  private atOnce<T>(
    curations: readonly Curation[],
    change: (curation: Curation) => Promise<T>,
  ): Promise<T[]> {
    return this.transaction(async () => {
      const claimed: Curation[] = [];
      // In the same order on every instance, and before anything else is locked: otherwise two could wait for each other.
      for (const curation of [...curations].sort((a, b) => a.id - b.id)) {
        const isAsItWas = await claimRow(this.strapi.db, CURATION.uid, curation);
        if (isAsItWas) claimed.push(curation);
      }
      const changed: T[] = [];
      for (const curation of claimed) changed.push(await change(curation));
      return changed;
    });
  }

  private transaction<T>(work: () => Promise<T>): Promise<T> {
    return shortTransaction(this.strapi.db, work);
  }

  private claim(curation: Curation): Promise<void> {
    return claimCuration(this.strapi, curation);
  }

  private async record(
    source: CurationSource,
    action: 'changed' | 'ended' | 'copied' | 'removed',
    { revision, reverts, agreed = [], ...decisions }: Decisions & { revision: number; reverts?: number | null; agreed?: readonly string[] }, // prettier-ignore
    editor?: Editor,
  ): Promise<void> {
    await this.strapi.db.query(CURATION_EVENT.uid).create({
      data: {
        ...source,
        action,
        revision,
        reverts,
        agreed: agreed.length > 0 ? agreed : null,
        ...toRow(decisions),
        editor: editor?.name,
        editorId: editor?.id,
        ...made(),
      },
    });
  }
}

/** Merges two decisions within the limits; where they disagree, the first wins. */
function merge(one: Decisions, other: Decisions): Decisions {
  const isIn = (refs: readonly DocumentRef[]) => (ref: DocumentRef) =>
    refs.some((known) => isSameRef(known, ref));
  const pins = [
    ...one.pins,
    ...other.pins.filter((pin) => !isIn([...one.pins, ...one.exclusions])(pin)),
  ];
  // Those that are over make room first.
  const now = new Date();
  for (let at = pins.length - 1; at >= 0 && pins.length > MAX_PINS; at -= 1) {
    if (isDue(pins[at].until, now)) pins.splice(at, 1);
  }
  pins.length = Math.min(pins.length, MAX_PINS);
  const exclusions = [
    ...one.exclusions,
    ...other.exclusions.filter((ref) => !isIn([...one.exclusions, ...pins])(ref)),
  ].slice(0, MAX_EXCLUSIONS);
  return { pins, exclusions, isHidden: one.isHidden || other.isHidden };
}

const sourceIn = ({ sourceType, sourceId, sourceLocale }: CurationSource): CurationSource => ({
  sourceType,
  sourceId,
  sourceLocale,
});
