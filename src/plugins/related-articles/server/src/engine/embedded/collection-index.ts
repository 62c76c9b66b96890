import type { Language } from '../analysis/languages';
import { runAtOnce, type Steps } from '../steps';
import type { DocumentBatch, EngineDocument } from '../engine';
import { equalStatistics, numberingAll } from '../ranking/local-rarity';
import type { RankQuery } from '../ranking/query';
import type { RankableCollection } from '../ranking/rank';
import type { LinkComparison } from '../signals/links';
import type { TextComparison } from '../signals/text';
import { candidatesFor } from './candidates';
import { BigramCounts } from '../counts/bigram-counts';
import { POSTING_FREQUENCY_CODE, postingLengthCode } from '../quantization';
import { Counter } from '../counts/counter';
import { Dictionary } from './dictionary';
import { hashText } from '../hash';
import { toIndexed, type IndexedDocument } from '../indexed-document';
import { LinkGraph } from '../link-graph';
import { TaxonomyIndex } from './taxonomy-index';
import { Packer, Unpacker } from './packing';
import { MAX_SLOTS } from './postings';
import { bulkCount } from './bulk-load';
import { Reading } from './reading';
import { SlotTitles } from './slot-titles';
import { SortedDates } from './sorted-dates';
import { codeOf, upperOf } from '../packed';
import { averageLengthOf, lengthUnitsOf, populationOf } from '../statistics';

const NOTHING: readonly number[] = [];
/**
 * Bytes of a document without its terms, and of its entries in counters, links and taxonomy: objects, texts, short
 * lists. Measured.
 */
const DOCUMENT_BYTES = 2000;

/**
 * The documents of one collection. Everything that depends on other documents (frequencies,
 * averages, ranks of dates, resolved links) is read on demand, so that an index that grew
 * change by change equals one built at once.
 */
export class CollectionIndex implements RankableCollection {
  readonly dictionary: Dictionary;
  readonly bigrams = new BigramCounts();
  readonly dates = new SortedDates();
  readonly slotTitles = new SlotTitles();
  readonly endings = new Counter<number>();
  readonly titles = new Counter<number>();
  readonly taxonomy = new TaxonomyIndex();
  readonly links = new LinkGraph((a, b) => this.compareSlots(a, b));

  /** Changes with each write. */
  revision = 0;

  private readonly reading: Reading;
  private readonly slots: (IndexedDocument | undefined)[] = [];
  private readonly byId = new Map<string, number>();
  /** Resolved links by slot, for those that were requested since the last write. */
  private readonly knownTargets = new Map<number, readonly number[]>();
  private readonly knownLinking = new Map<number, readonly number[]>();
  private readonly freeSlots: number[] = [];
  /** The result of `withEqualWords`. Made once, because the scratch space of searches belongs to it. */
  private view: CollectionIndex | null = null;
  private lengthUnits = 0;
  private termCount = 0;

  /**
   * @param language The language that its documents are written in, or its code.
   * @param maxWords How many distinct words it can hold. Default: as many as possible.
   */
  constructor(
    private readonly language: Language | string,
    maxWords?: number,
  ) {
    this.dictionary = new Dictionary(maxWords);
    this.reading = new Reading(language, this);
  }

  get size(): number {
    return this.byId.size;
  }

  /** The number of documents against which a word's rarity is measured. */
  get population(): number {
    return populationOf(this.size);
  }

  /** One more than the largest slot in use. */
  get capacity(): number {
    return this.slots.length;
  }

  get averageLength(): number {
    return averageLengthOf(this.size, this.lengthUnits);
  }

  /** Distinct words and bigrams. */
  get terms(): number {
    return this.dictionary.size + this.bigrams.size;
  }

  ids(): Iterable<string> {
    return this.byId.keys();
  }

  /** The ids with the smallest hashes, at most `count`: a sample that depends on nothing but the ids. */
  sample(count: number): string[] {
    const smallest: { id: string; hash: number }[] = [];
    for (const id of this.byId.keys()) {
      const hash = hashText(id);
      const worst = smallest[count - 1];
      if (worst && (hash > worst.hash || (hash === worst.hash && id > worst.id))) continue;
      const at = smallest.findIndex((one) => hash < one.hash || (hash === one.hash && id < one.id));
      smallest.splice(at < 0 ? smallest.length : at, 0, { id, hash });
      smallest.length = Math.min(count, smallest.length);
    }
    return smallest.map(({ id }) => id);
  }

  get(id: string): IndexedDocument | undefined {
    const slot = this.byId.get(id);
    return slot === undefined ? undefined : this.slots[slot];
  }

  at(slot: number): IndexedDocument {
    return this.slots[slot] as IndexedDocument;
  }

