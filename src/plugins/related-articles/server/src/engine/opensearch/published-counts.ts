import type { Collection } from '../engine';
import { partsOf } from '../parts';
import type { CatalogDocuments } from './catalog-documents';
import { publishedOf, type CatalogEntry, type Published } from './catalog-entry';
import { SearchFailure } from './client';
import { toBytes, type Counts } from './counts';
import { keyOf } from './mapping';

/** Bytes of a part of published counts, before base64: some gateways refuse requests of more than a megabyte. */
const PART_BYTES = 600_000;
const PARTS_AT_ONCE = 10;

/** Counts in the catalog, to which its entries refer. */
export class PublishedCounts {
  /** Counts of which it is not known whether the entry that refers to them was accepted, by collection. */
  private readonly unsure = new Map<string, Published[]>();

  constructor(private readonly documents: CatalogDocuments) {}

  async write(entry: CatalogEntry, version: number, counts: Counts): Promise<Published> {
    const bytes = Buffer.from(toBytes(counts));
    const name = `${keyOf(entry)} ${version} ${randomName()}`;
    const parts: string[] = [];
    const published = { version, bytes: bytes.length, parts };
    for (let at = 0; at < bytes.length; at += PART_BYTES) {
      const id = `${name} ${parts.length}`;
      parts.push(id);
      const part = bytes.subarray(at, at + PART_BYTES).toString('base64');
      try {
        await this.documents.write(id, {
          ...{ kind: 'counts', collection: keyOf(entry), content: { bytes: part } },
        });
      } catch (error) {
        this.doubt(entry, published);
        throw error;
      }
    }
    return published;
  }

  /** @throws CountsMissing if a part is not there. */
  async read({ parts }: Published): Promise<Uint8Array> {
    const read: Buffer[] = [];
    for (const ids of partsOf(parts, PARTS_AT_ONCE)) {
      for (const { _source } of await this.documents.many(ids)) {
        read.push(Buffer.from(_source?.content.bytes ?? '', 'base64'));
      }
    }
    if (read.some(({ length }) => length === 0)) throw new CountsMissing();
    return Buffer.concat(read);
  }

  /** Whether all counts that an entry refers to are there. */
  async areThere(entry: CatalogEntry): Promise<boolean> {
    const ids = publishedOf(entry).flatMap(({ parts }) => parts);
    if (ids.length === 0) return true;
    const documents = await this.documents.many(ids, { _source: false });
    return documents.every(({ found }) => found);
  }

  /** Deletes counts that nothing refers to any more; readers start again. If this fails, they only take up space. */
  async forget(published: readonly Published[]): Promise<void> {
    await this.documents.delete(published.flatMap(({ parts }) => parts)).catch(() => undefined);
  }

  /** Notes counts to be deleted once the collection is published, unless something refers to them then. */
  doubt(collection: Collection, published: Published): void {
    const key = keyOf(collection);
    this.unsure.set(key, [...(this.unsure.get(key) ?? []), published]);
  }

  /** Deletes what was in doubt before an entry was accepted: its version is taken, so no earlier try can be. */
  async settle(entry: CatalogEntry): Promise<void> {
    const unsure = this.unsure.get(keyOf(entry)) ?? [];
    this.unsure.delete(keyOf(entry));
    const used = new Set(publishedOf(entry).flatMap(({ parts }) => parts));
    const unused = unsure.filter(({ parts }) => !parts.some((part) => used.has(part)));
    if (unused.length > 0) await this.forget(unused);
  }
}

/** Counts that an entry refers to are not there: newer ones have replaced them, or they are gone. */
export class CountsMissing extends SearchFailure {
  constructor() {
    super(404, 'counts_missing', 'Published counts are missing');
  }
}

export const randomName = (): string => Math.random().toString(36).slice(2, 10);
