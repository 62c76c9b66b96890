import { Frequencies } from './frequencies';
import { GrowableInts } from '../growable';
import { hashPair } from '../hash';
import { runAtOnce, type Steps } from '../steps';
import type { EngineDocument } from '../engine';
import type { Vocabulary } from './vocabulary';

/**
 * How often a word of each part counts, with the body as 1. Measured on editorial and
 * reference sites: titles count most.
 */
export const PART_WEIGHTS = { title: 8, taxonomy: 3, slug: 3, titleBigram: 3 } as const;

/** Text beyond this many UTF-16 units per field is not read; a novel is about a million. */
export const MAX_FIELD_LENGTH = 1_000_000;
/** The same limit for titles, slugs and names, where each word counts several times. */
const MAX_NAME_LENGTH = 10_000;

/** How many distinct words and pairs of a document are kept: those that come first. A novel has fewer words. */
const MAX_WORDS = 20_000;
const MAX_BIGRAMS = 40_000;
/** Words that are counted in one step. */
const STEP = 10_000;

/** A document's words as numbers of a vocabulary. Reused for many documents: each `read` replaces the last. */
export class AnalyzedDocument {
  /** Weighted frequency of each word over all fields, in order of first occurrence. */
  readonly words = new Frequencies(MAX_WORDS);
  /** Weighted frequency of each pair of neighbouring words, by the hash of both, in the same order. */
  readonly bigrams = new Frequencies(MAX_BIGRAMS);
  /** The words of the title in reading order, without stop words. */
  title: Int32Array = new Int32Array(0);
  /** The title as a phrase: stop words included. */
  titlePhrase: Int32Array = new Int32Array(0);
  /** The distinct words of the slug. */
  slug: number[] = [];

  private readonly numbers = new GrowableInts();

  constructor(readonly vocabulary: Vocabulary) {}

  read(document: EngineDocument): void {
    runAtOnce(this.readInSteps(document));
  }

  /** `read` in steps. Until it is done, do not read anything else with this object, and do not call `makeRoom`. */
  *readInSteps(document: EngineDocument): Steps<void> {
    this.words.clear();
    this.bigrams.clear();
    const heading = document.title.slice(0, MAX_NAME_LENGTH);
    yield* this.add(heading, PART_WEIGHTS.title);
    this.title = this.numbers.values().slice();
    yield* this.addBigrams(PART_WEIGHTS.titleBigram);
    const slug = document.slug?.slice(0, MAX_NAME_LENGTH).replace(/_/g, ' ') ?? '';
    yield* this.add(slug, PART_WEIGHTS.slug);
    this.slug = [...new Set(this.numbers.values())];
    for (const { label } of document.taxonomy) {
      yield* this.add(label.slice(0, MAX_NAME_LENGTH), PART_WEIGHTS.taxonomy);
    }
    for (const { text, weight } of document.fields) {
      yield* this.add(text.slice(0, MAX_FIELD_LENGTH), weight);
      yield* this.addBigrams(weight);
    }
    this.numbers.length = 0;
    this.vocabulary.read(heading, this.numbers, true);
    this.titlePhrase = this.numbers.values().slice();
  }

  /** Counts the words of a text; afterwards, `numbers` holds them. */
  private *add(text: string, weight: number): Steps<void> {
    this.numbers.length = 0;
    yield* this.vocabulary.readInSteps(text, this.numbers);
    const numbers = this.numbers.values();
    for (let i = 0; i < numbers.length; i += 1) {
      this.words.add(numbers[i], weight);
      if (i % STEP === STEP - 1) yield;
    }
    yield;
  }

  private *addBigrams(weight: number): Steps<void> {
    const { hashes } = this.vocabulary;
    const numbers = this.numbers.values();
    let before = numbers.length > 0 ? hashes.get(numbers[0]) : 0;
    for (let i = 1; i < numbers.length; i += 1) {
      const hash = hashes.get(numbers[i]);
      this.bigrams.add(hashPair(before, hash), weight);
      if (i % STEP === 0) yield;
      before = hash;
    }
  }
}

/** Characters that are analysed without a pause: some five milliseconds. */
const SHORT = 50_000;

/** Whether a document takes so long to analyse that it should be read in slices. */
export function isLong({ fields, title, taxonomy }: EngineDocument): boolean {
  let length = title.length;
  for (const { text } of fields) length += text.length;
  for (const { label } of taxonomy) length += label.length;
  return length > SHORT;
}
