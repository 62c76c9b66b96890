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
import { IndexManifest, taxonomyKeysOf } from './index-manifest';
import { collectionOf } from '../content/mapper';
import { versionOf, type Row } from '../content/row-reader';

/** A write that shows in nothing that is indexed. */
export const SAME_WORDS = { words: 0, linked: [], sharing: [], movesNewest: false };
const FINGERPRINT_LENGTH = 14;

/** Puts rows into the engine and keeps account of what it holds. */
export class IndexWriter {
  readonly manifest = new IndexManifest();
  /** Documents put in or taken out since this was last set; for a snapshot that takes a while. */
  touched: Map<string, DocumentRef> | null = null;
  stopped = false;
  /** How often a document was put in or taken out; it only grows. */
  writes = 0;
  private listener: WriteListener | null = null;
  /** Whether what is being put in is in the index already. */
  private isRewriting = false;

  constructor(
    readonly engine: Engine,
    private readonly documents: DocumentReader,
    private readonly log: Core.Strapi['log'],
  ) {}

  /** Tells of each document that says something else from now on, or is shown otherwise; `null` ends it. */
  followWrites(listener: WriteListener | null): void {
    if (!isWatchableEngine(this.engine)) return;
    this.listener = listener;
    this.engine.followWrites(listener && ((...write) => this.isRewriting || listener(...write)));
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
    for (const entity of entities) {
      if (this.stopped) break;
      if (type.localized && !entity.locale) continue;
      const { documentId } = entity;
      try {
        const document = await this.documents.read(type, entity);
        const [version, fingerprint] = [versionOf(entity), fingerprintOf(document)];
        const before = this.manifest.of(type).get(keyOf(type, entity));
        const saysSame = before?.fingerprint === fingerprint;
        const collection = collectionOf(type, entity.locale);
        this.isRewriting = saysSame;
        if (!saysSame || !skipsSame) await this.put(type, collection, document);
        // What is not indexed may be shown.
        if (saysSame && before.version !== version) {
          this.touch(type, documentId);
          this.listener?.(collection, { ...SAME_WORDS, documentId });
        }
        const owners = this.manifest.set(type, keyOf(type, entity), {
          version,
          fingerprint,
          taxonomyKeys: taxonomyKeysOf(type, entity, document.taxonomy),
        });
        displaced.push(...owners.map(documentIdOf));
      } catch (error) {
        failed.push({ documentId, error: error as Error });
      } finally {
        this.isRewriting = false;
      }
      await turns.give();
    }
    return { displaced, failed };
  }

  private async put(type: RelatedType, collection: Collection, document: EngineDocument) {
    this.touch(type, document.id);
    const [rejected] = await this.engine.upsert(collection, [document]);
    if (rejected) throw rejected.error;
  }

  /** Takes out what the index has of these documents beyond `present`, which are keys. */
  async removeAbsent(
    type: RelatedType,
    documentIds: Iterable<string>,
    present: ReadonlySet<string>,
  ): Promise<void> {
    const collections = await this.collectionsOf(type);
    for (const documentId of documentIds) {
      for (const collection of collections) {
        const key = keyOf(type, { documentId, locale: collection.locale });
        if (!present.has(key)) await this.remove(type, collection, documentId);
      }
    }
  }

  /** Takes out everything of a type beyond `present`. */
  async retain(type: RelatedType, present: ReadonlySet<string>): Promise<void> {
    for (const collection of await this.collectionsOf(type)) {
      for (const documentId of [...(await this.engine.documentIds(collection))]) {
        const key = keyOf(type, { documentId, locale: collection.locale });
        if (!present.has(key)) await this.remove(type, collection, documentId);
      }
    }
  }

  private async collectionsOf(type: RelatedType): Promise<Collection[]> {
    return (await this.engine.collections()).filter((collection) => collection.type === type.uid);
  }

  private async remove(
    type: RelatedType,
    collection: Collection,
    documentId: string,
  ): Promise<void> {
    this.touch(type, documentId);
    try {
      await this.engine.remove(collection, [documentId]);
    } catch (error) {
      // A stale id is no leak: documents are read as published before they are served.
      this.log.error(
        `related-articles: could not take ${type.uid} ${documentId} out of the index: ${(error as Error).message}`,
      );
      return;
    }
    this.manifest.delete(type, keyOf(type, { documentId, locale: collection.locale }));
    await this.documents.forget(type, documentId, collection.locale);
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
