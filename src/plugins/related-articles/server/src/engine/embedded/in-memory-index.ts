import { languageOfCollection, type Language } from '../analysis/languages';
import { isLong } from '../analysis/analyzed-document';
import { CollectionIndex } from './collection-index';
import type { IndexedDocument } from '../indexed-document';
import { gateOf, SAMPLE, type Gate } from '../ranking/gate';
import { completed, type RankedDocument, type RankQuery } from '../ranking/query';
import { bestEvidence, rank, scoreCandidates } from '../ranking/rank';
import type { ScoredCandidates } from '../ranking/scored';
import { linkedIds } from '../signals/links';
import { runAtOnce, runInSlices, type Steps } from '../steps';
import type {
  Collection,
  EngineDocument,
  EngineStats,
  PackedBatch,
  RankingOptions,
  Source,
  Unpacker,
  WriteListener,
} from '../engine';
import { ListCache } from './list-cache';
import { numberOf } from '../options-number';
import { noting } from './write-notes';

/** How many documents are packed at once: about ten milliseconds, and twice that to unpack them. */
const BATCH = 1000;

interface IndexEntry {
  collection: Collection;
  index: CollectionIndex;
  lists: ListCache;
  /** The gate, and the revision of the index that it was calibrated on. */
  calibrated: { gate: Gate; revision: number } | null;
}

export interface InMemoryIndexOptions {
  /** How many lists of each collection are remembered until the next write. Default: none. */
  keptLists?: number;
  /**
   * When a write's effect on the gate is calculated, which takes as long as some fifty lists: before the next list, or
   * by `settle`; until then, the previous gate applies. Default: before the next list.
   */
  calibrates?: 'at once' | 'by settle';
}

/** The indexes of all collections, in this process's memory. Only `settle` and long documents run in slices. */
export class InMemoryIndex {
  private readonly entries = new Map<string, IndexEntry>();

  /**
   * @param optionsOf The ranking options of a content type.
   * @param languageOf The language of a collection's documents. Default: that of its locale.
   */
  constructor(
    private readonly optionsOf: (type: string) => RankingOptions,
    private readonly languageOf: (collection: Collection) => Language | string = ({ locale }) =>
      languageOfCollection(locale),
    private readonly options: InMemoryIndexOptions = {},
  ) {}

  /** Called for each write. */
  onWrite: WriteListener | null = null;

  /** Reads long documents in slices, and all others at once, before it returns. */
  upsert(collection: Collection, document: EngineDocument): void | Promise<void> {
    const index = this.indexOf(collection);
    const note = noting(this.onWrite, collection, index, document.id);
    if (!isLong(document)) {
      index.upsert(document);
      note?.();
    } else return runInSlices(index.upsertInSteps(document)).then(note);
  }

  /** `upsert` without a pause, however long the document is. */
  upsertAtOnce(collection: Collection, document: EngineDocument): void {
    this.indexOf(collection).upsert(document);
  }

  remove(collection: Collection, id: string): void {
    const key = keyOf(collection);
    const entry = this.entries.get(key);
    if (!entry?.index.get(id)) return;
    const note = noting(this.onWrite, collection, entry.index, id);
    entry.index.remove(id);
    note?.();
    if (entry.index.size === 0) this.entries.delete(key);
  }

  /** `related`, with the list's margin; see `ListWithMargin`. */
  relatedWithMargin(
    collection: Collection,
    id: string,
    query: RankQuery,
  ): { list: RankedDocument[]; margin: number } | null {
    const entry = this.entries.get(keyOf(collection));
    const source = entry?.index.get(id);
    if (!entry || !source) return null;
    let margin = Infinity;
    const options = query.ranking ?? this.optionsOf(collection.type);
    const list = rank(entry.index, source, options, this.gateFor(entry), query, (gap) => {
      margin = Math.min(margin, gap);
    });
    return { list, margin };
  }

