import { NumberCounts } from '../counts/number-counts';
import type { IndexedDocument, TermIds } from '../indexed-document';
import { LinkGraph } from '../link-graph';
import { upperOf } from '../packed';
import { TermTable } from '../signals/term-table';
import {
  averageLengthOf,
  lengthUnitsOf,
  populationOf,
  type CollectionStatistics,
} from '../statistics';

/*
 * Where somebody sends words and may not have all documents, what the index knows of a word may be a secret, and they
 * may have written documents of their own to find it out. So candidates are found as if all words were equally rare;
 * then how rare they are, and who links to whom, is counted over the candidates alone, all of which the sender has.
 * On eight corpora, nDCG@10 is .562 on average, .566 with the collection's own figures, .520 if all words stay equal.
 */

/** In how many documents every word counts as being. */
const EQUAL = 8;

/** Numbers for words that the index does not know: those that it would give last. */
const LAST_NUMBER = 2 ** 24 - 2;

/** Gives a number to every word of one document, also to those that the index does not know. */
export function numberingAll({ word, taxonomy }: TermIds): TermIds {
  const unknown = new Map<number, number>();
  return {
    taxonomy,
    word: (number) => {
      const id = word(number);
      if (id >= 0) return id;
      const known = unknown.get(number) ?? LAST_NUMBER - unknown.size;
      unknown.set(number, known);
      return known;
    },
  };
}

type Rarities = Pick<CollectionStatistics, 'dictionary' | 'bigrams' | 'titles' | 'endings'>;

/** The statistics of a collection as if all words, pairs, titles and endings were equally rare. */
export function equalStatistics<Index extends Rarities>(index: Index): Pick<Index, keyof Rarities> {
  const { dictionary } = index;
  const equal = { get: () => EQUAL };
  return {
    // Whatever else an engine's own dictionary can do stays as it is.
    dictionary: Object.assign(Object.create(dictionary) as Index['dictionary'], {
      documentFrequency: () => EQUAL,
      hash: (id: number) => dictionary.hash(id) ?? 0,
      isEqual: true,
    }),
    bigrams: equal,
    titles: { get: () => 1 },
    endings: equal,
  };
}

/** The statistics of a collection with rarities as if it consisted of the documents that a source is compared with. */
export function statisticsOver(
  index: CollectionStatistics,
  source: IndexedDocument,
  documents: readonly IndexedDocument[],
): CollectionStatistics {
  const [words, titles, endings, taxonomy] = Array.from({ length: 4 }, () => new NumberCounts());
  const bigrams = new BigramsOf(source);
  for (const document of documents) {
    const { terms, wordCount } = document;
    for (let i = 0; i < wordCount; i += 1) words.add(upperOf(terms[i]), 1);
    bigrams.count(document);
    if (document.titleKey !== 0) titles.add(document.titleKey, 1);
    for (const ending of document.endings) endings.add(ending, 1);
    for (const { key } of document.taxonomy) taxonomy.add(key, 1);
  }
  const { size, dates, links, dictionary } = index;
  const share = size / Math.max(1, documents.length);
  const ofAll = (counts: NumberCounts, key: number) => Math.ceil(counts.get(key) * share);
  return {
    size,
    averageLength: averageLengthOf(documents.length, documents.reduce((sum, one) => sum + lengthUnitsOf(one), 0)), // prettier-ignore
    dates,
    links,
    population: populationOf(documents.length),
    dictionary: {
      text: (id) => dictionary.text(id),
      hash: (id) => dictionary.hash(id),
      documentFrequency: (id) => Math.max(1, words.get(id)),
    },
    bigrams,
    titles,
    endings: { get: (hash) => ofAll(endings, hash) },
    taxonomy: { count: (key) => ofAll(taxonomy, key) },
    ...linksAmong(index, source, documents),
    at: (slot) => index.at(slot),
    compareSlots: (a, b) => index.compareSlots(a, b),
  };
}

/** Links as far as they lead from or to a source, or to each other. Of several with the same address, all are meant. */
function linksAmong(
  index: CollectionStatistics,
  source: IndexedDocument,
  documents: readonly IndexedDocument[],
): Pick<CollectionStatistics, 'targetsOf' | 'linkingTo' | 'countLinkingTo'> {
  const known = new Set([source, ...documents].flatMap(({ addresses }) => addresses));
  const graph = new LinkGraph((a, b) => index.compareSlots(a, b));
  for (const { slot, addresses, links } of documents) {
    graph.add(
      slot,
      addresses,
      links.filter((link) => known.has(link)),
    );
  }
  const linkingTo = ({ addresses, slot }: IndexedDocument) => graph.allLinking(addresses, slot);
  return {
    targetsOf: ({ links, slot }) => graph.allTargets(links, slot),
    linkingTo,
    countLinkingTo: (document) => linkingTo(document).length,
  };
}

/** In how many documents each pair of one of them is. Nobody asks about others. */
class BigramsOf {
  private readonly places: TermTable;
  private readonly counts: Uint32Array;

  constructor({ terms, wordCount }: IndexedDocument) {
    const size = terms.length - wordCount;
    this.places = new TermTable(size);
    this.counts = new Uint32Array(size);
    for (let i = 0; i < size; i += 1) this.places.set(upperOf(terms[wordCount + i]), i);
  }

  count({ terms, wordCount }: IndexedDocument): void {
    for (let i = wordCount; i < terms.length; i += 1) {
      const place = this.places.get(upperOf(terms[i]));
      if (place >= 0) this.counts[place] += 1;
    }
  }

  /** What only one document has is not left out: whether others have it may be a secret. */
  get(hash: number): number {
    const place = this.places.get(hash);
    return Math.max(2, place >= 0 ? this.counts[place] : 0);
  }
}
