import type { UID } from '@strapi/strapi';

import type { SettingsEvent, SiteRules, SiteSettings } from '../../../shared/settings';
import { PLUGIN_ID } from '../constants';
import { settingsSchema } from './settings-schema';

const name = 'setting';
export const SETTING = { name, uid: `plugin::${PLUGIN_ID}.${name}` as UID.ContentType };

/** How many changes are remembered. */
export const MAX_HISTORY = 20;

/** What a site has set for one content type. */
export interface Setting {
  uid: string;
  settings: SiteSettings;
  /** Grows by one with every change; 0 stands for none. */
  revision: number;
  /** Newest first. */
  history: readonly SettingsEvent[];
  /** Why what is stored counts for nothing: an import may bring anything. */
  mistake?: string;
}

export const NO_SETTINGS: SiteSettings = {};

export const noSetting = (uid: string): Setting => {
  return { uid, settings: NO_SETTINGS, revision: 0, history: [] };
};

/** As many as are named. */
const MAX_NAMED = 3;

interface ReadSettings {
  settings: SiteSettings;
  mistakes: string[];
}

/** Each setting, and each rule, by itself: one that another version wrote must not switch off an embargo. */
function readSettings(stored: unknown): ReadSettings {
  const whole = settingsSchema.safeParse(stored);
  if (whole.success) return { settings: whole.data, mistakes: [] };
  if (!isKeyed(stored)) return { settings: NO_SETTINGS, mistakes: ['expected an object'] };
  const { rules, ...others } = stored;
  const parts = [
    ...Object.entries(others).map(([name, value]) => ({ name, part: { [name]: value } })),
    ...(isKeyed(rules)
      ? Object.entries(rules).map(([name, value]) => ({ name: `rules.${name}`, part: { rules: { [name]: value } } })) // prettier-ignore
      : []),
  ];
  let settings: SiteSettings = NO_SETTINGS;
  const mistakes = rules === undefined || isKeyed(rules) ? [] : ['rules: expected an object'];
  for (const { name, part } of parts) {
    const { success, data, error } = settingsSchema.safeParse(part);
    if (!success) mistakes.push(`${name}: ${error.issues[0].message}`);
    else if (data.rules)
      settings = { ...settings, rules: { ...settings.rules, ...chosen(data.rules, part) } }; // prettier-ignore
    else settings = { ...settings, ...data };
  }
  return { settings, mistakes: mistakes.slice(0, MAX_NAMED) };
}

/** The rule of a part, without the defaults of the others. */
const chosen = (read: SiteRules, { rules }: { rules?: object }): SiteRules =>
  Object.fromEntries(Object.entries(read).filter(([name]) => name in (rules ?? {})));

const isKeyed = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A row of the database; what is not as this plugin writes it counts as nothing. */
export function toSetting(row: Record<string, unknown>): Setting {
  const { settings, mistakes } = readSettings(row.settings ?? {});
  return {
    uid: String(row.targetType),
    settings,
    ...(mistakes.length > 0 && { mistake: mistakes.join('; ') }),
    revision: Number(row.revision) || 0,
    history: Array.isArray(row.history) ? row.history.filter(isEvent) : [],
  };
}

function isEvent(value: unknown): value is SettingsEvent {
  const { at, settings } = (value ?? {}) as Partial<SettingsEvent>;
  return typeof at === 'string' && typeof settings === 'object' && settings !== null;
}
