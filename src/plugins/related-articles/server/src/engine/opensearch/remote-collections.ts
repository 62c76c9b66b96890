import type { Collection } from '../engine';
import { isSameGate, type Gate } from '../ranking/gate';
import type { Catalog } from './catalog';
import { emptyEntry, publicationOf, type CatalogEntry } from './catalog-entry';
import { CatalogHistory } from './catalog-history';
import { SearchFailure, type SearchClient } from './client';
import { CollectionCounts } from './collection-counts';
import { addBytes, CountChanges, type Counts } from './counts';
import { DocumentCache } from './document-cache';
import { catalogOf, keyOf, type IndexSettings } from './mapping';
import { LinkCache } from './link-cache';
import { LostCounts } from './lost-counts';
import { LostDocuments, type CountedIndex } from './lost-documents';
import { LostEntries } from './lost-entries';
import { OwnIndexes } from './own-indexes';
import { Presence } from './presence';
import { CountsMissing } from './published-counts';
import type { ReadableIndex } from './reader';
import { TermNumbers } from './term-numbers';

/** How long the known collections are used before the cluster is asked again, in milliseconds. */
const FRESH_MS = 1000;
/** Size of the cache for documents of all collections, in bytes. */
const CACHE_BYTES = 48_000_000;
/** How many words and entries get numbers here before all are forgotten. */
const MAX_NUMBERS = 3_000_000;
/** With more changed counts than this, all are published. */
const MAX_CHANGES = 500_000;

/** How far above a removed entry's unknown version to go on: more than one process publishes while it runs. */
const ABOVE_REMOVED = 1_000_000_000;

const CONFLICT = 409;
const FORBIDDEN = 403;

/** A collection in the cluster, as this process knows it. */
export interface RemoteCollection extends ReadableIndex {
  entry: CatalogEntry;
  /** What this process wrote and has not published; `null` if it is too much to list, or not known. */
  changes: CountChanges | null;
  isDirty: boolean;
  /** Whether it is unknown which of its last writes were accepted. */
  isDoubtful: boolean;
  /** Whether this process still has to calibrate its gate again. */
  isGateOwed: boolean;
  /** How often this process wrote to it. */
  writes: number;
  /** The index that it replaced, if this process saw that. */
  previous: string | null;
  /** Whether its published counts are gone: no lists can be made until it is rebuilt. */
  isCountless?: boolean;
}

/** The collections in the cluster: the copy of their counts that this process holds, kept up to date. */
export class RemoteCollections {
  private readonly known = new Map<string, RemoteCollection>();
  /** Content types being rebuilt, and their new indexes by collection. */
  private readonly rebuilt = new Set<string>();
  private readonly next = new Map<string, RemoteCollection>();
  /** New indexes that a running rebuild has already put in place. */
  private readonly swapped = new Set<string>();
  private cache = new DocumentCache(CACHE_BYTES);
  private numbers = new TermNumbers();
  private refreshedAt = -Infinity;
  /** When the cluster last listed its collections, by `performance.now()`. */
  private heardAt = -Infinity;
  private refreshing: Promise<void> | null = null;
  private refreshingNext: Promise<void> | null = null;
  /** How often this process has begun or finished publishing: odd while it publishes. */
  private publications = 0;
  private readonly history = new CatalogHistory();
  private readonly indexes: OwnIndexes;
  private readonly presence: Presence;
  private readonly lostDocuments: LostDocuments;
  private readonly lostCounts: LostCounts;
  private readonly lostEntries = new LostEntries();
  /** Throws when this process may no longer write. */
  mayWrite: () => void = () => undefined;
  /** Whether this process writes, or is about to. */
  isWriter: () => boolean = () => false;

  constructor(
    client: SearchClient,
    private readonly settings: IndexSettings,
    private readonly catalog: Catalog,
  ) {
    this.indexes = new OwnIndexes(client, settings);
    this.presence = new Presence(client, settings);
    this.lostDocuments = new LostDocuments(client);
    this.lostCounts = new LostCounts(catalog);
  }

  /** The collection that lists are made from; `null` for one that holds nothing. */
  async get(collection: Collection): Promise<RemoteCollection | null> {
    await this.beFresh();
    const known = this.known.get(keyOf(collection)) ?? null;
    if (known?.isCountless) throw new CountsMissing();
    return known;
  }

