import type { MediaSource, PlainSource, TextSource } from '../config/text-sources';
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
  return leavesOf(sources, values).flatMap(({ source, value }): Passage[] =>
    source.kind === 'media'
      ? entriesOf(value).map((file) => ({ ...source, text: captionOf(file), links: [] }))
      : [{ ...source, ...extract(source.kind, value) }],
  );
}

/** The files whose captions are read, by documentId. */
export function filesOf(
  sources: readonly TextSource[],
  values: Readonly<Record<string, unknown>>,
): string[] {
  return leavesOf(sources, values)
    .filter(({ source }) => source.kind === 'media')
    .flatMap(({ value }) => entriesOf(value).map(({ documentId }) => documentId));
}

interface Leaf {
  source: PlainSource | MediaSource;
  value: unknown;
}

/** What stands at the end of every way through components and zones, where there is anything. */
function leavesOf(
  sources: readonly TextSource[],
  values: Readonly<Record<string, unknown>>,
): Leaf[] {
  return sources.flatMap((source): Leaf[] => {
    const value = values[source.attribute];
    if (value === null || value === undefined) return [];
    if (source.kind === 'component') {
      return entriesOf(value).flatMap((component) => leavesOf(source.sources, component));
    }
    if (source.kind === 'zone') {
      return entriesOf(value).flatMap((component) =>
        leavesOf(source.components.get(textOf(component.__component)) ?? [], component),
      );
    }
    return [{ source, value }];
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