  upsert(document: EngineDocument): void {
    // Analyse before changing anything: a document that cannot be read leaves the index as it was.
    this.reading.makeRoom();
    runAtOnce(this.reading.analyzed.readInSteps(document));
    this.put(document, this.reading);
  }

  /** `upsert` in steps, for long documents; other documents may be added and looked up in the meantime. */
  *upsertInSteps(document: EngineDocument): Steps<void> {
    const reading = new Reading(this.language, this);
    yield* reading.analyzed.readInSteps(document);
    this.put(document, reading);
  }

  private put(document: EngineDocument, { analyzed, making }: Reading): void {
    const slot = this.byId.get(document.id) ?? this.freeSlots.pop() ?? this.slots.length;
    if (slot >= MAX_SLOTS) throw new RangeError(`The index holds ${MAX_SLOTS} documents at most.`);
    const indexed = toIndexed(document, analyzed, slot, making);
    this.place(indexed);
  }

  /** The documents that link to something, with their links as written. */
  *linking(): Generator<{ id: string; links: readonly string[] }> {
    for (const document of this.slots) if (document && document.links.length > 0) yield document;
  }

  /** All documents, a batch at a time. The index may change in between: a batch shows it when it is made. */
  *batches(size: number): Generator<DocumentBatch> {
    const packer = new Packer(this.dictionary, this.taxonomy);
    let documents: IndexedDocument[] = [];
    for (let slot = 0; slot < this.slots.length; slot += 1) {
      const document = this.slots[slot];
      if (document) documents.push(document);
      if (documents.length < size && slot < this.slots.length - 1) continue;
      if (documents.length > 0) yield packer.pack(documents);
      documents = [];
    }
  }

  /**
   * Reads what `batches` produced, in this process or another. Only for an empty index, which must not be queried
   * before `finish` has run to its end.
   */
  restoring(): { add(batch: DocumentBatch): void; finish(): Generator<void> } {
    const unpacker = new Unpacker(this.dictionary, this.taxonomy);
    return {
      add: (batch) => {
        const slotOf = (id: string) => this.byId.get(id) ?? this.slots.length;
        for (const document of unpacker.unpack(batch)) {
          document.slot = slotOf(document.id);
          const before = this.slots[document.slot];
          this.addNames(document);
          // It occurs twice: it was removed and added again while the index was being packed.
          if (before) this.subtractNames(before, document);
          else this.links.add(document.slot, document.addresses, document.links);
          this.slots[document.slot] = document;
          this.byId.set(document.id, document.slot);
        }
      },
      finish: () => bulkCount(this.slots as IndexedDocument[], this),
    };
  }

  private place(indexed: IndexedDocument): void {
    const { slot, addresses, links, id } = indexed;
    const before = this.slots[slot];
    // Add the new version first: most words of an edited document stay, and their entries are updated in place.
    this.add(indexed);
    if (before) this.subtract(before, indexed);
    else this.links.add(slot, addresses, links);
    this.dates.set(slot, indexed.date);
    this.slots[slot] = indexed;
    this.byId.set(id, slot);
  }

  remove(id: string): void {
    const slot = this.byId.get(id);
    if (slot === undefined) return;
    this.subtract(this.at(slot), null);
    this.dates.set(slot, null);
    this.byId.delete(id);
    this.slots[slot] = undefined;
    this.freeSlots.push(slot);
  }

  private add(document: IndexedDocument): void {
    const { slot, terms, wordCount, length } = document;
    const { postings } = this.dictionary;
    const byLength = postingLengthCode(length);
    for (let i = 0; i < wordCount; i += 1) {
      postings.put(upperOf(terms[i]), slot, POSTING_FREQUENCY_CODE[codeOf(terms[i])] | byLength);
    }
    for (let i = wordCount; i < terms.length; i += 1) this.bigrams.add(upperOf(terms[i]));
    this.addNames(document);
  }

  /** Adds everything but the terms. */
  private addNames(document: IndexedDocument): void {
    for (const { key } of document.taxonomy) this.taxonomy.add(key, document.slot);
    this.slotTitles.set(document.slot, document.title);
    this.count(document, 1);
  }

  /** Removes a document, except for what it has in common with the next document in its slot. */
  private subtract(document: IndexedDocument, next: IndexedDocument | null): void {
    const { slot, terms, wordCount } = document;
    const words = new Set<number>();
    for (let i = 0; next && i < next.wordCount; i += 1) words.add(upperOf(next.terms[i]));
    for (let i = 0; i < wordCount; i += 1) {
      if (!words.has(upperOf(terms[i]))) this.dictionary.release(upperOf(terms[i]), slot);
    }
    for (let i = wordCount; i < terms.length; i += 1) this.bigrams.remove(upperOf(terms[i]));
    this.subtractNames(document, next);
  }