  /** `get` without waiting; `null` also while the collections are not known yet. */
  peek(collection: Collection): RemoteCollection | null {
    if (this.refreshedAt === -Infinity) return null;
    void this.beFresh();
    const known = this.known.get(keyOf(collection));
    return known && !known.isCountless ? known : null;
  }

  async list(): Promise<RemoteCollection[]> {
    await this.beFresh();
    return [...this.known.values()];
  }

  /** The collections that are written to: for a type being rebuilt, the new ones. */
  async written(): Promise<RemoteCollection[]> {
    const all = await this.list();
    const isWritten = ({ entry, name }: RemoteCollection) =>
      !this.rebuilt.has(entry.type) || this.swapped.has(name);
    return [...all.filter(isWritten), ...this.next.values()];
  }

  /** The collection that is written to; `null` for one that holds nothing. */
  async target(collection: Collection): Promise<RemoteCollection | null> {
    if (!this.rebuilt.has(collection.type)) return this.get(collection);
    const known = this.known.get(keyOf(collection));
    // A rebuild that has failed half-way has put some of the new indexes in place already.
    const swapped = known && this.swapped.has(known.name) ? known : null;
    return this.next.get(keyOf(collection)) ?? swapped;
  }

  /** `target` for a collection about to be written to; creates its index if there is none. */
  async toWrite(collection: Collection): Promise<RemoteCollection> {
    const known = await this.target(collection);
    if (known) return known;
    await this.catalog.open();
    this.presence.hasCatalog = true;
    const entry = emptyEntry(collection, await this.indexes.create(collection));
    const remote = this.remoteOf(entry, new CollectionCounts());
    (this.rebuilt.has(collection.type) ? this.next : this.known).set(keyOf(collection), remote);
    return remote;
  }

  /** Notes in the cluster that a collection is being written to; published counts are behind from then on. */
  async mark(remote: RemoteCollection): Promise<void> {
    this.mayWrite();
    if (!remote.isDirty) await this.catalog.mark(remote.entry);
    remote.isDirty = true;
    remote.links = new LinkCache(false);
  }

  /** Counts what was written. */
  count(remote: RemoteCollection, add: (counts: Counts) => void): void {
    remote.writes += 1;
    add(remote.counts);
    if (remote.changes) add(remote.changes);
    if (remote.changes && remote.changes.total > MAX_CHANGES) remote.changes = null;
  }

  unsettled(): RemoteCollection[] {
    return [...this.known.values()].filter(({ isDirty }) => isDirty);
  }

  /** Collections whose gates are older than what was last published. */
  ungated(): RemoteCollection[] {
    return [...this.known.values()].filter(
      ({ isGateOwed, isCountless }) => isGateOwed && !isCountless,
    );
  }

  /** Takes over the gates that the previous writer still owed, as published. */
  oweGates(): void {
    for (const remote of this.known.values()) {
      if (!this.presence.isLost(remote.name)) remote.isGateOwed ||= remote.entry.isGateOld ?? false;
    }
  }

  /** How long ago the cluster last listed its collections, in milliseconds. */
  get silenceMs(): number {
    return performance.now() - this.heardAt;
  }

  get isPublished(): boolean {
    return this.unsettled().length === 0;
  }

  get isSettled(): boolean {
    return this.isPublished && this.ungated().length === 0;
  }

  get revision(): string {
    return [...this.known.values()]
      .map(({ entry, isDirty }) => `${publicationOf(entry)} ${isDirty}`)
      .join();
  }

  /** Notes that writes may or may not have been accepted: the collection is counted again before it is published. */
  doubt(remote: RemoteCollection): void {
    remote.isDoubtful = true;
  }

  /**
   * Publishes what was counted since the last time.
   *
   * @param gate A new one; `null` to keep the present one for now.
   */
  async publish(remote: RemoteCollection, gate: Gate | null): Promise<void> {
    this.mayWrite();
    this.publications += 1;
    try {
      await this.publishOnce(remote, gate);
    } finally {
      this.publications += 1;
    }
  }

  /** Publishes a gate for what was published without one. */
  async publishGate(remote: RemoteCollection, gate: Gate): Promise<void> {
    const { gate: known } = remote.entry;
    // If documents were written meanwhile, they need another gate.
    if (remote.isDirty) return;
    if (known && isSameGate(known, gate)) remote.isGateOwed = false;
    else await this.publish(remote, gate);
  }

