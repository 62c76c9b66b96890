import { analyzeDocument } from '../analysis/analyzed-document';
import { createAnalyzer, type Analyzer } from '../analysis/analyzer';
import type { Language } from '../analysis/languages';
import type { EngineDocument } from '../types';
import { Counter } from './counter';
import { Dictionary } from './dictionary';
import { LinkGraph } from './link-graph';
import { Members } from './members';
import { SortedDates } from './sorted-dates';

/** A document as numbers: what signals compare. */
export interface IndexedDocument {
  id: string;
  /** Where the document of this id stands in the index; -1 when there is none. */
  slot: number;
  date: number | null;
  /** Sum of all weighted word frequencies. */
  length: number;
  /** Distinct words in order of first occurrence, and how often each counts. */
  words: Uint32Array;
  wordFrequencies: Float32Array;
  /** 1 + ln of each frequency, for the cosine. */
  wordDamped: Float32Array;
  /** Weighted frequencies of words that the index does not know; empty for an indexed document. */
  unknownFrequencies: Float32Array;
  bigrams: Uint32Array;
  bigramFrequencies: Float32Array;
  bigramDamped: Float32Array;
  /** The title's words in reading order. */
  title: Uint32Array;
  /** The distinct words of the slug. */
  slug: Uint32Array;
  /** Keys of the title's endings, shortest first. */
  endings: string[];
  titleKey: string;
  taxonomy: TaxonomyKey[];
  /** What links to this document may say: its slug, its id. */
  addresses: string[];
  links: string[];
  /** What signals of the caller's own see. */
  attributes: EngineDocument['attributes'];
}

export interface TaxonomyKey {
  relation: string;
  key: string;
  label: string;
}

/** Endings of more words than this are as rare as the whole title. */
const MAX_ENDING_WORDS = 8;
/**
 * Documents that are assumed to exist beside those of the collection and to hold none of its words.
 * Without them a site of three articles would take every word that two of them share for a common one.
 */
const BACKGROUND_DOCUMENTS = 50;
/** Lengths are kept in 1/256 words: sums of integers are exact in any order. */
const LENGTH_UNIT = 256;

/**
 * The documents of one collection. Everything that depends on other documents (frequencies,
 * averages, ranks of dates, resolved links) is read when asked, so that an index that grew
 * change by change equals one built at once.
 */
export class CollectionIndex {
  readonly dictionary = new Dictionary();
  readonly dates = new SortedDates();
  readonly endings = new Counter();
  readonly titles = new Counter();
  readonly taxonomy = new Members();
  readonly links = new LinkGraph((a, b) => this.compareSlots(a, b));
  /** Rises with every write: what was derived from an older state is void. */
  version = 0;

  private readonly analyzer: Analyzer;
  private readonly slots: (IndexedDocument | undefined)[] = [];
  private readonly byId = new Map<string, number>();
  private readonly freeSlots: number[] = [];
  private lengthUnits = 0;

  /** @param language The language that its documents are written in, or its code. */
  constructor(language: Language | string) {
    this.analyzer = createAnalyzer(language);
  }

  get size(): number {
    return this.byId.size;
  }

  /** The number of documents against which a word's rarity is measured. */
  get population(): number {
    return this.size + BACKGROUND_DOCUMENTS;
  }

  /** One more than the largest slot in use. */
  get capacity(): number {
    return this.slots.length;
  }

  get averageLength(): number {
    return this.size === 0 ? 1 : Math.max(1, this.lengthUnits / LENGTH_UNIT / this.size);
  }

  ids(): Iterable<string> {
    return this.byId.keys();
  }

  get(id: string): IndexedDocument | undefined {
    const slot = this.byId.get(id);
    return slot === undefined ? undefined : this.slots[slot];
  }

  at(slot: number): IndexedDocument {
    return this.slots[slot] as IndexedDocument;
  }

  upsert(document: EngineDocument): void {
    this.remove(document.id);
    const slot = this.freeSlots.pop() ?? this.slots.length;
    const indexed = this.toNumbers(document, slot, true);
    this.slots[slot] = indexed;
    this.byId.set(document.id, slot);
    this.version += 1;

    indexed.words.forEach((id, i) => {
      this.dictionary.retain(id);
      this.dictionary.postingsOf(id).add(slot, indexed.wordFrequencies[i]);
    });
    indexed.bigrams.forEach((id) => this.dictionary.retain(id));
    this.lengthUnits += Math.round(indexed.length * LENGTH_UNIT);
    this.count(indexed, 1);
    for (const { key } of indexed.taxonomy) this.taxonomy.add(key, slot);
    this.links.add(slot, indexed.addresses, indexed.links);
    if (indexed.date !== null) this.dates.add(indexed.date);
  }

