import {
  EngineUnavailable,
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
import { Breaker } from './breaker';
import { SearchFailure } from './client';
import { LastLists, listName, type ListName } from './last-lists';
import { keyOf } from './mapping';
import { inParallel } from './parallel';
import type { SourceWords } from './queries';
import type { IndexReader } from './reader';
import type { RemoteCollection, RemoteCollections } from './remote-collections';

/** How long lists are waited for where the last good ones are at hand, in milliseconds. */
const PATIENCE_MS = 1500;
/** So long after the cluster was last heard of, lists are no longer taken for those of now, in milliseconds. */
const SILENT_MS = 5000;
/** Lists that are made at once for one call. */
const AT_ONCE = 8;
/** Longer lists, and those with longer questions, are not kept. */
const MAX_KEPT_LENGTH = 120;
const MAX_KEPT_KEY = 2000;

export interface ListMakerOptions {
  all: RemoteCollections;
  reader: IndexReader;
  optionsOf: (uid: string) => RankingOptions;
  analysisOf: (collection: Collection) => DocumentAnalysis;
  /** For how long lists are given as they last were, from when the cluster stopped answering, in milliseconds. */
  serveStaleMs: number;
  /** What follows then: an error, or empty lists. */
  whenAway: 'error' | 'empty';
}

/** Makes lists from what the cluster holds, and gives the last good ones while it does not answer. */
export class ListMaker {
  private readonly lists = new LastLists();
  private readonly breaker = new Breaker();
  /** How often something else was given than the list as it is now: nobody may take it for that. */
  timesLast = 0;
  /** Collections of which no list can be made: since when, and when that was last so, on the clock of `performance`. */
  private readonly failures = new Map<string, { since: number; at: number }>();

  constructor(private readonly options: ListMakerOptions) {}

  async related(
    collection: Collection,
    sources: readonly Source[],
    query: Query,
  ): Promise<(readonly Suggestion[] | null)[]> {
    if (sources.length === 0) return [];
    const names = sources.map((source) =>
      'document' in source || query.ranking ? null : listName(collection, source.documentId, query),
    );
    const making = this.breaker.run(() => this.madeAnew(collection, sources, query, names));
    try {
      return (await this.lastIfSlow(making, names)) ?? (await making);
    } catch (error) {
      if (!isOutage(error)) throw error;
      const failingMs = this.noteFailure(collection);
      const options = numberOf(this.options.optionsOf(collection.type));
      return names.map((name) => this.instead(name, query, { error, failingMs, options }));
    }
  }

  /** The last good lists, all of them, where new ones take long: those are kept for the next time. `null` otherwise. */
  private async lastIfSlow(
    making: Promise<unknown>,
    names: readonly (ListName | null)[],
  ): Promise<(readonly Suggestion[] | null)[] | null> {
    const { serveStaleMs } = this.options;
    const lastOf = (name: ListName | null) =>
      name === null ? undefined : this.lists.last(name.key, serveStaleMs);
    if (names.some((name) => lastOf(name) === undefined)) return null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), PATIENCE_MS);
    });
    const isSlow = await Promise.race([making.then(() => false), isLate]).finally(() => clearTimeout(timer)); // prettier-ignore
    if (!isSlow) return null;
    making.catch(() => undefined);
    this.timesLast += 1;
    return names.map((name) => lastOf(name) ?? null);
  }

  /** Once more where an index has been replaced in the middle. */
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
    sources: readonly Source[],
    query: Query,
    names: readonly (ListName | null)[],
  ): Promise<(readonly Suggestion[] | null)[]> {
    const found = await this.options.all.get(collection);
    if (!found) return sources.map((source) => ('document' in source ? [] : null));
    // As it is now: it may be replaced while lists are made.
    const remote = { ...found };
    const { type } = collection;
    const options = this.options.optionsOf(type);
    const version = `${remote.entry.index} ${remote.entry.version} ${numberOf(options)}`;
    const revision = remote.isDirty ? null : version;
    // Explanations are large, and custom signals may look at more than the index.
    const mayKeep = !query.explain && !options.custom?.length;
    // What has not been heard of for a while may be another by now.
    const mayKnow = mayKeep && this.options.all.silenceMs < SILENT_MS;
    const known = names.map((name) => (name && mayKnow ? this.lists.current(name.key, revision) : undefined)); // prettier-ignore
    const missing = sources.filter((_, at) => known[at] === undefined);
    const within = withinCollection(type, query);
    const read = await this.sourcesOf(remote, missing, within);
    const made = await inParallel(read, AT_ONCE, async (source) => {
      if (!source) return null;
      const list = await this.list(remote, source, within);
      return list.map((ranked) => toSuggestion(type, ranked));
    });
    if (made.length > 0) this.failures.delete(keyOf(collection));
    return known.map((list, at) => {
      if (list !== undefined) return list;
      const next = made.shift() ?? null;
      const name = names[at];
      // What is not in the index may be there in a moment.
      const isSmall = (next?.length ?? 0) <= MAX_KEPT_LENGTH && (name?.key.length ?? 0) <= MAX_KEPT_KEY; // prettier-ignore
      if (name && next && isSmall && !query.explain)
        this.lists.set(name, { list: next, revision: mayKeep ? revision : null, options: numberOf(options) }); // prettier-ignore
      return next;
    });
  }

  /** The ids of those that a source links to, or that link to it; `null` where it is not in the index. */
  async linked(collection: Collection, source: Source): Promise<readonly string[] | null> {
    try {
      return await this.breaker.run(async () => {
        const found = await this.options.all.get(collection);
        if (!found) return null;
        const remote = { ...found };
        const [read] = await this.sourcesOf(remote, [source], {});
        return read && this.options.reader.run(remote, read, {}, linkedIds);
      });
    } catch (error) {
      if (!isOutage(error)) throw error;
      // Lists that were made before are given then.
      return [];
    }
  }

  /** @returns For how long it has been so, in milliseconds. */
  private noteFailure(collection: Collection): number {
    const key = keyOf(collection);
    const now = performance.now();
    const known = this.failures.get(key);
    // Nobody may have asked since another one was over.
    const isAnother = !known || now - known.at > this.options.serveStaleMs;
    const since = isAnother ? now : known.since;
    this.failures.set(key, { since, at: now });
    return now - since;
  }

  /** What is given while the cluster does not answer. */
  private instead(
    name: ListName | null,
    query: Query,
    { error, failingMs, options }: { error: EngineUnavailable; failingMs: number; options: number },
  ): readonly Suggestion[] | null {
    const { all, serveStaleMs, whenAway } = this.options;
    const isBrief = serveStaleMs > 0 && Math.max(failingMs, all.silenceMs) <= serveStaleMs;
    const last = name && isBrief ? this.lists.lastLike(name, query, options) : undefined;
    this.timesLast += 1;
    if (last !== undefined) return last;
    if (whenAway === 'error') throw error;
    // Whoever asks again, as some may not be seen, has the list of before.
    if (!isBrief || !query.unseen?.length) return [];
    throw Object.assign(new EngineUnavailable(error.message, { cause: error }), { givesNothing: true }); // prettier-ignore
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

  /** The gate, from the articles with the smallest hashes, which are the same whatever the history of the index. */
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
    // What options add to the question decides which candidates are fetched.
    const whole = completed(options, source.document, query);
    return this.options.reader.run(remote, source, whole, (view, document) =>
      rank(view, document, options, gate, query),
    );
  }

  /** All that are in the index are read at once. */
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
