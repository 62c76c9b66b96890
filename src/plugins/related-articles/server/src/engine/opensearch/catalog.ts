import type { Collection, SharedState } from '../engine';
import type { Gate } from '../ranking/gate';
import { checkItems, SearchFailure, WHOLE, type Hit, type SearchAnswer, type SearchClient } from './client'; // prettier-ignore
import { toBytes, type Counts } from './counts';
import { aliasOf, catalogIndex, catalogOf, keyOf, OWN_ALIAS, type IndexSettings } from './mapping';
import { checkRecovered } from './presence';
import { partsOf } from '../parts';

/** Bytes of a part of published counts, before base64: some gateways refuse requests of more than a megabyte. */
const PART_BYTES = 600_000;
const PARTS_AT_ONCE = 10;
const MAX_COLLECTIONS = 10_000;
/** After this many sets of changes, all counts are published again. */
const MAX_CHANGES = 32;

/** Counts or changes as they were published: the documents that hold their parts. */
interface Published {
  version: number;
  bytes: number;
  parts: string[];
}

/** What the cluster knows of a collection. */
export interface CatalogEntry extends Collection {
  /** The index that holds its documents. */
  index: string;
  /** Tells that index apart from another one with its name. Earlier versions do not set it. */
  uuid?: string;
  /** Grows with each publication. */
  version: number;
  gate: Gate | null;
  /** Whether the gate is from before the last changes. */
  isGateOld?: boolean;
  /** All counts, and what changed since, in order. */
  full: Published;
  changes: Published[];
}

interface CatalogDocument {
  /** `writing` marks a collection that is being written to: its published counts may be behind. */
  kind: 'collection' | 'counts' | 'state' | 'writing';
  collection: string;
  content: { entry?: CatalogEntry; bytes?: string; state?: SharedState };
}

const STATE = 'state';
const CONFLICT = 409;
const FORBIDDEN = 403;

/** Which collections there are, in which indexes, and what was counted in them. One instance writes, all read. */
export class Catalog {
  private readonly name: string;
  private isOpen = false;
  /** Counts of which it is not known whether the entry that refers to them was accepted, by collection. */
  private readonly unsure = new Map<string, Published[]>();

  constructor(
    private readonly client: SearchClient,
    private readonly settings: IndexSettings,
  ) {
    this.name = catalogOf(settings);
  }

  /** All collections. None where nothing was ever published. */
  async entries(): Promise<CatalogEntry[]> {
    try {
      const { hits } = await this.client.request<SearchAnswer<CatalogDocument>>({
        method: 'POST',
        path: `/${this.name}/_search`,
        query: WHOLE,
        body: { size: MAX_COLLECTIONS, query: { term: { kind: 'collection' } } },
      });
      return hits.hits.flatMap(({ _source }) => withTextBar(_source?.content.entry) ?? []);
    } catch (error) {
      await this.checkMissing(error);
      return [];
    }
  }

  /**
   * Returns what to add to counts, in this order, to bring them from a version up to the entry's.
   *
   * @param from The version of the counts; `null` for empty ones.
   * @returns `null` if that is no longer possible: start with empty counts.
   */
  async missing(entry: CatalogEntry, from: number | null): Promise<Uint8Array[] | null> {
    const { full, changes } = entry;
    if (from !== null && from < full.version) return null;
    const missing = [full, ...changes].filter(({ version }) => version > (from ?? -1));
    const read: Uint8Array[] = [];
    for (const published of missing) {
      if (published.parts.length > 0) read.push(await this.read(published));
    }
    return read;
  }

  /**
   * Publishes what was counted.
   *
   * @param changes What changed since the entry's version; `null` if that is not known, or is nearly everything.
   * @returns The entry as it is now.
   * @throws SearchFailure with status 409 when another process has published since.
   */
  async publish(
    entry: CatalogEntry,
    counts: Counts,
    changes: Counts | null,
  ): Promise<CatalogEntry> {
    const version = entry.version + 1;
    const size = entry.changes.reduce((sum, { bytes }) => sum + bytes, 0);
    const isSmall = entry.changes.length < MAX_CHANGES && size < entry.full.bytes;
    const published = await this.writeCounts(entry, version, changes && isSmall ? changes : counts);
    const next: CatalogEntry = {
      ...entry,
      version,
      ...(changes && isSmall
        ? { changes: [...entry.changes, published] }
        : { full: published, changes: [] }),
    };
    try {
      await this.put(next);
    } catch (error) {
      const isPublished = await this.isPublished(next, published, error).catch(() => false);
      if (!isPublished) {
        // The cluster may have accepted the entry, or still do so; a newer one may refer to these counts.
        this.doubt(entry, published);
        throw error;
      }
    }
    if (next.full !== entry.full) await this.forget([entry.full, ...entry.changes]);
    // An earlier try can no longer be accepted: its version is taken.
    const unsure = this.unsure.get(keyOf(entry)) ?? [];
    this.unsure.delete(keyOf(entry));
    const used = new Set([next.full, ...next.changes].flatMap(({ parts }) => parts));
    const unused = unsure.filter(({ parts }) => !parts.some((part) => used.has(part)));
    if (unused.length > 0) await this.forget(unused);
    return next;
  }

