import type { RelatedType } from '../config/resolve';
import type { DocumentRef } from '../engine/engine';
import type { Change } from '../changes/change-log';
import type { Dependencies, Dependency } from '../content/dependencies';
import { KeySet } from './key-set';

/** How many documents are read at once. */
const BATCH = 100;

/** A read of everything of a type, page by page. */
export interface Scan {
  type: RelatedType;
  afterId: number;
  /** Keys of the documents met: what the index holds beyond them is gone. */
  seen: KeySet;
  read: number;
  total: number;
  /** On the clock of `performance`; `null` before it has begun. */
  begunAt: number | null;
  /** Whether it is to be read once more from the start. */
  again: boolean;
}

/** What the indexer has to do. Repeated changes of a document become one. */
export class Queue {
  private readonly documents = new Map<RelatedType, Set<string>>();
  /** By the uid of their type. */
  private readonly rows = new Map<string, Set<number>>();
  private readonly entries = new Map<Dependency, Set<string>>();
  private scans: Scan[] = [];

  constructor(
    private readonly types: ReadonlyMap<string, RelatedType>,
    private readonly dependencies: Dependencies,
  ) {}

  get isEmpty(): boolean {
    return this.pending === 0 && this.scans.length === 0;
  }

  /** How many changes wait, scans apart. */
  get pending(): number {
    let count = 0;
    for (const set of this.entries.values()) count += set.size;
    for (const set of this.documents.values()) count += set.size;
    for (const set of this.rows.values()) count += set.size;
    return count;
  }

  /** Takes in what a change means for the configured types; one of another type means nothing. */
  add(change: Change): void {
    if (change.kind === 'document') this.addWritten(change.ref);
    else if (change.kind === 'row') {
      const { uid, rowId } = change;
      if (this.types.has(uid) || this.dependencies.has(uid)) addTo(this.rows, uid, [rowId]);
    } else if (change.kind === 'type') {
      const dependents = this.dependencies.get(change.uid) ?? [];
      for (const type of [this.types.get(change.uid), ...dependents.map((one) => one.type)]) {
        if (type) this.addScan(type);
      }
    }
  }

  /** A document or an entry, and what rests on it. */
  addWritten({ uid, documentId }: DocumentRef): void {
    const type = this.types.get(uid);
    if (type) this.addDocuments(type, [documentId]);
    for (const dependency of this.dependencies.get(uid) ?? []) {
      addTo(this.entries, dependency, [documentId]);
    }
  }

  addDocuments(type: RelatedType, documentIds: Iterable<string>): void {
    addTo(this.documents, type, documentIds);
  }

  /** One that has begun is ended first: begun anew each time, it would never end where whole types change often. */
  addScan(type: RelatedType): void {
    const scan = this.scanOf(type);
    if (scan) scan.again = scan.begunAt !== null;
    else this.scans.push({ type, afterId: 0, seen: new KeySet(), read: 0, total: 0, begunAt: null, again: false }); // prettier-ignore
  }

  /** The current scan. */
  get scan(): Scan | undefined {
    return this.scans[0];
  }

  unfinished(): readonly Scan[] {
    return this.scans;
  }

  scanOf(type: RelatedType): Scan | undefined {
    return this.scans.find((scan) => scan.type === type);
  }

  finish(scan: Scan): void {
    this.scans = this.scans.filter((other) => other !== scan);
    if (scan.again) this.addScan(scan.type);
  }

  /** Takes out up to a batch of documents of one type. */
  takeDocuments(): { type: RelatedType; documentIds: string[] } | null {
    const taken = takeFrom(this.documents, BATCH);
    return taken && { type: taken.key, documentIds: taken.items };
  }

  takeRows(): { uid: string; ids: number[] } | null {
    const taken = takeFrom(this.rows, BATCH);
    return taken && { uid: taken.key, ids: taken.items };
  }

  addRows(uid: string, ids: Iterable<number>): void {
    addTo(this.rows, uid, ids);
  }

  /** Takes out up to a batch of entries that documents are related to in one way. */
  takeEntries(): { dependency: Dependency; documentIds: string[] } | null {
    const taken = takeFrom(this.entries, BATCH);
    return taken && { dependency: taken.key, documentIds: taken.items };
  }

  addEntries(dependency: Dependency, documentIds: Iterable<string>): void {
    addTo(this.entries, dependency, documentIds);
  }
}

function addTo<K, T>(map: Map<K, Set<T>>, key: K, items: Iterable<T>): void {
  const set = map.get(key) ?? new Set<T>();
  for (const item of items) set.add(item);
  if (set.size > 0) map.set(key, set);
}

function takeFrom<K, T>(map: Map<K, Set<T>>, count: number): { key: K; items: T[] } | null {
  for (const [key, set] of map) {
    const items: T[] = [];
    for (const item of set) {
      if (items.length === count) break;
      items.push(item);
    }
    for (const item of items) set.delete(item);
    if (set.size === 0) map.delete(key);
    return { key, items };
  }
  return null;
}
