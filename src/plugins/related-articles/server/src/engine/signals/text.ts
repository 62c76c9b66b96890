import { SUBLINEAR_TF, sublinear, FREQUENCY } from '../quantization';
import type { CollectionStatistics } from '../statistics';
import type { IndexedDocument } from '../indexed-document';
import { bm25Idf, steepRarity } from './rarity';
import { TermTable } from './term-table';
import { codeOf, upperOf } from '../packed';
import { Strongest } from '../strongest';

/** BM25's saturation: how fast further occurrences of a word stop counting. Long queries need a high value. */
export const K1 = 2.5;
/** BM25's length normalisation, 0 (none) to 1 (full). */
export const B = 0.75;
/** BM25's term frequency part, with k1 and length normalisation; 0 to k1 + 1. */
export function saturate(frequency: number, length: number, averageLength: number): number {
  return ((K1 + 1) * frequency) / (frequency + K1 * (1 - B + (B * length) / averageLength));
}

/**
 * How much less a similarity counts if it comes from a single word. Without this, two thirds of 4,000 aphorisms of
 * thirty words about love and food found something above the gate in a corpus about software; with it, 16 and 6 %.
 */
const SINGLE_WORD = 0.75;

/** Scratch space of `compare`: its content means nothing between two calls. */
let matches = new Uint32Array(4096);

/** A source laid out so that any candidate is compared by one pass over its own terms. */
export class TextComparison {
  /** The words of the source's title that `compare` counts, and the title's bigrams. */
  readonly watchedWords = new Map<number, number>();
  readonly watchedBigrams = new Map<number, number>();
  /** How often each watched term counts in the last candidate compared; the values of the maps are the indexes. */
  readonly watched: Float64Array;

  // The scores of the last candidate compared.
  /** Cosine over words and bigrams; comparable within one list. */
  cosine = 0;
  /** The cosine over words alone, 0 to 1. */
  similarity = 0;
  /**
   * How likely both are about the same thing, 0 to 1: the geometric mean of the cosine over words, counted twice, and
   * BM25 relative to the source itself; less if they depend on one word.
   */
  evidence = 0;

  private readonly words: TermTable;
  private readonly bigrams: TermTable;
  /** By position in the source's terms: frequency, weight in BM25 and in the cosine, place in `watched` or -1. */
  private readonly frequencies: Float64Array;
  private readonly bm25Weights: Float64Array;
  private readonly cosineWeights: Float64Array;
  private readonly watches: Int32Array;
  private readonly wordNorm: number;
  private readonly norm: number;
  /** BM25 of the source itself. */
  private readonly self: number;
  private readonly averageLength: number;

  /** @param watch Words and bigrams whose frequency in each candidate the caller wants besides the scores. */
  constructor(
    private readonly index: CollectionStatistics,
    source: IndexedDocument,
    watch: { words: readonly number[]; bigrams: readonly number[] },
  ) {
    const { dictionary, population } = index;
    const { terms, wordCount, length } = source;
    this.averageLength = index.averageLength;
    for (const id of watch.words) {
      if (!this.watchedWords.has(id)) this.watchedWords.set(id, this.watchedWords.size);
    }
    for (const id of watch.bigrams) {
      if (this.watchedBigrams.has(id)) continue;
      this.watchedBigrams.set(id, this.watchedWords.size + this.watchedBigrams.size);
    }
    this.watched = new Float64Array(this.watchedWords.size + this.watchedBigrams.size);

    this.words = new TermTable(wordCount);
    this.bigrams = new TermTable(terms.length - wordCount);
    this.frequencies = new Float64Array(terms.length);
    this.bm25Weights = new Float64Array(wordCount);
    this.cosineWeights = new Float64Array(terms.length);
    this.watches = new Int32Array(terms.length).fill(-1);
    let self = 0;
    let squares = 0;
    for (let i = 0; i < wordCount; i += 1) {
      const id = upperOf(terms[i]);
      const frequency = FREQUENCY[codeOf(terms[i])];
      const documentFrequency = Math.max(1, dictionary.documentFrequency(id));
      this.words.set(id, i);
      this.frequencies[i] = frequency;
      this.bm25Weights[i] = frequency * bm25Idf(population, documentFrequency);
      this.cosineWeights[i] =
        SUBLINEAR_TF[codeOf(terms[i])] * steepRarity(population, documentFrequency);
      this.watches[i] = this.watchedWords.get(id) ?? -1;
      self += this.bm25Weights[i] * saturate(frequency, length, this.averageLength);
      squares += this.cosineWeights[i] ** 2;
    }
    for (const frequency of source.unknown) {
      self += frequency * bm25Idf(population, 1) * saturate(frequency, length, this.averageLength);
      squares += (sublinear(frequency) * steepRarity(population, 1)) ** 2;
    }
    this.self = self;
    this.wordNorm = Math.sqrt(squares);
    for (let i = wordCount; i < terms.length; i += 1) {
      const id = upperOf(terms[i]);
      const documentFrequency = index.bigrams.get(id);
      // A pair that occurs nowhere else matches nothing and would only dilute the score.
      if (documentFrequency < 2) continue;
      this.bigrams.set(id, i);
      this.frequencies[i] = FREQUENCY[codeOf(terms[i])];
      this.watches[i] = this.watchedBigrams.get(id) ?? -1;
      this.cosineWeights[i] =
        SUBLINEAR_TF[codeOf(terms[i])] * steepRarity(population, documentFrequency);
      squares += this.cosineWeights[i] ** 2;
    }
    this.norm = Math.sqrt(squares);
  }

