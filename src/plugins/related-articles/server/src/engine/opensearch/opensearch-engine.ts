import { languageOfCollection, type Language } from '../analysis/languages';
import {
  EngineUnavailable,
  type Candidates,
  type Collection,
  type EngineDocument,
  type EngineStats,
  type Query,
  type RankingOptions,
  type Rejected,
  type SharedEngine,
  type SharedState,
  type Source,
  type Suggestion,
  type TunableEngine,
} from '../engine';
import { gateOf, isTooSmall, SAMPLE } from '../ranking/gate';
import { toSuggestion, withinCollection, type RankQuery } from '../ranking/query';
import { bestEvidence, rank, scoreCandidates } from '../ranking/rank';
import { DocumentAnalysis } from './analysis';
import { Breaker } from './breaker';
import { Catalog } from './catalog';
import { SearchFailure, type SearchClient } from './client';
import { CollectionCounts } from './collection-counts';
import { countDocument } from './counts';
import { decode } from './features';
import { IndexWriter } from './index-writer';
import type { IndexSettings } from './mapping';
import { LastLists, listKey } from './last-lists';
import { inParallel, partsOf } from './parallel';
import { IndexReader } from './reader';
import { UNKNOWN_GATE, RemoteCollections, type RemoteCollection } from './remote-collections';
import { MAX_RESULTS, READ, type SourceWords } from './queries';
import type { Written } from './index-writer';

/** Documents that are written at once. */
const BULK = 200;
/** Documents that are read at once when all are. */
const PAGE = 1000;
/** Lists that are made at once for one call. */
const AT_ONCE = 8;

export interface OpenSearchEngineOptions {
  client: SearchClient;
  settings: IndexSettings;
  /** The ranking options of a content type. */
  optionsOf: (uid: string) => RankingOptions;
  /** The language of a collection's documents. Default: that of its locale. */
  languageOf?: (collection: Collection) => Language | string;
  /** For how long lists are given as they last were while the cluster does not answer, in milliseconds. Default 0. */
  serveStaleMs?: number;
  /** What follows then: an error, or empty lists. Default `error`. */
  whenAway?: 'error' | 'empty';
}

/**
 * One index for all instances, in an OpenSearch or Elasticsearch cluster. The cluster finds some hundred candidates;
 * they are compared here, by the same signals and the same ranking as in the embedded engine.
 */
export class OpenSearchEngine implements SharedEngine, TunableEngine {
  readonly storage = 'shared';
  position: (() => number) | null = null;
  private readonly reader: IndexReader;
  private readonly writer: IndexWriter;
  private readonly all: RemoteCollections;
  private readonly catalog: Catalog;
  private readonly lists = new LastLists();
  private readonly breaker = new Breaker();
  private readonly analyses = new Map<string, DocumentAnalysis>();

  constructor(private readonly options: OpenSearchEngineOptions) {
    const { client, settings } = options;
    this.reader = new IndexReader(client);
    this.writer = new IndexWriter(client);
    this.catalog = new Catalog(client, settings);
    this.all = new RemoteCollections(client, settings, this.catalog);
  }

  async upsert(collection: Collection, documents: readonly EngineDocument[]): Promise<Rejected[]> {
    const remote = await this.all.toWrite(collection);
    const analysis = this.analysisOf(collection);
    const rejected: Rejected[] = [];
    // The last of several with one id counts.
    const distinct = [...new Map(documents.map((document) => [document.id, document])).values()];
    for (const part of partsOf(distinct, BULK)) {
      const writes = [];
      for (const document of part) {
        try {
          writes.push(await analysis.toWrite(document, remote.numbers));
        } catch (error) {
          rejected.push({ documentId: document.id, error: error as Error });
        }
      }
      rejected.push(...rejectedOf(await this.write(remote, writes)));
    }
    return rejected;
  }

  async remove(collection: Collection, documentIds: readonly string[]): Promise<void> {
    const remote = await this.all.target(collection);
    if (!remote) return;
    for (const ids of partsOf([...new Set(documentIds)], BULK)) {
      const writes = ids.map((id) => ({ id, stored: null }));
      const [failed] = rejectedOf(await this.write(remote, writes));
      if (failed) throw failed.error;
    }
  }

  async related(
    collection: Collection,
    sources: readonly Source[],
    query: Query = {},
  ): Promise<(readonly Suggestion[] | null)[]> {
    if (sources.length === 0) return [];
    const keys = sources.map((source) =>
      'document' in source ? null : listKey(collection, source.documentId, query),
    );
    try {
      return await this.breaker.run(() => this.madeAnew(collection, sources, query, keys));
    } catch (error) {
      if (!(error instanceof EngineUnavailable)) throw error;
      return keys.map((key) => this.instead(key, error));
    }
  }

