import { isObject } from './query-refusal';

/** Operators that tell whether there is a value, and nothing about it; so does a comparison with null. */
const PRESENCE = ['$null', '$notNull'];
/** Operators that do the same with null; others look for the word. */
const NULL_SAFE = ['$eq', '$ne', '$in', '$notIn'];
/** Attributes that each row has: without a value, there is no row. */
const OF_EACH_ROW = ['id', 'documentId'];
/** Operators with which a missing value may pass. */
const TAKE_NOTHING = [...PRESENCE, '$not'];

/**
 * Adds to the conditions on a related row that it is published, in place. Leaves those alone that only ask whether there
 * is a related row.
 *
 * @returns `false` if some cannot have it: they ask for more and may hold where there is no related row.
 */
export function demandPublished(conditions: Record<string, unknown>): boolean {
  const [special] = Object.keys(conditions).filter((key) => key.startsWith('$'));
  if (special !== undefined) {
    // One operator compares ids; a group has conditions of its own.
    const parts = conditions[special];
    const done = Array.isArray(parts) ? parts.filter(isObject).map(demandPublished) : [];
    return !done.includes(false);
  }
  const asksForMore = ([name, value]: [string, unknown]) =>
    !OF_EACH_ROW.includes(name) || asksForValues(value);
  if (!Object.entries(conditions).some(asksForMore)) return true;
  if (!needsRow(conditions)) return false;
  const { publishedAt } = conditions;
  const present = isObject(publishedAt)
    ? publishedAt
    : publishedAt !== undefined && { [Array.isArray(publishedAt) ? '$in' : '$eq']: publishedAt };
  const isTaken = isObject(present) && '$notNull' in present;
  conditions.publishedAt = { ...present, ...(isTaken ? { $null: false } : { $notNull: true }) };
  return true;
}

function asksForValues(value: unknown, isNullSafe = true): boolean {
  if (Array.isArray(value)) return value.some((one) => asksForValues(one, isNullSafe));
  if (!isObject(value)) return value !== null || !isNullSafe;
  return Object.entries(value).some(([key, inner]) => {
    if (PRESENCE.includes(key)) return false;
    const mayBeText = key.startsWith('$') && !NULL_SAFE.includes(key);
    return asksForValues(inner, !mayBeText);
  });
}

/** What asks for a value, whichever it is. A list counts as true, whatever is in it: it is not certain. */
const isPresent = (operator: string, value: unknown): boolean =>
  !Array.isArray(value) &&
  ((operator === '$notNull' && String(value) === 'true') ||
    (operator === '$null' && String(value) === 'false'));

/** Whether conditions, on a row or on a value, never hold where there is none. Says no if that is not certain. */
function needsRow(conditions: unknown): boolean {
  if (!isObject(conditions)) return isValue(conditions);
  return Object.entries(conditions).some(([key, inner]) => {
    if (key === '$and') return Array.isArray(inner) && inner.some(needsRow);
    if (key === '$or') return Array.isArray(inner) && inner.length > 0 && inner.every(needsRow);
    if (!key.startsWith('$')) return needsRow(inner);
    if (isPresent(key, inner)) return true;
    return !TAKE_NOTHING.includes(key) && isValue(inner);
  });
}

/** Whether something is a value, or a list of values: comparisons with one do not hold for null. */
const isValue = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 && value.every(isValue) : value !== null && value !== undefined && !isObject(value); // prettier-ignore
