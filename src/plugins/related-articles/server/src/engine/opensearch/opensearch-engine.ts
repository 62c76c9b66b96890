import type { Gate } from '../ranking/gate';
import { languageOfCollection, type Language } from '../analysis/languages';
import {
  isOutage,
  type Candidates,
  type Collection,
  type EngineDocument,
  type EngineStats,
  type LinkEngine,
  type Query,
  type RankingOptions,
  type Rejected,
  type SharedEngine,
  type SharedState,
  type Source,
  type Suggestion,
  type TunableEngine,
} from '../engine';
import { DocumentAnalysis } from './analysis';
import { Catalog } from './catalog';
import type { SearchClient } from './client';
import { CollectionCounts } from './collection-counts';
import { countDocument } from './counts';
import { IndexWriter, type Written } from './index-writer';
import { ListMaker } from './list-maker';
import { keyOf, type IndexSettings } from './mapping';
import { partsOf } from '../parts';
import { Turns } from '../steps';
import { IndexReader } from './reader';
import { RemoteCollections, type RemoteCollection } from './remote-collections';
import { MAX_RESULTS, MAX_TERMS, READ } from './queries';
import { TermNumbers } from './term-numbers';

/** How many documents one request writes. */
const BULK = 200;
/** How many documents are read at once when all are read. */
const PAGE = 1000;
/** The same where each comes with its words. */
const READ_PAGE = 200;
/** After calibrating a gate, the next one waits this many times as long as that took, up to a limit. */
const PAUSE_FACTOR = 10;
const MAX_PAUSE_MS = 10_000;

export interface OpenSearchEngineOptions {
  client: SearchClient;
  settings: IndexSettings;
  /** The ranking options of a content type. */
  optionsOf: (uid: string) => RankingOptions;
  /** The language of a collection's documents. Default: that of its locale. */
  languageOf?: (collection: Collection) => Language | string;
  /** How long the last lists are served while the cluster does not answer, in milliseconds. Default: 0. */
  serveStaleMs?: number;
}

/**
 * One index for all instances, in an OpenSearch or Elasticsearch cluster. The cluster finds a few hundred candidates;
 * they are compared here, by the same signals and the same ranking as in the embedded engine.
 */
export class OpenSearchEngine implements SharedEngine, TunableEngine, LinkEngine {
  readonly storage = 'shared';
  position: (() => number) | null = null;
  private readonly reader: IndexReader;
  private readonly writer: IndexWriter;
  private readonly all: RemoteCollections;
  private readonly catalog: Catalog;
  private readonly lists: ListMaker;
  /** When a gate may be calibrated again, by `performance.now()`. */
  private calibrateAt = -Infinity;
  private readonly analyses = new Map<string, DocumentAnalysis>();

  constructor(private readonly options: OpenSearchEngineOptions) {
    const { client, settings } = options;
    this.reader = new IndexReader(client);
    this.writer = new IndexWriter(client);
    this.catalog = new Catalog(client, settings);
    this.all = new RemoteCollections(client, settings, this.catalog);
    this.all.mayWrite = () => void this.position?.();
    this.all.isWriter = () => this.position !== null;
    this.lists = new ListMaker({
      all: this.all,
      reader: this.reader,
      optionsOf: options.optionsOf,
      analysisOf: (collection) => this.analysisOf(collection),
      serveStaleMs: options.serveStaleMs ?? 0,
    });
  }

  async upsert(collection: Collection, documents: readonly EngineDocument[]): Promise<Rejected[]> {
    const remote = await this.all.toWrite(collection);
    const analysis = this.analysisOf(collection);
    const turns = new Turns();
    const rejected: Rejected[] = [];
    // Of several documents with one id, the last counts.
    const distinct = [...new Map(documents.map((document) => [document.id, document])).values()];
    for (const part of partsOf(distinct, BULK)) {
      const writes = [];
      const numbers = new TermNumbers();
      for (const document of part) {
        await turns.give();
        try {
          writes.push(await analysis.toWrite(document, numbers));
        } catch (error) {
          rejected.push({ documentId: document.id, error: error as Error });
        }
      }
      rejected.push(...rejectedOf(await this.write(remote, writes, numbers)));
    }
    return rejected;
  }