  /** Once more where an index has been replaced in the middle. */
  private async madeAnew(
    ...asked: Parameters<OpenSearchEngine['make']>
  ): Promise<(readonly Suggestion[] | null)[]> {
    try {
      return await this.make(...asked);
    } catch (error) {
      if (!(error instanceof SearchFailure && error.isNotFound)) throw error;
      await this.all.refresh();
      return this.make(...asked);
    }
  }

  private async make(
    collection: Collection,
    sources: readonly Source[],
    query: Query,
    keys: readonly (string | null)[],
  ): Promise<(readonly Suggestion[] | null)[]> {
    const found = await this.all.get(collection);
    if (!found) return sources.map((source) => ('document' in source ? [] : null));
    // As it is now: it may be replaced while lists are made.
    const remote = { ...found };
    const { type } = collection;
    const options = this.options.optionsOf(type);
    const revision = remote.isDirty ? null : `${remote.entry.index} ${remote.entry.version}`;
    // Explanations are large, and custom signals may look at more than the index.
    const mayKeep = !query.explain && !options.custom?.length;
    const known = keys.map((key) => (key && mayKeep ? this.lists.current(key, revision) : undefined)); // prettier-ignore
    const missing = sources.filter((_, at) => known[at] === undefined);
    const within = withinCollection(type, query);
    const read = await this.sourcesOf(remote, missing);
    const made = await inParallel(read, AT_ONCE, async (source) => {
      if (!source) return null;
      const list = await this.list(remote, source, within);
      return list.map((ranked) => toSuggestion(type, ranked));
    });
    return known.map((list, at) => {
      if (list !== undefined) return list;
      const next = made.shift() ?? null;
      const key = keys[at];
      // What is not in the index may be there in a moment.
      if (key && next && !query.explain) this.lists.set(key, next, mayKeep ? revision : null);
      return next;
    });
  }

  /** What is given while the cluster does not answer. */
  private instead(key: string | null, error: EngineUnavailable): readonly Suggestion[] | null {
    const { serveStaleMs = 0, whenAway = 'error' } = this.options;
    const last = key === null ? undefined : this.lists.last(key, serveStaleMs);
    if (last !== undefined) return last;
    if (whenAway === 'empty') return [];
    throw error;
  }

  async candidates(collection: Collection, documentId: string): Promise<Candidates | null> {
    const remote = await this.all.get(collection);
    const [source] = remote ? await this.reader.sources(remote, [documentId]) : [null];
    if (!remote || !source) return null;
    const options = this.options.optionsOf(collection.type);
    const gate = remote.entry.gate ?? UNKNOWN_GATE;
    const { candidates, kept } = await this.reader.run(remote, source, {}, (view, document) =>
      scoreCandidates(view, document, options, gate, {}),
    );
    const { documents, parts, custom } = candidates;
    return { documentIds: documents.map(({ id }) => id), parts, custom, kept };
  }

  async documentIds(collection: Collection): Promise<Iterable<string>> {
    const remote = await this.all.target(collection);
    if (!remote) return [];
    await this.writer.refresh(remote.name);
    const ids: string[] = [];
    for await (const hits of this.reader.scan(remote, [], MAX_RESULTS)) {
      for (const { _id } of hits) ids.push(_id);
    }
    return ids;
  }

  async *notes(collection: Collection): AsyncIterable<{ documentId: string; note: string }> {
    const remote = await this.all.target(collection);
    if (!remote) return;
    await this.writer.refresh(remote.name);
    for await (const hits of this.reader.scan(remote, ['note'], PAGE)) {
      for (const { _id, _source } of hits) yield { documentId: _id, note: _source?.note ?? '' };
    }
  }

  readState(): Promise<SharedState | null> {
    return this.catalog.readState();
  }

  writeState(state: SharedState, position: number): Promise<void> {
    return this.catalog.writeState(state, position);
  }

  release(): void {
    this.all.release();
  }

  get revision(): string {
    return this.all.revision;
  }

  refresh(): Promise<void> {
    return this.all.refresh();
  }

  async recover(): Promise<void> {
    await this.all.cleanAway();
    for (const remote of await this.all.abandoned()) {
      await this.writer.refresh(remote.name);
      this.all.recounted(remote, await this.countAnew(remote));
      await this.all.publish(remote, await this.calibrate(remote));
    }
  }

  async beginRebuild(uid: string): Promise<void> {
    this.all.beginRebuild(uid);
  }

