import type { RelatedType } from '../config/resolve';
import type { IndexManifest, ManifestEntry } from './index-manifest';
import { PlaceIndex } from './place-index';

/** Keys per page. */
const PAGE = 1000;
/** Separates a version from a fingerprint; neither contains it. */
const GLUE = '\n';

/** Copies a string: V8 would keep the parts of a concatenated one, in twice the memory. */
const inOnePiece = (text: string): string => Buffer.from(text).toString();

/** What this process's own index was made from, for one type, by key (locale and documentId). */
export class TypeManifest {
  private readonly numbers = new Map<string, number>();
  private readonly keyOf: string[] = [];
  /** Version and fingerprint as one string: two for each document would take half as much memory again. */
  private readonly rows: string[] = [];
  private readonly places = new PlaceIndex();
  private readonly free: number[] = [];

  get size(): number {
    return this.numbers.size;
  }

  keys(): IterableIterator<string> {
    return this.numbers.keys();
  }

  get(key: string): ManifestEntry | undefined {
    const number = this.numbers.get(key);
    if (number === undefined) return undefined;
    const [version, fingerprint] = this.rows[number].split(GLUE);
    return { version, fingerprint, places: this.places.placesOf(number) };
  }

  set(key: string, { version, fingerprint, places }: ManifestEntry): void {
    const number = this.numbers.get(key) ?? this.free.pop() ?? this.keyOf.length;
    this.numbers.set(key, number);
    this.keyOf[number] = key;
    this.rows[number] = inOnePiece(version + GLUE + fingerprint);
    this.places.set(number, places);
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

/** What this process's own index was made from, in memory. */
export class OwnManifest implements IndexManifest {
  private readonly types = new Map<RelatedType, TypeManifest>();

  of(type: RelatedType): TypeManifest {
    const known = this.types.get(type) ?? new TypeManifest();
    this.types.set(type, known);
    return known;
  }

  async find(
    type: RelatedType,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, ManifestEntry>> {
    const found = new Map<string, ManifestEntry>();
    for (const key of keys) {
      const entry = this.of(type).get(key);
      if (entry) found.set(key, entry);
    }
    return found;
  }

  async naming(type: RelatedType, places: readonly string[]): Promise<string[]> {
    return [...new Set(places.flatMap((place) => this.of(type).naming(place)))];
  }

  async *pages(type: RelatedType): AsyncIterable<readonly string[]> {
    let page: string[] = [];
    for (const key of this.of(type).keys()) {
      page.push(key);
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  async size(type: RelatedType): Promise<number> {
    return this.of(type).size;
  }

  set(type: RelatedType, key: string, entry: ManifestEntry): void {
    this.of(type).set(key, entry);
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
}
