import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

import { runAtOnce, type Steps } from '../../engine/steps';
import type { Extracted } from './extracted';

const IGNORED = new Set(['script', 'style', 'pre', 'template', 'svg']);
/** Elements that may be inside a word or a sentence; all others separate the text before and after them. */
const INLINE =
  'a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|rp|rt|ruby|s|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr';
const IS_INLINE = new RegExp(`^(?:${INLINE})$`);
/** The beginning of a text that is HTML throughout: a comment or an element that is not inline. */
const OPENING = new RegExp(`^<(?:!--|!doctype\\b|(?!(?:${INLINE})\\b)[a-z][a-z0-9-]*[\\s/>])`, 'i');
const BARE_PARAGRAPH = /\n[ \t]*\r?\n[ \t]*[^<\s]/;
/** Characters of a text in which links are looked for. */
const MAX_LOOKED_AT = 100_000;
/** One with an address, unlike `handlers[name](event)`. Another `]` ends it, so that no character is read twice. */
const MARKDOWN_LINK = /\]\(\s{0,9}<?(?:https?:|mailto:|#|\.{0,2}\/)[^\n\]]{0,600}\)/;

/** Tells whether a tag separates words, and whether its content is ignored. */
export function tagKind(name: string): { breaks: boolean; ignored: boolean } {
  return { breaks: !IS_INLINE.test(name), ignored: IGNORED.has(name) };
}

/** Whether a rich text is HTML throughout rather than markdown with some HTML in it. */
export function looksLikeHtml(source: string): boolean {
  return isEnclosed(source.trim()) && !BARE_PARAGRAPH.test(source);
}

/** Whether a text begins and ends with HTML. */
const isEnclosed = (text: string): boolean => text.endsWith('>') && OPENING.test(text);

/**
 * Whether a rich text may be HTML, as it begins and ends with it. Markdown that does may have more HTML at its end; to
 * HTML, no Markdown may be added.
 */
export function mayBeHtml(source: string): boolean {
  const text = source.trim();
  if (!isEnclosed(text)) return false;
  // In HTML, code may have what looks like one.
  const mayHaveLinks = BARE_PARAGRAPH.test(text) && MARKDOWN_LINK.test(text);
  return !(mayHaveLinks && MARKDOWN_LINK.test(extractHtml(text.slice(0, MAX_LOOKED_AT)).text));
}

/** A link of an HTML text. */
export interface PlacedAnchor {
  /** Its target as it is written, and where that begins and ends. */
  target: string;
  /** The target without entities. */
  address: string;
  start: number;
  end: number;
  text: string;
}

/** Finds the links of an HTML text, except those whose targets begin with entities. */
export function anchorsIn(source: string): PlacedAnchor[] {
  const reader = new HtmlReader(source);
  const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: true }, reader);
  tokenizer.write(source);
  tokenizer.end();
  return reader.anchors;
}

/** The words of an HTML text, without markup, code blocks and link targets, and where its links lead. */
export function extractHtml(source: string): Extracted {
  return runAtOnce(readHtml(source));
}

/** Characters that are read in one step. */
const STEP = 50_000;

/** `extractHtml` in steps. */
export function* readHtml(source: string): Steps<Extracted> {
  const reader = new HtmlReader(source);
  const tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: true }, reader);
  for (let start = 0; start < source.length; start += STEP) {
    tokenizer.write(source.slice(start, start + STEP));
    if (start + STEP < source.length) yield;
  }
  tokenizer.end();
  return { text: reader.text.join(''), links: reader.links };
}

/** The parser's number for a value without quotes. */
const UNQUOTED = 1;

/** Elements without content, which have no closing tag. */
const VOID =
  /^(?:area|base|basefont|br|col|command|embed|frame|hr|img|input|isindex|keygen|link|meta|param|source|track|wbr)$/;

/**
 * Listens to a tokenizer. A parser would do more than is needed here, and takes quadratic time in the nesting depth.
 */
class HtmlReader implements TokenizerCallbacks {
  readonly text: string[] = [];
  readonly links: string[] = [];
  readonly anchors: PlacedAnchor[] = [];
  /** The elements that are open, outermost first, and how many there are of each name. */
  private readonly open: string[] = [];
  private readonly counts = new Map<string, number>();
  private ignoring = 0;
  private name = '';
  private attribute = '';
  private value = '';
  /** Where the value begins; `null` if it begins with an entity. */
  private start: number | null = null;
  private href: { address: string; place: { start: number; end: number } | null } | null = null;
  /** The link that is open, and how many pieces of text came before it. */
  private anchor: { link: PlacedAnchor; from: number } | null = null;

  constructor(private readonly source: string) {}

  ontext(start: number, end: number): void {
    if (this.ignoring === 0) this.text.push(this.source.slice(start, end));
  }

  ontextentity(codePoint: number): void {
    if (this.ignoring === 0) this.text.push(String.fromCodePoint(codePoint));
  }

  onopentagname(start: number, end: number): void {
    this.name = this.source.slice(start, end).toLowerCase();
    this.href = null;
  }

  onattribname(start: number, end: number): void {
    this.attribute = this.source.slice(start, end).toLowerCase();
    this.value = '';
  }

  onattribdata(start: number, end: number): void {
    if (!this.value) this.start = start;
    this.value += this.source.slice(start, end);
  }

  onattribentity(codePoint: number): void {
    if (!this.value) this.start = null;
    this.value += String.fromCodePoint(codePoint);
  }

  onattribend(quote: number, behind: number): void {
    if (this.attribute !== 'href') return;
    const { start, value: address } = this;
    const end = quote === UNQUOTED ? behind : behind - 1;
    this.href ??= { address, place: start === null ? null : { start, end } };
  }

  onopentagend(): void {
    const { name, href } = this;
    if (name === 'a' && href?.address) {
      this.links.push(href.address);
      this.endAnchor();
      const { address, place } = href;
      if (place) {
        const target = this.source.slice(place.start, place.end);
        this.anchor = { link: { address, target, ...place, text: '' }, from: this.text.length };
      }
    }
    if (tagKind(name).breaks) this.text.push('\n');
    if (VOID.test(name)) return;
    this.open.push(name);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    if (tagKind(name).ignored) this.ignoring += 1;
  }

  /** HTML ignores the slash, except in elements of other languages. */
  onselfclosingtag(): void {
    if (this.name !== 'svg') this.onopentagend();
  }

  onclosetag(start: number, end: number): void {
    const name = this.source.slice(start, end).toLowerCase();
    if (name === 'a') this.endAnchor();
    if (tagKind(name).breaks) this.text.push('\n');
    // Elements that were opened inside it end with it.
    while ((this.counts.get(name) ?? 0) > 0) {
      const last = this.open.pop() as string;
      this.counts.set(last, (this.counts.get(last) as number) - 1);
      if (tagKind(last).ignored) this.ignoring -= 1;
      if (last === name) break;
    }
  }

  private endAnchor(): void {
    if (!this.anchor) return;
    const { link, from } = this.anchor;
    this.anchors.push({ ...link, text: this.text.slice(from).join('').trim() });
    this.anchor = null;
  }

  oncdata(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onprocessinginstruction(): void {}
  onend(): void {
    this.endAnchor();
  }
}