  async finishRebuild(uid: string): Promise<void> {
    for (const remote of this.all.rebuiltOf(uid) ?? []) await this.writer.refresh(remote.name);
    await this.all.swap(uid, (remote) => this.calibrate(remote));
  }

  private async countAnew(remote: RemoteCollection): Promise<CollectionCounts> {
    const counts = new CollectionCounts();
    for await (const hits of this.reader.scan(remote, READ, PAGE)) {
      for (const { _source } of hits) {
        if (_source) countDocument(counts, decode(_source, remote.numbers), remote.numbers, 1);
      }
      await new Promise(setImmediate);
    }
    return counts;
  }

  async collections(): Promise<Collection[]> {
    const all = await this.all.written();
    return all
      .filter(({ counts }) => counts.size > 0)
      .map(({ entry: { type, locale } }) => ({ type, locale }));
  }

  async stats(): Promise<EngineStats> {
    const all = await this.all.list();
    const collections = all
      .filter(({ counts }) => counts.size > 0)
      .map(({ entry: { type, locale }, counts }) => ({
        type,
        locale,
        documents: counts.size,
        terms: counts.distinct('words') + counts.distinct('bigrams'),
        bytes: counts.bytes,
      }));
    return {
      documents: collections.reduce((sum, { documents }) => sum + documents, 0),
      bytes: collections.reduce((sum, { bytes }) => sum + bytes, 0),
      collections,
    };
  }

  async clear(): Promise<void> {
    this.lists.clear();
    await this.all.clear();
  }

  get isSettled(): boolean {
    return this.all.isSettled;
  }

  async settle(): Promise<void> {
    for (const remote of this.all.unsettled()) {
      await this.writer.refresh(remote.name);
      await this.all.publish(remote, await this.calibrate(remote));
    }
    await this.all.refresh();
  }

  /** The gate, from the articles with the smallest hashes, which are the same whatever the history of the index. */
  private async calibrate(remote: RemoteCollection) {
    if (isTooSmall(remote.counts.size)) return gateOf(remote.counts.size, []);
    const options = this.options.optionsOf(remote.entry.type);
    const ids = await this.reader.sample(remote, SAMPLE);
    const sources = await this.reader.sources(remote, ids);
    const evidence = await inParallel(sources, AT_ONCE, async (source) =>
      source
        ? this.reader.run(remote, source, {}, (view, document) => bestEvidence(view, document, options)) // prettier-ignore
        : null,
    );
    return gateOf(
      remote.counts.size,
      evidence.filter((one) => one !== null),
    );
  }

  private list(remote: RemoteCollection, source: SourceWords, query: RankQuery) {
    const options = this.options.optionsOf(remote.entry.type);
    const gate = remote.entry.gate ?? UNKNOWN_GATE;
    return this.reader.run(remote, source, query, (view, document) =>
      rank(view, document, options, gate, query),
    );
  }

  /** All that are in the index are read at once. */
  private async sourcesOf(
    remote: RemoteCollection,
    sources: readonly Source[],
  ): Promise<(SourceWords | null)[]> {
    const { counts, numbers } = remote;
    const ids = sources.flatMap((source) => ('documentId' in source ? source.documentId : []));
    const read = await this.reader.sources(remote, ids);
    const found: (SourceWords | null)[] = [];
    let at = 0;
    for (const source of sources) {
      if ('document' in source) {
        found.push(await this.analysisOf(remote.entry).toSource(source.document, counts, numbers));
      } else {
        found.push(read[at]);
        at += 1;
      }
    }
    return found;
  }

  private async write(
    remote: RemoteCollection,
    writes: Parameters<IndexWriter['write']>[2],
  ): Promise<Written[]> {
    if (writes.length === 0) return [];
    const position = () => this.position?.() ?? null;
    // Throws when another process writes from now on.
    position();
    await this.all.mark(remote);
    return this.writer.write(remote.name, remote.numbers, writes, position, (add) =>
      this.all.count(remote, add),
    );
  }

  private analysisOf(collection: Collection): DocumentAnalysis {
    const { languageOf = ({ locale }) => languageOfCollection(locale) } = this.options;
    const key = `${collection.type} ${collection.locale ?? ''}`;
    let analysis = this.analyses.get(key);
    if (!analysis)
      this.analyses.set(key, (analysis = new DocumentAnalysis(languageOf(collection))));
    return analysis;
  }
}

const rejectedOf = (written: readonly Written[]): Rejected[] =>
  written.flatMap(({ id, error }) => (error ? { documentId: id, error } : []));
