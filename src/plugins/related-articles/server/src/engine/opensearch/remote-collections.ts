import type { Collection } from '../engine';
import { gateOf, type Gate } from '../ranking/gate';
import { emptyEntry, randomName, type Catalog, type CatalogEntry } from './catalog';
import { SearchFailure, type SearchClient } from './client';
import { CollectionCounts } from './collection-counts';
import { CountChanges, type Counts } from './counts';
import { DocumentCache } from './document-cache';
import { documentIndex, indexNameOf, keyOf, type IndexSettings } from './mapping';
import type { ReadableIndex } from './reader';
import { TermNumbers } from './term-numbers';

/** How long what is known of the collections is used before the cluster is asked again, in milliseconds. */
const FRESH_MS = 1000;
/** Documents that are kept between lists, of all collections together. */
const CACHE_BYTES = 48_000_000;
/** Words and entries that have numbers here, before all are forgotten. */
const MAX_NUMBERS = 3_000_000;
/** With more changed counts than this, all are published. */
const MAX_CHANGES = 500_000;

/** Applies until a collection has one of its own. */
export const UNKNOWN_GATE: Gate = gateOf(0, []);

/** A collection in the cluster, as this process knows it. */
export interface RemoteCollection extends ReadableIndex {
  entry: CatalogEntry;
  /** What this process wrote and has not published; `null` where it is too much to be listed. */
  changes: CountChanges | null;
  isDirty: boolean;
}

/** The collections in the cluster: the copy of their counts that this process holds, kept up to date. */
export class RemoteCollections {
  private readonly known = new Map<string, RemoteCollection>();
  private readonly cache = new DocumentCache(CACHE_BYTES);
  private numbers = new TermNumbers();
  private refreshedAt = -Infinity;
  private refreshing: Promise<void> | null = null;

  constructor(
    private readonly client: SearchClient,
    private readonly settings: IndexSettings,
    private readonly catalog: Catalog,
  ) {}

  /** `null` for one that holds nothing. */
  async get(collection: Collection): Promise<RemoteCollection | null> {
    await this.beFresh();
    return this.known.get(keyOf(collection)) ?? null;
  }

  async list(): Promise<RemoteCollection[]> {
    await this.beFresh();
    return [...this.known.values()];
  }

  /** A collection that is about to be written to; its index is made where there is none. */
  async toWrite(collection: Collection): Promise<RemoteCollection> {
    const known = await this.get(collection);
    if (known) return known;
    await this.catalog.open();
    const name = indexNameOf(this.settings, collection, randomName());
    const { type, locale } = collection;
    await this.client.request({ method: 'PUT', path: `/${name}`, body: documentIndex(this.settings) }); // prettier-ignore
    const remote = this.remoteOf(emptyEntry({ type, locale }, name), new CollectionCounts());
    this.known.set(keyOf(collection), remote);
    return remote;
  }

  /** Counts what was written. */
  count(remote: RemoteCollection, add: (counts: Counts) => void): void {
    add(remote.counts);
    if (remote.changes) add(remote.changes);
    if (remote.changes && remote.changes.total > MAX_CHANGES) remote.changes = null;
    remote.isDirty = true;
  }

  unsettled(): RemoteCollection[] {
    return [...this.known.values()].filter(({ isDirty }) => isDirty);
  }

  get isSettled(): boolean {
    return this.unsettled().length === 0;
  }

  /** Publishes what was counted since the last time, with a new gate. */
  async publish(remote: RemoteCollection, calibrate: () => Promise<Gate>): Promise<void> {
    const { changes, counts } = remote;
    const gate = await calibrate();
    remote.isDirty = false;
    remote.changes = new CountChanges();
    try {
      const entry = await this.catalog.publish({ ...remote.entry, gate }, counts, changes);
      remote.entry = entry;
    } catch (error) {
      remote.isDirty = true;
      remote.changes = null;
      throw error;
    }
  }

  /** Asks the cluster what is new. */
  refresh(): Promise<void> {
    this.refreshing ??= this.load().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  async clear(): Promise<void> {
    await this.refresh();
    for (const { name } of this.known.values()) {
      await this.client.request({ method: 'DELETE', path: `/${name}` }).catch(ignoreMissing);
    }
    await this.catalog.clear();
    this.known.clear();
    this.cache.clear();
    this.numbers = new TermNumbers();
  }

  /** Waits for the cluster only while nothing is known; later, what is known serves until the answer is there. */
  private async beFresh(): Promise<void> {
    if (performance.now() - this.refreshedAt < FRESH_MS) return;
    const refreshed = this.refresh();
    if (this.refreshedAt === -Infinity) await refreshed;
    else refreshed.catch(() => undefined);
  }

  private async load(): Promise<void> {
    const entries = await this.catalog.entries();
    this.makeRoom();
    const keys = new Set(entries.map(keyOf));
    for (const [key, { isDirty, entry }] of this.known) {
      if (!keys.has(key) && !isDirty && entry.version > 0) this.known.delete(key);
    }
    for (const entry of entries) await this.follow(entry);
    this.refreshedAt = performance.now();
  }

  /** What this process has written itself it knows already. */
  private async follow(entry: CatalogEntry): Promise<void> {
    const known = this.known.get(keyOf(entry));
    if (known?.isDirty || (known && known.entry.index === entry.index && known.entry.version >= entry.version)) return; // prettier-ignore
    if (known?.entry.index === entry.index) {
      const isDone = await this.catalog.bringUpToDate(entry, known.counts, known.entry.version);
      if (isDone) {
        known.entry = entry;
        return;
      }
    }
    const counts = new CollectionCounts();
    await this.catalog.bringUpToDate(entry, counts, null);
    this.known.set(keyOf(entry), this.remoteOf(entry, counts));
  }

  private remoteOf(entry: CatalogEntry, counts: CollectionCounts): RemoteCollection {
    return {
      name: entry.index,
      entry,
      counts,
      numbers: this.numbers,
      cache: this.cache,
      changes: new CountChanges(),
      isDirty: false,
    };
  }

  /** Lists that are being made keep the numbers that they began with. */
  private makeRoom(): void {
    if (this.numbers.size < MAX_NUMBERS) return;
    this.numbers = new TermNumbers();
    const cache = new DocumentCache(CACHE_BYTES);
    for (const remote of this.known.values()) Object.assign(remote, { numbers: this.numbers, cache }); // prettier-ignore
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof SearchFailure && error.isNotFound)) throw error;
}
