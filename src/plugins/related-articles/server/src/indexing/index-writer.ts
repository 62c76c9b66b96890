import { createHash } from 'node:crypto';
import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import {
  isSharedEngine,
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
import type { KeySet } from './key-set';
import { keyIn, keyOf, documentIdOf } from './keys';
import {
  placeOf,
  placesOf,
  takenPlaces,
  type IndexManifest,
  type ManifestEntry,
} from './index-manifest';
import { noteOf } from './shared/shared-manifest';
import { VersionSums } from './version-sums';
import { collectionOf } from '../content/mapper';
import { versionOf, type Row } from '../content/row-reader';

/** A write that changes nothing that is indexed. */
export const SAME_WORDS = {
  slugBefore: null,
  words: 0,
  linked: [],
  sharing: [],
  movesNewest: false,
};
const FINGERPRINT_LENGTH = 14;
/** Documents that are written together into a remote index. */
const PAGE = 100;

/** A row that was read, in the form that goes into the index. */
interface ReadEntity {
  documentId: string;
  key: string;
  collection: Collection;
  document: EngineDocument;
  entry: ManifestEntry;
  /** The entry that the index has of it so far. */
  before: ManifestEntry | undefined;
  /** Whether the indexed document has the same content, and whether it was made from the same version of the row. */
  saysSame: boolean;
  isSameRow: boolean;
}

interface Failed {
  documentId: string;
  error: Error;
}

export interface UpsertOptions {
  /** Whether documents with unchanged content are skipped. */
  skipsSame: boolean;
  /** Whether anybody waits for the write. If not, answers to requests come first. */
  isAwaited: boolean;
  /** Called with documents that have to be read again because of the write. */
  displace(documentIds: readonly string[]): void;
}

export interface IndexWriterOptions {
  engine: Engine;
  documents: DocumentReader;
  /** What the engine's index was made from. */
  manifest: IndexManifest;
  logger: Core.Strapi['log'];
}

/** Writes rows to the engine and keeps track of what it holds. */
export class IndexWriter {
  /** Documents written or removed since this was last set; for a snapshot that takes a while. */
  touched: Map<string, DocumentRef> | null = null;
  stopped = false;
  /** How often a document was written or removed; it only grows. */
  writes = 0;
  private readonly turns = new Turns();
  private readonly listeners = new Set<WriteListener>();
  /** Sums over what the index holds of each type, as far as this process knows. */
  private readonly sums = new Map<RelatedType, VersionSums>();
  /** Whether what is being written is in the index already. */
  private isRewriting = false;

  constructor(private readonly options: IndexWriterOptions) {}

  get engine(): Engine {
    return this.options.engine;
  }

  get manifest(): IndexManifest {
    return this.options.manifest;
  }

  /**
   * Calls a listener for each document whose content or display changes from now on.
   *
   * @returns A function that ends this.
   */
  followWrites(listener: WriteListener): () => void {
    this.listeners.add(listener);
    this.follow();
    return () => {
      this.listeners.delete(listener);
      this.follow();
    };
  }

  /** Follows the engine's writes only while somebody listens. */
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
   * @returns Those that could not be indexed.
   */
  async upsert(
    type: RelatedType,
    entities: readonly (Entity & Row)[],
    options: UpsertOptions,
  ): Promise<Failed[]> {
    const failed: Failed[] = [];
    for (let start = 0; start < entities.length && !this.stopped; start += this.atOnce) {
      const part = entities.slice(start, start + this.atOnce);
      failed.push(...(await this.write(type, part, options)));
      await this.turns.giveToAnswers(options.isAwaited);
    }
    return failed;
  }

  /** How many documents are written together: each call to a remote index takes a while. */
  get atOnce(): number {
    return this.isShared ? PAGE : 1;
  }

  private get isShared(): boolean {
    return this.engine.storage === 'shared';
  }

  private async write(
    type: RelatedType,
    entities: readonly (Entity & Row)[],
    { skipsSame, displace }: UpsertOptions,
  ): Promise<Failed[]> {
    const { isShared } = this;
    const failed: Failed[] = [];
    const read: ReadEntity[] = [];
    const turns = new Turns();
    const known = await this.manifest.find(type, entities.map((entity) => keyOf(type, entity))); // prettier-ignore
    for (const entity of entities) {
      if (type.localized && !entity.locale) continue;
      await turns.give();
      try {
        read.push(await this.readEntity(type, entity, known.get(keyOf(type, entity))));
      } catch (error) {
        failed.push({ documentId: entity.documentId, error: error as Error });
      }
    }
    // Done first: if a write fails halfway, the retry finds the entries already noted and would not look for others.
    const displaced = await this.displacedBy(type, read);
    if (displaced.length > 0) displace(displaced);
    // A shared index has to note the version of the row, even if the content is the same.
    const isSkipped = ({ saysSame, isSameRow }: ReadEntity) =>
      saysSame && skipsSame && (isSameRow || !isShared);
    // If anybody listens, only one document is written at a time.
    this.isRewriting = read.every(({ saysSame }) => saysSame);
    const rejected = new Map<ReadEntity, Error>();
    try {
      const puts = read.filter((one) => !isSkipped(one));
      for (const [collection, ofCollection] of byCollection(puts)) {
        for (const [one, error] of await this.put(type, collection, ofCollection)) {
          rejected.set(one, error);
        }
      }
      for (const [{ documentId }, error] of rejected) failed.push({ documentId, error });
      for (const one of read) if (!rejected.has(one)) this.note(type, one);
      return failed;
    } finally {
      this.isRewriting = false;
    }
  }

  private async readEntity(
    type: RelatedType,
    entity: Entity & Row,
    before: ManifestEntry | undefined,
  ): Promise<ReadEntity> {
    const document = await this.options.documents.read(type, entity);
    const entry = {
      version: versionOf(entity),
      fingerprint: fingerprintOf(document),
      places: placesOf(type, entity, document),
    };
    return {
      documentId: entity.documentId,
      key: keyOf(type, entity),
      collection: collectionOf(type, entity.locale),
      document: this.isShared
        ? { ...document, note: noteOf(entry), places: entry.places }
        : document,
      entry,
      before,
      saysSame: before?.fingerprint === entry.fingerprint,
      isSameRow: before?.version === entry.version,
    };
  }

  /** @returns The documents that were rejected, and why. */
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
      // The whole batch has to be written again.
      if (this.isShared) throw error;
      return read.map((one) => [one, error as Error]);
    }
  }

  /** Returns other documents that these take an exclusive entry from. */
  private async displacedBy(type: RelatedType, read: readonly ReadEntity[]): Promise<string[]> {
    const places = read.flatMap(({ before, entry }) => takenPlaces(type, before, entry));
    if (places.length === 0) return [];
    const own = new Set(read.map(({ key }) => key));
    const owners = await this.manifest.naming(type, places);
    return owners.filter((key) => !own.has(key)).map(documentIdOf);
  }

  private note(type: RelatedType, one: ReadEntity): void {
    const { documentId, key, entry, before, collection, saysSame, isSameRow } = one;
    // Attributes that are not indexed may be shown.
    if (saysSame && !isSameRow) {
      this.touch(type, documentId);
      this.tell(collection, { ...SAME_WORDS, documentId });
    }
    const sums = this.sumsOf(type);
    if (before) sums.subtract(key, before.version);
    sums.add(key, entry.version);
    this.manifest.set(type, key, entry);
  }

  /** Returns sums over what the index holds of a type. They may be out of date after a start or a failure. */
  sumsOf(type: RelatedType): VersionSums {
    const known = this.sums.get(type) ?? new VersionSums();
    this.sums.set(type, known);
    return known;
  }

  /** The keys of the documents that name these entries. */
  dependents(type: RelatedType, relation: string, entryIds: readonly string[]): Promise<string[]> {
    return this.manifest.naming(type, entryIds.map((id) => placeOf(type, relation, id))); // prettier-ignore
  }

  /** Forgets what the index holds of a type that is read again. */
  clearType(type: RelatedType): void {
    this.manifest.clearType(type);
    this.sumsOf(type).clear();
  }

  /**
   * Forgets the manifest entries of documents that are no longer in this process's index, whatever removed them, so
   * that a comparison finds them missing.
   */
  async forgetLost(type: RelatedType): Promise<void> {
    if (this.isShared) return;
    // Read the manifest first, because a document gets its entry only after it was written.
    const noted = new Set<string>();
    for await (const keys of this.manifest.pages(type)) for (const key of keys) noted.add(key);
    for (const collection of await this.collectionsOf(type)) {
      for await (const ids of this.idsByPage(collection)) {
        for (const id of ids) noted.delete(keyIn(type, collection, id));
      }
    }
    for (const [key, { version }] of await this.manifest.find(type, [...noted])) {
      this.sumsOf(type).subtract(key, version);
      this.manifest.delete(type, key);
    }
  }

  /** Removes these documents from the index, except for those whose keys are in `present`. */
  async removeAbsent(
    type: RelatedType,
    documentIds: Iterable<string>,
    present: ReadonlySet<string>,
  ): Promise<void> {
    const all = [...documentIds];
    for (const collection of await this.collectionsOf(type)) {
      const gone = all.filter((id) => !present.has(keyIn(type, collection, id)));
      await this.remove(type, collection, gone);
    }
  }

  /** Removes everything of a type, except for `present`. */
  async retain(type: RelatedType, present: KeySet): Promise<void> {
    for (const collection of await this.collectionsOf(type)) {
      for await (const ids of this.idsByPage(collection)) {
        const gone = ids.filter((id) => !present.has(keyIn(type, collection, id)));
        await this.remove(type, collection, gone);
      }
    }
  }

  private async *idsByPage(collection: Collection): AsyncIterable<readonly string[]> {
    if (isSharedEngine(this.engine)) yield* this.engine.idsByPage(collection);
    else yield [...(await this.engine.documentIds(collection))];
  }

  private async collectionsOf(type: RelatedType): Promise<Collection[]> {
    return (await this.engine.collections()).filter((collection) => collection.type === type.uid);
  }

  /** Removes documents; one by one from this process's own index, so that a failure does not keep others in it. */
  private async remove(
    type: RelatedType,
    collection: Collection,
    documentIds: readonly string[],
  ): Promise<void> {
    const { isShared, atOnce } = this;
    for (let start = 0; start < documentIds.length; start += atOnce) {
      const asked = documentIds.slice(start, start + atOnce);
      const keyOfId = (documentId: string) => keyIn(type, collection, documentId);
      const known = await this.manifest.find(type, asked.map(keyOfId));
      const part = isShared ? asked.filter((id) => known.has(keyOfId(id))) : asked;
      if (part.length === 0) continue;
      // Drafts that were never published change nothing.
      for (const id of part) if (known.has(keyOfId(id))) this.touch(type, id);
      try {
        await this.engine.remove(collection, part);
      } catch (error) {
        if (isShared) throw error;
        // A stale id is no leak: documents are read as published before they are served.
        this.options.logger.error(
          `related-articles: could not take ${type.uid} ${part.join(', ')} out of the index: ${(error as Error).message}`,
        );
        continue;
      }
      for (const documentId of part) {
        const key = keyOfId(documentId);
        const before = known.get(key);
        if (before) this.sumsOf(type).subtract(key, before.version);
        this.manifest.delete(type, key);
        await this.options.documents.forget(type, documentId, collection.locale);
      }
    }
  }

  /** Returns the fingerprint of a row's content; `null` when it cannot be indexed. */
  async fingerprint(type: RelatedType, entity: Entity & Row): Promise<string | null> {
    try {
      return fingerprintOf(await this.options.documents.read(type, entity));
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

/** Equal for documents with the same content. */
function fingerprintOf(document: EngineDocument): string {
  const hash = createHash('sha1').update(JSON.stringify(document));
  return hash.digest('base64url').slice(0, FINGERPRINT_LENGTH);
}
