import type { CollectionStatistics } from '../statistics';
import { hashPair } from '../hash';
import type { IndexedDocument } from '../indexed-document';
import { bm25Idf } from './rarity';
import type { TextComparison } from './text';

/** Titles shared by this many documents ("Introduction") say nothing when another text contains them. */
const COMMON_TITLE = 6;
/** From this summed rarity of a title's words on, a mention counts in full. */
const FULL_MENTION_IDF = 12;

/** All between 0 and 1. */
export interface TitleScores {
  /** Rarity-weighted share of the candidate's title words that occur anywhere in the source. */
  coverage: number;
  /** Rarity-weighted share of the source's title words that occur anywhere in the candidate. */
  covered: number;
  /** How strongly one title occurs as a phrase in the other text, the larger of both directions. */
  mention: number;
  /** Shared words of the slugs: |A and B| / sqrt(|A| |B|), the Ochiai coefficient. */
  slug: number;
  /** How rare the longest ending shared by both titles is: "... in a wood oven", "... function". */
  ending: number;
}

/** What `TextComparison` has to watch for `compareTitles`: the source's title. */
export function titleTerms(
  index: CollectionStatistics,
  { title }: IndexedDocument,
): { words: readonly number[]; bigrams: readonly number[] } {
  return { words: title, bigrams: bigramsOf(index, title) };
}

export function compareTitles(
  index: CollectionStatistics,
  source: IndexedDocument,
  text: TextComparison,
): (
  candidate: IndexedDocument,
  at: number,
  columns: Record<keyof TitleScores, Float64Array>,
) => void {
  const slug = new Set(source.slug);
  const logSize = Math.log(Math.max(2, index.size));
  const isPhrase = isTellingTitle(index, source);
  const bigrams = bigramsOf(index, source.title);
  const { watched, watchedWords, watchedBigrams } = text;
  const wordInCandidate = (id: number) => watched[watchedWords.get(id) as number];
  const bigramInCandidate = (id: number) => watched[watchedBigrams.get(id) as number];
  const wordInSource = (id: number) => text.wordInSource(id);
  const bigramInSource = (id: number) => text.bigramInSource(id);

  return (candidate, at, columns) => {
    const coverage = covered(index, candidate, wordInSource);
    const back = covered(index, source, wordInCandidate);
    // If a title is mentioned, all its words occur in the text.
    const there =
      coverage === 1 && isTellingTitle(index, candidate)
        ? mention(index, candidate, bigramsOf(index, candidate.title), wordInSource, bigramInSource)
        : 0;
    const here =
      back === 1 && isPhrase
        ? mention(index, source, bigrams, wordInCandidate, bigramInCandidate)
        : 0;
    columns.coverage[at] = coverage;
    columns.covered[at] = back;
    columns.mention[at] = Math.max(there, here);
    columns.slug[at] = overlap(slug, candidate.slug);
    columns.ending[at] = sharedEnding(index, source, candidate, logSize);
  };
}

function bigramsOf({ dictionary }: CollectionStatistics, title: readonly number[]): number[] {
  const bigrams: number[] = [];
  for (let i = 1; i < title.length; i += 1) {
    bigrams.push(hashPair(dictionary.hash(title[i - 1]), dictionary.hash(title[i])));
  }
  return bigrams;
}

function isTellingTitle(
  index: CollectionStatistics,
  { title, titleKey }: IndexedDocument,
): boolean {
  return title.length > 0 && index.titles.get(titleKey) < COMMON_TITLE;
}

export function titleIdf(index: CollectionStatistics, id: number): number {
  return bm25Idf(index.population, index.dictionary.documentFrequency(id));
}

function covered(
  index: CollectionStatistics,
  { title, unknownTitle }: IndexedDocument,
  frequency: (id: number) => number,
): number {
  // A word in no document counts like a word in one: which of the two it is may be a secret.
  let missing = unknownTitle * bm25Idf(index.population, 1);
  let all = missing;
  for (const id of title) {
    const weight = titleIdf(index, id);
    all += weight;
    if (!(frequency(id) > 0)) missing += weight;
  }
  return all > 0 ? 1 - missing / all : 0;
}

/** A title of several words counts as mentioned when each of its bigrams occurs. */
function mention(
  index: CollectionStatistics,
  { title }: IndexedDocument,
  bigrams: readonly number[],
  wordFrequency: (id: number) => number,
  bigramFrequency: (id: number) => number,
): number {
  let count = bigrams.length === 0 ? wordFrequency(title[0]) : Infinity;
  for (const bigram of bigrams) count = Math.min(count, bigramFrequency(bigram));
  if (!(count > 0)) return 0;
  let rarity = 0;
  for (const id of title) rarity += titleIdf(index, id);
  const certainty = Math.min(1, rarity / FULL_MENTION_IDF);
  return Math.min(1, (certainty * (1 + Math.log(Math.max(1, count)))) / 2);
}

function overlap(source: ReadonlySet<number>, candidate: readonly number[]): number {
  if (source.size === 0 || candidate.length === 0) return 0;
  let shared = 0;
  for (const id of candidate) if (source.has(id)) shared += 1;
  return shared / Math.sqrt(source.size * candidate.length);
}

function sharedEnding(
  index: CollectionStatistics,
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
