import { Parser } from 'htmlparser2';

export interface Extracted {
  text: string;
  /** Link targets as written, in order, repeated ones included. */
  links: string[];
}

const IGNORED = new Set(['script', 'style', 'pre', 'template', 'svg']);
/** Elements that stand within a word or a sentence; all others part what is before from what is after. */
const INLINE =
  'a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|rp|rt|ruby|s|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr';
const IS_INLINE = new RegExp(`^(?:${INLINE})$`);
/** A text that begins with a comment or an element that is not inline, and ends with one. */
const WHOLLY_HTML = new RegExp(
  `^\\s*<(?:!--|!doctype\\b|(?!(?:${INLINE})\\b)[a-z])[^]*>\\s*$`,
  'i',
);
const BARE_PARAGRAPH = /\n[ \t]*\n[ \t]*[^<\s]/;

/** Whether a tag parts words, and whether what it holds is no text. */
export function tagKind(name: string): { breaks: boolean; ignored: boolean } {
  return { breaks: !IS_INLINE.test(name), ignored: IGNORED.has(name) };
}

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
      const { breaks, ignored } = tagKind(name);
      if (ignored) ignoring += 1;
      if (name === 'a' && attributes.href) links.push(attributes.href);
      if (breaks) text.push('\n');
    },
    ontext(data) {
      if (ignoring === 0) text.push(data);
    },
    onclosetag(name) {
      const { breaks, ignored } = tagKind(name);
      if (ignored) ignoring -= 1;
      if (breaks) text.push('\n');
    },
  });
  parser.end(source);
  return { text: text.join(''), links };
}
