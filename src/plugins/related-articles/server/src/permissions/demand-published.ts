import { isObject } from './query-refusal';

/** Operators that tell whether there is a value, and nothing about it; so does a comparison with null. */
const PRESENCE = ['$null', '$notNull'];

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
  conditions.publishedAt = { ...present, $notNull: true };
}

function asksForValues(value: unknown): boolean {
  if (!isObject(value)) return Array.isArray(value) ? value.some(asksForValues) : value !== null;
  return Object.entries(value).some(([key, inner]) => !PRESENCE.includes(key) && asksForValues(inner)); // prettier-ignore
}
