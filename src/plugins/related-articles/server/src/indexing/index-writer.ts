import { createHash } from 'node:crypto';
import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import {
  isWatchableEngine,
  refKey,
  type Collection,
  type DocumentRef,
  type Engine,
  type EngineDocument,
  type WriteListener,
} from '../engine/engine';
import { Turns } from '../engine/steps';
import type { DocumentReader } from '../content/document-reader';
import type { Entity } from '../content/entity';
import { IndexManifest, taxonomyKeysOf, type ManifestEntry } from './index-manifest';
import { collectionOf } from '../content/mapper';
import { versionOf, type Row } from '../content/row-reader';

/** A write that shows in nothing that is indexed. */
export const SAME_WORDS = {
  slugBefore: null,
  words: 0,
  linked: [],
  sharing: [],
  movesNewest: false,
};
const FINGERPRINT_LENGTH = 14;
/** Of a document that may be in the index, in whatever version. */
const UNKNOWN = { version: '', fingerprint: '' };
/** Documents that are written together into an index that is elsewhere. */
const PAGE = 100;

/** A row that was read, as it is to be in the index. */
interface ReadEntity {
  documentId: string;
  key: string;
  collection: Collection;
  document: EngineDocument;
  entry: ManifestEntry;
  /** Whether the index has a document that says the same, and whether that was made from the same version of the row. */
  saysSame: boolean;
  isSameRow: boolean;
}

/** Puts rows into the engine and keeps account of what it holds. */
export class IndexWriter {
  readonly manifest = new IndexManifest();
  /** Documents put in or taken out since this was last set; for a snapshot that takes a while. */
  touched: Map<string, DocumentRef> | null = null;
  stopped = false;
  /** How often a document was put in or taken out; it only grows. */
  writes = 0;
  private readonly listeners = new Set<WriteListener>();
  /** Whether what is being put in is in the index already. */
  private isRewriting = false;

  constructor(
    readonly engine: Engine,
    private readonly documents: DocumentReader,
    private readonly log: Core.Strapi['log'],
  ) {}

  /**
   * Tells of each document that says something else from now on, or is shown otherwise.
   *
   * @returns What ends it.
   */
  followWrites(listener: WriteListener): () => void {
    this.listeners.add(listener);
    this.follow();
    return () => {
      this.listeners.delete(listener);
      this.follow();
    };
  }

  /** What nobody listens to need not be worked out. */
  private follow(): void {
    if (!isWatchableEngine(this.engine)) return;
    const tell: WriteListener = (...write) => this.isRewriting || this.tell(...write);
    this.engine.followWrites(this.listeners.size > 0 ? tell : null);
  }

  private tell(...write: Parameters<WriteListener>): void {
    for (const listener of this.listeners) listener(...write);
  }

  /**
   * Adds or replaces documents.
   *
   * @param skipsSame Whether what says the same as before is left as it is.
   * @returns Documents that have to be read again for it, and those that could not be indexed.
   */
  async upsert(
    type: RelatedType,
    entities: readonly (Entity & Row)[],
    skipsSame: boolean,
  ): Promise<{ displaced: string[]; failed: { documentId: string; error: Error }[] }> {
    const displaced: string[] = [];
    const failed: { documentId: string; error: Error }[] = [];
    const turns = new Turns();
    for (let start = 0; start < entities.length && !this.stopped; start += this.atOnce) {
      const part = entities.slice(start, start + this.atOnce);
      const written = await this.write(type, part, skipsSame);
      displaced.push(...written.displaced);
      failed.push(...written.failed);
      await turns.give();
    }
    return { displaced, failed };
  }

  /** How many documents are put in together: each call takes a while where the index is elsewhere. */
  private get atOnce(): number {
    return this.engine.storage === 'shared' ? PAGE : 1;
  }

