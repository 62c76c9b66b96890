import type { RelatedType } from '../config/resolve';
import type { TaxonomyEntry } from '../engine/types';
import type { Entity } from './entity';
import { filesOf } from './text';

/**
 * Which indexed documents name which category, tag or other related entry, so that a write to one of those
 * is answered without a question to the database.
 */
export class Dependents {
  private readonly documents = new Map<string, Set<string>>();
  private readonly entries = new Map<string, string[]>();

  /**
   * @param key The document, with its locale.
   * @returns The keys of other documents that had an exclusive entry which this one has newly been given.
   */
  set(type: RelatedType, key: string, places: string[]): string[] {
    const before = new Set(this.entries.get(`${type.uid} ${key}`));
    const exclusive = type.relations.filter((relation) => relation.exclusive);
    const taken = places.filter(
      (place) =>
        !before.has(place) &&
        exclusive.some(({ attribute }) => place.startsWith(placeOf(type, attribute, ''))),
    );
    const owners = taken.flatMap((place) => [...(this.documents.get(place) ?? [])]);
    this.remove(type, key);
    if (places.length > 0) this.entries.set(`${type.uid} ${key}`, places);
    for (const place of places) {
      const keys = this.documents.get(place);
      if (keys) keys.add(key);
      else this.documents.set(place, new Set([key]));
    }
    return owners.filter((owner) => owner !== key);
  }

  remove(type: RelatedType, key: string): void {
    for (const place of this.entries.get(`${type.uid} ${key}`) ?? []) {
      const keys = this.documents.get(place);
      keys?.delete(key);
      if (keys?.size === 0) this.documents.delete(place);
    }
    this.entries.delete(`${type.uid} ${key}`);
  }

  /** The keys of the documents that have this entry. */
  of(type: RelatedType, relation: string, entryId: string): Iterable<string> {
    return this.documents.get(placeOf(type, relation, entryId)) ?? [];
  }
}

/** Stands for the relation's name where a file's captions are read. */
export const FILES = 'plugin::upload.file';

/** The places of everything that a document names and whose words are read with it. */
export function placesOf(
  type: RelatedType,
  entity: Entity,
  taxonomy: readonly TaxonomyEntry[],
): string[] {
  return [
    ...taxonomy.map(({ relation, id }) => placeOf(type, relation, id)),
    ...filesOf(type.text, entity).map((documentId) => placeOf(type, FILES, documentId)),
  ];
}

/** One name for a related entry or a file, as a document of this type has it. */
export function placeOf(type: RelatedType, relation: string, entryId: string): string {
  return `${type.uid} ${relation} ${entryId}`;
}