  private async publishOnce(remote: RemoteCollection, gate: Gate | null): Promise<void> {
    const { changes, counts } = remote;
    remote.changes = new CountChanges();
    const { writes } = remote;
    const gates = gate ? { gate, isGateOld: false } : { isGateOld: true };
    try {
      remote.entry = await this.catalog.publish({ ...remote.entry, ...gates }, counts, changes);
      remote.isGateOwed = !gate;
    } catch (error) {
      remote.changes = null;
      if (error instanceof SearchFailure && error.status === CONFLICT) await this.adopt(remote);
      throw error;
    }
    // Writes made meanwhile still have to be published.
    if (remote.writes !== writes) return;
    await this.catalog.unmark(remote.entry);
    if (remote.writes === writes) {
      remote.isDirty = false;
      remote.links = new LinkCache(true);
    } else await this.catalog.mark(remote.entry);
  }

  /** Continues from what another process has published. Its counts may lack this one's writes, so recount. */
  private async adopt(remote: RemoteCollection): Promise<void> {
    this.mayWrite();
    const there = await this.catalog.entry(remote.entry);
    if (!there) {
      // A cluster remembers the version of what was removed, for a minute.
      remote.entry = { ...remote.entry, version: remote.entry.version + ABOVE_REMOVED };
      return;
    }
    if (there.index !== remote.entry.index) {
      this.known.delete(keyOf(remote.entry));
      this.lostEntries.noteReplaced(remote.entry.type);
    } else remote.entry = there;
    // Count and publish again, even if only a gate was to be published.
    remote.isDoubtful = true;
    remote.isDirty = true;
  }

  /**
   * Finds which indexes are gone. Their catalog entries stay until others take their places: a cluster remembers the
   * versions of what was deleted.
   *
   * @returns Their content types.
   */
  async findLost(): Promise<string[]> {
    const lost = await this.presence.findLost(() => this.catalog.entries());
    this.catalog.reopen();
    if (this.presence.hasCatalog) await this.catalog.open();
    // What another writer left unfinished is counted again instead.
    const left = new Set((await this.abandoned()).map(({ name }) => name));
    const indexes = () => this.counted().filter(({ name }) => !left.has(name));
    const differing = await this.lostDocuments.types(indexes);
    const types = lost.map(({ type }) => type);
    return [
      ...new Set([...types, ...differing, ...this.lostCounts.types, ...this.lostEntries.types]),
    ];
  }

  /** Whether the catalog and all indexes are still those that this process has written to. */
  async isWhole(): Promise<boolean> {
    if (this.lostEntries.types.length > 0) return false;
    const isThere = await this.presence.isWhole(() =>
      [...this.known.values(), ...this.next.values()].map(({ name }) => name),
    );
    return isThere && (await this.lostDocuments.isNone(() => this.counted())) && this.hasCounts();
  }

  /** Whether the counts that this process has published are still there, so that others can read them. */
  private hasCounts(): Promise<boolean> {
    const isSettled = ({ isDirty, entry }: RemoteCollection) =>
      !isDirty && !this.rebuilt.has(entry.type);
    const entries = [...this.known.values()].filter(isSettled).map(({ entry }) => entry);
    return this.lostCounts.isNone(entries, (entry) => {
      const { publications } = this;
      return () => {
        const isQuiet = publications === this.publications && publications % 2 === 0;
        const remote = this.known.get(keyOf(entry));
        return isQuiet && remote?.entry === entry && isSettled(remote);
      };
    });
  }

  /** Indexes that must hold what was counted unless something is lost; of the others, that is not known yet. */
  private counted(): CountedIndex[] {
    const whole = [...this.known.values()].filter(
      ({ name, isCountless, entry }) =>
        !isCountless && !this.rebuilt.has(entry.type) && !this.presence.isLost(name),
    );
    return whole.map(({ name, entry, counts, isDirty }) => {
      const { size, checksum } = counts;
      return { type: entry.type, name, version: entry.version, size, checksum, isDirty };
    });
  }

  /** Collections that a writer left unfinished when it stopped: they must be counted again. */
  async abandoned(): Promise<RemoteCollection[]> {
    await this.refresh();
    const abandoned: RemoteCollection[] = [];
    for (const remote of this.known.values()) {
      if (this.presence.isLost(remote.name)) continue;
      if (!remote.isDirty && (await this.catalog.isMarked(remote.entry))) abandoned.push(remote);
    }
    return abandoned;
  }

  /** Replaces the known counts; the new ones still have to be published. */
  recounted(remote: RemoteCollection, counts: CollectionCounts): void {
    remote.counts = counts;
    remote.isCountless = undefined;
    remote.changes = null;
    remote.isDirty = true;
    remote.isDoubtful = false;
  }

