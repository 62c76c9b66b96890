import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import type { RowReader } from '../content/row-reader';

/** Tells whether a reader gets attributes of a document as they are stored. */
export type IsGiven = (document: Entity, attributes: readonly string[]) => boolean;

/** The date and the attributes that the site's own signals compare. */
const comparedBy = ({ date, signals }: RelatedType): string[] => [
  ...new Set([
    ...(date === null ? [] : [date]),
    ...signals.flatMap(({ attributes }) => attributes),
  ]),
];

/** Compares answers with what is stored: project code may replace the values that it hides. */
export async function givenValues(
  reader: Pick<RowReader, 'valuesOf'>,
  type: RelatedType,
  locale: string | null,
  documents: readonly Entity[],
): Promise<IsGiven> {
  const compared = comparedBy(type);
  const ids = documents.map(({ documentId }) => documentId).filter(Boolean);
  if (compared.length === 0 || ids.length === 0) return () => true;
  const stored = new Map<string, Entity[]>();
  for (const row of await reader.valuesOf(type, compared, ids, locale)) {
    stored.set(row.documentId, [...(stored.get(row.documentId) ?? []), row]);
  }
  const isStored = (document: Entity, attribute: string) => {
    const value = document[attribute];
    const rows = stored.get(document.documentId) ?? [];
    return value !== undefined && rows.some((row) => told(row[attribute]) === told(value));
  };
  return (document, attributes) => attributes.every((attribute) => isStored(document, attribute));
}

/** Compares as JSON, because dates are strings in answers. */
const told = (value: unknown): string => JSON.stringify(value ?? null);