  async remove(collection: Collection, documentIds: readonly string[]): Promise<void> {
    const remote = await this.all.target(collection);
    if (!remote) return;
    for (const ids of partsOf([...new Set(documentIds)], BULK)) {
      const writes = ids.map((id) => ({ id, stored: null }));
      const [failed] = rejectedOf(await this.write(remote, writes, new TermNumbers()));
      if (failed) throw failed.error;
    }
  }

  related(
    collection: Collection,
    sources: readonly Source[],
    query: Query = {},
  ): Promise<(readonly Suggestion[] | null)[]> {
    return this.lists.related(collection, sources, query);
  }

  linked(collection: Collection, source: Source): Promise<readonly string[] | null> {
    return this.lists.linked(collection, source);
  }

  candidates(collection: Collection, documentId: string): Promise<Candidates | null> {
    return this.lists.candidates(collection, documentId);
  }

  async documentIds(collection: Collection): Promise<Iterable<string>> {
    const ids: string[] = [];
    for await (const page of this.idsByPage(collection)) ids.push(...page);
    return ids;
  }

  async deadLinks(collection: Collection): Promise<ReadonlyMap<string, readonly string[]>> {
    const known = new Set<string>();
    for (const remote of await this.all.list()) {
      if (remote.entry.type !== collection.type) continue;
      for await (const hits of this.reader.scan(remote, ['addresses'], PAGE)) {
        for (const { _source } of hits) for (const address of _source?.addresses ?? []) known.add(address); // prettier-ignore
      }
    }
    const found = new Map<string, string[]>();
    const own = await this.all.get(collection);
    if (!own) return found;
    for await (const hits of this.reader.scan(own, ['links'], PAGE)) {
      for (const { _id, _source } of hits) {
        const dead = (_source?.links ?? []).filter((link) => !known.has(link));
        if (dead.length > 0) found.set(_id, [...new Set(dead)]);
      }
    }
    return found;
  }

  async notes(
    collection: Collection,
    documentIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const remote = await this.all.target(collection);
    const notes = new Map<string, string>();
    if (!remote) return notes;
    for (const ids of partsOf(documentIds, PAGE)) {
      for (const [id, note] of await this.writer.notes(remote.name, ids)) notes.set(id, note);
    }
    return notes;
  }

  async *idsByPage(
    collection: Collection,
    places?: readonly string[],
  ): AsyncIterable<readonly string[]> {
    const remote = await this.all.target(collection);
    if (!remote) return;
    await this.writer.refresh(remote.name);
    for (const part of places ? partsOf(places, MAX_TERMS) : [undefined]) {
      const placed = part && { terms: { places: part } };
      for await (const hits of this.reader.scan(remote, [], MAX_RESULTS, placed)) {
        yield hits.map(({ _id }) => _id);
      }
    }
  }

  async size(collection: Collection): Promise<number> {
    return (await this.all.target(collection))?.counts.size ?? 0;
  }

  readState(): Promise<{ state: SharedState; version: number } | null> {
    return this.catalog.readState();
  }

  async writeState(state: SharedState, version: number): Promise<void> {
    this.all.mayWrite();
    await this.catalog.writeState(state, version);
  }

  release(): void {
    this.all.release();
  }

  get revision(): string {
    return `${this.all.revision} ${this.lists.timesLast}`;
  }

  refresh(): Promise<void> {
    return this.all.refresh();
  }

  findLost(): Promise<string[]> {
    return this.all.findLost();
  }

  isWhole(): Promise<boolean> {
    return this.all.isWhole();
  }

  async keepOnly(uids: ReadonlySet<string>): Promise<void> {
    await this.all.keepOnly(uids);
  }

  async recover(): Promise<void> {
    await this.all.cleanAway();
    for (const remote of await this.all.abandoned()) {
      try {
        await this.writer.refresh(remote.name);
        this.all.recounted(remote, await this.countAnew(remote));
      } catch (error) {
        this.all.mayWrite();
        if (!isOutage(error)) throw error;
        // Its index is red: it is counted and published when that is over, and must not hold up the others.
        this.all.doubt(remote);
        remote.isDirty = true;
        remote.changes = null;
        continue;
      }
      await this.all.publish(remote, await this.lists.calibrate(remote));
    }
    this.all.oweGates();
  }

