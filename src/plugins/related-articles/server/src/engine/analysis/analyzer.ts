import { languageOf } from './languages';

/** Turns text into the words of one language: cut, folded, without stop words, stemmed. */
export interface Analyzer {
  /** The text's terms in reading order. */
  terms(text: string): string[];
  /** Like `terms`, but stop words stay, for comparing whole phrases. */
  phrase(text: string): string[];
  /** For each term of the text, a form in which it is written there, uncapitalised if there is one. */
  surfaces(text: string): Map<string, string>;
}

/** Longer "words" are base64, hashes or noise; cutting them bounds the cost of hostile text. */
const MAX_WORD_LENGTH = 64;
const STEM_CACHE_SIZE = 100_000;

const WORD = /[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*(?:['’][\p{L}\p{M}]+)*/gu;
const MARKS = /\p{M}+/gu;
const NOT_ASCII = /\P{ASCII}/u;

export function createAnalyzer(locale: string | null): Analyzer {
  const language = languageOf(locale);
  // '' marks a stop word: one look-up answers both questions.
  const cache = new Map<string, string>();

  const fold = (word: string): string => {
    const lower = word.toLowerCase().replace(/’/g, "'");
    if (!NOT_ASCII.test(lower)) return lower;
    const composed = lower.normalize('NFKC');
    return language.fold
      ? composed.normalize('NFD').replace(MARKS, '').normalize('NFC')
      : composed.normalize('NFC');
  };

  const stem = (folded: string): string => {
    const bare = folded.replace(/'.*$/, '');
    return language.stem(bare) || bare;
  };

  const analyze = (word: string): string => {
    const known = cache.get(word);
    if (known !== undefined) return known;
    const folded = fold(word);
    const term =
      language.stopwords.has(folded) || language.stopwords.has(folded.replace(/'/g, ''))
        ? ''
        : stem(folded);
    if (cache.size >= STEM_CACHE_SIZE) cache.clear();
    cache.set(word, term);
    return term;
  };

  const words = (text: string): string[] => {
    const found = text.match(WORD) ?? [];
    return found.map((word) =>
      word.length > MAX_WORD_LENGTH ? word.slice(0, MAX_WORD_LENGTH) : word,
    );
  };

  return {
    terms: (text) => words(text).map(analyze).filter(Boolean),
    phrase: (text) => words(text).map((word) => stem(fold(word))),
    surfaces: (text) => {
      const surfaces = new Map<string, string>();
      for (const word of words(text)) {
        const term = analyze(word);
        if (!term) continue;
        const known = surfaces.get(term);
        // "starter" rather than the "Starter" that happens to begin the text.
        if (known === undefined || (isCapitalised(known) && !isCapitalised(word))) {
          surfaces.set(term, word);
        }
      }
      return surfaces;
    },
  };
}

const isCapitalised = (word: string): boolean => word[0] !== word[0].toLowerCase();
