import { languageOfCollection, type Language } from '../engine/analysis/languages';
import { CollectionIndex } from '../engine/index/collection-index';
import type { IndexedDocument } from '../engine/index/indexed-document';
import { rank, scoreCandidates } from '../engine/ranking/rank';
import type { ScoredCandidates } from '../engine/ranking/scored';
import { runInSlices } from '../engine/steps';
import type {
  Collection,
  EngineDocument,
  EngineStats,
  PackableEngine,
  PackedBatch,
  RankingOptions,
  RelatedQuery,
  Suggestion,
} from '../engine/types';
import { ListCache } from './list-cache';

/** Documents that are packed at once: some ten milliseconds, and twice that when they are unpacked. */
const BATCH = 1000;

interface Shelf {
  collection: Collection;
  index: CollectionIndex;
  lists: ListCache;
}

/** The default engine: everything in this process's memory, every call answered at once. */
export class EmbeddedEngine implements PackableEngine {
  private readonly shelves = new Map<string, Shelf>();

  /**
   * @param optionsOf The ranking options of a content type.
   * @param languageOf The language of a collection's documents. Default: what its locale says.
   * @param keptLists How many lists of each collection are remembered until the next write. Default: none.
   */
  constructor(
    private readonly optionsOf: (type: string) => RankingOptions,
    private readonly languageOf: (collection: Collection) => Language | string = ({ locale }) =>
      languageOfCollection(locale),
    private readonly keptLists = 0,
  ) {}

  /** Long documents are read in slices; the others at once, before it returns. */
  upsert(collection: Collection, document: EngineDocument): void | Promise<void> {
    const index = this.indexOf(collection);
    if (!isLong(document)) index.upsert(document);
    else return runInSlices(index.upsertInSteps(document));
  }

  /** `upsert` without a pause, however long the document is. */
  upsertAtOnce(collection: Collection, document: EngineDocument): void {
    this.indexOf(collection).upsert(document);
  }

  remove(collection: Collection, id: string): void {
    const key = keyOf(collection);
    const shelf = this.shelves.get(key);
    shelf?.index.remove(id);
    if (shelf?.index.size === 0) this.shelves.delete(key);
  }

  related(
    collection: Collection,
    id: string,
    query: RelatedQuery = {},
  ): readonly Suggestion[] | null {
    const shelf = this.shelves.get(keyOf(collection));
    const source = shelf?.index.get(id);
    if (!shelf || !source) return null;
    const { index, lists } = shelf;
    const options = this.optionsOf(collection.type);
    const make = () => rank(index, source, options, query);
    // Explanations are large, and a site's own signals may look at more than the index.
    if (query.explain || options.own?.length) return make();
    return lists.get(index.revision, id, query, make);
  }

  relatedToText(
    collection: Collection,
    document: EngineDocument,
    query: RelatedQuery = {},
  ): Suggestion[] | Promise<Suggestion[]> {
    const index = this.shelves.get(keyOf(collection))?.index;
    if (!index) return [];
    const rankIn = (source: IndexedDocument) =>
      rank(index, source, this.optionsOf(collection.type), query);
    if (!isLong(document)) return rankIn(index.lookUp(document));
    return runInSlices(index.lookUpInSteps(document)).then(rankIn);
  }

  /**
   * Every candidate of an indexed document with the parts of its score, and the places of those good enough to be
   * suggested: what weights are fitted on. `null` when it is not in the index.
   */
  candidates(
    collection: Collection,
    id: string,
    query: RelatedQuery = {},
  ): { candidates: ScoredCandidates; kept: number[] } | null {
    const index = this.shelves.get(keyOf(collection))?.index;
    const source = index?.get(id);
    if (!index || !source) return null;
    return scoreCandidates(index, source, this.optionsOf(collection.type), query);
  }

  ids(collection: Collection): Iterable<string> {
    return this.shelves.get(keyOf(collection))?.index.ids() ?? [];
  }

  collections(): Collection[] {
    return [...this.shelves.values()].map(({ collection }) => collection);
  }

  *pack(batchSize = BATCH): Generator<PackedBatch> {
    for (const { collection, index } of [...this.shelves.values()]) {
      for (const batch of index.batches(batchSize)) yield { collection, batch };
    }
  }

  unpack() {
    interface Restored {
      shelf: Shelf;
      restoring: ReturnType<CollectionIndex['restoring']>;
    }
    const shelves = new Map<string, Restored>();
    return {
      add: ({ collection, batch }: PackedBatch) => {
        const key = keyOf(collection);
        let restored = shelves.get(key);
        if (!restored) {
          const shelf = this.emptyShelf(collection);
          restored = { shelf, restoring: shelf.index.restoring() };
          shelves.set(key, restored);
        }
        restored.restoring.add(batch);
      },
      finish: function* (this: EmbeddedEngine): Generator<void> {
        for (const { restoring } of shelves.values()) yield* restoring.finish();
        for (const [key, { shelf }] of shelves) this.shelves.set(key, shelf);
      }.bind(this),
    };
  }

  clear(): void {
    this.shelves.clear();
  }

  stats(): EngineStats {
    const collections = [...this.shelves.values()].map(({ collection, index }) => ({
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
    const known = this.shelves.get(key);
    if (known) return known.index;
    const shelf = this.emptyShelf(collection);
    this.shelves.set(key, shelf);
    return shelf.index;
  }

  private emptyShelf(collection: Collection): Shelf {
    const index = new CollectionIndex(this.languageOf(collection));
    return { collection, index, lists: new ListCache(this.keptLists) };
  }
}

/** Characters that are analysed without a pause: some five milliseconds. */
const SHORT = 50_000;

function isLong({ fields, title, taxonomy }: EngineDocument): boolean {
  let length = title.length;
  for (const { text } of fields) length += text.length;
  for (const { label } of taxonomy) length += label.length;
  return length > SHORT;
}

function keyOf({ type, locale }: Collection): string {
  return `${type}\u0000${locale ?? ''}`;
}
