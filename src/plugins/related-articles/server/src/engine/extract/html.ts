import { Parser } from 'htmlparser2';

export interface Extracted {
  text: string;
  /** Link targets as written, in order, repeated ones included. */
  links: string[];
}

const IGNORED = new Set(['script', 'style', 'pre', 'template', 'svg']);
const BLOCKS =
  /^(?:address|article|blockquote|br|d[dtl]|div|fig\w+|footer|h[1-6]|header|hr|li|[ou]l|p|section|t[drh]|table)$/;

/** A text that begins and ends with a block element, as rich-text editors that keep HTML write it. */
const WHOLLY_HTML =
  /^\s*<(?:address|article|blockquote|div|figure|h[1-6]|hr|ol|p|pre|section|table|ul)\b[^]*>\s*$/i;

const BARE_PARAGRAPH = /\n[ \t]*\n[ \t]*[^<\s]/;

/** Whether a rich text is HTML throughout rather than markdown with some HTML in it. */
export function looksLikeHtml(source: string): boolean {
  return WHOLLY_HTML.test(source) && !BARE_PARAGRAPH.test(source);
}

/** The words of an HTML text, without markup, code blocks and link targets, and where its links lead. */
export function extractHtml(source: string): Extracted {
  const text: string[] = [];
  const links: string[] = [];
  let ignoring = 0;
  const parser = new Parser({
    onopentag(name, attributes) {
      if (IGNORED.has(name)) ignoring += 1;
      if (name === 'a' && attributes.href) links.push(attributes.href);
      if (BLOCKS.test(name)) text.push('\n');
    },
    ontext(data) {
      if (ignoring === 0) text.push(data);
    },
    onclosetag(name) {
      if (IGNORED.has(name)) ignoring -= 1;
      if (BLOCKS.test(name)) text.push('\n');
    },
  });
  parser.end(source);
  return { text: text.join(''), links };
}