  /** Notes counts to be deleted once the collection is published, unless something refers to them then. */
  private doubt(entry: Collection, published: Published): void {
    const key = keyOf(entry);
    this.unsure.set(key, [...(this.unsure.get(key) ?? []), published]);
  }

  /** Writes an entry; a newer one stays. */
  private async put(entry: CatalogEntry): Promise<void> {
    await this.client.request({
      method: 'PUT',
      path: this.writtenPathOf(keyOf(entry)),
      query: {
        version: entry.version,
        version_type: 'external',
        refresh: true,
        require_alias: true,
      },
      body: { kind: 'collection', collection: keyOf(entry), content: { entry } },
    });
  }

  /** Whether an entry was written although it was refused: the answer to a first attempt may have been lost. */
  private async isPublished(
    entry: CatalogEntry,
    published: Published,
    error: unknown,
  ): Promise<boolean> {
    if (!(error instanceof SearchFailure && error.status === CONFLICT)) return false;
    const there = await this.entry(entry);
    return there?.version === entry.version && tokenOf(there) === (published.parts[0] ?? '');
  }

  /** A collection as it was last published; `null` where it never was. */
  async entry(collection: Collection): Promise<CatalogEntry | null> {
    return withTextBar((await this.get(keyOf(collection)))?.content.entry) ?? null;
  }

  /** Removes a collection; the caller deletes its index. */
  async remove(entry: CatalogEntry): Promise<void> {
    await this.delete([keyOf(entry), markOf(entry)]);
    await this.forget([entry.full, ...entry.changes]);
  }

  /** Notes that a collection is being written to, until `unmark`. */
  async mark(collection: Collection): Promise<void> {
    await this.write(markOf(collection), { kind: 'writing', collection: keyOf(collection), content: {} }); // prettier-ignore
  }

  async unmark(collection: Collection): Promise<void> {
    await this.delete([markOf(collection)]);
  }

  /** Whether a collection is marked as being written to: its writer is at work, or stopped in the middle. */
  async isMarked(collection: Collection): Promise<boolean> {
    return (await this.get(markOf(collection))) !== null;
  }

  /** The state, and the version under which it was written. */
  async readState(): Promise<{ state: SharedState; version: number } | null> {
    const found = await this.find(STATE);
    const state = found?._source.content.state;
    return found && state ? { state, version: found._version } : null;
  }

  /** @throws SearchFailure with status 409 if there is one with a later version. */
  async writeState(state: SharedState, version: number): Promise<void> {
    await this.open();
    await this.client.request({
      method: 'PUT',
      path: this.writtenPathOf(STATE),
      query: { version, version_type: 'external_gte', require_alias: true },
      body: { kind: 'state', collection: '', content: { state } },
    });
  }

  private async get(id: string): Promise<CatalogDocument | null> {
    return (await this.find(id))?._source ?? null;
  }

  private async find(id: string): Promise<{ _source: CatalogDocument; _version: number } | null> {
    try {
      return await this.client.request({ method: 'GET', path: this.pathOf(id) });
    } catch (error) {
      await this.checkMissing(error);
      return null;
    }
  }

  /** @throws The error itself, unless what was asked for truly does not exist. */
  private async checkMissing(error: unknown): Promise<void> {
    if (!(error instanceof SearchFailure && error.isNotFound)) throw error;
    if (error.type !== 'index_not_found_exception') return;
    this.isOpen = false;
    await checkRecovered(this.client);
  }

  private async write(id: string, body: CatalogDocument): Promise<void> {
    await this.client.request({
      method: 'PUT',
      path: this.writtenPathOf(id),
      query: { require_alias: true },
      body,
    });
  }

  private async delete(ids: readonly string[]): Promise<void> {
    const lines = ids.map((_id) => ({ delete: { _index: this.name, _id } }));
    if (lines.length > 0) await this.client.request({ method: 'POST', path: '/_bulk', query: { refresh: true }, lines }); // prettier-ignore
  }

  private pathOf(id: string): string {
    return `/${this.name}/_doc/${encodeURIComponent(id)}`;
  }

  private writtenPathOf(id: string): string {
    return `/${aliasOf(this.name)}/_doc/${encodeURIComponent(id)}`;
  }

