import type { RelatedType } from '../../config/resolve';
import type { Collection, SharedEngine } from '../../engine/engine';
import { documentIdOf, keyIn, localeOf } from '../keys';
import type { IndexManifest, ManifestEntry } from '../index-manifest';

/**
 * The manifest of an index that all instances share. Each document holds its own entry, so that no process has to keep
 * the entries in memory, however many there are.
 */
export class SharedManifest implements IndexManifest {
  constructor(private readonly engine: SharedEngine) {}

  async find(
    type: RelatedType,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, ManifestEntry>> {
    const found = new Map<string, ManifestEntry>();
    for (const locale of new Set(keys.map(localeOf))) {
      const collection: Collection = { type: type.uid, locale };
      const ids = keys.filter((key) => localeOf(key) === locale).map(documentIdOf);
      for (const [documentId, note] of await this.engine.notes(collection, ids)) {
        found.set(keyIn(type, collection, documentId), entryOf(note));
      }
    }
    return found;
  }

  async naming(type: RelatedType, places: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    if (places.length === 0) return found;
    for (const collection of await this.collectionsOf(type)) {
      for await (const ids of this.engine.idsByPage(collection, places)) {
        for (const id of ids) found.push(keyIn(type, collection, id));
      }
    }
    return found;
  }

  async *pages(type: RelatedType): AsyncIterable<readonly string[]> {
    for (const collection of await this.collectionsOf(type)) {
      for await (const ids of this.engine.idsByPage(collection)) {
        yield ids.map((id) => keyIn(type, collection, id));
      }
    }
  }

  async size(type: RelatedType): Promise<number> {
    let size = 0;
    for (const collection of await this.collectionsOf(type)) {
      size += await this.engine.size(collection);
    }
    return size;
  }

  // Each document holds its own entry.
  set(): void {}
  delete(): void {}
  clearType(): void {}

  private async collectionsOf(type: RelatedType): Promise<Collection[]> {
    return (await this.engine.collections()).filter((collection) => collection.type === type.uid);
  }
}

/** Returns an entry in the form in which a shared index keeps it with a document. */
export const noteOf = ({ version, fingerprint, places }: ManifestEntry): string =>
  JSON.stringify([version, fingerprint, places]);

function entryOf(note: string): ManifestEntry {
  const [version, fingerprint, places] = JSON.parse(note) as [string, string, string[]];
  return { version, fingerprint, places };
}
