import { isDeepStrictEqual } from 'node:util';

import type { SiteSettings } from '../../../shared/settings';
import { saying } from '../config/issue-words';
import { shortened } from '../config/shortened';
import { isDeeper } from '../config/storable';
import { MAX_LEVELS, MAX_SETTINGS, settingsSchema } from './settings-schema';

/*
 * A rollback to this version, an import or SQL may leave settings that this version does not know. What it knows takes
 * effect, down to one name of a rule: an embargo must not end because of an unknown setting next to it. What it does
 * not know stays in the row, for the version that wrote it.
 */

/** Most mistakes that are named, and most characters of each. */
const MAX_NAMED = 3;
const MAX_SAID = 200;
/** Most levels of stored settings; deeper ones would overflow the stack. */
const MAX_STORED_LEVELS = 500;
/** Longer settings, in characters, are not searched for parts that could take effect: that takes too long. */
const MAX_STORED = 2 * MAX_SETTINGS;

export interface SalvagedSettings {
  settings: SiteSettings;
  /** The parts that have no effect. Default: none. */
  unread?: unknown;
  /** A message that says what is wrong. */
  mistake?: string;
}

export function salvaged(stored: unknown): SalvagedSettings {
  // No version wrote this, and reading it would overflow the stack, so it is not kept either.
  if (isDeeper(stored, MAX_STORED_LEVELS))
    return { settings: {}, mistake: 'they are nested too deeply' };
  const { length } = JSON.stringify(stored) ?? '';
  if (length <= MAX_STORED && !isDeeper(stored, MAX_LEVELS)) return partsOf(stored);
  const mistake = `expected at most ${MAX_STORED} characters and ${MAX_LEVELS} levels, got ${length} characters`;
  return { settings: {}, unread: stored, mistake };
}

function partsOf(stored: unknown): SalvagedSettings {
  const { success, data, error } = settingsSchema.safeParse(stored, { reportInput: true });
  if (success) return { settings: data };
  const isValid = (value: unknown) => settingsSchema.safeParse(value).success;
  const settings = (validPart(isValid, stored) ?? {}) as SiteSettings;
  const mistakes = error.issues.map((issue) => shortened([issue.path.join('.'), saying(issue)].filter(Boolean).join(': '), MAX_SAID)); // prettier-ignore
  // Rules first, and an embargo before the others.
  const weight = (mistake: string) => Number(mistake.startsWith('rules')) + Number(mistake.startsWith('rules.never')); // prettier-ignore
  mistakes.sort((a, b) => weight(b) - weight(a));
  const more = mistakes.length - MAX_NAMED;
  const mistake = mistakes.slice(0, MAX_NAMED).join('; ') + (more > 0 ? `; and ${more} more` : '');
  return { settings, unread: unreadOf(stored, settings), mistake };
}

/** Returns the largest valid part of a value, entry by entry; `undefined` for none. */
function validPart(isValid: (value: unknown) => boolean, value: unknown): unknown {
  if (isValid(value)) return value;
  if (Array.isArray(value)) {
    const kept: unknown[] = value.filter((item) => isValid([item]));
    return longestStart(kept, isValid);
  }
  if (!isKeyed(value)) return undefined;
  const kept: [string, unknown][] = [];
  for (const [name, inner] of Object.entries(value)) {
    const part = validPart((one) => isValid({ [name]: one }), inner);
    if (part !== undefined) kept.push([name, part]);
  }
  const start = longestStart(kept, (entries) => isValid(Object.fromEntries(entries)));
  return start && Object.fromEntries(start);
}

/** Returns as many of the first items as are valid together, because there may be too many of them. */
function longestStart<Item>(
  items: readonly Item[],
  isValid: (items: readonly Item[]) => boolean,
): readonly Item[] | undefined {
  if (items.length > 0 && isValid(items)) return items;
  let [valid, invalid] = [0, items.length];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isValid(items.slice(0, middle))) valid = middle;
    else invalid = middle;
  }
  return valid > 0 ? items.slice(0, valid) : undefined;
}

/** Returns the part of a stored value that was not read; `undefined` for none. */
function unreadOf(stored: unknown, read: unknown): unknown {
  if (read === undefined) return stored;
  if (Array.isArray(stored) && Array.isArray(read)) {
    const left = stored.filter((item) => !read.some((one) => isDeepStrictEqual(one, item)));
    return left.length > 0 ? left : undefined;
  }
  if (!isKeyed(stored) || !isKeyed(read)) return undefined;
  const left = Object.entries(stored)
    .map(([name, inner]) => [name, unreadOf(inner, read[name])])
    .filter(([, inner]) => inner !== undefined);
  return left.length > 0 ? Object.fromEntries(left) : undefined;
}

/** Returns new settings as they are stored: with the unread part of the previous ones. */
export const withUnread = (settings: SiteSettings, unread: unknown): object =>
  joined(settings, unread) as object;

function joined(value: unknown, unread: unknown): unknown {
  if (unread === undefined) return value;
  if (value === undefined) return unread;
  if (Array.isArray(value)) return Array.isArray(unread) ? [...(value as unknown[]), ...(unread as unknown[])] : value; // prettier-ignore
  if (!isKeyed(value) || !isKeyed(unread)) return value;
  const all = { ...value };
  for (const [name, inner] of Object.entries(unread)) all[name] = joined(value[name], inner);
  return all;
}

const isKeyed = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
