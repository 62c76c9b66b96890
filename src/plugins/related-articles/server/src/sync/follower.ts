import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Collection, RelatedEngine } from '../engine/types';
import { Dependents, placeOf, placesOf } from './dependents';
import type { Entity } from './entity';
import { collectionOf, toEngineDocument } from './mapper';
import type { Reader, Row } from './reader';

/** How many documents are read at once. */
const BATCH = 100;
/** For how long documents are analysed before other work of the process gets its turn. */
const SLICE_MS = 10;
const RETRY_MS = [100, 1000, 5000, 30_000];
/** When a document that cannot be indexed is tried again; afterwards only when it is written to. */
const POSTPONE_MS = [100, 1000, 10_000, 60_000];

/** How far the index is. */
export interface Progress {
  /** Whether everything that was published when the index was started has been read once. */
  ready: boolean;
  indexed: number;
  total: number;
  /** When the index last changed or was checked against the database, in milliseconds since 1970. */
  updatedAt: number | null;
  /** Changes that wait to be applied. */
  pending: number;
}

interface Scan {
  type: RelatedType;
  afterId: number;
  /** Documents met, by collection and id: what the index holds beyond them is gone. */
  seen: Set<string>;
  read: number;
  total: number;
}

/**
 * Keeps the index in step: one loop that re-reads changed documents as they are now and adds or removes
 * them. Applying a change twice, late or in another order gives the same index, so a change is only a
 * document's name. Scans of a whole type run in the same loop, page by page, between the changes.
 */
export class Follower {
  private readonly changed = new Map<RelatedType, Set<string>>();
  private scans: Scan[] = [];
  private readonly scanned = new Set<RelatedType>();
  private running = false;
  private stopped = false;
  private failures = 0;
  private retry: NodeJS.Timeout | null = null;
  private waiting: (() => void)[] = [];
  private updatedAt: number | null = null;
  /** What the index was made from: the version of each published row, by locale and documentId. */
  private readonly versions = new Map<RelatedType, Map<string, string>>();
  private readonly dependents = new Dependents();
  /** Related entries written since the rows at hand were read: those rows may hold their old names. */
  private readonly touched = new Set<string>();
  /** How often each document that cannot be indexed was tried. */
  private readonly postponed = new Map<string, number>();

  constructor(
    private readonly engine: RelatedEngine,
    private readonly reader: Reader,
    private readonly types: ReadonlyMap<string, RelatedType>,
    private readonly log: Core.Strapi['log'],
  ) {}

  /** Documents of this type were written; call it after the commit. */
  change(type: RelatedType, documentIds: Iterable<string>): void {
    const set = this.changed.get(type) ?? new Set();
    for (const id of documentIds) set.add(id);
    this.changed.set(type, set);
    this.wake();
  }

  /** An entry that documents of this type are related to was written or deleted; call it after the commit. */
  changeDependents(type: RelatedType, relation: string, entryId: string): void {
    if (this.running) this.touched.add(placeOf(type, relation, entryId));
    const keys = [...this.dependents.of(type, relation, entryId)];
    if (keys.length > 0) this.change(type, keys.map(documentIdOf));
  }

  /** Anything of this type may have changed: reads it all again. */
  rescan(type: RelatedType): void {
    this.scans = this.scans.filter((scan) => scan.type !== type);
    this.scans.push({ type, afterId: 0, seen: new Set(), read: 0, total: 0 });
    this.wake();
  }

  /** Whether the type has been read once and no change of it waits. */
  isSettled(type: RelatedType): boolean {
    return !this.hasWork() && this.scanned.has(type);
  }

  /** The version of every row that the index was made from, by `keyOf`. */
  rows(type: RelatedType): ReadonlyMap<string, string> {
    return this.versionsOf(type);
  }

  keyOf(
    type: RelatedType,
    { documentId, locale }: { documentId: string; locale?: string | null },
  ): string {
    return `${collectionOf(type, locale).locale ?? ''} ${documentId}`;
  }

  /** Equal for two reads of a row that nobody wrote to in between. */
  versionOf({ id, updatedAt }: Row): string {
    return `${id} ${updatedAt ?? ''}`;
  }

