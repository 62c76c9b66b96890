/** Longer "words" are base64, hashes or noise; cutting them bounds the cost of hostile text. */
export const MAX_WORD_LENGTH = 64;

/**
 * Letters and digits with their marks, joiners and soft hyphens; an apostrophe if letters follow it, and Hebrew
 * abbreviation marks between Hebrew letters.
 */
const WORD =
  /[\p{L}\p{N}_][\p{L}\p{M}\p{N}_\u00AD\u200C\u200D]*(?:(?:['’\u05F3]|["\u05F4](?=\p{Script=Hebrew}))[\p{L}\p{M}]+)*/gu;
/** Scripts that put no space between words: Chinese and Japanese, Thai, Lao, Khmer, Burmese. */
const WITHOUT_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** A single kana is a particle or an ending, never a word that says what a text is about. */
const PARTICLE = /^[\p{Script=Hiragana}ー]$/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/**
 * The words of a text in reading order, as written. Runs of a script without spaces are cut by the
 * dictionaries of `Intl.Segmenter`, whatever the locale: a Thai name in an English text is cut as well.
 */
export function splitWords(text: string, segment: boolean): string[] {
  const runs = text.match(WORD) ?? [];
  const words: string[] = [];
  // Check the whole text first: most texts have no such script at all.
  const mayCut = segment && WITHOUT_SPACES.test(text);
  for (const run of runs) {
    if (!mayCut || !WITHOUT_SPACES.test(run)) words.push(bounded(run));
    else cut(run, words);
  }
  return words;
}

export interface LocatedWord {
  word: string;
  /** Where it begins and ends in the text, in UTF-16 units. */
  start: number;
  end: number;
}

/** `splitWords` with the places of the words. */
export function locateWords(text: string, segment: boolean): LocatedWord[] {
  const words: LocatedWord[] = [];
  for (const { 0: run, index } of text.matchAll(WORD)) {
    if (!segment || !WITHOUT_SPACES.test(run)) {
      words.push({ word: bounded(run), start: index, end: index + run.length });
      continue;
    }
    // Search for each part after the previous one.
    let from = 0;
    const parts: string[] = [];
    cut(run, parts);
    for (const part of parts) {
      const at = run.indexOf(part, from);
      from = at + part.length;
      words.push({ word: part, start: index + at, end: index + from });
    }
  }
  return words;
}

/** The segmenter's time grows with the square of a run's length; no sentence is longer. */
const MAX_RUN = 1000;

function cut(run: string, into: string[]): void {
  for (let start = 0; start < run.length;) {
    const end = boundaryIn(run, start + MAX_RUN);
    for (const { segment, isWordLike } of segmenter.segment(run.slice(start, end))) {
      if (isWordLike && !PARTICLE.test(segment)) into.push(bounded(segment));
    }
    start = end;
  }
}

/** A position in a text, or the one before it if that would split a character of two units. */
export function boundaryIn(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}

function bounded(word: string): string {
  return word.length > MAX_WORD_LENGTH ? word.slice(0, MAX_WORD_LENGTH) : word;
}
