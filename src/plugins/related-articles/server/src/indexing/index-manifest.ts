import type { RelationSource } from '../config/relation-sources';
import { readRelations, type RelatedType } from '../config/resolve';
import type { EngineDocument } from '../engine/engine';
import { FILES } from '../content/dependencies';
import type { Entity } from '../content/entity';
import { filesOf } from '../content/text';

/** What a document in the index was made from. */
export interface ManifestEntry {
  /** Equal for two reads of a row that nobody wrote to in between. */
  version: string;
  /** Equal for two rows that say the same. */
  fingerprint: string;
  /** What the document names and whose words are read with it; see `placesOf`. */
  taxonomyKeys: string[];
}

/**
 * What the index was made from, by type and key (locale and documentId), and which documents name which category,
 * tag or other entry, so that a write to one of those is answered without a search.
 */
export class IndexManifest {
  private readonly entries = new Map<RelatedType, Map<string, ManifestEntry>>();
  private readonly documents = new Map<string, Set<string>>();

  of(type: RelatedType): ReadonlyMap<string, ManifestEntry> {
    return this.mapOf(type);
  }

  /** @returns The keys of other documents that had an exclusive entry which this one has newly been given. */
  set(type: RelatedType, key: string, entry: ManifestEntry): string[] {
    const entries = this.mapOf(type);
    const owners = this.ownersOf(this.taken(type, entries.get(key), entry));
    this.delete(type, key);
    entries.set(key, entry);
    for (const place of entry.taxonomyKeys) {
      const keys = this.documents.get(place);
      if (keys) keys.add(key);
      else this.documents.set(place, new Set([key]));
    }
    return owners.filter((owner) => owner !== key);
  }

  /** The places of exclusive relations that are new in an entry. */
  private taken(
    type: RelatedType,
    before: ManifestEntry | undefined,
    after: ManifestEntry,
  ): string[] {
    const exclusive = readRelations(type).filter((relation) => relation.exclusive);
    if (exclusive.length === 0) return [];
    const prefixes = exclusive.map(({ attribute }) => taxonomyKey(type, attribute, ''));
    return after.taxonomyKeys.filter(
      (place) =>
        !before?.taxonomyKeys.includes(place) &&
        prefixes.some((prefix) => place.startsWith(prefix)),
    );
  }

  private ownersOf(places: readonly string[]): string[] {
    return places.flatMap((place) => [...(this.documents.get(place) ?? [])]);
  }

  delete(type: RelatedType, key: string): void {
    const entries = this.mapOf(type);
    for (const place of entries.get(key)?.taxonomyKeys ?? []) {
      const keys = this.documents.get(place);
      keys?.delete(key);
      if (keys?.size === 0) this.documents.delete(place);
    }
    entries.delete(key);
  }

  clearType(type: RelatedType): void {
    for (const key of [...this.mapOf(type).keys()]) this.delete(type, key);
  }

  clear(): void {
    this.entries.clear();
    this.documents.clear();
  }

  /** The keys of the documents that name this entry. */
  dependents(type: RelatedType, relation: string, entryId: string): Iterable<string> {
    return this.documents.get(taxonomyKey(type, relation, entryId)) ?? [];
  }

  private mapOf(type: RelatedType): Map<string, ManifestEntry> {
    const entries = this.entries.get(type) ?? new Map<string, ManifestEntry>();
    this.entries.set(type, entries);
    return entries;
  }
}

/** The places of everything that a document names and whose words are read with it. */
export function taxonomyKeysOf(
  type: RelatedType,
  entity: Entity,
  { taxonomy, picked = [] }: Pick<EngineDocument, 'taxonomy' | 'picked'>,
): string[] {
  const picks = type.picked && readRelations(type).includes(type.picked) ? picked : [];
  return [
    ...taxonomy.map(({ relation, id }) => taxonomyKey(type, relation, id)),
    ...picks.map((id) => taxonomyKey(type, (type.picked as RelationSource).attribute, id)),
    ...filesOf(type.text, entity).map((documentId) => taxonomyKey(type, FILES, documentId)),
  ];
}

/** One name for a related entry or a file, as a document of this type has it. */
function taxonomyKey(type: RelatedType, relation: string, entryId: string): string {
  return `${type.uid} ${relation} ${entryId}`;
}