  related(
    collection: Collection,
    id: string,
    query: RankQuery = {},
  ): readonly RankedDocument[] | null {
    const entry = this.entries.get(keyOf(collection));
    const source = entry?.index.get(id);
    if (!entry || !source) return null;
    const { index, lists } = entry;
    const gate = this.gateFor(entry);
    const options = query.ranking ?? this.optionsOf(collection.type);
    const make = () => rank(index, source, options, gate, query);
    // Explanations are large, and custom signals may look at more than the index.
    if (query.explain || query.ranking || options.custom?.length) return make();
    const version = `${index.revision} ${gate.threshold} ${gate.least} ${numberOf(options)}`;
    return lists.get(version, id, query, make);
  }

  /** The ids of documents that a document links to or that link to it; `null` if it is not in the index. */
  async linked(collection: Collection, source: Source): Promise<string[] | null> {
    const index = this.entries.get(keyOf(collection))?.index;
    if (!index) return null;
    if ('document' in source) {
      return linkedIds(index, (await runInSlices(index.lookUpInSteps(source.document)))());
    }
    const document = index.get(source.documentId);
    return document ? linkedIds(index, document) : null;
  }

  relatedToDocument(
    collection: Collection,
    document: EngineDocument,
    query: RankQuery = {},
  ): RankedDocument[] | Promise<RankedDocument[]> {
    const ranking = this.rankingOf(collection, document, query);
    return ranking instanceof Promise ? ranking.then((rankIt) => rankIt()) : ranking();
  }

  /** Reads a document that need not be in the index. @returns A function that ranks the others for it at once. */
  rankingOf(
    collection: Collection,
    document: EngineDocument,
    query: RankQuery = {},
  ): (() => RankedDocument[]) | Promise<() => RankedDocument[]> {
    const entry = this.entries.get(keyOf(collection));
    if (!entry) return () => [];
    const { index } = entry;
    const { localRarity = false } = query;
    const rankIn = (source: IndexedDocument) =>
      rank(
        localRarity ? index.withEqualWords() : index,
        source,
        query.ranking ?? this.optionsOf(collection.type),
        this.gateFor(entry),
        query,
      );
    if (!isLong(document)) return () => rankIn(index.lookUp(document, localRarity));
    return runInSlices(index.lookUpInSteps(document, localRarity)).then((known) => () => rankIn(known())); // prettier-ignore
  }

  /**
   * Every candidate of an indexed document with the parts of its score, and the places of those good enough to be
   * suggested. Weights are fitted on these. `null` when the document is not in the index.
   */
  candidates(
    collection: Collection,
    id: string,
    query: RankQuery = {},
  ): { candidates: ScoredCandidates; kept: number[] } | null {
    const entry = this.entries.get(keyOf(collection));
    const source = entry?.index.get(id);
    if (!entry || !source) return null;
    const options = query.ranking ?? this.optionsOf(collection.type);
    return scoreCandidates(entry.index, source, options, this.gateFor(entry), completed(options, source, query)); // prettier-ignore
  }

  /**
   * Recalculates the gates after writes, in slices. Until then, the previous gates apply.
   *
   * @param isAwaited Asked in between whether anybody waits. If not, other requests go first. Default: somebody does.
   * @returns How long it kept the process busy, in milliseconds.
   */
  async settle(isAwaited?: () => boolean): Promise<number> {
    let busy = 0;
    const onSlice = (took: number) => {
      busy += took;
    };
    for (const entry of this.entries.values()) {
      if (!this.isCalibrated(entry)) {
        await runInSlices(this.calibrate(entry), { isAwaited, onSlice });
      }
    }
    return busy;
  }

  /** Whether every gate is up to date with the index. */
  get isSettled(): boolean {
    return [...this.entries.values()].every((entry) => this.isCalibrated(entry));
  }

