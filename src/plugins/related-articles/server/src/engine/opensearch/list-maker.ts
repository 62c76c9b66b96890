import {
  type EngineUnavailable,
  isOutage,
  type Candidates,
  type Collection,
  type Query,
  type RankingOptions,
  type Source,
  type Suggestion,
} from '../engine';
import { gateOf, isTooSmall, SAMPLE, type Gate, UNKNOWN_GATE } from '../ranking/gate';
import { completed, toSuggestion, withinCollection, type RankQuery } from '../ranking/query';
import { bestEvidence, rank, scoreCandidates } from '../ranking/rank';
import { linkedIds } from '../signals/links';
import { numberOf } from '../options-number';
import type { DocumentAnalysis } from './analysis';
import { publicationOf } from './catalog-entry';
import { SearchFailure } from './client';
import { LastLists, listName, type ListName } from './last-lists';
import { Outages } from './outages';
import { inParallel } from './parallel';
import type { SourceWords } from './queries';
import type { IndexReader } from './reader';
import type { RemoteCollection, RemoteCollections } from './remote-collections';

/** How long to wait for new lists if the last good ones are at hand, in milliseconds. */
const PATIENCE_MS = 1500;
/** Once the cluster has been silent for this long, kept lists no longer count as current, in milliseconds. */
const SILENT_MS = 5000;
/** How many lists are made in parallel for one call. */
const AT_ONCE = 8;
/** Longer lists, and those with longer keys, are not kept. */
const MAX_KEPT_LENGTH = 120;
const MAX_KEPT_KEY = 2000;

export interface ListMakerOptions {
  all: RemoteCollections;
  reader: IndexReader;
  optionsOf: (uid: string) => RankingOptions;
  analysisOf: (collection: Collection) => DocumentAnalysis;
  /** How long the last lists are served after the cluster stops answering, in milliseconds. */
  serveStaleMs: number;
}

/** Sources of lists to be made, and the names under which the lists are kept. */
interface Asked {
  sources: readonly Source[];
  names: readonly (ListName | null)[];
}

/** Makes lists from what the cluster holds, and serves the last good ones while it does not answer. */
export class ListMaker {
  private readonly lists = new LastLists();
  private readonly outages: Outages;
  /** How often something other than the current list was served: nobody may take it for the current one. */
  timesLast = 0;
  /** Keys of lists that are being made. */
  private readonly underWay = new Set<string>();

  constructor(private readonly options: ListMakerOptions) {
    this.outages = new Outages(options.serveStaleMs);
  }

  async related(
    collection: Collection,
    sources: readonly Source[],
    query: Query,
  ): Promise<(readonly Suggestion[] | null)[]> {
    const names = sources.map((source) =>
      'document' in source || query.ranking ? null : listName(collection, source.documentId, query),
    );
    const known = this.current(collection, query, names);
    const isMissing = (_: unknown, at: number) => known[at] === undefined;
    const asked = { sources: sources.filter(isMissing), names: names.filter(isMissing) };
    const rest = asked.sources.length > 0 ? await this.madeOrLast(collection, query, asked) : [];
    return known.map((list) => (list === undefined ? (rest.shift() ?? null) : list));
  }

  /** The lists that are kept and still current: the cluster need not be asked for them. */
  private current(
    collection: Collection,
    query: Query,
    names: readonly (ListName | null)[],
  ): (readonly Suggestion[] | null | undefined)[] {
    const { all, serveStaleMs } = this.options;
    const remote = all.peek(collection);
    const revision = remote && this.mayKeep(collection, query) ? this.revisionOf(remote) : null;
    const { silenceMs } = all;
    return names.map((name) => {
      const list = name ? this.lists.current(name.key, revision) : undefined;
      if (!name || list === undefined || silenceMs < SILENT_MS) return list;
      // After a long silence, the list may have changed: one request makes it again, the others get the kept one.
      if (!this.underWay.has(name.key) || silenceMs > serveStaleMs) return undefined;
      this.timesLast += 1;
      return list;
    });
  }

