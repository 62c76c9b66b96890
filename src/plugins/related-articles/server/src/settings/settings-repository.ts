import type { Core } from '@strapi/strapi';

import type { SettingsEvent, SiteSettings } from '../../../shared/settings';
import { ownRows } from '../changes/own-rows';
import { claimRow, shortTransaction } from '../changes/transactions';
import { salvaged, withUnread } from './salvage';
import { withoutDue } from './settings-schema';
import { MAX_HISTORY, isSameJson, noSetting, SETTING, toSetting, type Setting } from './setting';

/** Somebody else has changed the settings since they were read. */
export class SettingsConflict extends Error {
  constructor(readonly current: Setting) {
    super('Somebody else has changed these settings');
  }
}

export interface SettingsChange {
  /** The revision that the editor has seen. */
  seen: number;
  /** The settings that the editor has seen: an import may bring others of the same revision. Default: not compared. */
  before?: object;
  editor: string | null;
}

export interface SettingsRepositoryOptions {
  strapi: Core.Strapi;
  /** How long the history of changes is kept, in milliseconds; `null` for ever. */
  historyMs: number | null;
}

/** Reads and writes what the site has set, one row for each content type. */
export class SettingsRepository {
  constructor(private readonly options: SettingsRepositoryOptions) {}

  async find(uid: string): Promise<Setting> {
    const row = await this.read.findOne({ where: { targetType: uid } });
    return row ? toSetting(row) : noSetting(uid);
  }

  /**
   * Saves settings, also if rules have ended since the editor has seen them.
   *
   * @throws SettingsConflict
   */
  async save(
    uid: string,
    settings: SiteSettings,
    { seen, before, editor }: SettingsChange,
  ): Promise<Setting> {
    const row = await this.read.findOne({ where: { targetType: uid } });
    const current = row ? toSetting(row) : noSetting(uid);
    const { revision } = current;
    const now = new Date();
    const isSeen =
      revision === seen && (before === undefined || isSameJson(before, current.settings));
    const isEnded = !isSeen && before !== undefined && hasOnlyEnded(before, current, now);
    if (!isSeen && !isEnded) throw new SettingsConflict(current);
    const changed = isEnded ? withoutDue(settings, now) : settings;
    const event: SettingsEvent = { at: now.toISOString(), editor, settings: changed };
    // The next sweep removes old history, by a clock that was compared with the database's.
    const history = [event, ...current.history].slice(0, MAX_HISTORY);
    const data = {
      targetType: uid,
      settings: withUnread(changed, current.unread),
      revision: revision + 1,
      history,
    };
    const next = toSetting(data);
    try {
      if (!row) await this.transaction(() => this.rows.create({ data }));
      else await this.replace(uid, revision, data);
    } catch (error) {
      const later = await this.find(uid);
      if (later.revision !== revision) throw new SettingsConflict(later);
      throw error;
    }
    return next;
  }

  /** Ends rules that are due, and deletes old history. */
  async sweep(now: Date): Promise<Setting[]> {
    const changed: Setting[] = [];
    for (const setting of (await this.read.findMany()).map(toSetting)) {
      const settings = withoutDue(setting.settings, now);
      const history = this.remembered(setting.history, now);
      const { uid, revision } = setting;
      if (settings !== setting.settings) {
        const ended = await this.ended(uid, settings, revision);
        if (ended) changed.push(ended);
      } else if (history.length !== setting.history.length) {
        // The settings do not change: an editor who has read them may still save.
        const where = { targetType: uid, revision };
        await this.transaction(() => this.rows.updateMany({ where, data: { history } }));
      }
    }
    return changed;
  }

  /** Returns `null` if somebody else has changed the settings meanwhile, or ended the same rules. */
  private async ended(uid: string, settings: SiteSettings, seen: number): Promise<Setting | null> {
    try {
      return await this.save(uid, settings, { seen, editor: null });
    } catch (error) {
      if (error instanceof SettingsConflict) return null;
      throw error;
    }
  }

  /** Replaces the row, but only if nobody else has written to it meanwhile. */
  private async replace(uid: string, seen: number, data: object): Promise<void> {
    const { db } = this.options.strapi;
    await this.transaction(async () => {
      const row = await this.read.findOne({ where: { targetType: uid } });
      const { id } = row ?? {};
      // Claim the row first: of two editors who have read the same revision, one is refused.
      const isAsItWas =
        id !== undefined && (await claimRow(db, SETTING.uid, { id, revision: seen }));
      if (!isAsItWas) throw new SettingsConflict(await this.find(uid));
      await this.rows.update({ where: { id }, data });
    });
  }

  private transaction<T>(work: () => Promise<T>): Promise<T> {
    return shortTransaction(this.options.strapi.db, work);
  }

  private remembered(history: readonly SettingsEvent[], now: Date): SettingsEvent[] {
    const { historyMs } = this.options;
    const since = historyMs === null ? -Infinity : now.getTime() - historyMs;
    return history.filter(({ at }) => Date.parse(at) >= since);
  }

  private get read() {
    return ownRows(this.options.strapi, SETTING.uid);
  }

  private get rows() {
    return this.options.strapi.db.query(SETTING.uid);
  }
}

/** Whether settings differ from what was seen only by rules that have ended since. */
function hasOnlyEnded(before: object, { settings }: Setting, now: Date): boolean {
  const seen = salvaged(before).settings;
  const left = withoutDue(seen, now);
  return left !== seen && isSameJson(left, settings);
}