  remove(id: string): void {
    const slot = this.byId.get(id);
    if (slot === undefined) return;
    const indexed = this.at(slot);
    this.version += 1;

    this.links.remove(slot, indexed.addresses, indexed.links);
    if (indexed.date !== null) this.dates.remove(indexed.date);
    this.count(indexed, -1);
    for (const { key } of indexed.taxonomy) this.taxonomy.remove(key, slot);
    this.lengthUnits -= Math.round(indexed.length * LENGTH_UNIT);
    indexed.bigrams.forEach((bigram) => this.dictionary.release(bigram));
    for (const word of indexed.words) {
      this.dictionary.postingsOf(word).remove(slot);
      this.dictionary.release(word);
    }
    this.byId.delete(id);
    this.slots[slot] = undefined;
    this.freeSlots.push(slot);
  }

  /** A document that is only asked about, such as a draft; the index stays as it is. */
  lookUp(document: EngineDocument): IndexedDocument {
    return this.toNumbers(document, this.byId.get(document.id) ?? -1, false);
  }

  /** Newest first, then by id: the order of last resort, the same on every instance. */
  compareSlots(a: number, b: number): number {
    const [left, right] = [this.at(a), this.at(b)];
    if (left.date !== right.date) return (right.date ?? -Infinity) - (left.date ?? -Infinity);
    return left.id < right.id ? -1 : Number(left.id > right.id);
  }

  /** Estimated bytes in memory. */
  get bytes(): number {
    let bytes = this.dictionary.bytes;
    for (const document of this.slots) {
      if (!document) continue;
      bytes += 12 * (document.words.length + document.bigrams.length) + 700;
    }
    return bytes;
  }

  private count(document: IndexedDocument, by: 1 | -1): void {
    if (document.titleKey) this.titles.add(document.titleKey, by);
    for (const ending of document.endings) this.endings.add(ending, by);
  }

  private toNumbers(document: EngineDocument, slot: number, intern: boolean): IndexedDocument {
    const { dictionary } = this;
    const analyzed = analyzeDocument(document, this.analyzer);
    const wordId = (word: string) => (intern ? dictionary.internWord(word) : dictionary.word(word));

    const known: number[] = [];
    const knownFrequencies: number[] = [];
    const unknown: number[] = [];
    let length = 0;
    for (const [word, frequency] of analyzed.words) {
      const id = wordId(word);
      length += frequency;
      if (id < 0) unknown.push(frequency);
      else {
        known.push(id);
        knownFrequencies.push(frequency);
      }
    }

    const bigrams: number[] = [];
    const bigramFrequencies: number[] = [];
    for (const [pair, frequency] of analyzed.bigrams) {
      const space = pair.indexOf(' ');
      const first = dictionary.word(pair.slice(0, space));
      const second = dictionary.word(pair.slice(space + 1));
      if (first < 0 || second < 0) continue;
      const id = intern ? dictionary.internBigram(first, second) : dictionary.bigram(first, second);
      if (id < 0) continue;
      bigrams.push(id);
      bigramFrequencies.push(frequency);
    }

    const toIds = (words: string[]) =>
      Uint32Array.from(words.map((word) => dictionary.word(word)).filter((id) => id >= 0));
    return {
      id: document.id,
      slot,
      date: document.date ?? null,
      length,
      words: Uint32Array.from(known),
      wordFrequencies: Float32Array.from(knownFrequencies),
      wordDamped: Float32Array.from(knownFrequencies, damp),
      unknownFrequencies: Float32Array.from(unknown),
      bigrams: Uint32Array.from(bigrams),
      bigramFrequencies: Float32Array.from(bigramFrequencies),
      bigramDamped: Float32Array.from(bigramFrequencies, damp),
      title: toIds(analyzed.title),
      slug: toIds(analyzed.slug),
      endings: endingsOf(analyzed.titlePhrase),
      titleKey: analyzed.title.join(' '),
      taxonomy: taxonomyOf(document),
      addresses: document.slug ? [document.slug, document.id] : [document.id],
      links: document.links,
      attributes: document.attributes,
    };
  }
}

/** Sublinear term frequency (Salton and Buckley, Term-weighting approaches in automatic text retrieval, 1988). */
export function damp(frequency: number): number {
  return 1 + Math.log(Math.max(1, frequency));
}

function endingsOf(phrase: string[]): string[] {
  const endings: string[] = [];
  for (let words = 1; words <= Math.min(phrase.length - 1, MAX_ENDING_WORDS); words += 1) {
    endings.push(phrase.slice(-words).join(' '));
  }
  return endings;
}

function taxonomyOf(document: EngineDocument): TaxonomyKey[] {
  const keys = new Map<string, TaxonomyKey>();
  for (const { relation, id, label } of document.taxonomy) {
    const key = `${relation}\u0000${id}`;
    keys.set(key, { relation, key, label });
  }
  return [...keys.values()];
}
