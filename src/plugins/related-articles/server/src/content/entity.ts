/** A row of the database with its configured relations, or a line of an articles file made to look like one. */
export interface Entity {
  documentId: string;
  locale?: string | null;
  [attribute: string]: unknown;
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Longer titles and names are cut: they would count as text many times over, and nobody reads them. */
const MAX_NAME = 1000;

/** A title or a name. */
export const nameOf = (value: unknown): string => textOf(value).slice(0, MAX_NAME);

/** Returns the value of a relation, component or media attribute as a list, whether it holds one entry or many. */
export function entriesOf(value: unknown): Entity[] {
  return (Array.isArray(value) ? value : [value]).filter(
    (entry): entry is Entity => typeof entry === 'object' && entry !== null,
  );
}

export function timeOf(value: unknown): number | null {
  if (typeof value !== 'string' && !(value instanceof Date) && typeof value !== 'number')
    return null;
  const time = new Date(value).getTime();
  return Number.isFinite(time) ? time : null;
}
