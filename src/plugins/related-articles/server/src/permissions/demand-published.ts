import { isObject } from './query-refusal';

/** Operators that tell whether there is a value, and nothing about it; so does a comparison with null. */
const PRESENCE = ['$null', '$notNull'];
/** Operators that do the same with null; others look for the word. */
const NULL_SAFE = ['$eq', '$ne', '$in', '$notIn'];

/**
 * Adds to the conditions on a related row that it is published, in place. Leaves those alone that only ask whether there
 * is a related row or a value: they also hold where there is none.
 */
export function demandPublished(conditions: Record<string, unknown>): void {
  const [special] = Object.keys(conditions).filter((key) => key.startsWith('$'));
  if (special !== undefined) {
    // One operator compares ids; a group has conditions of its own.
    const parts = conditions[special];
    if (Array.isArray(parts)) parts.filter(isObject).forEach(demandPublished);
    return;
  }
  if (!asksForValues(conditions)) return;
  const { publishedAt } = conditions;
  const present = isObject(publishedAt)
    ? publishedAt
    : publishedAt !== undefined && { [Array.isArray(publishedAt) ? '$in' : '$eq']: publishedAt };
  const isTaken = isObject(present) && '$notNull' in present;
  conditions.publishedAt = { ...present, ...(isTaken ? { $null: false } : { $notNull: true }) };
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
