import type { RelatedType } from '../../config/resolve';
import type { Entity } from '../../content/entity';
import type { EditorTexts } from './editor-texts';

/** Tells which published entries an editor gets with the title and text that are stored. */
export async function wholeForEditor(
  texts: EditorTexts,
  type: RelatedType,
  documentIds: readonly string[],
): Promise<(documentId: string) => boolean> {
  const pairs = texts.pairs(type, documentIds);
  if (!pairs) return () => true;
  const names = [type.title, ...type.text.map(({ attribute }) => attribute)];
  const told = (entity: Entity) => JSON.stringify(names.map((name) => entity[name]));
  const whole = new Set<string>();
  for await (const { stored, given } of pairs) {
    if (told(stored) === told(given)) whole.add(given.documentId);
  }
  return (documentId) => whole.has(documentId);
}
