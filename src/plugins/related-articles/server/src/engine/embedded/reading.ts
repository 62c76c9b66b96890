import { AnalyzedDocument } from '../analysis/analyzed-document';
import { createAnalyzer } from '../analysis/analyzer';
import type { Language } from '../analysis/languages';
import { GrowableInts } from '../growable';
import type { TermIds } from '../indexed-document';
import type { CollectionIndex } from './collection-index';

/** Turns documents into numbers of an index, one after the other. */
export class Reading {
  readonly analyzed: AnalyzedDocument;
  /** Dictionary ids of words requested so far, by number in the vocabulary; an id may by now stand for another word. */
  private wordIds = new GrowableInts();

  constructor(
    language: Language | string,
    private readonly index: Pick<CollectionIndex, 'dictionary' | 'taxonomy'>,
  ) {
    this.analyzed = new AnalyzedDocument(createAnalyzer(language).vocabulary);
  }

  makeRoom(): void {
    // After that, words get new numbers.
    if (this.analyzed.vocabulary.makeRoom()) this.wordIds = new GrowableInts();
  }

  /** Gives numbers to new words and entries. */
  readonly making: TermIds = {
    word: (number) => {
      const known = this.knownId(number);
      if (known >= 0) return known;
      const { terms, hashes } = this.analyzed.vocabulary;
      const id = this.index.dictionary.intern(terms[number], hashes.get(number));
      if (id < 0) return id;
      while (this.wordIds.length < number) this.wordIds.push(-1);
      this.wordIds.set(number, id);
      return id;
    },
    taxonomy: (key) => this.index.taxonomy.intern(key),
  };

  readonly knowing: TermIds = {
    word: (number) => {
      const known = this.knownId(number);
      return known >= 0 ? known : this.index.dictionary.id(this.analyzed.vocabulary.terms[number]);
    },
    taxonomy: (key) => this.index.taxonomy.number(key),
  };

  private knownId(number: number): number {
    const id = number < this.wordIds.length ? this.wordIds.get(number) : -1;
    const { dictionary } = this.index;
    if (!dictionary.hasReusedIds) return id;
    return id >= 0 && dictionary.text(id) === this.analyzed.vocabulary.terms[number] ? id : -1;
  }
}
