import type { Collection, SharedState } from '../engine';
import { CatalogDocuments } from './catalog-documents';
import {
  publishedOf,
  tokenOf,
  withTextBar,
  type CatalogEntry,
  type Published,
} from './catalog-entry';
import { SearchFailure, type SearchClient } from './client';
import type { Counts } from './counts';
import { keyOf, type IndexSettings } from './mapping';
import { PublishedCounts } from './published-counts';

/** After this many sets of changes, all counts are published again. */
const MAX_CHANGES = 32;
const STATE = 'state';
const CONFLICT = 409;

/** Which collections there are, in which indexes, and what was counted in them. One instance writes, all read. */
export class Catalog {
  private readonly documents: CatalogDocuments;
  private readonly counts: PublishedCounts;

  constructor(client: SearchClient, settings: IndexSettings) {
    this.documents = new CatalogDocuments(client, settings);
    this.counts = new PublishedCounts(this.documents);
  }

  /** Creates the catalog if it is missing. */
  open(): Promise<void> {
    return this.documents.open();
  }

  /** Makes the next `open` look again whether it is there. */
  reopen(): void {
    this.documents.reopen();
  }

  /** Deletes everything. */
  clear(): Promise<void> {
    return this.documents.clear();
  }

  /** All collections. None where nothing was ever published. */
  async entries(): Promise<CatalogEntry[]> {
    const documents = await this.documents.collections();
    return documents.flatMap(({ content }) => withTextBar(content.entry) ?? []);
  }

  /** A collection as it was last published; `null` where it never was. */
  async entry(collection: Collection): Promise<CatalogEntry | null> {
    const found = await this.documents.find(keyOf(collection));
    return withTextBar(found?._source.content.entry) ?? null;
  }

  /**
   * Returns what to add to counts, in this order, to bring them from a version up to the entry's.
   *
   * @param from The version of the counts; `null` for empty ones.
   * @returns `null` if that is no longer possible: start with empty counts.
   */
  async missing(entry: CatalogEntry, from: number | null): Promise<Uint8Array[] | null> {
    if (from !== null && from < entry.full.version) return null;
    const missing = publishedOf(entry).filter(({ version }) => version > (from ?? -1));
    const read: Uint8Array[] = [];
    for (const published of missing) {
      if (published.parts.length > 0) read.push(await this.counts.read(published));
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
    const published = await this.counts.write(
      entry,
      version,
      changes && isSmall ? changes : counts,
    );
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
        this.counts.doubt(entry, published);
        throw error;
      }
    }
    if (next.full !== entry.full) await this.forgetCounts(entry);
    await this.counts.settle(next);
    return next;
  }

  /** Writes an entry; a newer one stays. */
  private put(entry: CatalogEntry): Promise<void> {
    const collection = keyOf(entry);
    return this.documents.write(
      collection,
      { kind: 'collection', collection, content: { entry } },
      { version: entry.version, version_type: 'external', refresh: true },
    );
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

  /** Removes a collection; the caller deletes its index. */
  async remove(entry: CatalogEntry): Promise<void> {
    await this.documents.delete([keyOf(entry), markOf(entry)]);
    await this.forgetCounts(entry);
  }

  /** Whether all counts that an entry refers to are there. */
  hasCounts(entry: CatalogEntry): Promise<boolean> {
    return this.counts.areThere(entry);
  }

  /** Deletes the counts of an entry to which nothing refers any more. */
  forgetCounts(entry: CatalogEntry): Promise<void> {
    return this.counts.forget(publishedOf(entry));
  }

  /** Notes that a collection is being written to, until `unmark`. */
  async mark(collection: Collection): Promise<void> {
    await this.documents.write(markOf(collection), { kind: 'writing', collection: keyOf(collection), content: {} }); // prettier-ignore
  }

  async unmark(collection: Collection): Promise<void> {
    await this.documents.delete([markOf(collection)]);
  }

  /** Whether a collection is marked as being written to: its writer is at work, or stopped in the middle. */
  async isMarked(collection: Collection): Promise<boolean> {
    return (await this.documents.find(markOf(collection))) !== null;
  }

  /** The state, and the version under which it was written. */
  async readState(): Promise<{ state: SharedState; version: number } | null> {
    const found = await this.documents.find(STATE);
    const state = found?._source.content.state;
    return found && state ? { state, version: found._version } : null;
  }

  /** @throws SearchFailure with status 409 if there is one with a later version. */
  async writeState(state: SharedState, version: number): Promise<void> {
    await this.open();
    await this.documents.write(
      STATE,
      { kind: 'state', collection: '', content: { state } },
      { version, version_type: 'external_gte' },
    );
  }
}

const markOf = (collection: Collection): string => `writing ${keyOf(collection)}`;
