import type { EngineDocument } from '../types';
import type { Analyzer } from './analyzer';

/** A document's words, still as strings: what the index turns into numbers. */
export interface AnalyzedDocument {
  /** Weighted frequency of each word over all fields, in order of first occurrence. */
  words: Map<string, number>;
  /** The texts whose neighbouring words make bigrams, with what each bigram counts. */
  sequences: { words: readonly string[]; weight: number }[];
  /** The words of the title in reading order, without stop words. */
  title: string[];
  /** The title as a phrase: stop words included. */
  titlePhrase: string[];
  /** The distinct words of the slug. */
  slug: string[];
}

/**
 * How often a word of each part counts, with the body as 1. Measured on editorial and
 * reference sites: titles carry most.
 */
export const PART_WEIGHTS = { title: 8, taxonomy: 3, slug: 3, titleBigram: 3 } as const;

/** Text beyond this many UTF-16 units per field is not read; a novel is about a million. */
export const MAX_FIELD_LENGTH = 1_000_000;

function addWords(words: Map<string, number>, terms: string[], weight: number): void {
  for (const term of terms) words.set(term, (words.get(term) ?? 0) + weight);
}

export function analyzeDocument(document: EngineDocument, analyzer: Analyzer): AnalyzedDocument {
  const words = new Map<string, number>();

  const title = analyzer.terms(document.title.slice(0, MAX_FIELD_LENGTH));
  addWords(words, title, PART_WEIGHTS.title);
  const sequences = [{ words: title, weight: PART_WEIGHTS.titleBigram as number }];

  const slug = document.slug ? analyzer.terms(document.slug.replace(/_/g, ' ')) : [];
  addWords(words, slug, PART_WEIGHTS.slug);
  for (const { label } of document.taxonomy) {
    addWords(words, analyzer.terms(label), PART_WEIGHTS.taxonomy);
  }
  for (const { text, weight } of document.fields) {
    const terms = analyzer.terms(text.slice(0, MAX_FIELD_LENGTH));
    addWords(words, terms, weight);
    sequences.push({ words: terms, weight });
  }

  return {
    words,
    sequences,
    title,
    titlePhrase: analyzer.phrase(document.title.slice(0, MAX_FIELD_LENGTH)),
    slug: [...new Set(slug)],
  };
}
