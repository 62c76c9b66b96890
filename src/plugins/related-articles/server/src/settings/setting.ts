import { isDeepStrictEqual } from 'node:util';
import type { UID } from '@strapi/strapi';

import type { SettingsEvent, SiteSettings } from '../../../shared/settings';
import { PLUGIN_ID } from '../constants';
import { salvaged, type SalvagedSettings } from './salvage';

const name = 'setting';
export const SETTING = { name, uid: `plugin::${PLUGIN_ID}.${name}` as UID.ContentType };

/** How many changes are remembered. */
export const MAX_HISTORY = 20;

/** What a site has set for one content type. */
export interface Setting extends SalvagedSettings {
  uid: string;
  /** Grows by one with every change; 0 stands for none. */
  revision: number;
  /** Newest first. */
  history: readonly SettingsEvent[];
}

export const NO_SETTINGS: SiteSettings = {};

export const noSetting = (uid: string): Setting => {
  return { uid, settings: NO_SETTINGS, revision: 0, history: [] };
};

/** Converts a row of the database; anything that this plugin would not write has no effect. */
export function toSetting(row: Record<string, unknown>): Setting {
  return {
    uid: String(row.targetType),
    ...salvaged(row.settings ?? {}),
    revision: Number(row.revision) || 0,
    history: Array.isArray(row.history) ? row.history.filter(isEvent) : [],
  };
}

/** Whether stored settings are what a JSON column returns for these settings. */
export const isSameJson = (stored: object, settings: object): boolean =>
  isDeepStrictEqual(stored, JSON.parse(JSON.stringify(settings)));

function isEvent(value: unknown): value is SettingsEvent {
  const { at, settings } = (value ?? {}) as Partial<SettingsEvent>;
  return typeof at === 'string' && typeof settings === 'object' && settings !== null;
}