  /** Creates the catalog's index if it is missing. */
  async open(): Promise<void> {
    if (this.isOpen) return;
    try {
      await this.client.request({
        method: 'PUT',
        path: `/${this.name}`,
        body: catalogIndex(this.settings),
      });
    } catch (error) {
      const isThere = error instanceof SearchFailure && error.type === 'resource_already_exists_exception'; // prettier-ignore
      if (!isThere) throw error;
      // An index restored from a backup may lack the alias.
      await this.putAlias();
    }
    this.isOpen = true;
  }

  /** Adds the alias. A cluster whose disks are full refuses this even if the alias exists. */
  private async putAlias(): Promise<void> {
    try {
      const path = `/${this.name}/_alias/${aliasOf(this.name)}`;
      await this.client.request({ method: 'PUT', path, body: OWN_ALIAS });
    } catch (error) {
      if (!(error instanceof SearchFailure && error.status === FORBIDDEN)) throw error;
    }
  }

  /** Makes the next `open` look at the index again: another one may have taken its place. */
  reopen(): void {
    this.isOpen = false;
  }

  /** Deletes everything. */
  async clear(): Promise<void> {
    this.isOpen = false;
    try {
      await this.client.request({ method: 'DELETE', path: `/${this.name}` });
    } catch (error) {
      if (!(error instanceof SearchFailure && error.isNotFound)) throw error;
    }
  }

  private async read({ parts }: Published): Promise<Uint8Array> {
    const read: Buffer[] = [];
    for (const ids of partsOf(parts, PARTS_AT_ONCE)) {
      const { docs } = await this.client.request<{ docs: Hit<CatalogDocument>[] }>({
        method: 'POST',
        path: `/${this.name}/_mget`,
        body: { ids },
      });
      for (const { _source } of checkItems(docs)) {
        read.push(Buffer.from(_source?.content.bytes ?? '', 'base64'));
      }
    }
    if (read.some(({ length }) => length === 0)) {
      throw new CountsMissing();
    }
    return Buffer.concat(read);
  }

  /** Whether all counts that an entry refers to are there. */
  async hasCounts({ full, changes }: CatalogEntry): Promise<boolean> {
    const ids = [full, ...changes].flatMap(({ parts }) => parts);
    if (ids.length === 0) return true;
    const { docs } = await this.client.request<{ docs: Hit[] }>({
      method: 'POST',
      path: `/${this.name}/_mget`,
      query: { _source: false },
      body: { ids },
    });
    return checkItems(docs).every(({ found }) => found);
  }

  private async writeCounts(
    entry: CatalogEntry,
    version: number,
    counts: Counts,
  ): Promise<Published> {
    const bytes = Buffer.from(toBytes(counts));
    const name = `${keyOf(entry)} ${version} ${randomName()}`;
    const parts: string[] = [];
    const published = { version, bytes: bytes.length, parts };
    for (let at = 0; at < bytes.length; at += PART_BYTES) {
      const id = `${name} ${parts.length}`;
      parts.push(id);
      const part = bytes.subarray(at, at + PART_BYTES).toString('base64');
      const counts = {
        kind: 'counts',
        collection: keyOf(entry),
        content: { bytes: part },
      } as const;
      try {
        await this.write(id, counts);
      } catch (error) {
        this.doubt(entry, published);
        throw error;
      }
    }
    return published;
  }

  /** Deletes counts that nothing refers to any more; readers start again. If this fails, they only take up space. */
  async forget(published: readonly Published[]): Promise<void> {
    await this.delete(published.flatMap(({ parts }) => parts)).catch(() => undefined);
  }
}

/** Tells apart two publications of one version: the random name of the counts that came last. */
export const tokenOf = ({ full, changes }: CatalogEntry): string =>
  (changes.at(-1) ?? full).parts[0] ?? '';

/** Names what was published: lists made from the same publication are the same. */
export const publicationOf = (entry: CatalogEntry): string =>
  `${entry.index} ${entry.version} ${tokenOf(entry)}`;

/** Counts that an entry refers to are not there: newer ones have replaced them, or they are gone. */
export class CountsMissing extends SearchFailure {
  constructor() {
    super(404, 'counts_missing', 'Published counts are missing');
  }
}

/** Adds `textThreshold`, which earlier versions did not have. */
function withTextBar(entry: CatalogEntry | undefined): CatalogEntry | undefined {
  if (!entry?.gate) return entry;
  return {
    ...entry,
    gate: { ...entry.gate, textThreshold: entry.gate.textThreshold ?? entry.gate.threshold },
  };
}

const markOf = (collection: Collection): string => `writing ${keyOf(collection)}`;

/** The entry of a collection before anything was published. */
export const emptyEntry = (
  { type, locale }: Collection,
  { index, uuid }: Pick<CatalogEntry, 'index' | 'uuid'>,
): CatalogEntry => ({
  type,
  locale,
  index,
  uuid,
  version: 0,
  gate: null,
  full: { version: 0, bytes: 0, parts: [] },
  changes: [],
});

export const randomName = (): string => Math.random().toString(36).slice(2, 10);
