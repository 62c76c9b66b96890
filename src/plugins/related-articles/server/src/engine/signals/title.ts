import type { CollectionIndex, IndexedDocument } from '../index/collection-index';
import { bm25Idf, type TextComparison } from './text';

/** Titles shared by this many documents ("Introduction") say nothing when another text contains them. */
const COMMON_TITLE = 6;
/** The summed rarity of a title's words from which a mention counts in full. */
const FULL_MENTION_IDF = 12;

/** All between 0 and 1. */
export interface TitleScores {
  /** Rarity-weighted share of the candidate's title words that stand anywhere in the source. */
  coverage: number;
  /** Rarity-weighted share of the source's title words that stand anywhere in the candidate. */
  covered: number;
  /** How strongly one title stands as a phrase in the other text, the larger of both directions. */
  mention: number;
  /** Shared words of the slugs: |A and B| / sqrt(|A| |B|), the Ochiai coefficient. */
  slug: number;
  /** How rare the longest ending is that both titles share: "... in a wood oven", "... function". */
  ending: number;
}

/** A title as a phrase: all of these terms must occur. `null` when the title is too common or empty. */
type Phrase = readonly number[] | null;

/** The terms that `compareTitles` must know of each candidate: pass them to `compareText`. */
export function titleTerms(index: CollectionIndex, source: IndexedDocument): number[] {
  return [...new Set([...source.title, ...(phraseOf(index, source) ?? [])])];
}

export function compareTitles(
  index: CollectionIndex,
  source: IndexedDocument,
  text: TextComparison,
): (candidate: IndexedDocument, watched: Float64Array) => TitleScores {
  const terms = titleTerms(index, source);
  const phrase = phraseOf(index, source);
  const slug = new Set(source.slug);
  const logSize = Math.log(Math.max(2, index.size));

  return (candidate, watched) => {
    const inCandidate = (id: number) => watched[terms.indexOf(id)];
    return {
      coverage: coverage(index, candidate.title, text.frequencyInSource),
      covered: coverage(index, source.title, inCandidate),
      mention: Math.max(
        mention(index, candidate, phraseOf(index, candidate), text.frequencyInSource),
        mention(index, source, phrase, inCandidate),
      ),
      slug: overlap(slug, candidate.slug),
      ending: sharedEnding(index, source, candidate, logSize),
    };
  };
}

function idf(index: CollectionIndex, id: number): number {
  return bm25Idf(index.population, index.dictionary.documentFrequency(id));
}

function coverage(
  index: CollectionIndex,
  title: Uint32Array,
  frequency: (id: number) => number,
): number {
  let all = 0;
  let found = 0;
  for (const id of title) {
    const weight = idf(index, id);
    all += weight;
    if (frequency(id) > 0) found += weight;
  }
  return all > 0 ? found / all : 0;
}

/** A title of several words is taken as mentioned when each of its bigrams occurs. */
function phraseOf(index: CollectionIndex, { title, titleKey }: IndexedDocument): Phrase {
  if (title.length === 0 || index.titles.get(titleKey) >= COMMON_TITLE) return null;
  if (title.length === 1) return [title[0]];
  const bigrams: number[] = [];
  for (let i = 1; i < title.length; i += 1) {
    const id = index.dictionary.bigram(title[i - 1], title[i]);
    if (id < 0) return null;
    bigrams.push(id);
  }
  return bigrams;
}

function mention(
  index: CollectionIndex,
  titled: IndexedDocument,
  phrase: Phrase,
  frequency: (id: number) => number,
): number {
  if (!phrase) return 0;
  let count = Infinity;
  for (const id of phrase) {
    count = Math.min(count, frequency(id));
    if (!(count > 0)) return 0;
  }
  let rarity = 0;
  for (const id of titled.title) rarity += idf(index, id);
  const certainty = Math.min(1, rarity / FULL_MENTION_IDF);
  return Math.min(1, (certainty * (1 + Math.log(Math.max(1, count)))) / 2);
}

function overlap(source: ReadonlySet<number>, candidate: Uint32Array): number {
  if (source.size === 0 || candidate.length === 0) return 0;
  let shared = 0;
  for (const id of candidate) if (source.has(id)) shared += 1;
  return shared / Math.sqrt(source.size * candidate.length);
}

function sharedEnding(
  index: CollectionIndex,
  source: IndexedDocument,
  candidate: IndexedDocument,
  logSize: number,
): number {
  for (let i = Math.min(source.endings.length, candidate.endings.length) - 1; i >= 0; i -= 1) {
    if (source.endings[i] !== candidate.endings[i]) continue;
    const sharing = Math.max(2, index.endings.get(source.endings[i]));
    return Math.max(0, Math.log(index.size / sharing) / logSize);
  }
  return 0;
}
