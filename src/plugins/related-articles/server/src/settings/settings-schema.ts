import { z } from 'zod';

import type { SiteSettings } from '../../../shared/settings';
import { FALLBACKS } from '../config/options';
import type { RelatedType } from '../config/resolve';
import { ruleMistakes } from '../config/resolve';
import { placeRuleSchema, rulesSchema, weightsSchema } from '../config/schema';
import { isDeeper, isStorableJson } from '../config/storable';
import { DAY_MS } from '../engine/signals/date';
import { PART_NAMES, type Part } from '../engine/ranking/weights';

const number = (least: number, most: number) =>
  z.number({ error: `expected a number from ${least} to ${most}` }).min(least, `expected at least ${least}`).max(most, `expected at most ${most}`); // prettier-ignore
const whole = (least: number, most: number) =>
  number(least, most).int(`expected a whole number from ${least} to ${most}`);

const place = placeRuleSchema.extend({
  until: z.iso.datetime({ offset: true, error: 'expected a date such as 2026-03-01T12:00:00.000Z' }).optional(), // prettier-ignore
});
const weight = number(0, 10).optional();
const signals = Object.fromEntries(
  Object.keys(weightsSchema.shape).map((signal) => [signal, weight]),
);
const parts = Object.fromEntries(
  PART_NAMES.map((part) => [part, number(0, 100).optional()]),
) as Record<Part, z.ZodOptional<z.ZodNumber>>;

/** What may be set in the admin panel: the same ranges as in the configuration file. */
export const settingsSchema: z.ZodType<SiteSettings> = z.strictObject({
  limit: whole(1, 100).optional(),
  minScore: number(0, 1).optional(),
  diversity: number(0, 1).optional(),
  weights: z.strictObject(signals).optional(),
  parts: z.strictObject(parts).optional(),
  fallback: z.enum(FALLBACKS, { error: `expected one of ${FALLBACKS.join(', ')}` }).optional(),
  maxAge: whole(1, 36_500).nullable().optional(),
  rules: rulesSchema.extend({ place: z.array(place).max(200).default([]) }).optional(),
});

/** Characters that the settings of a type may have. */
export const MAX_SETTINGS = 50_000;

/** More levels than settings have, and few enough for any code that walks through them. */
export const MAX_LEVELS = 20;

/** Settings from outside, limited to what the database can hold. */
export const boundedSettings = z
  .unknown()
  .refine((value) => !isDeeper(value, MAX_LEVELS), {
    error: `expected at most ${MAX_LEVELS} levels of settings`,
    abort: true,
  })
  .refine((value) => (JSON.stringify(value) ?? '').length <= MAX_SETTINGS, {
    error: `expected at most ${MAX_SETTINGS} characters of settings`,
    abort: true,
  })
  .refine(isStorableJson, { error: 'expected texts without control characters', abort: true })
  .pipe(settingsSchema)
  // Checked again, with what the schema has added.
  .refine((value) => JSON.stringify(value).length <= MAX_SETTINGS, {
    error: `expected at most ${MAX_SETTINGS} characters of settings`,
  });

/**
 * Returns what in these settings does not fit the type; empty if everything does.
 *
 * @param stored Its rules may be due: they stay until a sweep ends them, and are saved with other changes until then.
 */
export function settingMistakes(
  type: Pick<RelatedType, 'relations' | 'date'>,
  { rules, maxAge }: SiteSettings,
  stored: SiteSettings = {},
): string[] {
  const kept = new Set(stored.rules?.place?.map(({ until }) => until));
  const parsed = rules && rulesSchema.extend({ place: z.array(place).default([]) }).parse(rules);
  const mistakes = ruleMistakes(parsed, type, 'settings.rules');
  for (const { until } of rules?.place ?? []) {
    if (!until || kept.has(until) || Date.parse(until) > Date.now() - DAY_MS) continue;
    mistakes.push(`settings.rules.place: expected a date in the future, got ${until}`);
  }
  if (typeof maxAge !== 'number' || type.date !== null) return mistakes;
  return [...mistakes, `settings.maxAge: ${maxAge} needs the option "date", which says when an entry was written.`]; // prettier-ignore
}

/** Removes rules that are due. Returns the same object if there are none. */
export function withoutDue(settings: SiteSettings, now: Date): SiteSettings {
  const { rules } = settings;
  const place = rules?.place?.filter(({ until }) => !until || Date.parse(until) > now.getTime());
  if (!rules || !place || place.length === rules.place?.length) return settings;
  return { ...settings, rules: { ...rules, place } };
}

/** Returns what in stored settings does not fit the type, apart from rules that are due. */
export const unfitting = (
  type: Pick<RelatedType, 'relations' | 'date'>,
  settings: SiteSettings,
): string[] => settingMistakes(type, withoutDue(settings, new Date()));
