import type MarkdownIt from 'markdown-it';

type Rule = Parameters<MarkdownIt['block']['ruler']['at']>[1];

/**
 * Lines of a quote that are read at once. For each quote whose innermost level is empty, the parser looks at all lines
 * that follow, and does so again with the next one: without a limit, that takes quadratic time.
 */
const MAX_LINES = 30;

/** Makes a parser read a longer quote as several. */
export function withShortQuotes(parser: MarkdownIt): MarkdownIt {
  const { ruler } = parser.block;
  const { __rules__: rules } = ruler as unknown as {
    __rules__: { name: string; fn: Rule; alt: string[] }[];
  };
  const { fn: read, alt } = rules.find(({ name }) => name === 'blockquote') as (typeof rules)[0];
  const readShort: Rule = (state, start, end, silent) => read(state, start, Math.min(end, start + MAX_LINES), silent); // prettier-ignore
  ruler.at('blockquote', readShort, { alt });
  return parser;
}
