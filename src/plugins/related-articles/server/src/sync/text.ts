import type { PlainSource, TextSource } from '../config/text-sources';
import { extractBlocks } from '../engine/extract/blocks';
import { extractHtml, looksLikeHtml, type Extracted } from '../engine/extract/html';
import { extractMarkdown } from '../engine/extract/markdown';
import { entriesOf, textOf } from './entity';

/** One piece of a document's text. */
export interface Passage extends Extracted {
  weight: number;
  /** Whether readers of the document may not see it. */
  private: boolean;
}

/** All passages of a document, in the order of the configuration and, within zones and lists, of the page. */
export function passagesOf(
  sources: readonly TextSource[],
  values: Readonly<Record<string, unknown>>,
): Passage[] {
  return sources.flatMap((source): Passage[] => {
    const value = values[source.attribute];
    if (value === null || value === undefined) return [];
    switch (source.kind) {
      case 'component':
        return entriesOf(value).flatMap((component) => passagesOf(source.sources, component));
      case 'zone':
        return entriesOf(value).flatMap((component) =>
          passagesOf(source.components.get(textOf(component.__component)) ?? [], component),
        );
      case 'media':
        return entriesOf(value).map((file) => ({ ...source, text: captionOf(file), links: [] }));
      default:
        return [{ ...source, ...extract(source.kind, value) }];
    }
  });
}

/** The files whose captions are read, by documentId. */
export function filesOf(
  sources: readonly TextSource[],
  values: Readonly<Record<string, unknown>>,
): string[] {
  return sources.flatMap((source): string[] => {
    const entries = entriesOf(values[source.attribute]);
    switch (source.kind) {
      case 'component':
        return entries.flatMap((component) => filesOf(source.sources, component));
      case 'zone':
        return entries.flatMap((component) =>
          filesOf(source.components.get(textOf(component.__component)) ?? [], component),
        );
      case 'media':
        return entries.map(({ documentId }) => documentId);
      default:
        return [];
    }
  });
}

function extract(kind: PlainSource['kind'], value: unknown): Extracted {
  if (kind === 'blocks') return extractBlocks(value);
  const text = textOf(value);
  if (kind === 'html' || (kind === 'richtext' && looksLikeHtml(text))) return extractHtml(text);
  return kind === 'plain' ? { text, links: [] } : extractMarkdown(text);
}

/** Strapi once filled alternative texts with the file's name, which says nothing. */
function captionOf({ caption, alternativeText, name }: Record<string, unknown>): string {
  const alternative = alternativeText === name ? '' : textOf(alternativeText);
  return [textOf(caption), alternative].filter(Boolean).join('\n');
}
