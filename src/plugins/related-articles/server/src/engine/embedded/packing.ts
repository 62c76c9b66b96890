import type { DocumentBatch, PackedTexts } from '../engine';
import type { Dictionary } from './dictionary';
import { GrowableInts } from '../growable';
import { hashText } from '../hash';
import { NO_PICKS, type IndexedDocument } from '../indexed-document';
import type { TaxonomyIndex } from './taxonomy-index';
import { codeOf, pack, upperOf } from '../packed';

const FIGURES = 4;
/** Counts of terms, words, title, slug, endings and sketch, and the title's key. */
const COUNTS = 7;
const NOTHING: readonly number[] = [];
const NO_LINKS: readonly string[] = [];

/** Packs documents of one index, batch by batch; the index may change in between. */
export class Packer {
  /** By word id: the word's number plus one, and the text that the id stood for, because ids are reused. */
  private readonly numbers = new GrowableInts();
  private readonly texts: string[] = [];
  private count = 0;

  constructor(
    private readonly dictionary: Dictionary,
    private readonly taxonomy: TaxonomyIndex,
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
        terms[word] = pack(numberOf(upperOf(terms[word])), codeOf(terms[word]));
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

  private textsOf({
    id,
    taxonomy,
    addresses,
    links,
    picked,
    attributes,
  }: IndexedDocument): PackedTexts {
    return {
      id,
      taxonomy: taxonomy.map(({ relation, key, label }) => [
        relation,
        this.taxonomy.key(key),
        label,
      ]),
      addresses,
      links,
      ...(picked.length > 0 && { picked }),
      ...(attributes && { attributes }),
    };
  }
}

/** Reads batches back into an index, which need not be the one that they came from. */
export class Unpacker {
  private ids = new Int32Array(1024);
  private count = 0;

  constructor(
    private readonly dictionary: Dictionary,
    private readonly taxonomy: TaxonomyIndex,
  ) {}

  /** The documents, which have no slots yet. */
  unpack({ words, texts, numbers, figures, terms }: DocumentBatch): IndexedDocument[] {
    this.learn(words);
    const { ids } = this;
    let [at, number] = [0, 0];
    const list = (length: number, isWord: boolean): number[] => {
      const items: number[] = [];
      for (const end = number + length; number < end; number += 1) {
        items.push(isWord ? ids[numbers[number]] : numbers[number]);
      }
      return items;
    };
    return texts.map(({ id, taxonomy, addresses, links, picked, attributes }, i) => {
      const [termCount, wordCount, titleKey, ...lengths] = list(COUNTS, false);
      // A copy: a view would keep the whole batch in memory.
      const own = terms.slice(at, at + termCount);
      at += termCount;
      for (let word = 0; word < wordCount; word += 1) {
        own[word] = pack(ids[upperOf(own[word])], codeOf(own[word]));
      }
      const date = figures[i * FIGURES];
      return {
        id,
        slot: -1,
        date: Number.isNaN(date) ? null : date,
        length: figures[i * FIGURES + 1],
        terms: own,
        wordCount,
        unknown: NOTHING,
        wordNorm: figures[i * FIGURES + 2],
        norm: figures[i * FIGURES + 3],
        title: list(lengths[0], true),
        unknownTitle: 0,
        slug: list(lengths[1], true),
        endings: list(lengths[2], false),
        sketch: list(lengths[3], false),
        titleKey,
        taxonomy: taxonomy.map(([relation, key, label]) => ({
          relation,
          key: this.taxonomy.intern(key),
          label,
        })),
        addresses,
        links: links.length > 0 ? links : NO_LINKS,
        picked: picked ?? NO_PICKS,
        attributes: attributes && Object.freeze(attributes),
      };
    });
  }

  private learn(words: readonly string[]): void {
    if (this.count + words.length > this.ids.length) {
      const grown = new Int32Array((this.count + words.length) * 2);
      grown.set(this.ids);
      this.ids = grown;
    }
    for (const word of words) {
      this.ids[this.count] = this.dictionary.intern(word, hashText(word) | 0);
      this.count += 1;
    }
  }
}