  /** Whether lists may be kept: explanations are large, and custom signals may look at more than the index. */
  private mayKeep({ type }: Collection, { explain }: Query): boolean {
    return !explain && !this.options.optionsOf(type).custom?.length;
  }

  /** The revision that lists are made from; `null` while it is changing. */
  private revisionOf({ entry, isDirty }: RemoteCollection): string | null {
    const options = numberOf(this.options.optionsOf(entry.type));
    return isDirty ? null : `${publicationOf(entry)} ${options}`;
  }

  private async madeOrLast(
    collection: Collection,
    query: Query,
    { sources, names }: Asked,
  ): Promise<(readonly Suggestion[] | null)[]> {
    const outage = this.outages.of(collection);
    const options = numberOf(this.options.optionsOf(collection.type));
    const keys = names.flatMap((name) => name?.key ?? []);
    for (const key of keys) this.underWay.add(key);
    const making = outage
      .run(() => this.madeAnew(collection, query, { sources, names }))
      .finally(() => keys.forEach((key) => this.underWay.delete(key)));
    try {
      return (await this.lastIfSlow(making, names, options)) ?? (await making);
    } catch (error) {
      if (!isOutage(error)) throw error;
      const failingMs = outage.noteFailure();
      return names.map((name) => this.instead(name, query, { error, failingMs, options }));
    }
  }

