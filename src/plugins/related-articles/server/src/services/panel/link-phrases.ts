import type { LinkPlace } from '../../../../shared/contracts';
import type { LinkablePart } from '../../content/extract/linkable';
import type { Analyzer } from '../../engine/analysis/analyzer';
import { partsOf } from '../../engine/parts';
import type { Steps } from '../../engine/steps';

/** The target of a link. */
export interface LinkTarget {
  reference: string;
  title: string;
  /** The strongest words that both texts share, strongest first. */
  terms: readonly string[];
  /** Its title and text. */
  text: string;
}

interface Located {
  word: string;
  term: string;
  /** The term, or for a stop word the word itself. */
  key: string;
  start: number;
  end: number;
}

interface Candidate {
  part: LinkablePart;
  /** The start of the first word and the end of the last one, in the part. */
  start: number;
  end: number;
  score: number;
}

/** How many words of a title are looked for, and how many a phrase may have that is not part of the title. */
const MAX_TITLE_WORDS = 20;
const MAX_STRONG_RUN = 6;
/** How many characters of a target are searched for phrases, and how many different phrases are tried. */
const MAX_TARGET = 50_000;
const MAX_TRIES = 200;
/** How many of the strongest shared words can form a phrase if they stand side by side. */
const STRONG_TERMS = 6;
/** How many of them can be a link on their own if the title has them, too: others say little about the target. */
const LONE_TERMS = 2;
/** How often the target must have such a word to be about it. */
const TOPICAL = 3;
/** The shortest word that can be a link on its own, in characters. */
const MIN_WORD = 4;
/** Words of a paragraph that are looked at in one step: no phrase crosses such a border. */
const WORDS_AT_ONCE = 1000;
/** After this many phrases for a target, no more are looked for. */
const MAX_CANDIDATES = 5000;
/** Phrases that are offered for one link. */
const MAX_PLACES = 5;
/** How many characters of the sentence are shown before and after a phrase. */
const CONTEXT = 60;
/** How many characters before and after a phrase are read for that. */
const WINDOW = 300;
/** Nothing else may stand between the words of a phrase. */
const GAP = /^[\s'’-]{0,3}$/;

/**
 * Finds phrases in a text that could link to each target, best first: a long part of its title, or the strongest words that
 * both texts share; words count in any inflected form. Each phrase is the first choice of one target at most, and first
 * choices are spread over the paragraphs.
 */
export function* findPhrases(
  parts: readonly LinkablePart[],
  targets: readonly LinkTarget[],
  analyzer: Analyzer,
): Steps<Map<string, LinkPlace[]>> {
  const words: Located[][] = [];
  for (const part of parts) {
    words.push(locate(part.text, analyzer));
    yield;
  }
  const taken: Candidate[] = [];
  const found = new Map<string, LinkPlace[]>();
  for (const target of targets) {
    const wanted = wantedOf(target, analyzer);
    const candidates: Candidate[] = [];
    for (const [at, part] of parts.entries()) {
      for (const some of partsOf(words[at], WORDS_AT_ONCE)) {
        if (candidates.length > MAX_CANDIDATES) break;
        for (const candidate of candidatesIn(part, some, wanted)) candidates.push(candidate);
        yield;
      }
    }
    const crowd = new Set(taken.map(({ part }) => part.paragraph));
    const order = (one: Candidate) => one.score - (crowd.has(one.part.paragraph) ? 0.5 : 0);
    const free = candidates
      .filter((one) => !taken.some((other) => overlaps(one, other)))
      .sort((a, b) => order(b) - order(a));
    if (free.length === 0) continue;
    taken.push(free[0]);
    found.set(target.reference, free.slice(0, MAX_PLACES).map(placeOf));
  }
  return found;
}

function placeOf({ part, start, end }: Candidate): LinkPlace {
  return {
    path: part.path,
    start: part.start + start,
    end: part.start + end,
    ...contextOf(part.text, start, end),
  };
}

interface Wanted {
  title: Located[];
  /** The positions of each term in the title. */
  places: Map<string, number[]>;
  /** How many words of the title are not stop words. */
  size: number;
  strong: Map<string, number>;
  /** Its text in lower case. */
  text: string;
  /** Which words and phrases were already looked for, and the results. */
  known: Map<string, boolean>;
}

function wantedOf({ title, terms, text }: LinkTarget, analyzer: Analyzer): Wanted {
  const words = locate(title, analyzer).slice(0, MAX_TITLE_WORDS);
  const places = new Map<string, number[]>();
  words.forEach(({ key }, at) => places.set(key, [...(places.get(key) ?? []), at]));
  const strong = new Map<string, number>();
  for (const [rank, term] of terms.slice(0, STRONG_TERMS).entries()) {
    const [word] = locate(term, analyzer);
    if (word?.term) strong.set(word.term, rank);
  }
  const size = new Set(words.map(({ term }) => term).filter(Boolean)).size;
  return {
    title: words,
    places,
    size,
    strong,
    text: plain(text.slice(0, MAX_TARGET)),
    known: new Map(),
  };
}

function locate(text: string, analyzer: Analyzer): Located[] {
  return analyzer.locate(text).map(({ word, term, start, end }) => ({
    word,
    term,
    key: term || `${word.toLowerCase()} `,
    start,
    end,
  }));
}

function candidatesIn(part: LinkablePart, words: readonly Located[], wanted: Wanted): Candidate[] {
  return [...titleRuns(part, words, wanted), ...strongRuns(part, words, wanted)].map(
    ({ run, score }) => ({ part, start: run[0].start, end: run[run.length - 1].end, score }),
  );
}

interface Run {
  run: readonly Located[];
  score: number;
}

/** Whether only a gap separates a word from the previous one. */
const joinsIn = (part: LinkablePart, words: readonly Located[]) => (at: number) =>
  at > 0 && at < words.length && GAP.test(part.text.slice(words[at - 1].end, words[at].start));

/** Finds parts of the title, each as long as possible. */
function titleRuns(part: LinkablePart, words: readonly Located[], wanted: Wanted): Run[] {
  const { title, places, size } = wanted;
  const joins = joinsIn(part, words);
  return words.flatMap(({ key }, at) =>
    (places.get(key) ?? []).flatMap((place) => {
      // It is already in a run that began earlier.
      if (place > 0 && joins(at) && words[at - 1].key === title[place - 1].key) return [];
      let end = at + 1;
      while (joins(end) && words[end].key === title[place + end - at]?.key) end += 1;
      const run = trimmed(words.slice(at, end));
      const said = run.filter(({ term }) => term).length;
      if (said === 0) return [];
      const isTitle = said === size && isLong(run[0]);
      if (said === 1 && !isTitle && !isTopic(run[0], wanted)) return [];
      return [{ run, score: said + said / size }];
    }),
  );
}

/** Finds strong words that stand side by side in both texts, unless all of them are in the title. */
function strongRuns(part: LinkablePart, words: readonly Located[], wanted: Wanted): Run[] {
  const joins = joinsIn(part, words);
  const { places, strong, text } = wanted;
  const isStrong = (at: number) => strong.has(words[at].term);
  return words.flatMap((_, at) => {
    if (!isStrong(at) || (joins(at) && isStrong(at - 1))) return [];
    let end = at + 1;
    while (joins(end) && isStrong(end)) end += 1;
    const run = words.slice(at, end);
    if (run.length === 1 || run.length > MAX_STRONG_RUN) return [];
    if (run.every(({ key }) => places.has(key))) return [];
    const phrase = plain(part.text.slice(run[0].start, run[run.length - 1].end));
    const isShared = once(wanted, phrase, () => text.includes(phrase));
    return isShared ? [{ run, score: 1 + run.length / 10 }] : [];
  });
}

/** Whether a word of the title is what the target is about. */
function isTopic(word: Located, wanted: Wanted): boolean {
  const { title, strong, text } = wanted;
  const rank = strong.get(word.term) ?? LONE_TERMS;
  if (rank >= LONE_TERMS || !isLong(word)) return false;
  const one = plain(word.word);
  return once(wanted, one, () => {
    const other = plain(title.find(({ key }) => key === word.key)?.word ?? '');
    // Also count inflected forms.
    let length = 0;
    while (length < one.length && one[length] === other[length]) length += 1;
    return text.split(one.slice(0, Math.max(length, MIN_WORD - 1))).length > TOPICAL;
  });
}

/** Searches a target's text only once for each phrase, and only for `MAX_TRIES` phrases. */
function once({ known }: Wanted, phrase: string, look: () => boolean): boolean {
  const isKnown = known.get(phrase) ?? (known.size < MAX_TRIES && look());
  if (known.size < MAX_TRIES) known.set(phrase, isKnown);
  return isKnown;
}

const plain = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ');

const isLong = ({ start, end }: Located): boolean => end - start >= MIN_WORD;

const isShort = (text: string): boolean => text.length <= CONTEXT;

/** Removes stop words from both ends. */
function trimmed(run: readonly Located[]): Located[] {
  const first = run.findIndex(({ term }) => term);
  const last = run.map(({ term }) => Boolean(term)).lastIndexOf(true);
  return first < 0 ? [] : run.slice(first, last + 1);
}

function contextOf(text: string, start: number, end: number) {
  // White space may be long; what is cut off here is never shown.
  const before = text.slice(Math.max(0, start - WINDOW), start).replace(/\s+/g, ' ');
  const after = text.slice(end, end + WINDOW).replace(/\s+/g, ' ');
  const rest = /^.*?[.!?。！？](?=\s|$)/.exec(after)?.[0] ?? after;
  const sentence = before.split(/(?<=[.!?。！？])\s/).at(-1) ?? '';
  return {
    phrase: text.slice(start, end),
    before: isShort(sentence) ? sentence : `… ${sentence.slice(-CONTEXT).replace(/^\S*\s/, '')}`,
    after: isShort(rest) ? rest : `${rest.slice(0, CONTEXT).replace(/\s\S*$/, '')} …`,
  };
}

const overlaps = (one: Candidate, other: Candidate): boolean =>
  one.part === other.part && one.start < other.end && other.start < one.end;