  beginRebuild(uid: string): void {
    this.rebuilt.add(uid);
    this.forgetSwapped(uid);
    for (const [key, { entry }] of this.next) if (entry.type === uid) this.next.delete(key);
  }

  /** The new collections of a type being rebuilt; `null` for any other type. */
  rebuiltOf(uid: string): RemoteCollection[] | null {
    if (!this.rebuilt.has(uid)) return null;
    return [...this.next.values()].filter(({ entry }) => entry.type === uid);
  }

  /** Replaces the old collections of a type with the new ones, each together with its counts. */
  async swap(uid: string, calibrate: (remote: RemoteCollection) => Promise<Gate>): Promise<void> {
    const rebuilt = this.rebuiltOf(uid);
    if (!rebuilt) return;
    for (const remote of rebuilt) {
      const key = keyOf(remote.entry);
      const old = this.known.get(key);
      const gate = await calibrate(remote);
      // Continue from the old version, so that the next one is new to every process.
      const version = Math.max(remote.entry.version, old?.entry.version ?? 0);
      remote.entry = { ...remote.entry, version };
      if (old && old.name !== remote.name) remote.previous = old.name;
      remote.changes = null;
      await this.publish(remote, gate);
      this.known.set(key, remote);
      this.lostCounts.forget(remote.entry);
      // From here on, it is the collection's index, even if a later step fails: a retry must not find it again.
      this.next.delete(key);
      this.swapped.add(remote.name);
      if (old && old.name !== remote.name) await this.giveUp(old);
    }
    const left = ({ entry, name }: RemoteCollection) =>
      entry.type === uid && !this.swapped.has(name);
    await this.remove([...this.known.values()].filter(left));
    this.rebuilt.delete(uid);
    this.forgetSwapped(uid);
    this.lostDocuments.noteBuilt(uid);
    this.lostEntries.noteBuilt(uid);
  }

  private forgetSwapped(uid: string): void {
    for (const { entry, name } of this.known.values()) if (entry.type === uid) this.swapped.delete(name); // prettier-ignore
  }

  /** Removes all content types but these, unless the cluster forbids it, as on a full disk: the others come first. */
  async keepOnly(uids: ReadonlySet<string>): Promise<void> {
    await this.refresh();
    try {
      await this.remove([...this.known.values()].filter(({ entry }) => !uids.has(entry.type)));
    } catch (error) {
      if (!(error instanceof SearchFailure) || error.status !== FORBIDDEN) throw error;
    }
  }

  private async remove(collections: readonly RemoteCollection[]): Promise<void> {
    for (const remote of collections) {
      this.mayWrite();
      await this.catalog.remove(remote.entry);
      this.known.delete(keyOf(remote.entry));
      await this.giveUp(remote);
    }
  }

  /** Deletes an index that is no longer used. If that fails, `cleanAway` deletes it later. */
  private async giveUp({ name, entry }: RemoteCollection): Promise<void> {
    await this.catalog.forgetCounts(entry);
    await this.indexes.drop(name).catch(() => undefined);
  }

  /** Forgets what was not published, and starts again from what the cluster has. */
  release(): void {
    this.known.clear();
    this.history.clear();
    this.cache.clear();
    this.lostCounts.clear();
    this.lostEntries.clear();
    this.next.clear();
    this.rebuilt.clear();
    this.swapped.clear();
    this.refreshedAt = -Infinity;
  }

  /** Deletes indexes that nothing refers to, such as those that an interrupted rebuild left. */
  async cleanAway(): Promise<void> {
    await this.refresh();
    const used = new Set([...this.known.values(), ...this.next.values()].map(({ name }) => name));
    // If no collection is known, nobody can tell which indexes are left over.
    if (used.size === 0) return;
    for (const name of await this.indexes.list()) {
      if (name === catalogOf(this.settings) || used.has(name)) continue;
      this.mayWrite();
      await this.indexes.drop(name);
    }
  }

  /** Asks the cluster what is new. A request under way may have asked too early, so another one follows it. */
  refresh(): Promise<void> {
    if (!this.refreshing) {
      this.refreshing = this.load().finally(() => {
        this.refreshing = null;
      });
      return this.refreshing;
    }
    this.refreshingNext ??= this.refreshing
      .catch(() => undefined)
      .then(() => {
        this.refreshingNext = null;
        return this.refresh();
      });
    return this.refreshingNext;
  }

