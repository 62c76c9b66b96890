import MarkdownIt from 'markdown-it';

import { textOf } from '../entity';
import { anchorsIn } from './html';
import { withShortQuotes } from './short-quotes';

/** A stretch of text in which a link may be placed: not in a heading, code or another link. */
export interface LinkablePart {
  text: string;
  /** For blocks: the indices that lead to its node. */
  path: number[];
  /** Where it begins in the text of its node; for markdown, in the whole text. */
  start: number;
  /** The paragraph that it is part of. */
  paragraph: number;
}

/** A link that is in a text. */
export interface PlacedLink {
  target: string;
  /** For HTML: the target without entities. */
  address?: string;
  text: string;
  path: number[];
  /** For markdown and HTML: where its target begins and ends in the whole text. */
  start: number;
  end: number;
}

export interface Linkable {
  parts: LinkablePart[];
  links: PlacedLink[];
}

/** Parses blocks only: inline markup is read here, because the parser does not report where it is. */
const blocksOnly = withShortQuotes(new MarkdownIt({ html: true }));
blocksOnly.core.ruler.enableOnly(['normalize', 'block']);
// Each level of quotes takes another pass over every line.
blocksOnly.set({ maxNesting: 20 } as object);

/** The tokens of lines that the parser has read as something else than definitions of links. */
const READ = new Set(['inline', 'fence', 'code_block', 'html_block', 'table_open']);

/** Characters of a text that are looked at. */
const MAX_TEXT = 100_000;
/** No link text or target is longer. */
const MAX_SPAN = 600;

/** Finds where a markdown text may get links, and the links that it has. */
export function linkableMarkdown(source: string): Linkable {
  const text = source.slice(0, MAX_TEXT);
  // The parser counts lines after normalising line ends.
  const starts = [0];
  for (const { 0: end, index } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + end.length);
  starts.push(text.length);
  const found: Found = { parts: [], links: [], references: new Set() };
  const env: { references?: object } = {};
  const tokens = blocksOnly.parse(text, env);
  /** Where the lines begin that are text, code or HTML, and so define no links. */
  const read = new Set<number>();
  tokens.forEach((token, at) => {
    if (!token.map) return;
    const [first, behind] = token.map;
    if (READ.has(token.type)) starts.slice(first, behind).forEach((start) => read.add(start));
    const [from, to] = [starts[first], starts[Math.min(behind, starts.length - 1)]];
    if (token.type === 'html_block') found.links.push(...linksOfHtml(text, from, to));
    else if (token.type === 'table_open') readLines(text, from, to, at, { ...found, parts: [] });
    else if (token.type === 'inline') {
      const isParagraph = tokens[at - 1].type === 'paragraph_open';
      // Links have no place in headings, but some are there.
      if (isParagraph) readLines(text, from, to, at, found);
      else if (tokens[at - 1].type === 'heading_open') readLines(text, from, to, at, { ...found, parts: [] }); // prettier-ignore
    }
  });
  if (env.references) found.links.push(...linksByReference(text, found.references, read));
  found.links.sort((a, b) => a.start - b.start);
  return { parts: found.parts, links: found.links };
}

/** Finds the links that an HTML text has; it gets none in its words. */
export function linkableHtml(source: string): Linkable {
  return { parts: [], links: linksOfHtml(source, 0, Math.min(source.length, MAX_TEXT)) };
}

function linksOfHtml(text: string, from: number, to: number): PlacedLink[] {
  return anchorsIn(text.slice(from, to)).map(({ target, address, start, end, text: label }) => ({
    target,
    address,
    text: label,
    path: [],
    start: from + start,
    end: from + end,
  }));
}

/** It may be in a quote or a list, and its target on the next line. */
const DEFINITION = /^[ \t>*+-]*\[((?:[^[\]\\]|\\.){1,999})\]:[ \t]*(?:\r?\n[ \t>]*)?<?([^\s<>]+)/gm;

/** Returns where the links lead whose targets are defined in lines of their own. */
function linksByReference(
  text: string,
  used: ReadonlySet<string>,
  read: ReadonlySet<number>,
): PlacedLink[] {
  const links = new Map<string, PlacedLink>();
  for (const { 0: line, 1: label, 2: target, index } of text.matchAll(DEFINITION)) {
    const name = blocksOnly.utils.normalizeReference(label);
    // The first definition of a name counts.
    if (!used.has(name) || links.has(name) || read.has(index)) continue;
    const end = index + line.length;
    links.set(name, { target, text: label, path: [], start: end - target.length, end });
  }
  return [...links.values()];
}

interface Found extends Linkable {
  /** The names of links whose targets are defined elsewhere. */
  references: Set<string>;
}

function readLines(
  text: string,
  from: number,
  to: number,
  paragraph: number,
  { parts, links, references }: Found,
): void {
  let start = from;
  const closes = closingIn(text, from, to);
  const part = (end: number) => {
    if (end > start) parts.push({ text: text.slice(start, end), path: [], start, paragraph });
  };
  for (let at = from; at < to;) {
    const span = spanAt(text, at, to, closes);
    if (!span) {
      at += text[at] === '\\' ? 2 : 1;
      continue;
    }
    part(at);
    if (span.links) links.push(...span.links);
    if (span.reference) references.add(blocksOnly.utils.normalizeReference(span.reference));
    at = span.end;
    start = at;
  }
  part(to);
}