  /** Resolves when nothing is left to do. */
  idle(): Promise<void> {
    if (!this.hasWork()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  progress(): Progress {
    const first = this.scans.filter(({ type }) => !this.scanned.has(type));
    let pending = 0;
    for (const set of this.changed.values()) pending += set.size;
    return {
      ready: this.scanned.size === this.types.size,
      indexed: first.reduce((sum, { read }) => sum + read, 0),
      total: first.reduce((sum, { total }) => sum + total, 0),
      updatedAt: this.updatedAt,
      pending,
    };
  }

  stop(): void {
    this.stopped = true;
    if (this.retry) clearTimeout(this.retry);
    this.settle();
  }

  private hasWork(): boolean {
    return !this.stopped && (this.running || this.changed.size > 0 || this.scans.length > 0);
  }

  private wake(): void {
    if (this.running || this.stopped || this.retry) return;
    this.running = true;
    setImmediate(() => void this.run());
  }

  private async run(): Promise<void> {
    try {
      while (!this.stopped && (this.changed.size > 0 || this.scans.length > 0)) {
        await this.applyChanges();
        await this.scanPage();
        this.failures = 0;
      }
    } catch (error) {
      const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
      this.failures += 1;
      this.log.error(
        `related-articles: could not bring the index up to date, next try in ${wait} ms: ${(error as Error).message}`,
      );
      if (!this.stopped) {
        this.retry = setTimeout(() => {
          this.retry = null;
          this.wake();
        }, wait);
        this.retry.unref();
      }
    } finally {
      this.running = false;
      if (!this.hasWork()) this.settle();
    }
  }

  private settle(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private async applyChanges(): Promise<void> {
    for (const [type, documents] of this.changed) {
      const batch = [...documents].slice(0, BATCH);
      // Taken before the read: a change that comes during it is read again.
      for (const id of batch) documents.delete(id);
      if (documents.size === 0) this.changed.delete(type);
      try {
        await this.refresh(type, batch);
      } catch (error) {
        this.change(type, batch);
        throw error;
      }
    }
  }

  private async refresh(type: RelatedType, documentIds: string[]): Promise<void> {
    const scan = this.scanOf(type);
    this.touched.clear();
    const entities = await this.reader.published(type, documentIds);
    const present = new Set(entities.map((entity) => this.keyOf(type, entity)));
    await this.upsert(type, entities, scan);
    for (const collection of await this.engine.collections()) {
      if (collection.type !== type.uid) continue;
      for (const documentId of documentIds) {
        const key = this.keyOf(type, { documentId, locale: collection.locale });
        if (!present.has(key)) await this.remove(type, collection, documentId);
      }
    }
    this.updatedAt = Date.now();
  }

  private async scanPage(): Promise<void> {
    const scan = this.scans[0];
    if (!scan) return;
    if (scan.afterId === 0) scan.total = await this.reader.countPublished(scan.type);
    this.touched.clear();
    const page = await this.reader.page(scan.type, scan.afterId, BATCH);
    await this.upsert(scan.type, page, scan);
    // Asked for again meanwhile: that scan began anew, and this one has not seen everything.
    if (!this.scans.includes(scan)) return;
    scan.read += page.length;
    if (page.length > 0) scan.afterId = page[page.length - 1].id;
    if (page.length === BATCH) return;

    await this.removeUnseen(scan);
    this.scans = this.scans.filter((other) => other !== scan);
    if (!this.scanned.has(scan.type)) {
      this.scanned.add(scan.type);
      if (scan.read > 0) {
        this.log.info(`related-articles: ${scan.read} documents of ${scan.type.uid} indexed`);
      }
    }
    this.updatedAt = Date.now();
  }

  private scanOf(type: RelatedType): Scan | undefined {
    return this.scans.find((scan) => scan.type === type);
  }

  private async upsert(
    type: RelatedType,
    entities: (Entity & Row)[],
    scan: Scan | undefined,
  ): Promise<void> {
    const written: { id: string; places: string[] }[] = [];
    const robbed: string[] = [];
    let sliceStart = performance.now();
    for (const entity of entities) {
      if (this.stopped) return;
      if (type.localized && !entity.locale) continue;
      scan?.seen.add(this.keyOf(type, entity));
      try {
        const document = toEngineDocument(type, entity);
        await this.engine.upsert(collectionOf(type, entity.locale), document);
        const places = placesOf(type, entity, document.taxonomy);
        robbed.push(...this.dependents.set(type, this.keyOf(type, entity), places));
        written.push({ id: entity.documentId, places });
        this.versionsOf(type).set(this.keyOf(type, entity), this.versionOf(entity));
        this.postponed.delete(entity.documentId);
      } catch (error) {
        this.postpone(type, entity.documentId, error as Error);
      }
      if (performance.now() - sliceStart > SLICE_MS) {
        await new Promise(setImmediate);
        sliceStart = performance.now();
      }
    }
    if (robbed.length > 0) this.change(type, robbed.map(documentIdOf));
    const outdated = written.filter(({ places }) =>
      places.some((place) => this.touched.has(place)),
    );
    if (outdated.length > 0) {
      this.change(
        type,
        outdated.map(({ id }) => id),
      );
    }
  }

  /** A document that cannot be indexed must not hold up the others: it is tried again later, alone. */
  private postpone(type: RelatedType, documentId: string, error: Error): void {
    const attempts = (this.postponed.get(documentId) ?? 0) + 1;
    this.postponed.set(documentId, attempts);
    if (attempts === 1) {
      this.log.error(
        `related-articles: could not index ${type.uid} ${documentId}, trying again: ${error.message}`,
      );
    }
    if (attempts > POSTPONE_MS.length) return;
    setTimeout(() => this.change(type, [documentId]), POSTPONE_MS[attempts - 1]).unref();
  }

  /** Whatever the scan did not meet, and no change brought in meanwhile, is no longer published. */
  private async removeUnseen({ type, seen }: Scan): Promise<void> {
    for (const collection of await this.engine.collections()) {
      if (collection.type !== type.uid) continue;
      for (const documentId of [...(await this.engine.ids(collection))]) {
        const key = this.keyOf(type, { documentId, locale: collection.locale });
        if (!seen.has(key)) await this.remove(type, collection, documentId);
      }
    }
  }

  private async remove(
    type: RelatedType,
    collection: Collection,
    documentId: string,
  ): Promise<void> {
    await this.engine.remove(collection, documentId);
    const key = this.keyOf(type, { documentId, locale: collection.locale });
    this.versionsOf(type).delete(key);
    this.dependents.remove(type, key);
  }

  private versionsOf(type: RelatedType): Map<string, string> {
    const versions = this.versions.get(type) ?? new Map<string, string>();
    this.versions.set(type, versions);
    return versions;
  }
}

/** The documentId in a key made by `keyOf`. */
export function documentIdOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}
