import type { RelatedType } from '../../config/resolve';
import type { Entity } from '../../content/entity';
import { readWhole } from '../../content/mapper';
import { runInSlices } from '../../engine/steps';
import type { EditorTexts } from './editor-texts';

/** Tells which published entries an editor gets with the title and text that are stored. */
export async function wholeForEditor(
  texts: EditorTexts,
  type: RelatedType,
  documentIds: readonly string[],
): Promise<(documentId: string) => boolean> {
  const pairs = texts.pairs(type, documentIds);
  if (!pairs) return () => true;
  // Compare only the texts: one entry may have more, such as component fields that are not text.
  const told = async (entity: Entity) => JSON.stringify(await runInSlices(readWhole(type, entity)));
  const whole = new Set<string>();
  for await (const { stored, given } of pairs) {
    if ((await told(stored)) === (await told(given))) whole.add(given.documentId);
  }
  return (documentId) => whole.has(documentId);
}