  async clear(): Promise<void> {
    for (const name of await this.indexes.list()) await this.indexes.drop(name);
    await this.catalog.clear();
    this.known.clear();
    this.next.clear();
    this.rebuilt.clear();
    this.cache.clear();
    this.numbers = new TermNumbers();
  }

  /** Waits for the cluster only while nothing is known; later, the known state is used until the answer arrives. */
  private async beFresh(): Promise<void> {
    if (performance.now() - this.refreshedAt < FRESH_MS) return;
    const refreshed = this.refresh();
    if (this.refreshedAt === -Infinity) await refreshed;
    else refreshed.catch(() => undefined);
  }

  private async load(): Promise<void> {
    const { publications } = this;
    const entries = await this.catalog.entries();
    this.heardAt = performance.now();
    // The answer may lack what this process has published meanwhile.
    if (publications !== this.publications || publications % 2 === 1) return;
    this.makeRoom();
    this.dropUnlisted(entries);
    for (const entry of entries) {
      await this.follow(entry).catch((error) => this.followWithoutCounts(entry, error));
    }
    this.refreshedAt = performance.now();
    if (!this.history.hasGoneBack || this.isWriter()) return;
    // The one who writes must see what was lost: it compares the index with what it has counted.
    this.release();
    await this.load();
  }

  /** Drops collections that others have removed. */
  private dropUnlisted(entries: readonly CatalogEntry[]): void {
    const keys = new Set(entries.map(keyOf));
    for (const [key, { entry }] of this.known) {
      if (keys.has(key) || entry.full.version === 0) this.lostEntries.noteListed(key);
      else if (this.isWriter()) this.lostEntries.noteUnlisted(key, entry.type);
      // A catalog without any entry was probably emptied, or belongs to another cluster.
      else if (entries.length > 0) this.known.delete(key);
    }
  }

  /** @throws The error, unless it shows that the entry's counts are gone. */
  private async followWithoutCounts(entry: CatalogEntry, error: unknown): Promise<void> {
    await this.lostCounts.note(entry, error);
    const key = keyOf(entry);
    // Lists can still be made with the counts that were read before.
    if (this.known.has(key)) return;
    this.known.set(key, { ...this.remoteOf(entry, new CollectionCounts()), isCountless: true });
  }

  /** Takes over what others have published: this process already knows what it has written itself. */
  private async follow(entry: CatalogEntry): Promise<void> {
    const key = keyOf(entry);
    const known = this.known.get(key);
    const version = known?.entry.version ?? null;
    const isSameIndex = known?.entry.index === entry.index;
    if (known && (known.isDirty || !this.history.isNews(entry, known))) return;
    const isBase = isSameIndex && !known.isCountless;
    const changes = isBase ? await this.catalog.missing(entry, version) : null;
    const all = changes ? null : await this.catalog.missing(entry, null);
    // Meanwhile this process may have begun to write, or have published itself.
    const isSame = this.known.get(key) === known && (known?.entry.version ?? null) === version;
    if (!isSame || known?.isDirty) return;
    if (known && changes) {
      for (const bytes of changes) addBytes(bytes, known.counts);
      known.entry = entry;
      known.links = new LinkCache(true);
      this.lostCounts.forget(entry);
      return;
    }
    const counts = new CollectionCounts();
    for (const bytes of all ?? []) addBytes(bytes, counts);
    const previous = (isSameIndex ? known.previous : known?.name) ?? null;
    this.known.set(key, { ...this.remoteOf(entry, counts), previous });
    this.lostCounts.forget(entry);
  }

  private remoteOf(entry: CatalogEntry, counts: CollectionCounts): RemoteCollection {
    return {
      name: entry.index,
      entry,
      counts,
      numbers: this.numbers,
      cache: this.cache,
      links: new LinkCache(true),
      changes: new CountChanges(),
      isDirty: false,
      isDoubtful: false,
      isGateOwed: false,
      writes: 0,
      previous: null,
    };
  }

  /** Forgets all numbers if there are too many. Lists that are being made keep the numbers that they began with. */
  private makeRoom(): void {
    if (this.numbers.size < MAX_NUMBERS) return;
    this.numbers = new TermNumbers();
    this.cache = new DocumentCache(CACHE_BYTES);
    const { numbers, cache } = this;
    for (const remote of [...this.known.values(), ...this.next.values()]) Object.assign(remote, { numbers, cache }); // prettier-ignore
  }
}
