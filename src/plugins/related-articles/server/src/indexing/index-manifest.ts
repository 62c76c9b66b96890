import type { RelationSource } from '../config/relation-sources';
import { readRelations, type RelatedType } from '../config/resolve';
import { FILES } from '../content/dependencies';
import type { Entity } from '../content/entity';
import { filesOf } from '../content/text';
import type { EngineDocument } from '../engine/engine';

/** What a document in the index was made from. */
export interface ManifestEntry {
  /** Equal for two reads of a row that nobody wrote to in between. */
  version: string;
  /** Equal for two rows with the same content. */
  fingerprint: string;
  /** Entries that the document names and whose words are read with it; see `placesOf`. */
  places: string[];
}

/**
 * What the index was made from, by type and key, and which documents name which category, tag, file or other entry, so
 * that a write to one of those can be handled without a search in the database.
 */
export interface IndexManifest {
  /** Returns what documents were made from; leaves out those that the index does not hold. */
  find(type: RelatedType, keys: readonly string[]): Promise<ReadonlyMap<string, ManifestEntry>>;
  /** The keys of the documents that name one of these places. */
  naming(type: RelatedType, places: readonly string[]): Promise<string[]>;
  /** Returns the keys of all documents, page by page; documents that are written meanwhile may be included. */
  pages(type: RelatedType): AsyncIterable<readonly string[]>;
  size(type: RelatedType): Promise<number>;
  /** Notes what the index holds from now on. */
  set(type: RelatedType, key: string, entry: ManifestEntry): void;
  delete(type: RelatedType, key: string): void;
  /** Forgets a type that is read again. */
  clearType(type: RelatedType): void;
}

/** The places of everything that a document names and whose words are read with it. */
export function placesOf(
  type: RelatedType,
  entity: Entity,
  { taxonomy, picked = [] }: Pick<EngineDocument, 'taxonomy' | 'picked'>,
): string[] {
  const picks = type.picked && readRelations(type).includes(type.picked) ? picked : [];
  return [
    ...taxonomy.map(({ relation, id }) => placeOf(type, relation, id)),
    ...picks.map((id) => placeOf(type, (type.picked as RelationSource).attribute, id)),
    ...filesOf(type.text, entity).map((documentId) => placeOf(type, FILES, documentId)),
  ];
}

/** Returns the name by which documents of this type refer to a related entry or a file. */
export const placeOf = (type: RelatedType, relation: string, entryId: string): string =>
  `${type.uid} ${relation} ${entryId}`;

/** Returns the places of exclusive relations that a document has gained: another document had them before. */
export function takenPlaces(
  type: RelatedType,
  before: ManifestEntry | undefined,
  after: ManifestEntry,
): string[] {
  const exclusive = readRelations(type).filter((relation) => relation.exclusive);
  if (exclusive.length === 0) return [];
  const prefixes = exclusive.map(({ attribute }) => placeOf(type, attribute, ''));
  return after.places.filter(
    (place) =>
      !before?.places.includes(place) && prefixes.some((prefix) => place.startsWith(prefix)),
  );
}
