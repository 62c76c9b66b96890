import type { RelationSource } from '../config/relation-sources';
import { readRelations, type RelatedType } from '../config/resolve';
import type { EngineDocument } from '../engine/engine';
import { FILES } from '../content/dependencies';
import type { Entity } from '../content/entity';
import { filesOf } from '../content/text';
import { PlaceIndex } from './place-index';

/** What a document in the index was made from. */
export interface ManifestEntry {
  /** Equal for two reads of a row that nobody wrote to in between. */
  version: string;
  /** Equal for two rows that say the same. */
  fingerprint: string;
  /** What the document names and whose words are read with it; see `placesOf`. */
  taxonomyKeys: string[];
}

/** Between a version and a fingerprint, which have none. */
const GLUE = '\n';

/** V8 keeps the parts of a string that was put together, in twice the memory. */
const inOnePiece = (text: string): string => Buffer.from(text).toString();

/** What the index was made from, of one type, by key (locale and documentId). */
export class TypeManifest {
  private readonly numbers = new Map<string, number>();
  private readonly keyOf: string[] = [];
  /** Version and fingerprint as one string: two for each document would take half as much again. */
  private readonly rows: string[] = [];
  private readonly places = new PlaceIndex();
  private readonly free: number[] = [];

  get size(): number {
    return this.numbers.size;
  }

  keys(): IterableIterator<string> {
    return this.numbers.keys();
  }

  has(key: string): boolean {
    return this.numbers.has(key);
  }

  get(key: string): ManifestEntry | undefined {
    const number = this.numbers.get(key);
    if (number === undefined) return undefined;
    const [version, fingerprint] = this.rows[number].split(GLUE);
    return { version, fingerprint, taxonomyKeys: this.places.placesOf(number) };
  }

  set(key: string, { version, fingerprint, taxonomyKeys }: ManifestEntry): void {
    const number = this.numbers.get(key) ?? this.free.pop() ?? this.keyOf.length;
    this.numbers.set(key, number);
    this.keyOf[number] = key;
    this.rows[number] = inOnePiece(version + GLUE + fingerprint);
    this.places.set(number, taxonomyKeys);
  }

  delete(key: string): void {
    const number = this.numbers.get(key);
    if (number === undefined) return;
    this.numbers.delete(key);
    this.keyOf[number] = '';
    this.rows[number] = '';
    this.places.clear(number);
    this.free.push(number);
  }

  /** The keys of the documents that name a place. */
  naming(place: string): string[] {
    return this.places.documentsOf(place).map((number) => this.keyOf[number]);
  }
}

/**
 * What the index was made from, and which documents name which category, tag or other entry, so that a write to one of
 * those is answered without a search.
 */
export class IndexManifest {
  private readonly types = new Map<RelatedType, TypeManifest>();

  of(type: RelatedType): TypeManifest {
    const known = this.types.get(type) ?? new TypeManifest();
    this.types.set(type, known);
    return known;
  }

  /** @returns The keys of other documents that had an exclusive entry which this one has newly been given. */
  set(type: RelatedType, key: string, entry: ManifestEntry): string[] {
    const entries = this.of(type);
    const owners = this.taken(type, key, entry).flatMap((place) => entries.naming(place));
    entries.set(key, entry);
    return owners.filter((owner) => owner !== key);
  }

  /** The places of exclusive relations that are new in an entry. */
  private taken(type: RelatedType, key: string, after: ManifestEntry): string[] {
    const exclusive = readRelations(type).filter((relation) => relation.exclusive);
    if (exclusive.length === 0) return [];
    const before = this.of(type).get(key);
    const prefixes = exclusive.map(({ attribute }) => taxonomyKey(type, attribute, ''));
    return after.taxonomyKeys.filter(
      (place) =>
        !before?.taxonomyKeys.includes(place) &&
        prefixes.some((prefix) => place.startsWith(prefix)),
    );
  }

  delete(type: RelatedType, key: string): void {
    this.of(type).delete(key);
  }

  clearType(type: RelatedType): void {
    this.types.delete(type);
  }

  clear(): void {
    this.types.clear();
  }

  /** The keys of the documents that name this entry. */
  dependents(type: RelatedType, relation: string, entryId: string): string[] {
    return this.of(type).naming(taxonomyKey(type, relation, entryId));
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
