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
import { toSuggestion, withinCollection } from '../ranking/query';
import { Turns } from '../steps';
import { InMemoryIndex, type InMemoryIndexOptions } from './in-memory-index';

/** The default engine: every process holds the whole index in its memory. */
export class EmbeddedEngine implements SnapshotEngine, TunableEngine, WatchableEngine, LinkEngine {
  readonly storage = 'process';
  private readonly index: InMemoryIndex;

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
    return inTurns(sources, async (source) => {
      const list =
        'document' in source
          ? await this.index.relatedToDocument(collection, source.document, within)
          : this.index.related(collection, source.documentId, within);
      return list && list.map((ranked) => toSuggestion(collection.type, ranked));
    });
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
    return inTurns(documentIds, (id) => {
      const found = this.index.relatedWithMargin(collection, id, within);
      if (!found) return null;
      const suggestions = found.list.map((ranked) => toSuggestion(collection.type, ranked));
      return { suggestions, margin: found.margin };
    });
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

  settle(): Promise<void> {
    return this.index.settle();
  }

  pack(): Iterable<PackedBatch> {
    return this.index.pack();
  }

  unpack(): Unpacker {
    return this.index.unpack();
  }
}

/** Makes one thing after the other, with turns for the process's other work. */
async function inTurns<From, To>(
  all: readonly From[],
  make: (one: From) => To | Promise<To>,
): Promise<To[]> {
  const made: To[] = [];
  const turns = new Turns();
  for (const one of all) {
    await turns.give();
    made.push(await make(one));
  }
  return made;
}
