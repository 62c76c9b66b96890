import type { RelatedType } from '../../config/resolve';
import { readVisible } from '../../content/mapper';
import type { RowReader } from '../../content/row-reader';
import { runInSlices } from '../../engine/steps';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { EditorTexts } from './editor-texts';

/** Texts that are read at once. */
const BATCH = 20;

/** Tells which links stand in what an editor gets of some entries' texts, where code of the project may cut those. */
export async function givenLinks(
  reader: RowReader,
  permissions: EditorPermissions,
  type: RelatedType,
  { locale, documentIds }: { locale: string | null; documentIds: readonly string[] },
): Promise<(documentId: string, link: string) => boolean> {
  if (documentIds.length === 0 || !permissions.mayBeNarrowed(type.uid)) return () => true;
  const texts = new EditorTexts(reader, permissions, locale);
  const found = new Map<string, ReadonlySet<string>>();
  for (let start = 0; start < documentIds.length; start += BATCH) {
    for (const entity of await texts.published(type, documentIds.slice(start, start + BATCH))) {
      const { links } = await runInSlices(readVisible(type, entity));
      found.set(entity.documentId, new Set(links));
    }
  }
  return (documentId, link) => found.get(documentId)?.has(link) ?? false;
}
