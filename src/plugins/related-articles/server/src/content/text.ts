import type { MediaSource, PlainSource, TextSource } from '../config/text-sources';
import { MAX_DEPTH, readBlocks } from './extract/blocks';
import type { Extracted } from './extract/extracted';
import { looksLikeHtml, readHtml } from './extract/html';
import { readMarkdown } from './extract/markdown';
import type { Steps } from '../engine/steps';
import { entriesOf, textOf } from './entity';

/** Characters of a document's text that are read, markup included; a novel is about half of it. */
export const MAX_TEXT = 1_000_000;
/** Characters of a file's caption that are read: it counts in each document that shows the file. */
const MAX_CAPTION = 2000;
/** Texts shorter than this, in characters, take so little time that no pause is needed after them. */
const SHORT = 2000;

/** One piece of a document's text. */
export interface Passage extends Extracted {
  weight: number;
  /** Whether readers of the document may not see it. */
  private: boolean;
}

/** What was read of a document's text. */
export interface TextRead {
  /** In the order of the configuration and, within zones and lists, of the page. */
  passages: Passage[];
  /** Whether the text is longer than the limit; the rest was not read. */
  isCut: boolean;
}

/**
 * Reads the text of a document.
 *
 * @param most Characters that are read, markup included. Default: `MAX_TEXT`.
 */
export function* readText(
  sources: readonly TextSource[],
  values: Readonly<Record<string, unknown>>,
  most = MAX_TEXT,
): Steps<TextRead> {
  const passages: Passage[] = [];
  let left = most;
  let isCut = false;
  for (const { source, value } of leavesOf(sources, values)) {
    const [kept, length] = cutTo(value, left);
    isCut ||= kept !== value;
    left -= length;
    if (source.kind === 'media') {
      for (const file of entriesOf(kept)) {
        passages.push({ ...source, text: captionOf(file).slice(0, MAX_CAPTION), links: [] });
      }
    } else {
      passages.push({ ...source, ...(yield* extract(source.kind, kept)) });
    }
    if (length > SHORT) yield;
  }
  return { passages, isCut };
}

/** Cuts a value to that much text, and returns how much it has then; in blocks, markup counts, too. */
function cutTo(value: unknown, length: number): [kept: unknown, length: number] {
  if (typeof value === 'string') {
    return value.length <= length ? [value, value.length] : [value.slice(0, length), length];
  }
  return Array.isArray(value) ? cutBlocks(value, length, 0) : [value, 0];
}

function cutBlocks(blocks: unknown[], length: number, depth: number): [unknown[], number] {
  let taken = 0;
  for (const [at, block] of blocks.entries()) {
    const [kept, size] = cutBlock(block, length - taken, depth);
    if (kept !== block) return [[...blocks.slice(0, at), ...(kept === null ? [] : [kept])], length];
    taken += size;
  }
  return [blocks, taken];
}

/** Cuts a block to that much text; `null` if nothing is left. Each level of nesting is measured once. */
function cutBlock(block: unknown, length: number, depth: number): [kept: unknown, length: number] {
  const isBlock = typeof block === 'object' && !Array.isArray(block);
  const { children, ...own } = ((isBlock && block) || {}) as { children?: unknown; text?: unknown };
  if (!Array.isArray(children) || depth === MAX_DEPTH) {
    const size = sizeOf(block);
    return size <= length ? [block, size] : [beginningOf(own, length), length];
  }
  const size = sizeOf(own);
  if (size > length) return [beginningOf(own, length), length];
  const [kept, taken] = cutBlocks(children, length - size, depth + 1);
  return kept === children ? [block, size + taken] : [{ ...own, children: kept }, length];
}

const beginningOf = (own: { text?: unknown }, length: number): object | null =>
  typeof own.text === 'string' ? { ...own, text: own.text.slice(0, length) } : null;

/** Returns the length of a value as JSON; `Infinity` if it is nested too deeply to be written. */
function sizeOf(value: unknown): number {
  try {
    return JSON.stringify(value)?.length ?? 0;
  } catch {
    return Infinity;
  }
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

/** Returns what a text is read from, as it is stored: texts can only differ if this does. */
export function writtenText(
  sources: readonly TextSource[],
  values: Readonly<Record<string, unknown>>,
): string {
  const written = leavesOf(sources, values).map(({ source, value }) =>
    source.kind === 'media' ? entriesOf(value).map(captionOf) : value,
  );
  return JSON.stringify(written);
}

interface Leaf {
  source: PlainSource | MediaSource;
  value: unknown;
}

/** Returns the values at the ends of all paths through components and zones. */
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

function* extract(kind: PlainSource['kind'], value: unknown): Steps<Extracted> {
  if (kind === 'blocks') return yield* readBlocks(value);
  const text = textOf(value);
  if (kind === 'html' || (kind === 'richtext' && looksLikeHtml(text))) return yield* readHtml(text);
  return kind === 'plain' ? { text, links: [] } : yield* readMarkdown(text);
}

/** Strapi once filled alternative texts with the file's name, which says nothing. */
function captionOf({ caption, alternativeText, name }: Record<string, unknown>): string {
  const alternative = alternativeText === name ? '' : textOf(alternativeText);
  return [textOf(caption), alternative].filter(Boolean).join('\n');
}