  private async write(
    type: RelatedType,
    entities: readonly (Entity & Row)[],
    skipsSame: boolean,
  ): Promise<{ displaced: string[]; failed: { documentId: string; error: Error }[] }> {
    const isShared = this.engine.storage === 'shared';
    const failed: { documentId: string; error: Error }[] = [];
    const read: ReadEntity[] = [];
    for (const entity of entities) {
      if (type.localized && !entity.locale) continue;
      try {
        read.push(await this.readEntity(type, entity));
      } catch (error) {
        failed.push({ documentId: entity.documentId, error: error as Error });
      }
    }
    // The version that is noted in a shared index has to be that of the row, even if it says the same.
    const isSkipped = ({ saysSame, isSameRow }: ReadEntity) =>
      saysSame && skipsSame && (isSameRow || !isShared);
    // Only one is put in at a time where anybody is told.
    this.isRewriting = read.every(({ saysSame }) => saysSame);
    const rejected = new Map<ReadEntity, Error>();
    try {
      const puts = read.filter((one) => !isSkipped(one));
      for (const [collection, ofCollection] of byCollection(puts)) {
        for (const [one, error] of await this.put(type, collection, ofCollection)) {
          rejected.set(one, error);
        }
      }
      const displaced: string[] = [];
      for (const one of read) {
        const { documentId } = one;
        const error = rejected.get(one);
        if (error) failed.push({ documentId, error });
        else displaced.push(...this.note(type, one));
      }
      return { displaced, failed };
    } finally {
      this.isRewriting = false;
    }
  }

  private async readEntity(type: RelatedType, entity: Entity & Row): Promise<ReadEntity> {
    const document = await this.documents.read(type, entity);
    const key = keyOf(type, entity);
    const before = this.manifest.of(type).get(key);
    const entry = {
      version: versionOf(entity),
      fingerprint: fingerprintOf(document),
      taxonomyKeys: taxonomyKeysOf(type, entity, document),
    };
    return {
      documentId: entity.documentId,
      key,
      collection: collectionOf(type, entity.locale),
      document: this.engine.storage === 'shared' ? { ...document, note: noteOf(entry) } : document,
      entry,
      saysSame: before?.fingerprint === entry.fingerprint,
      isSameRow: before?.version === entry.version,
    };
  }

  /** @returns Those that were not taken, and why. */
  private async put(
    type: RelatedType,
    collection: Collection,
    read: readonly ReadEntity[],
  ): Promise<[ReadEntity, Error][]> {
    for (const { documentId } of read) this.touch(type, documentId);
    try {
      const rejected = await this.engine.upsert(collection, read.map(({ document }) => document)); // prettier-ignore
      return rejected.map(({ documentId, error }) => {
        return [read.find((one) => one.documentId === documentId) as ReadEntity, error];
      });
    } catch (error) {
      if (this.engine.storage === 'shared') {
        // All of it is to be done again. What was taken all the same must be known, so that it can be taken out.
        for (const { key, entry } of read) this.manifest.set(type, key, { ...UNKNOWN, taxonomyKeys: entry.taxonomyKeys }); // prettier-ignore
        throw error;
      }
      return read.map((one) => [one, error as Error]);
    }
  }

  /** @returns Keys of other documents that it has taken an exclusive entry from. */
  private note(type: RelatedType, one: ReadEntity): string[] {
    const { documentId, key, entry, collection, saysSame, isSameRow } = one;
    // What is not indexed may be shown.
    if (saysSame && !isSameRow) {
      this.touch(type, documentId);
      this.tell(collection, { ...SAME_WORDS, documentId });
    }
    return this.manifest.set(type, key, entry).map(documentIdOf);
  }

  /** Knows what a shared index holds of a type already. */
  learn(type: RelatedType, locale: string | null, documentId: string, note: string): void {
    const [version, fingerprint, taxonomyKeys] = JSON.parse(note) as [string, string, string[]];
    const entry = { version, fingerprint, taxonomyKeys };
    this.manifest.set(type, keyOf(type, { documentId, locale }), entry);
  }

