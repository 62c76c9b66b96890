import { boundaryIn } from '../../engine/analysis/words';

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const DEFINITION = /^ {0,3}\[[^\]]{1,999}\]:[ \t]*\S/;
/** The beginning of a line that does not continue a paragraph, list or code above it. */
const FRESH_START = /^[^\s>*+\-\d|]/;

/**
 * Cuts a markdown text into pieces, between paragraphs where possible. Leaves out fenced code, which does not count.
 *
 * @param length How long a piece may be, in UTF-16 units.
 */
export function* piecesOf(source: string, length: number): Generator<string> {
  /** Where the piece begins, and the last places where it could end: between paragraphs, between lines. */
  let start = 0;
  let paragraph = -1;
  let line = -1;
  let fence: string | null = null;
  let wasEmpty = false;
  let pausedAt = 0;
  for (let at = 0; at < source.length;) {
    const end = endOfLine(source, at);
    // The beginning of a line is enough to recognise a fence or an empty line.
    const head = source.slice(at, Math.min(end, at + 200));
    const isEmpty = head.trim() === '';
    if (fence === null && at > start) {
      line = at;
      if (wasEmpty && FRESH_START.test(head)) paragraph = at;
    }
    while (end - start > length) {
      if (fence !== null) break;
      const cut = cutIn(source, start, paragraph, line, length);
      yield source.slice(start, cut);
      start = cut;
      if (paragraph <= start) paragraph = -1;
      if (line <= start) line = -1;
    }
    const mark = fenceIn(head, source.slice(at, end));
    if (fence === null && mark) {
      fence = mark;
      if (at > start) yield source.slice(start, at);
      start = at;
    } else if (fence !== null && mark && head.trim().startsWith(fence) && isOnly(head, fence[0])) {
      fence = null;
      start = end;
      [paragraph, line] = [-1, -1];
      // Nothing to read, but a place to pause.
      if (end - pausedAt > length) {
        yield '';
        pausedAt = end;
      }
    }
    wasEmpty = isEmpty;
    at = end;
  }
  // An unclosed fence contains all that follows.
  if (fence === null && start < source.length) yield source.slice(start);
}

/** Returns the signs that begin or end fenced code; after backticks on the same line, they are code within a text. */
function fenceIn(head: string, line: string): string | null {
  const [all, mark] = FENCE.exec(head) ?? [];
  if (!all || (mark.startsWith('`') && line.includes('`', all.length))) return null;
  return mark;
}

/** Returns all lines of a text that define reference links. */
export function definitionsIn(source: string): string {
  const lines: string[] = [];
  for (let at = 0; at < source.length;) {
    const end = endOfLine(source, at);
    if (end - at < 4000) {
      const line = source.slice(at, end);
      if (DEFINITION.test(line)) lines.push(line);
    }
    at = end;
  }
  return lines.join('');
}

function cutIn(
  source: string,
  start: number,
  paragraph: number,
  line: number,
  length: number,
): number {
  if (paragraph > start && paragraph - start <= length) return paragraph;
  if (line > start && line - start <= length) return line;
  return betweenWords(source, start, start + length);
}

/** How far back to look for a place outside words and links, in UTF-16 units. */
const LOOK_BACK = 4000;

function betweenWords(source: string, start: number, at: number): number {
  const lowest = Math.max(start, at - LOOK_BACK);
  const opened = source.lastIndexOf('[', at - 1);
  const isInLink = opened > lowest && opened > source.lastIndexOf(')', at - 1);
  for (let end = isInLink ? opened : at; end > lowest; end -= 1) {
    if (/\s/.test(source[end - 1])) return end;
  }
  return boundaryIn(source, at);
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end + 1;
}

function isOnly(line: string, mark: string): boolean {
  const trimmed = line.trim();
  return [...trimmed].every((character) => character === mark);
}
