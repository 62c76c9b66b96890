import { damp, type CollectionIndex, type IndexedDocument } from '../index/collection-index';
import { ln } from '../index/logarithms';

/** BM25's saturation: how fast further occurrences of a word stop counting. Long queries want it high. */
export const K1 = 2.5;
/** BM25's length normalisation, 0 (none) to 1 (full). */
export const B = 0.75;

/** A source whose words are laid out so that any candidate can be compared by one pass over its own words. */
export interface TextComparison {
  compare(candidate: IndexedDocument): TextScores;
  /** How often a term counts in the source; 0 if it does not occur. */
  frequencyInSource(term: number): number;
  /** The shared words that count most, strongest first. */
  sharedTerms(candidate: IndexedDocument, limit: number): string[];
  /** Frees the scratch space; the comparison must not be used afterwards. */
  close(): void;
}

export interface TextScores {
  /** BM25 with the whole source as the query; unbounded. */
  bm25: number;
  /** Cosine over words and bigrams, 0 to 1. */
  cosine: number;
  /** Half the cosine over words plus half of BM25 relative to the source itself: means the same on every site; 0 to 1. */
  absolute: number;
  /** How often each watched term counts in the candidate; valid until the next comparison. */
  watched: Float64Array;
}

/**
 * Probabilistic weight of a word by its rarity (Robertson and Zaragoza, The Probabilistic
 * Relevance Framework: BM25 and Beyond, 2009), in the form that stays positive.
 */
export function bm25Idf(documents: number, frequency: number): number {
  return Math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5));
}

/** BM25's term frequency part, with k1 and length normalisation; 0 to k1 + 1. */
export function saturate(frequency: number, length: number, averageLength: number): number {
  return ((K1 + 1) * frequency) / (frequency + K1 * (1 - B + (B * length) / averageLength));
}

/** A word's rarity in the cosine; a word of an unknown document counts as standing in one. */
export function rarity(logPopulation: number, documentFrequency: number): number {
  return logPopulation - ln(Math.max(1, documentFrequency));
}

/** Vector norms by slot. They depend on every document's words, so they hold for one version of the index only. */
class Norms {
  private version = -1;
  private versions = new Float64Array(0);
  private words = new Float64Array(0);
  private all = new Float64Array(0);

  of(index: CollectionIndex, document: IndexedDocument): { words: number; all: number } {
    const { slot } = document;
    if (slot < 0 || index.at(slot) !== document) return norms(index, document);
    if (this.version !== index.version) {
      this.version = index.version;
      if (this.versions.length < index.capacity) this.resize(index.capacity);
    }
    if (this.versions[slot] !== this.version) {
      const computed = norms(index, document);
      this.words[slot] = computed.words;
      this.all[slot] = computed.all;
      this.versions[slot] = this.version;
    }
    return { words: this.words[slot], all: this.all[slot] };
  }

  private resize(capacity: number): void {
    const size = Math.max(64, capacity * 2);
    this.versions = new Float64Array(size).fill(-1);
    this.words = new Float64Array(size);
    this.all = new Float64Array(size);
  }
}

function norms(index: CollectionIndex, document: IndexedDocument): { words: number; all: number } {
  const { dictionary } = index;
  const logPopulation = Math.log(index.population + 1);
  let words = 0;
  for (let i = 0; i < document.words.length; i += 1) {
    const idf = rarity(logPopulation, dictionary.documentFrequency(document.words[i]));
    words += (document.wordDamped[i] * idf) ** 2;
  }
  for (const frequency of document.unknownFrequencies) {
    words += (damp(frequency) * rarity(logPopulation, 1)) ** 2;
  }
  let bigrams = 0;
  for (let i = 0; i < document.bigrams.length; i += 1) {
    const documentFrequency = dictionary.documentFrequency(document.bigrams[i]);
    // A pair that stands nowhere else matches nothing and would only dilute.
    if (documentFrequency < 2) continue;
    bigrams += (document.bigramDamped[i] * rarity(logPopulation, documentFrequency)) ** 2;
  }
  return { words: Math.sqrt(words), all: Math.sqrt(words + bigrams) };
}

const normsByIndex = new WeakMap<CollectionIndex, Norms>();

/** Dense arrays over all terms: a look-up costs one read. Zero between comparisons. */
interface Scratch {
  frequency: Float64Array;
  bm25: Float64Array;
  cosine: Float64Array;
  watch: Uint32Array;
}
const scratchByIndex = new WeakMap<CollectionIndex, Scratch>();