  private subtractNames(document: IndexedDocument, next: IndexedDocument | null): void {
    const { slot } = document;
    const keys = new Set(next?.taxonomy.map(({ key }) => key));
    for (const { key } of document.taxonomy) if (!keys.has(key)) this.taxonomy.remove(key, slot);
    this.count(document, -1);
    this.links.remove(slot, document.addresses, document.links);
    if (next) this.links.add(slot, next.addresses, next.links);
  }

  /** The slots that a document links to, in the order of its links. */
  targetsOf(document: IndexedDocument): readonly number[] {
    return this.remembered(document, this.knownTargets, ({ links, slot }) =>
      this.links.targets(links, slot),
    );
  }

  /** The slots that link to a document, in no order. */
  linkingTo(document: IndexedDocument): readonly number[] {
    return this.remembered(document, this.knownLinking, ({ addresses, slot }) =>
      this.links.linking(addresses, slot),
    );
  }

  /** How many documents link to a document: faster than `linkingTo` if the number is all that is needed. */
  countLinkingTo({ addresses, slot }: IndexedDocument): number {
    return this.knownLinking.get(slot)?.length ?? this.links.countLinking(addresses, slot);
  }

  /** Never cached for a document that is only looked up: its links are not those of the document in its slot. */
  private remembered(
    document: IndexedDocument,
    known: Map<number, readonly number[]>,
    find: (document: IndexedDocument) => readonly number[],
  ): readonly number[] {
    if (this.links.isEmpty) return NOTHING;
    if (this.slots[document.slot] !== document) return find(document);
    const remembered = known.get(document.slot);
    if (remembered) return remembered;
    const found = find(document);
    known.set(document.slot, found);
    return found;
  }

  candidates(
    source: IndexedDocument,
    links: LinkComparison,
    text: TextComparison,
    query: RankQuery,
  ): IndexedDocument[] {
    return candidatesFor(this, source, links, text, query);
  }

  /**
   * Prepares a document that is only looked up, such as a draft; the index does not change.
   *
   * @param numbersAll Whether words that the index does not know get numbers, too. Default: false.
   */
  lookUp(document: EngineDocument, numbersAll = false): IndexedDocument {
    this.reading.makeRoom();
    runAtOnce(this.reading.analyzed.readInSteps(document));
    return this.known(document, this.reading, numbersAll);
  }

  /**
   * `lookUp` in steps, for long documents.
   *
   * @returns A function that numbers its words. Call it just before comparing: later, numbers may mean other words.
   */
  *lookUpInSteps(document: EngineDocument, numbersAll = false): Steps<() => IndexedDocument> {
    const reading = new Reading(this.language, this);
    yield* reading.analyzed.readInSteps(document);
    return () => this.known(document, reading, numbersAll);
  }

  private known(
    document: EngineDocument,
    { analyzed, knowing }: Reading,
    numbersAll: boolean,
  ): IndexedDocument {
    const ids = numbersAll ? numberingAll(knowing) : knowing;
    return toIndexed(document, analyzed, this.byId.get(document.id) ?? -1, ids);
  }

  /** This index as if all words were equally rare, and a link meant all documents with its address. */
  withEqualWords(): CollectionIndex {
    this.view ??= Object.assign(Object.create(this) as CollectionIndex, equalStatistics(this), {
      targetsOf: ({ links, slot }: IndexedDocument) => this.links.allTargets(links, slot),
      linkingTo: ({ addresses, slot }: IndexedDocument) => this.links.allLinking(addresses, slot),
      countLinkingTo: ({ addresses }: IndexedDocument) => this.links.countLinks(addresses),
    });
    return this.view;
  }

  /** Newest first, then by id: the order of last resort, the same on every instance. */
  compareSlots(a: number, b: number): number {
    const [left, right] = [this.at(a), this.at(b)];
    if (left.date !== right.date) return (right.date ?? -Infinity) - (left.date ?? -Infinity);
    return left.id < right.id ? -1 : Number(left.id > right.id);
  }

  /** Estimated bytes in memory. */
  get bytes(): number {
    return (
      this.reading.analyzed.vocabulary.bytes +
      this.dictionary.bytes +
      this.bigrams.bytes +
      this.slotTitles.bytes +
      4 * this.termCount +
      DOCUMENT_BYTES * this.size
    );
  }

  private count(document: IndexedDocument, by: 1 | -1): void {
    this.revision += 1;
    this.termCount += by * document.terms.length;
    this.lengthUnits += by * lengthUnitsOf(document);
    if (document.titleKey !== 0) this.titles.add(document.titleKey, by);
    for (const ending of document.endings) this.endings.add(ending, by);
    if (this.knownTargets.size > 0) this.knownTargets.clear();
    if (this.knownLinking.size > 0) this.knownLinking.clear();
  }
}