  /** Sets the scores above, and `watched`. */
  compare({ terms, wordCount, length, norm, wordNorm }: IndexedDocument): void {
    const { watched, watches, bm25Weights, cosineWeights } = this;
    if (matches.length < terms.length) matches = new Uint32Array(2 * terms.length);
    const saturation = K1 * (1 - B + (B * length) / this.averageLength);
    watched.fill(0);
    let bm25 = 0;
    let greatest = 0;
    let dot = 0;
    const words = this.words.match(terms, 0, wordCount, matches);
    for (let i = 0; i < words; i += 1) {
      const at = upperOf(matches[i]);
      const frequency = FREQUENCY[codeOf(matches[i])];
      const part = (bm25Weights[at] * frequency) / (frequency + saturation);
      bm25 += part;
      if (part > greatest) greatest = part;
      dot += cosineWeights[at] * SUBLINEAR_TF[codeOf(matches[i])];
      if (watches[at] >= 0) watched[watches[at]] = frequency;
    }
    this.similarity = Math.min(1, quotient(dot, wordNorm * this.wordNorm));
    const bigrams = this.bigrams.match(terms, wordCount, terms.length, matches);
    for (let i = 0; i < bigrams; i += 1) {
      const at = upperOf(matches[i]);
      dot += cosineWeights[at] * SUBLINEAR_TF[codeOf(matches[i])];
      if (watches[at] >= 0) watched[watches[at]] = FREQUENCY[codeOf(matches[i])];
    }
    this.cosine = Math.min(1, quotient(dot, norm * this.norm));
    const single = quotient(greatest, bm25);
    const share = Math.min(1, quotient(bm25 * (K1 + 1), this.self));
    // The exponents were chosen on 28 sites: similarity counts twice.
    this.evidence =
      Math.cbrt(this.similarity * this.similarity * share) * (1 - SINGLE_WORD * single * single);
  }

  /** How often a word counts in the source; 0 if it does not occur. */
  wordInSource(id: number): number {
    const at = this.words.get(id);
    return at < 0 ? 0 : this.frequencies[at];
  }

  /** How rare a word is (its BM25 weight), if it occurs in the source; 0 if it does not. */
  rarityInSource(id: number): number {
    const at = this.words.get(id);
    return at < 0 ? 0 : this.bm25Weights[at] / this.frequencies[at];
  }

  /** How often a bigram counts in the source; 0 if it does not occur. */
  bigramInSource(id: number): number {
    const at = this.bigrams.get(id);
    return at < 0 ? 0 : this.frequencies[at];
  }

  /** The shared words that count most, strongest first. */
  sharedTerms({ terms, wordCount, length }: IndexedDocument, limit: number): string[] {
    const shared = new Strongest(limit);
    for (let i = 0; i < wordCount; i += 1) {
      const at = this.words.get(upperOf(terms[i]));
      if (at < 0) continue;
      const frequency = FREQUENCY[codeOf(terms[i])];
      shared.add(
        upperOf(terms[i]),
        this.bm25Weights[at] * saturate(frequency, length, this.averageLength),
      );
    }
    return shared.all.map((id) => this.index.dictionary.text(id));
  }
}

/** A quotient of non-negative numbers; 0 where nothing can be compared. */
function quotient(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
