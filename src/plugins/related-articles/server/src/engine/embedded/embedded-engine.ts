import type {
  LinkEngine,
  Candidates,
  Collection,
  EngineDocument,
  EngineStats,
  ListWithMargin,
  PackedBatch,
  Query,
  RankingOptions,
  Rejected,
  SnapshotEngine,
  Source,
  Suggestion,
  TunableEngine,
  Unpacker,
  WatchableEngine,
  WriteListener,
} from '../engine';
import type { Language } from '../analysis/languages';
import { toSuggestion, withinCollection, type RankedDocument } from '../ranking/query';
import { Line } from '../steps';
import { InMemoryIndex, type InMemoryIndexOptions } from './in-memory-index';

/** The default engine: every process holds the whole index in its memory. */
export class EmbeddedEngine implements SnapshotEngine, TunableEngine, WatchableEngine, LinkEngine {
  readonly storage = 'process';
  private readonly index: InMemoryIndex;
  /** Runs rankings one after the other. */
  private readonly line = new Line();

  /**
   * @param optionsOf The ranking options of a content type.
   * @param languageOf The language of a collection's documents. Default: that of its locale.
   */
  constructor(
    optionsOf: (uid: string) => RankingOptions,
    languageOf?: (collection: Collection) => Language | string,
    options?: InMemoryIndexOptions,
  ) {
    this.index = new InMemoryIndex(optionsOf, languageOf, options);
  }

  async upsert(collection: Collection, documents: readonly EngineDocument[]): Promise<Rejected[]> {
    const rejected: Rejected[] = [];
    for (const document of documents) {
      try {
        // Only await if there is something to wait for: most documents are read at once.
        const reading = this.index.upsert(collection, document);
        if (reading) await reading;
      } catch (error) {
        rejected.push({ documentId: document.id, error: error as Error });
      }
    }
    return rejected;
  }

  async remove(collection: Collection, documentIds: readonly string[]): Promise<void> {
    for (const documentId of documentIds) this.index.remove(collection, documentId);
  }

  async related(
    collection: Collection,
    sources: readonly Source[],
    query: Query = {},
  ): Promise<(readonly Suggestion[] | null)[]> {
    const within = withinCollection(collection.type, query);
    const makers: (() => readonly RankedDocument[] | null)[] = [];
    for (const source of sources) {
      makers.push(
        'document' in source
          ? await this.index.rankingOf(collection, source.document, within)
          : () => this.index.related(collection, source.documentId, within),
      );
    }
    return this.line.each(makers, (make) => make()?.map((ranked) => toSuggestion(collection.type, ranked)) ?? null); // prettier-ignore
  }

  linked(collection: Collection, source: Source): Promise<readonly string[] | null> {
    return this.index.linked(collection, source);
  }

  followWrites(listener: WriteListener | null): void {
    this.index.onWrite = listener;
  }

  async relatedWithMargins(
    collection: Collection,
    documentIds: readonly string[],
    query: Query = {},
  ): Promise<(ListWithMargin | null)[]> {
    const within = withinCollection(collection.type, query);
    const make = (id: string) => {
      const found = this.index.relatedWithMargin(collection, id, within);
      if (!found) return null;
      const suggestions = found.list.map((ranked) => toSuggestion(collection.type, ranked));
      return { suggestions, margin: found.margin };
    };
    return this.line.each(documentIds, make);
  }

  async candidates(collection: Collection, documentId: string): Promise<Candidates | null> {
    const found = this.index.candidates(collection, documentId, { ignoresPicks: true });
    if (!found) return null;
    const { documents, parts, custom } = found.candidates;
    return { documentIds: documents.map(({ id }) => id), parts, custom, kept: found.kept };
  }

  async documentIds(collection: Collection): Promise<Iterable<string>> {
    return this.index.ids(collection);
  }

  async deadLinks(collection: Collection): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.index.deadLinks(collection);
  }

  async collections(): Promise<Collection[]> {
    return this.index.collections();
  }

  async stats(): Promise<EngineStats> {
    return this.index.stats();
  }

  async clear(): Promise<void> {
    this.index.clear();
  }

  get isSettled(): boolean {
    return this.index.isSettled;
  }

  settle(isUrgent = true, isAwaited = () => isUrgent): Promise<number> {
    return this.index.settle(isAwaited);
  }

  pack(): Iterable<PackedBatch> {
    return this.index.pack();
  }

  unpack(): Unpacker {
    return this.index.unpack();
  }
}