  async beginRebuild(uid: string): Promise<void> {
    this.all.beginRebuild(uid);
  }

  async finishRebuild(uid: string): Promise<void> {
    for (const remote of this.all.rebuiltOf(uid) ?? []) {
      await this.writer.refresh(remote.name);
      if (remote.isDoubtful) this.all.recounted(remote, await this.countAnew(remote));
    }
    await this.all.swap(uid, (remote) => this.lists.calibrate(remote));
  }

  private async countAnew(remote: RemoteCollection): Promise<CollectionCounts> {
    const counts = new CollectionCounts();
    const turns = new Turns();
    for await (const hits of this.reader.scan(remote, READ, READ_PAGE)) {
      this.all.mayWrite();
      const numbers = new TermNumbers();
      for (const { _source } of hits) {
        await turns.give();
        if (_source) countDocument(counts, _source, numbers, 1);
      }
    }
    return counts;
  }

  async collections(): Promise<Collection[]> {
    const all = await this.all.written();
    return all
      .filter(({ counts, isCountless }) => counts.size > 0 || isCountless)
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

  get isPublished(): boolean {
    return this.all.isPublished;
  }

  async settle(isUrgent = true): Promise<number> {
    const started = performance.now();
    let failure: unknown = null;
    for (const remote of this.all.unsettled()) {
      // One whose index is away must not hold up the others.
      await this.publish(remote, isUrgent).catch((error) => (failure ??= error));
    }
    for (const remote of this.all.ungated()) {
      if (remote.isDirty) continue;
      if (!isUrgent && performance.now() < this.calibrateAt) break;
      const gated = this.calibrate(remote).then((gate) => this.all.publishGate(remote, gate));
      await gated.catch((error) => (failure ??= error));
    }
    await this.all.refresh();
    if (failure !== null) throw failure;
    return performance.now() - started;
  }

  private async publish(remote: RemoteCollection, isUrgent: boolean): Promise<void> {
    await this.writer.refresh(remote.name);
    if (remote.isDoubtful) this.all.recounted(remote, await this.countAnew(remote));
    // A collection's first lists need a gate of its own.
    const isAtOnce = isUrgent || remote.entry.gate === null;
    await this.all.publish(remote, isAtOnce ? await this.calibrate(remote) : null);
  }

  /** Calibrates a gate, and delays the next one, so that constant writing does not cause constant calibrating. */
  private async calibrate(remote: RemoteCollection): Promise<Gate> {
    const started = performance.now();
    const gate = await this.lists.calibrate(remote);
    const now = performance.now();
    this.calibrateAt = now + Math.min(MAX_PAUSE_MS, PAUSE_FACTOR * (now - started));
    return gate;
  }

  /** @param numbers Numbers for the words of these writes only: those of all writes would fill the memory. */
  private async write(
    remote: RemoteCollection,
    writes: Parameters<IndexWriter['write']>[2],
    numbers: TermNumbers,
  ): Promise<Written[]> {
    if (writes.length === 0) return [];
    const position = () => this.position?.() ?? null;
    await this.all.mark(remote);
    try {
      return await this.writer.write(remote.name, numbers, writes, position, (add) =>
        this.all.count(remote, add),
      );
    } catch (error) {
      // Without an answer, it is not known what was written.
      this.all.doubt(remote);
      throw error;
    }
  }

  private analysisOf(collection: Collection): DocumentAnalysis {
    const { languageOf = ({ locale }) => languageOfCollection(locale) } = this.options;
    const key = keyOf(collection);
    let analysis = this.analyses.get(key);
    if (!analysis)
      this.analyses.set(key, (analysis = new DocumentAnalysis(languageOf(collection))));
    return analysis;
  }
}

const rejectedOf = (written: readonly Written[]): Rejected[] =>
  written.flatMap(({ id, error }) => (error ? { documentId: id, error } : []));