  /** The last good lists if new ones take long and none is missing; `null` otherwise. New ones are kept for later. */
  private async lastIfSlow(
    making: Promise<unknown>,
    names: readonly (ListName | null)[],
    options: number,
  ): Promise<(readonly Suggestion[] | null)[] | null> {
    const { serveStaleMs } = this.options;
    const last = names.map((name) => name && this.lists.last(name.key, serveStaleMs, options));
    if (names.includes(null) || last.includes(undefined)) return null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), PATIENCE_MS);
    });
    const isSlow = await Promise.race([making.then(() => false), isLate]).finally(() => clearTimeout(timer)); // prettier-ignore
    if (!isSlow) return null;
    making.catch(() => undefined);
    this.timesLast += 1;
    return last.map((list) => list ?? null);
  }

  /** Makes lists, a second time if an index was replaced meanwhile. */
  private async madeAnew(
    ...asked: Parameters<ListMaker['make']>
  ): Promise<(readonly Suggestion[] | null)[]> {
    try {
      return await this.make(...asked);
    } catch (error) {
      if (!(error instanceof SearchFailure && error.isNotFound)) throw error;
      await this.options.all.refresh();
      return this.make(...asked);
    }
  }

  private async make(
    collection: Collection,
    query: Query,
    { sources, names }: Asked,
  ): Promise<(readonly Suggestion[] | null)[]> {
    const found = await this.options.all.get(collection);
    if (!found) return sources.map((source) => ('document' in source ? [] : null));
    // A copy, because its values may be replaced while lists are made.
    const remote = { ...found };
    const { type } = collection;
    const options = numberOf(this.options.optionsOf(type));
    const revision = this.mayKeep(collection, query) ? this.revisionOf(remote) : null;
    const within = withinCollection(type, query);
    const read = await this.sourcesOf(remote, sources, within);
    const made = await inParallel(read, AT_ONCE, async (source) => {
      if (!source) return null;
      const list = await this.list(remote, source, within);
      return list.map((ranked) => toSuggestion(type, ranked));
    });
    // Do not keep `null`: the source may be indexed in a moment. Nor does it show that searches work.
    for (const [at, list] of made.entries()) {
      if (!list) continue;
      this.outages.of(collection).end();
      const name = names[at];
      const isSmall = list.length <= MAX_KEPT_LENGTH && (name?.key.length ?? 0) <= MAX_KEPT_KEY;
      if (name && isSmall && !query.explain) this.lists.set(name, { list, revision, options });
    }
    return made;
  }

  /** The ids of documents that a source links to or that link to it; `null` if it is not in the index. */
  async linked(collection: Collection, source: Source): Promise<readonly string[] | null> {
    try {
      return await this.outages.of(collection).run(async () => {
        const found = await this.options.all.get(collection);
        if (!found) return null;
        const remote = { ...found };
        const [read] = await this.sourcesOf(remote, [source], {});
        return read && this.options.reader.run(remote, read, {}, linkedIds);
      });
    } catch (error) {
      if (!isOutage(error)) throw error;
      // Lists that were made before are served then.
      return [];
    }
  }

  /** Returns what is served while the cluster does not answer. */
  private instead(
    name: ListName | null,
    query: Query,
    { error, failingMs, options }: { error: EngineUnavailable; failingMs: number; options: number },
  ): readonly Suggestion[] | null {
    const { all, serveStaleMs } = this.options;
    const isBrief = serveStaleMs > 0 && Math.max(failingMs, all.silenceMs) <= serveStaleMs;
    const last = name && isBrief ? this.lists.lastLike(name, query, options) : undefined;
    this.timesLast += 1;
    if (last !== undefined) return last;
    throw error;
  }

  async candidates(collection: Collection, documentId: string): Promise<Candidates | null> {
    const found = await this.options.all.get(collection);
    const remote = found && { ...found };
    const [source] = remote ? await this.options.reader.sources(remote, [documentId]) : [null];
    if (!remote || !source) return null;
    const options = this.options.optionsOf(collection.type);
    const gate = remote.entry.gate ?? UNKNOWN_GATE;
    const { candidates, kept } = await this.options.reader.run(
      remote,
      source,
      { ignoresPicks: true },
      (view, document) =>
        scoreCandidates(view, document, options, gate, completed(options, document, { ignoresPicks: true })), // prettier-ignore
    );
    const { documents, parts, custom } = candidates;
    return { documentIds: documents.map(({ id }) => id), parts, custom, kept };
  }

  /** Calibrates the gate on the articles with the smallest hashes, the same for every history of the index. */
  async calibrate(live: RemoteCollection): Promise<Gate> {
    const remote = { ...live };
    if (isTooSmall(remote.counts.size)) return gateOf(remote.counts.size, []);
    const options = this.options.optionsOf(remote.entry.type);
    const ids = await this.options.reader.sample(remote, SAMPLE);
    const sources = await this.options.reader.sources(remote, ids);
    const evidence = await inParallel(sources, AT_ONCE, async (source) =>
      source
        ? this.options.reader.run(remote, source, {}, (view, document) => bestEvidence(view, document, options)) // prettier-ignore
        : null,
    );
    return gateOf(
      remote.counts.size,
      evidence.filter((one) => one !== null),
    );
  }

  private list(remote: RemoteCollection, source: SourceWords, query: RankQuery) {
    const options = query.ranking ?? this.options.optionsOf(remote.entry.type);
    const gate = remote.entry.gate ?? UNKNOWN_GATE;
    // What options add to the query decides which candidates are fetched.
    const whole = completed(options, source.document, query);
    return this.options.reader.run(remote, source, whole, (view, document) =>
      rank(view, document, options, gate, query),
    );
  }

  /** Reads the sources, all that are in the index with one request. */
  private async sourcesOf(
    remote: RemoteCollection,
    sources: readonly Source[],
    { localRarity }: RankQuery,
  ): Promise<(SourceWords | null)[]> {
    const { counts, numbers } = remote;
    const ids = sources.flatMap((source) => ('documentId' in source ? source.documentId : []));
    const read = await this.options.reader.sources(remote, ids);
    const found: (SourceWords | null)[] = [];
    let at = 0;
    for (const source of sources) {
      if ('document' in source) {
        found.push(
          await this.options
            .analysisOf(remote.entry)
            .toSource(source.document, counts, numbers, localRarity),
        );
      } else {
        found.push(read[at]);
        at += 1;
      }
    }
    return found;
  }

  clear(): void {
    this.lists.clear();
  }
}
