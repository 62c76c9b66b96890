import MarkdownIt from 'markdown-it';
import type { Token } from 'markdown-it';
import { extractHtml, tagKind, type Extracted } from './html';

// `linkify` stays off: a bare address is no link that the author made.
const markdown = new MarkdownIt({ html: true, linkify: false });

/** The words of a markdown text, without markup, code blocks and link targets, and where its links lead. */
export function extractMarkdown(source: string): Extracted {
  const text: string[] = [];
  const links: string[] = [];
  for (const token of markdown.parse(source, {})) {
    if (token.type === 'inline') {
      collectInline(token.children ?? [], text, links);
      text.push('\n');
    } else if (token.type === 'html_block') {
      collectHtml(token.content, text, links);
    }
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
        if (ignored) ignoring = Math.max(0, ignoring + (closing ? -1 : 1));
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