  /** Takes out what the index has of these documents beyond `present`, which are keys. */
  async removeAbsent(
    type: RelatedType,
    documentIds: Iterable<string>,
    present: ReadonlySet<string>,
  ): Promise<void> {
    const all = [...documentIds];
    for (const collection of await this.collectionsOf(type)) {
      const isThere = (key: string) =>
        this.engine.storage !== 'shared' || this.manifest.of(type).has(key);
      const gone = all.filter((id) => {
        const key = keyIn(type, collection, id);
        return !present.has(key) && isThere(key);
      });
      await this.remove(type, collection, gone);
    }
  }

  /** Takes out everything of a type beyond `present`. */
  async retain(type: RelatedType, present: ReadonlySet<string>): Promise<void> {
    for (const collection of await this.collectionsOf(type)) {
      const documentIds = [...(await this.engine.documentIds(collection))];
      const gone = documentIds.filter((id) => !present.has(keyIn(type, collection, id)));
      await this.remove(type, collection, gone);
    }
  }

  private async collectionsOf(type: RelatedType): Promise<Collection[]> {
    return (await this.engine.collections()).filter((collection) => collection.type === type.uid);
  }

  /** One at a time in this process's own index, so that one that fails leaves the others out. */
  private async remove(
    type: RelatedType,
    collection: Collection,
    documentIds: readonly string[],
  ): Promise<void> {
    const isShared = this.engine.storage === 'shared';
    const { atOnce } = this;
    for (let start = 0; start < documentIds.length; start += atOnce) {
      const part = documentIds.slice(start, start + atOnce);
      for (const documentId of part) this.touch(type, documentId);
      try {
        await this.engine.remove(collection, part);
      } catch (error) {
        if (isShared) throw error;
        // A stale id is no leak: documents are read as published before they are served.
        this.log.error(
          `related-articles: could not take ${type.uid} ${part.join(', ')} out of the index: ${(error as Error).message}`,
        );
        continue;
      }
      for (const documentId of part) {
        this.manifest.delete(type, keyIn(type, collection, documentId));
        await this.documents.forget(type, documentId, collection.locale);
      }
    }
  }

  /** The fingerprint of what a row says; `null` when it cannot be indexed. */
  async fingerprint(type: RelatedType, entity: Entity & Row): Promise<string | null> {
    try {
      return fingerprintOf(await this.documents.read(type, entity));
    } catch {
      return null;
    }
  }

  private touch(type: RelatedType, documentId: string): void {
    const ref = { uid: type.uid, documentId };
    this.writes += 1;
    this.touched?.set(refKey(ref), ref);
  }
}

function byCollection(read: readonly ReadEntity[]): Map<Collection, ReadEntity[]> {
  const groups = new Map<string, [Collection, ReadEntity[]]>();
  for (const one of read) {
    const name = one.collection.locale ?? '';
    const group = groups.get(name) ?? [one.collection, []];
    group[1].push(one);
    groups.set(name, group);
  }
  return new Map(groups.values());
}

/** What is kept with a document in a shared index, so that whoever writes next knows what it was made from. */
const noteOf = ({ version, fingerprint, taxonomyKeys }: ManifestEntry): string =>
  JSON.stringify([version, fingerprint, taxonomyKeys]);

const keyIn = (type: RelatedType, { locale }: Collection, documentId: string): string =>
  keyOf(type, { documentId, locale });

/** What tells a document from others of its type, with its locale. */
export function keyOf(
  type: RelatedType,
  { documentId, locale }: { documentId: string; locale?: string | null },
): string {
  return `${collectionOf(type, locale).locale ?? ''} ${documentId}`;
}

/** The documentId in a key made by `keyOf`. */
export function documentIdOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}

/** Equal for documents that say the same. */
function fingerprintOf(document: EngineDocument): string {
  const hash = createHash('sha1').update(JSON.stringify(document));
  return hash.digest('base64url').slice(0, FINGERPRINT_LENGTH);
}
