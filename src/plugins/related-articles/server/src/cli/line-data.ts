import type { Values } from './entry-contents';

/** Whether an entry differs from the data in any of these attributes. */
export function differs(entry: Values, data: Record<string, unknown>): boolean {
  return Object.entries(data).some(
    ([attribute, value]) => inAnyOrder(entry[attribute]) !== inAnyOrder(value),
  );
}

/** Whether an entry has the same value in an attribute, with related entries in the same order. */
export const isInOrder = (entry: Values, data: Record<string, unknown>, name: string): boolean =>
  inOrder(entry[name]) === inOrder(data[name]);

/** Returns one text for equal values, from a file or from the database. Ignores the order of related entries. */
function inAnyOrder(value: unknown): string {
  return Array.isArray(value) ? value.map(inOrder).sort().join(' ') : inOrder(value);
}

function inOrder(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(inOrder).join(' ');
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return String(value);
  return 'documentId' in value ? String(value.documentId) : JSON.stringify(value);
}