interface Span {
  end: number;
  links?: PlacedLink[];
  /** The name of a link whose target may be defined elsewhere. */
  reference?: string;
}

const BARE_ADDRESS = /(?:https?:\/\/|www\.)\S+/y;
/** Tags may span lines. */
const TAG = /<(?:[^<>\n]{1,500}|[a-z/][^<>]{1,500})>/iy;

/** Returns the code, link, image, tag or bare address that begins there; `null` for plain text. */
function spanAt(text: string, at: number, to: number, closes: Closes): Span | null {
  const sign = text[at];
  if (sign === '`') return codeAt(text, at, to);
  if (sign === '<') return anchorAt(text, at, to) ?? matchAt(TAG, text, at);
  if (sign === 'h' || sign === 'w') return matchAt(BARE_ADDRESS, text, at);
  if (sign === '!' && text[at + 1] === '[') {
    const image = bracketsAt(text, at + 1, closes);
    return image && { end: image.end };
  }
  return sign === '[' ? bracketsAt(text, at, closes) : null;
}

function matchAt(pattern: RegExp, text: string, at: number): Span | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? { end: pattern.lastIndex } : null;
}

/** A link in HTML, up to its end. */
function anchorAt(text: string, at: number, to: number): Span | null {
  if (!/^<a[\s>]/i.test(text.slice(at, at + 3))) return null;
  const inside = text.slice(at, Math.min(to, at + MAX_SPAN));
  const close = /<\/a\s*>/i.exec(inside);
  if (!close) return null;
  const end = at + close.index + close[0].length;
  return { end, links: linksOfHtml(text, at, end) };
}

function codeAt(text: string, at: number, to: number): Span {
  let opened = at;
  while (text[opened] === '`') opened += 1;
  const close = text.indexOf(text.slice(at, opened), opened);
  return { end: close >= 0 && close < to ? close + opened - at : opened };
}

/** Returns a link with its target, a reference link, or mere brackets. */
function bracketsAt(text: string, at: number, closes: Closes): Span | null {
  const label = closes.get(at);
  if (label === undefined) return null;
  if (text[label + 1] === '[') {
    const reference = closes.get(label + 1);
    if (reference === undefined) return null;
    const name = text.slice(label + 2, reference) || text.slice(at + 1, label);
    return { end: reference + 1, reference: name };
  }
  // The label alone may be a reference, and links cannot be nested.
  if (text[label + 1] !== '(') return { end: label + 1, reference: text.slice(at + 1, label) };
  const close = closes.get(label + 1);
  if (close === undefined) return null;
  const inside = text.slice(label + 2, close);
  const [, lead, target] = /^(\s*<?)([^\s<>]*)/.exec(inside) as RegExpExecArray;
  const start = label + 2 + lead.length;
  const end = start + target.length;
  const link = { target, text: text.slice(at + 1, label), path: [], start, end };
  return { end: close + 1, links: [link] };
}

/** Where each bracket is closed, by where it opens. */
type Closes = ReadonlyMap<number, number>;

/** Finds all brackets of a paragraph in one pass: looking ahead from each bracket would take quadratic time. */
function closingIn(text: string, from: number, to: number): Closes {
  const closes = new Map<number, number>();
  const open: Record<string, number[]> = { '[': [], '(': [] };
  const opening: Record<string, string> = { ']': '[', ')': '(' };
  for (let at = from; at < to; at += 1) {
    const sign = text[at];
    if (sign === '\\') at += 1;
    else if (sign in open) open[sign].push(at);
    else if (sign in opening) {
      const start = open[opening[sign]].pop();
      if (start !== undefined && at - start < MAX_SPAN) closes.set(start, at);
    }
  }
  return closes;
}

interface Node {
  type?: string;
  text?: unknown;
  code?: unknown;
  url?: unknown;
  children?: unknown;
}

/** Most nodes that are visited, and the greatest depth. */
const MAX_NODES = 20_000;
const MAX_DEPTH = 20;
const WITHOUT_LINKS = new Set(['heading', 'code', 'image', 'link']);

/** Finds where a text of the blocks editor may get links, and the links that it has. */
export function linkableBlocks(blocks: unknown): Linkable {
  const found: Linkable = { parts: [], links: [] };
  let met = 0;
  let read = 0;
  const visit = (value: unknown, path: number[], mayLink: boolean): void => {
    met += 1;
    if (typeof value !== 'object' || value === null || met > MAX_NODES || read > MAX_TEXT) return;
    const { type, text, code, url, children } = value as Node;
    if (typeof text === 'string') {
      const shown = text.slice(0, MAX_TEXT - read);
      read += text.length;
      if (mayLink && !code) found.parts.push({ text: shown, path, start: 0, paragraph: path[0] });
    }
    if (type === 'link' && typeof url === 'string') {
      found.links.push({ target: url, text: textIn(children), path, start: 0, end: 0 });
    }
    if (!Array.isArray(children) || path.length > MAX_DEPTH) return;
    const mayChildren = mayLink && !WITHOUT_LINKS.has(type ?? '');
    children.forEach((child, at) => visit(child, [...path, at], mayChildren));
  };
  if (Array.isArray(blocks)) blocks.forEach((block, at) => visit(block, [at], true));
  return found;
}

function textIn(children: unknown): string {
  if (!Array.isArray(children)) return '';
  return children.map((child) => textOf((child as Node | null)?.text)).join('');
}
