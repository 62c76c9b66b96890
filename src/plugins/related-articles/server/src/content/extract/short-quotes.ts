import type MarkdownIt from 'markdown-it';

type Rule = Parameters<MarkdownIt['block']['ruler']['at']>[1];
type State = Parameters<Rule>[0];

/**
 * Lines of a quote that are read at once. For each quote whose innermost level is empty, the parser looks at all lines
 * that follow, and does so again with the next one: without a limit, that takes quadratic time.
 */
const MAX_LINES = 30;
/** The same for a quote that is a block of code, where nothing is looked at twice. */
const MAX_CODE_LINES = 500;

/** Makes a parser read a longer quote as several. */
export function withShortQuotes(parser: MarkdownIt): MarkdownIt {
  const { ruler } = parser.block;
  const { __rules__: rules } = ruler as unknown as {
    __rules__: { name: string; fn: Rule; alt: string[] }[];
  };
  const { fn: read, alt } = rules.find(({ name }) => name === 'blockquote') as (typeof rules)[0];
  const readShort: Rule = (state, start, end, silent) =>
    read(state, start, silent || end - start <= MAX_LINES ? end : endOf(state, start, end), silent);
  ruler.at('blockquote', readShort, { alt });
  return parser;
}

/** Returns the line before which to end a quote: code would become text where it is cut, and text code. */
function endOf(state: State, start: number, end: number): number {
  const code = codeOpenAt(state, start, start + MAX_LINES);
  if (code === null) return start + MAX_LINES;
  // It becomes a quote of its own.
  if (code.line > start) return code.line;
  const last = Math.min(end, start + MAX_CODE_LINES);
  for (let line = start + 1; line < last; line += 1) {
    const text = lineAt(state, line);
    if (isEnd(text, code)) return line + 1;
    if (depthOf(text) < code.depth) break;
  }
  // What is never closed may not have been the beginning of code.
  return start + MAX_LINES;
}

interface Code {
  line: number;
  /** How many quotes it is in. */
  depth: number;
  /** What begins it. */
  fence: string;
}

/** Returns the block of code that a line is in, if it begins in the given lines; `null` also where that is not sure. */
function codeOpenAt(state: State, from: number, line: number): Code | null {
  const all = state.src.slice(state.bMarks[from], state.eMarks[line - 1]);
  if (!all.includes('```') && !all.includes('~~~')) return null;
  let code: Code | null = null;
  for (let at = from; at < line; at += 1) {
    const text = lineAt(state, at);
    // Code in a list ends with its item.
    if (!code && LIST.test(text)) return null;
    if (code && (depthOf(text) < code.depth || isEnd(text, code))) {
      const isOver = depthOf(text) >= code.depth;
      code = null;
      if (isOver) continue;
    }
    const fence: string | undefined = code ? undefined : FENCE.exec(text)?.[1];
    if (fence) code = { line: at, depth: depthOf(text), fence };
    else if (!code && FENCE_LIKE.test(text)) return null;
  }
  return code;
}

const QUOTES = '^(?: {0,3}>)+';
const FENCE = new RegExp(`${QUOTES} {0,4}(\`{3,}(?=[^\`]*$)|~{3,})`);
const FENCE_LIKE = /^[ \t>]*(?:`{3}|~{3})/;
const LIST = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]/;
const END = new RegExp(`${QUOTES} {0,4}(\`{3,}|~{3,})[ \t]*$`);
const MARKS = new RegExp(QUOTES);

const isEnd = (text: string, { depth, fence }: Code): boolean =>
  depthOf(text) === depth && (END.exec(text)?.[1].startsWith(fence) ?? false);

const depthOf = (text: string): number => MARKS.exec(text)?.[0].replaceAll(' ', '').length ?? 0;

const lineAt = ({ src, bMarks, eMarks }: State, line: number): string =>
  src.slice(bMarks[line], eMarks[line]);
