import { isDeepStrictEqual } from 'node:util';
import type { Core } from '@strapi/strapi';
import { z } from 'zod';

import type { SettingsEvent } from '../../../shared/settings';
import { claimRow } from '../changes/transactions';
import { isDeeper, isStorableJson } from '../config/storable';
import type { RelatedType } from '../config/resolve';
import { isSameJson, MAX_HISTORY, SETTING, toSetting } from '../settings/setting';
import { CurationConflict } from '../curations/curation-repository';
import { boundedSettings, MAX_LEVELS, unfitting } from '../settings/settings-schema';
import { allRows, warn } from './curation-rows';
import { MAX_REVISION, pastMoment, shortText } from './file-values';

/* Settings from the admin panel in the file of curations: one line for each content type. */

const eventSchema = z.strictObject({
  at: pastMoment,
  editor: shortText.nullable(),
  // Settings to go back to may be from an earlier version; they are checked when somebody does.
  settings: z
    .unknown()
    .refine((value) => !isDeeper(value, MAX_LEVELS), {
      error: `expected at most ${MAX_LEVELS} levels of settings`,
      abort: true,
    }) // prettier-ignore
    .pipe(z.record(z.string(), z.unknown()))
    .refine(isStorableJson, 'expected texts without control characters'),
});
export const settingsLineSchema = z.strictObject({
  targetType: shortText.min(1),
  settings: boundedSettings,
  revision: z.number().int().min(1).max(MAX_REVISION),
  history: z.array(eventSchema).max(MAX_HISTORY),
});
export type SettingsLine = z.output<typeof settingsLineSchema>;

export async function exportedSettings(strapi: Core.Strapi): Promise<SettingsLine[]> {
  const rows = await allRows(strapi, SETTING.uid);
  return rows.map((row) => {
    const { uid, revision, history } = toSetting(row);
    // As stored, whether or not it has an effect.
    const settings = row.settings as SettingsLine['settings'];
    return { targetType: uid, settings, revision: Math.max(1, revision), history } as SettingsLine;
  });
}

export async function putSettings(
  strapi: Core.Strapi,
  { targetType, settings, revision, history }: SettingsLine,
): Promise<'created' | 'replaced' | 'unchanged'> {
  const query = strapi.db.query(SETTING.uid);
  const row = await query.findOne({ where: { targetType } });
  if (!row) {
    await query.create({ data: { targetType, settings, revision, history } });
    return 'created';
  }
  const current = toSetting(row);
  const merged = mergedHistory(current.history, history as SettingsEvent[]);
  const { id } = row;
  const isSame = isSameJson(row.settings, settings);
  if (isSame && isDeepStrictEqual(merged, current.history)) return 'unchanged';
  const seen = { id, revision: current.revision };
  if (!(await claimRow(strapi.db, SETTING.uid, seen))) throw new CurationConflict();
  if (isSame) {
    await query.update({
      where: { id },
      data: { history: merged, revision: current.revision },
    });
    return 'unchanged';
  }
  const event: SettingsEvent = { at: new Date().toISOString(), editor: null, settings };
  const data = {
    settings,
    revision: Math.min(MAX_REVISION, Math.max(current.revision, revision) + 1),
    history: [event, ...merged].slice(0, MAX_HISTORY),
  };
  await query.update({ where: { id }, data });
  return 'replaced';
}

/** Merges two histories, newest first, each change once. */
function mergedHistory(
  own: readonly SettingsEvent[],
  others: readonly SettingsEvent[],
): SettingsEvent[] {
  const known = new Set(own.map(({ at }) => at));
  return [...own, ...others.filter(({ at }) => !known.has(at))]
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, MAX_HISTORY);
}

/** Warns about settings that have no effect, such as a rule about a relation that the type does not have. */
export function warnOfUnfitting(type: RelatedType, settings: SettingsLine['settings']): void {
  const mistakes = unfitting(type, settings);
  if (mistakes.length > 0) warn(`${type.uid}: ${mistakes.length} of its settings do not fit the content type, and have no effect: ${mistakes[0]}`); // prettier-ignore
}
