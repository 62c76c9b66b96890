import type { RelatedType } from '../../config/resolve';
import type { RowReader } from '../../content/row-reader';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { EditorTexts } from './editor-texts';

/** Texts that are read at once. */
const BATCH = 20;

/** Tells which published entries an editor gets with the title and text that are stored. */
export async function wholeForEditor(
  reader: RowReader,
  permissions: EditorPermissions,
  type: RelatedType,
  { locale, documentIds }: { locale: string | null; documentIds: readonly string[] },
): Promise<(documentId: string) => boolean> {
  if (documentIds.length === 0 || !permissions.mayBeNarrowed(type.uid)) return () => true;
  const names = [type.title, ...type.text.map(({ attribute }) => attribute)];
  const texts = new EditorTexts(reader, permissions, locale);
  const whole = new Set<string>();
  for (let start = 0; start < documentIds.length; start += BATCH) {
    const part = documentIds.slice(start, start + BATCH);
    const told = (entity: Record<string, unknown>) => JSON.stringify(names.map((name) => entity[name])); // prettier-ignore
    const stored = new Map((await reader.published(type, part)).map((row) => [row.id, told(row)]));
    for (const entity of await texts.published(type, part)) {
      if (stored.get(entity.id) === told(entity)) whole.add(entity.documentId);
    }
  }
  return (documentId) => whole.has(documentId);
}