  private isCalibrated({ calibrated, index }: IndexEntry): boolean {
    return calibrated?.revision === index.revision;
  }

  private gateFor(entry: IndexEntry): Gate {
    const { calibrated } = entry;
    const isLate = this.options.calibrates === 'by settle';
    if (calibrated && (isLate || this.isCalibrated(entry))) return calibrated.gate;
    return runAtOnce(this.calibrate(entry));
  }

  /** Calibrates on the articles with the smallest hashes, which are the same for every history of the index. */
  private *calibrate(entry: IndexEntry): Steps<Gate> {
    const { index, collection } = entry;
    const { revision } = index;
    const options = this.optionsOf(collection.type);
    const evidence: number[] = [];
    for (const id of index.sample(SAMPLE)) {
      const source = index.get(id);
      if (source) evidence.push(bestEvidence(index, source, options));
      yield;
    }
    const gate = gateOf(index.size, evidence);
    entry.calibrated = { gate, revision };
    return gate;
  }

  ids(collection: Collection): Iterable<string> {
    return this.entries.get(keyOf(collection))?.index.ids() ?? [];
  }

  collections(): Collection[] {
    return [...this.entries.values()].map(({ collection }) => collection);
  }

  /** Documents with links that lead to no document of their type in any locale, and those links. */
  deadLinks(collection: Collection): Map<string, string[]> {
    const found = new Map<string, string[]>();
    const all = [...this.entries.values()];
    const graphs = all.filter((entry) => entry.collection.type === collection.type).map(({ index }) => index.links); // prettier-ignore
    for (const { id, links } of this.entries.get(keyOf(collection))?.index.linking() ?? []) {
      const dead = links.filter((link) => !graphs.some((graph) => graph.has(link)));
      if (dead.length > 0) found.set(id, [...new Set(dead)]);
    }
    return found;
  }

  *pack(batchSize = BATCH): Generator<PackedBatch> {
    for (const { collection, index } of [...this.entries.values()]) {
      for (const batch of index.batches(batchSize)) yield { collection, batch };
    }
  }

  unpack(): Unpacker {
    interface Restored {
      entry: IndexEntry;
      restoring: ReturnType<CollectionIndex['restoring']>;
    }
    const entries = new Map<string, Restored>();
    return {
      add: ({ collection, batch }: PackedBatch) => {
        const key = keyOf(collection);
        let restored = entries.get(key);
        if (!restored) {
          const entry = this.emptyEntry(collection);
          restored = { entry, restoring: entry.index.restoring() };
          entries.set(key, restored);
        }
        restored.restoring.add(batch);
      },
      finish: function* (this: InMemoryIndex): Generator<void> {
        for (const { restoring } of entries.values()) yield* restoring.finish();
        for (const [key, { entry }] of entries) this.entries.set(key, entry);
      }.bind(this),
    };
  }

  clear(): void {
    this.entries.clear();
  }

  stats(): EngineStats {
    const collections = [...this.entries.values()].map(({ collection, index }) => ({
      ...collection,
      documents: index.size,
      terms: index.terms,
      bytes: index.bytes,
    }));
    return {
      documents: collections.reduce((sum, { documents }) => sum + documents, 0),
      bytes: collections.reduce((sum, { bytes }) => sum + bytes, 0),
      collections,
    };
  }

  private indexOf(collection: Collection): CollectionIndex {
    const key = keyOf(collection);
    const known = this.entries.get(key);
    if (known) return known.index;
    const entry = this.emptyEntry(collection);
    this.entries.set(key, entry);
    return entry.index;
  }

  private emptyEntry(collection: Collection): IndexEntry {
    const index = new CollectionIndex(this.languageOf(collection));
    return {
      collection,
      index,
      lists: new ListCache(this.options.keptLists ?? 0),
      calibrated: null,
    };
  }
}

function keyOf({ type, locale }: Collection): string {
  return `${type}\u0000${locale ?? ''}`;
}