function scratchOf(index: CollectionIndex): Scratch {
  const known = scratchByIndex.get(index);
  const { capacity } = index.dictionary;
  if (known && known.bm25.length >= capacity) return known;
  const size = Math.max(1024, Math.ceil(capacity * 1.5));
  const scratch = {
    frequency: new Float64Array(size),
    bm25: new Float64Array(size),
    cosine: new Float64Array(size),
    watch: new Uint32Array(size),
  };
  scratchByIndex.set(index, scratch);
  return scratch;
}

/**
 * @param watch Terms whose frequency in each candidate the caller wants to know beside the scores.
 */
export function compareText(
  index: CollectionIndex,
  source: IndexedDocument,
  watch: readonly number[],
): TextComparison {
  const { dictionary, population, averageLength } = index;
  const logPopulation = Math.log(population + 1);
  const cache = normsByIndex.get(index) ?? new Norms();
  normsByIndex.set(index, cache);
  const scratch = scratchOf(index);
  const watched = new Float64Array(watch.length);
  watch.forEach((id, i) => {
    scratch.watch[id] = i + 1;
  });

  const sourceNorms = cache.of(index, source);
  let self = 0;
  for (let i = 0; i < source.words.length; i += 1) {
    const id = source.words[i];
    const frequency = source.wordFrequencies[i];
    const documentFrequency = dictionary.documentFrequency(id);
    scratch.frequency[id] = frequency;
    scratch.bm25[id] = frequency * bm25Idf(population, documentFrequency);
    scratch.cosine[id] = source.wordDamped[i] * rarity(logPopulation, documentFrequency);
    self += scratch.bm25[id] * saturate(frequency, source.length, averageLength);
  }
  for (const frequency of source.unknownFrequencies) {
    self += frequency * bm25Idf(population, 1) * saturate(frequency, source.length, averageLength);
  }
  for (let i = 0; i < source.bigrams.length; i += 1) {
    const id = source.bigrams[i];
    const frequency = source.bigramFrequencies[i];
    const documentFrequency = dictionary.documentFrequency(id);
    scratch.frequency[id] = frequency;
    scratch.cosine[id] =
      documentFrequency >= 2
        ? source.bigramDamped[i] * rarity(logPopulation, documentFrequency)
        : 0;
  }

  return {
    compare(candidate) {
      watched.fill(0);
      let bm25 = 0;
      let wordDot = 0;
      let bigramDot = 0;
      const { words, wordFrequencies, wordDamped, length } = candidate;
      const { bigrams, bigramFrequencies, bigramDamped } = candidate;
      for (let i = 0; i < words.length; i += 1) {
        const id = words[i];
        const frequency = wordFrequencies[i];
        if (scratch.watch[id] > 0) watched[scratch.watch[id] - 1] = frequency;
        const weight = scratch.bm25[id];
        if (weight === 0) continue;
        bm25 += weight * saturate(frequency, length, averageLength);
        wordDot +=
          scratch.cosine[id] *
          wordDamped[i] *
          rarity(logPopulation, dictionary.documentFrequency(id));
      }
      for (let i = 0; i < bigrams.length; i += 1) {
        const id = bigrams[i];
        if (scratch.watch[id] > 0) watched[scratch.watch[id] - 1] = bigramFrequencies[i];
        const weight = scratch.cosine[id];
        if (weight === 0) continue;
        bigramDot +=
          weight * bigramDamped[i] * rarity(logPopulation, dictionary.documentFrequency(id));
      }
      const candidateNorms = cache.of(index, candidate);
      const wordCosine = ratio(wordDot, candidateNorms.words * sourceNorms.words);
      return {
        bm25,
        cosine: ratio(wordDot + bigramDot, candidateNorms.all * sourceNorms.all),
        absolute: (wordCosine + ratio(bm25, self)) / 2,
        watched,
      };
    },
    frequencyInSource: (term) => scratch.frequency[term],
    sharedTerms(candidate, limit) {
      const shared: { id: number; weight: number }[] = [];
      candidate.words.forEach((id, i) => {
        const weight =
          scratch.bm25[id] *
          saturate(candidate.wordFrequencies[i], candidate.length, averageLength);
        if (weight > 0) shared.push({ id, weight });
      });
      shared.sort((a, b) => b.weight - a.weight);
      return shared.slice(0, limit).map(({ id }) => dictionary.text(id));
    },
    close() {
      for (const id of source.words) {
        scratch.frequency[id] = scratch.bm25[id] = scratch.cosine[id] = 0;
      }
      for (const id of source.bigrams) scratch.frequency[id] = scratch.cosine[id] = 0;
      for (const id of watch) scratch.watch[id] = 0;
    },
  };
}

/** A quotient of non-negative numbers held within 0 to 1; 0 where nothing can be compared. */
function ratio(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, part / whole) : 0;
}
