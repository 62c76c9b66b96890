import type { RelatedType } from '../config/resolve';
import type { PlainSource, TextSource } from '../config/text-sources';
import type { DocumentReader } from '../content/document-reader';
import type { Entity } from '../content/entity';
import { NO_ENTRY } from '../engine/engine';
import type { Source } from './suggestions';

/** Makes a source from a text that is not an entry: it is read like an entry's main text, and not stored. */
export async function textSource(
  documents: DocumentReader,
  type: RelatedType,
  { title, text, locale }: { title: string; text: string; locale: string | null },
): Promise<Source> {
  const body = bodyOf(type.text);
  // Without an attribute for texts, all of it counts as a title.
  const entity: Entity = {
    documentId: NO_ENTRY,
    locale,
    [type.title]: body ? title : `${title} ${text}`,
    ...(body && { [body.attribute]: body.kind === 'blocks' ? blocksOf(text) : text }),
  };
  const { document } = await documents.readUnsaved(type, entity);
  return { documentId: NO_ENTRY, locale, status: 'draft', entity, document };
}

/** The attribute that holds an entry's text, rather than its teaser. */
function bodyOf(sources: readonly TextSource[]): PlainSource | undefined {
  const plain = sources.filter(
    (source): source is PlainSource => !['component', 'zone', 'media'].includes(source.kind),
  );
  const written = plain.find(({ kind }) => kind === 'richtext' || kind === 'blocks');
  return written ?? plain.at(-1);
}

const blocksOf = (text: string) => [{ type: 'paragraph', children: [{ type: 'text', text }] }];
