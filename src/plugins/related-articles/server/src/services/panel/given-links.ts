import type { RelatedType } from '../../config/resolve';
import { readVisible } from '../../content/mapper';
import { runInSlices } from '../../engine/steps';
import type { EditorTexts } from './editor-texts';

/** Tells which links some entries' texts have as the editor gets them: project code may remove links. */
export async function givenLinks(
  texts: EditorTexts,
  type: RelatedType,
  documentIds: readonly string[],
): Promise<(documentId: string, link: string) => boolean> {
  const pairs = texts.pairs(type, documentIds);
  if (!pairs) return () => true;
  const found = new Map<string, ReadonlySet<string>>();
  for await (const { given } of pairs) {
    const { links } = await runInSlices(readVisible(type, given));
    found.set(given.documentId, new Set(links));
  }
  return (documentId, link) => found.get(documentId)?.has(link) ?? false;
}
