import { GrowableInts } from '../growable';
import { languageOf, type Language } from './languages';
import { runAtOnce, type Steps } from '../steps';
import { partsOf, Vocabulary } from './vocabulary';
import { locateWords, splitWords, type LocatedWord } from './words';

/** Turns text into the words of one language: cut, folded, without stop words, stemmed. */
export interface Analyzer {
  /** Recently seen words as numbers; the index reads texts with it. */
  vocabulary: Vocabulary;
  /** The text's terms in reading order. */
  terms(text: string): string[];
  /** One spelling of each term of the text, as it is written there; in lower case if it occurs so. */
  surfaces(text: string): Map<string, string>;
  /** The words of a text with their places and terms; the term of a stop word is ''. */
  locate(text: string): (LocatedWord & { term: string })[];
  /** `surfaces` in steps. */
  surfacesInSteps(text: string): Steps<Map<string, string>>;
}

/** Distinct terms of a text whose spellings are kept. */
const MAX_SURFACES = 20_000;

/** @param language A language, or the code of one; see `languageOf`. */
export function createAnalyzer(language: Language | string): Analyzer {
  const { fold, foldAccents, stem, stopwords, apostrophe, segment } =
    typeof language === 'string' ? languageOf(language) : language;
  const part = PARTS[apostrophe];

  const toTerm = (folded: string): string => {
    const bare = part(folded).replace(JOINERS_AT_END, '');
    // One letter may stand for a phrase, such as U+FDFA.
    return foldAccents(stem(bare) || bare)
      .replace(JOINERS, '')
      .replace(SPACES, '');
  };
  const isStopWord = (folded: string): boolean =>
    stopwords.has(folded) || (folded.includes("'") && isContraction(folded));
  const isContraction = (folded: string): boolean =>
    stopwords.has(folded.replaceAll("'", '')) || stopwords.has(part(folded));

  const vocabulary = new Vocabulary((word) => {
    const folded = fold(word);
    const term = toTerm(folded);
    return { term, stop: term === '' || isStopWord(folded) };
  }, segment);

  const surfacesInSteps = function* (text: string): Steps<Map<string, string>> {
    const surfaces = new Map<string, string>();
    for (const part of partsOf(text)) {
      vocabulary.makeRoom();
      for (const word of splitWords(part, segment)) {
        const term = vocabulary.termOf(word);
        if (!term) continue;
        const known = surfaces.get(term);
        // "starter" rather than the "Starter" that happens to begin the text.
        if (known === undefined && surfaces.size >= MAX_SURFACES) continue;
        if (known === undefined || (isCapitalised(known) && !isCapitalised(word))) {
          surfaces.set(term, word);
        }
      }
      yield;
    }
    return surfaces;
  };

  return {
    vocabulary,
    terms: (text) => {
      vocabulary.makeRoom();
      const numbers = new GrowableInts();
      vocabulary.read(text, numbers);
      return Array.from(numbers.values(), (number) => vocabulary.terms[number]);
    },
    surfaces: (text) => runAtOnce(surfacesInSteps(text)),
    surfacesInSteps,
    locate: (text) => {
      vocabulary.makeRoom();
      return locateWords(text, segment).map((located) => ({
        ...located,
        term: vocabulary.termOf(located.word),
      }));
    },
  };
}

/** The joiners of Persian and of Indian scripts only shape letters; whether they are typed makes no difference. */
const JOINERS = /[\u200C\u200D]/g;
const SPACES = /\s+/g;
const JOINERS_AT_END = /[\u200C\u200D]+$/;
const ELISION =
  /^(?:[bcdjlmnstv]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu|un|gl|d?all?|dell?|nell?|sull?|coll|quest|quell|sant|bell|anch|com|dov|cos)'(?=.)/;

const ENDING = /'(?:s|t|d|m|re|ve|ll)$/;

/** What remains of a folded word that contains apostrophes. */
const PARTS: Record<Language['apostrophe'], (word: string) => string> = {
  // "O'Brien's" is "obrien".
  ending: (word) => (word.includes("'") ? word.replace(ENDING, '').replaceAll("'", '') : word),
  suffix: (word) => (word.includes("'") ? word.slice(0, word.indexOf("'")) : word),
  elision: (word) => (word.includes("'") ? word.replace(ELISION, '').replaceAll("'", '') : word),
  letter: (word) => (word.includes("'") ? word.replaceAll("'", '') : word),
};

const isCapitalised = (word: string): boolean => word[0] !== word[0].toLowerCase();
