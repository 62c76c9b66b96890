import type { LinkPlace } from '../../../../shared/contracts';
import type { LinkablePart } from '../../content/extract/linkable';
import type { Analyzer } from '../../engine/analysis/analyzer';

/** What a link is to lead to. */
export interface LinkTarget {
  reference: string;
  title: string;
  /** The strongest words that both texts share, strongest first. */
  terms: readonly string[];
}

interface Located {
  term: string;
  /** The term, or for a stop word the word itself. */
  key: string;
  start: number;
  end: number;
}

interface Candidate extends LinkPlace {
  score: number;
  paragraph: number;
}

/** Words of a title that are looked for. */
const MAX_TITLE_WORDS = 20;
/** How many of the strongest shared words may carry a link alone, and how many if the title lacks them. */
const STRONG_TERMS = 2;
const STRONG_ELSEWHERE = 1;
const MIN_WORD = 4;
/** Phrases that are offered for one link. */
const MAX_PLACES = 5;
/** Characters of the sentence that are shown before and behind a phrase. */
const CONTEXT = 60;
/** Nothing else may stand between the words of a phrase. */
const GAP = /^[\s'’-]{0,3}$/;

/**
 * Finds phrases in a text that could link to each target, best first: a long part of its title, or a strong word that
 * both texts share; words count in any inflected form. Each phrase is the first choice of one target at most, and first
 * choices are spread over the paragraphs.
 */
export function findPhrases(
  parts: readonly LinkablePart[],
  targets: readonly LinkTarget[],
  analyzer: Analyzer,
): Map<string, LinkPlace[]> {
  const words = parts.map((part) => locate(part.text, analyzer));
  const taken: Candidate[] = [];
  const found = new Map<string, LinkPlace[]>();
  for (const target of targets) {
    const wanted = wantedOf(target, analyzer);
    const candidates = parts.flatMap((part, at) => candidatesIn(part, words[at], wanted));
    const crowd = new Set(taken.map(({ paragraph }) => paragraph));
    const order = (one: Candidate) => one.score - (crowd.has(one.paragraph) ? 0.5 : 0);
    const free = candidates
      .filter((one) => !taken.some((other) => overlaps(one, other)))
      .sort((a, b) => order(b) - order(a));
    if (free.length === 0) continue;
    taken.push(free[0]);
    const places = free.slice(0, MAX_PLACES);
    found.set(
      target.reference,
      places.map(({ path, start, end, phrase, before, after }) => {
        return { path, start, end, phrase, before, after };
      }),
    );
  }
  return found;
}

interface Wanted {
  title: Located[];
  /** Where a term stands in the title. */
  places: Map<string, number[]>;
  /** How many words of the title say something. */
  size: number;
  strong: Map<string, number>;
}

function wantedOf({ title, terms }: LinkTarget, analyzer: Analyzer): Wanted {
  const words = locate(title, analyzer).slice(0, MAX_TITLE_WORDS);
  const places = new Map<string, number[]>();
  words.forEach(({ key }, at) => places.set(key, [...(places.get(key) ?? []), at]));
  const strong = new Map<string, number>();
  for (const [rank, term] of terms.slice(0, STRONG_TERMS).entries()) {
    const [word] = locate(term, analyzer);
    if (word?.term) strong.set(word.term, rank);
  }
  const size = new Set(words.map(({ term }) => term).filter(Boolean)).size;
  return { title: words, places, size, strong };
}

function locate(text: string, analyzer: Analyzer): Located[] {
  return analyzer.locate(text).map(({ word, term, start, end }) => ({
    term,
    key: term || `${word.toLowerCase()} `,
    start,
    end,
  }));
}

function candidatesIn(
  part: LinkablePart,
  words: readonly Located[],
  { title, places, size, strong }: Wanted,
): Candidate[] {
  const candidates: Candidate[] = [];
  const add = (first: Located, last: Located, score: number) =>
    candidates.push({
      ...contextOf(part.text, first.start, last.end),
      path: part.path,
      start: part.start + first.start,
      end: part.start + last.end,
      paragraph: part.paragraph,
      score,
    });
  const joins = (at: number) => GAP.test(part.text.slice(words[at - 1].end, words[at].start));
  words.forEach((word, at) => {
    for (const place of places.get(word.key) ?? []) {
      // A run that began earlier has it already.
      if (at > 0 && place > 0 && words[at - 1].key === title[place - 1].key && joins(at)) continue;
      let length = 1;
      while (
        at + length < words.length &&
        words[at + length].key === title[place + length]?.key &&
        joins(at + length)
      ) {
        length += 1;
      }
      const run = trimmed(words.slice(at, at + length));
      if (run.length === 0) continue;
      const said = run.filter(({ term }) => term).length;
      const rank = strong.get(run[0].term);
      const isEnough = said > 1 || (said === size && isLong(run[0])) || (rank !== undefined && isLong(run[0])); // prettier-ignore
      if (isEnough) add(run[0], run[run.length - 1], said + said / size);
    }
    const rank = strong.get(word.term);
    if (rank !== undefined && rank < STRONG_ELSEWHERE && !places.has(word.key) && isLong(word)) {
      add(word, word, 0.5 - rank / 10);
    }
  });
  return candidates;
}

const isShort = (text: string): boolean => text.length <= CONTEXT;

const isLong = ({ start, end }: Located): boolean => end - start >= MIN_WORD;

/** Without stop words at both ends. */
function trimmed(run: readonly Located[]): Located[] {
  const first = run.findIndex(({ term }) => term);
  const last = run.map(({ term }) => Boolean(term)).lastIndexOf(true);
  return first < 0 ? [] : run.slice(first, last + 1);
}

function contextOf(text: string, start: number, end: number) {
  const before = text.slice(0, start).replace(/\s+/g, ' ');
  const after = text.slice(end).replace(/\s+/g, ' ');
  const rest = /^.*?[.!?。！？](?=\s|$)/.exec(after)?.[0] ?? after;
  const sentence = before.split(/(?<=[.!?。！？])\s/).at(-1) ?? '';
  return {
    phrase: text.slice(start, end),
    before: isShort(sentence) ? sentence : `… ${sentence.slice(-CONTEXT).replace(/^\S*\s/, '')}`,
    after: isShort(rest) ? rest : `${rest.slice(0, CONTEXT).replace(/\s\S*$/, '')} …`,
  };
}

const overlaps = (one: Candidate, other: Candidate): boolean =>
  one.path.join() === other.path.join() && one.start < other.end && other.start < one.end;
