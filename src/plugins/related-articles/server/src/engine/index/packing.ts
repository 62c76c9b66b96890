import type { EngineDocument } from '../types';
import type { Dictionary } from './dictionary';
import { GrowableInts } from './growable';
import { hashText } from './hash';
import type { IndexedDocument } from './indexed-document';
import type { Members } from './members';

/**
 * Some documents of a collection as plain texts and numbers, to be written to a file and read back. Batches belong
 * together in their order: a word is told once, in the first batch that has it.
 */
export interface DocumentBatch {
  /** Words that no earlier batch had; a word's number is its place among those of all batches. */
  words: string[];
  texts: PackedTexts[];
  /** For each document the whole numbers that `packNumbers` names. */
  numbers: Int32Array;
  /** For each document date (NaN for none), length, word norm and norm. */
  figures: Float64Array;
  /** The terms of all documents, words as `number << 8 | frequency code`. */
  terms: Uint32Array;
}

/** What of a document is text. */
export interface PackedTexts {
  id: string;
  /** Relation, key and label of each taxonomy entry. */
  taxonomy: [string, string, string][];
  addresses: readonly string[];
  links: readonly string[];
  attributes?: EngineDocument['attributes'];
}

const FIGURES = 4;
/** Counts of terms, words, title, slug, endings and sketch, and the title's key. */
const COUNTS = 7;

/** Packs documents of one index, batch by batch; the index may change in between. */
export class Packer {
  /** By a word's id its number plus one, and the text that it stood for: ids are used again for other words. */
  private readonly numbers = new GrowableInts();
  private readonly texts: string[] = [];
  private count = 0;

  constructor(
    private readonly dictionary: Dictionary,
    private readonly taxonomy: Members,
  ) {}

  pack(documents: readonly IndexedDocument[]): DocumentBatch {
    const words: string[] = [];
    const numberOf = (id: number): number => {
      const text = this.dictionary.text(id);
      const known = id < this.numbers.length ? this.numbers.get(id) : 0;
      if (known > 0 && this.texts[id] === text) return known - 1;
      while (this.numbers.length < id) this.numbers.push(0);
      this.count += 1;
      this.numbers.set(id, this.count);
      this.texts[id] = text;
      words.push(text);
      return this.count - 1;
    };
    const numbers: number[] = [];
    const figures = new Float64Array(documents.length * FIGURES);
    const terms = new Uint32Array(
      documents.reduce((sum, document) => sum + document.terms.length, 0),
    );
    let at = 0;
    documents.forEach((document, i) => {
      const { date, length, wordNorm, norm, wordCount, title, slug, endings, sketch } = document;
      figures.set([date ?? NaN, length, wordNorm, norm], i * FIGURES);
      terms.set(document.terms, at);
      for (let word = at; word < at + wordCount; word += 1) {
        terms[word] = (numberOf(terms[word] >>> 8) << 8) | (terms[word] & 255);
      }
      at += document.terms.length;
      const lists = [title, slug, endings, sketch];
      numbers.push(document.terms.length, wordCount, document.titleKey);
      for (const list of lists) numbers.push(list.length);
      for (const id of title) numbers.push(numberOf(id));
      for (const id of slug) numbers.push(numberOf(id));
      numbers.push(...endings, ...sketch);
    });
    return {
      words,
      texts: documents.map((document) => this.textsOf(document)),
      numbers: Int32Array.from(numbers),
      figures,
      terms,
    };
  }

  private textsOf({ id, taxonomy, addresses, links, attributes }: IndexedDocument): PackedTexts {
    return {
      id,
      taxonomy: taxonomy.map(({ relation, key, label }) => [
        relation,
        this.taxonomy.key(key),
        label,
      ]),
      addresses,
      links,
      ...(attributes && { attributes }),
    };
  }
}

/** Reads batches back into an index that need not be the one they are from. */
export class Unpacker {
  private readonly ids = new GrowableInts();

  constructor(
    private readonly dictionary: Dictionary,
    private readonly taxonomy: Members,
  ) {}

  /** The documents, each in the slot that `slotOf` gives its id. */
  unpack(batch: DocumentBatch, slotOf: (id: string) => number): IndexedDocument[] {
    const { ids, dictionary } = this;
    for (const word of batch.words) ids.push(dictionary.intern(word, hashText(word) | 0));
    let at = 0;
    let number = 0;
    const list = (length: number): number[] => {
      const from = number;
      number += length;
      return Array.from(batch.numbers.subarray(from, number));
    };
    return batch.texts.map(({ id, taxonomy, addresses, links, attributes }, i) => {
      const [termCount, wordCount, titleKey, ...lengths] = list(COUNTS);
      // A copy: a view would keep the whole batch in memory.
      const terms = batch.terms.slice(at, at + termCount);
      at += termCount;
      for (let word = 0; word < wordCount; word += 1) {
        terms[word] = (ids.get(terms[word] >>> 8) << 8) | (terms[word] & 255);
      }
      const [title, slug, endings, sketch] = lengths.map(list);
      const [date, length, wordNorm, norm] = batch.figures.subarray(i * FIGURES, (i + 1) * FIGURES);
      return {
        id,
        slot: slotOf(id),
        date: Number.isNaN(date) ? null : date,
        length,
        terms,
        wordCount,
        unknown: [],
        wordNorm,
        norm,
        sketch,
        title: title.map((word) => ids.get(word)),
        slug: slug.map((word) => ids.get(word)),
        endings,
        titleKey,
        taxonomy: taxonomy.map(([relation, key, label]) => ({
          relation,
          key: this.taxonomy.intern(key),
          label,
        })),
        addresses,
        links,
        attributes: attributes && Object.freeze(attributes),
      };
    });
  }
}
