import MarkdownIt from 'markdown-it';
import type { Token } from 'markdown-it';

import { runAtOnce, type Steps } from '../../engine/steps';
import type { Extracted } from './extracted';
import { extractHtml, tagKind } from './html';
import { definitionsIn, piecesOf } from './markdown-pieces';
import { withShortQuotes } from './short-quotes';

/** Characters that are parsed at once. */
const PIECE = 16_000;

// `linkify` stays off: a bare address is not a link that the author made.
const markdown = withShortQuotes(new MarkdownIt({ html: true, linkify: false }));

/** The characters that have a meaning in the parser's inline rules. */
const MARKUP = '\n\\`~*_[]!<&';
const IS_MARKUP = Uint8Array.from({ length: 128 }, (_, code) =>
  Number(MARKUP.includes(String.fromCharCode(code))),
);

/** Returns the position of the first such character from `start` on; `end` if there is none. */
function markupFrom(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && IS_MARKUP[text.charCodeAt(at)] !== 1) at += 1;
  return at;
}

// Each level of quotes takes another pass over every line.
markdown.set({ maxNesting: 50 } as object);
// Inline text is parsed below, and only if it has markup.
markdown.core.ruler.enableOnly(['normalize', 'block']);
// The parser's own rule also stops where only plugins need it, such as at colons and hyphens, and tries each rule.
markdown.inline.ruler.at('text', (state, silent) => {
  const end = markupFrom(state.src, state.pos, state.posMax);
  if (end === state.pos) return false;
  if (!silent) state.pending += state.src.slice(state.pos, end);
  state.pos = end;
  return true;
});

/** The words of a markdown text, without markup, code blocks and link targets, and where its links lead. */
export function extractMarkdown(source: string): Extracted {
  return runAtOnce(readMarkdown(source));
}

/**
 * `extractMarkdown` in steps. Long texts are read in pieces, because the parser takes quadratic time for some texts.
 */
export function* readMarkdown(source: string): Steps<Extracted> {
  const text: string[] = [];
  const links: string[] = [];
  const isLong = source.length > PIECE;
  // Definitions such as `[name]: address` apply to all pieces.
  const env = {};
  if (isLong) {
    for (const lines of piecesOf(definitionsIn(source), PIECE)) {
      markdown.parse(lines, env);
      yield;
    }
  }
  for (const piece of isLong ? piecesOf(source, PIECE) : [source]) {
    for (const token of markdown.parse(piece, env)) {
      if (token.type === 'inline') {
        const { content } = token;
        if (markupFrom(content, 0, content.length) === content.length) text.push(content);
        else {
          const tokens: Token[] = [];
          markdown.inline.parse(content, markdown, env, tokens);
          collectInline(tokens, text, links);
        }
        text.push('\n');
      } else if (token.type === 'html_block') {
        collectHtml(token.content, text, links);
      }
    }
    yield;
  }
  return { text: text.join(''), links };
}

const TAG = /^<(\/?)([a-z][a-z0-9-]*)/i;

function collectInline(tokens: Token[], text: string[], links: string[]): void {
  let html = '';
  let ignoring = 0;
  const say = (words: string) => {
    if (ignoring === 0) text.push(words);
  };
  for (const token of tokens) {
    switch (token.type) {
      case 'html_inline': {
        html += token.content;
        const [, closing, name] = TAG.exec(token.content) ?? [];
        if (name === undefined) break;
        const { breaks, ignored } = tagKind(name.toLowerCase());
        const isEmpty = name.toLowerCase() === 'svg' && token.content.endsWith('/>');
        if (ignored && !isEmpty) ignoring = Math.max(0, ignoring + (closing ? -1 : 1));
        if (breaks) text.push('\n');
        break;
      }
      case 'text':
      case 'text_special':
      case 'code_inline':
        say(token.content);
        break;
      case 'softbreak':
      case 'hardbreak':
        text.push('\n');
        break;
      case 'image':
        say(` ${token.content} `);
        break;
      case 'link_open':
        links.push(token.attrGet('href') ?? '');
        break;
      default:
    }
  }
  if (html) links.push(...extractHtml(html).links);
}

function collectHtml(html: string, text: string[], links: string[]): void {
  const extracted = extractHtml(html);
  text.push(extracted.text, '\n');
  links.push(...extracted.links);
}
