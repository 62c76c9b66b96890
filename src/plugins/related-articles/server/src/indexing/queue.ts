import type { RelatedType } from '../config/resolve';
import type { DocumentRef } from '../engine/engine';
import type { Change } from '../changes/change-log';
import type { Dependencies, Dependency } from '../content/dependencies';
import { Backlog } from './backlog';
import { KeySet } from './key-set';

/** How many are taken at once, unless less is asked for. */
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
  /** That reading, once this one has ended. */
  next: Scan | null;
}

/** What the indexer has to do. Repeated changes of a document become one. */
export class Queue {
  private readonly places = { last: 0 };
  private readonly documents = new Backlog<RelatedType, string>(this.places);
  /** By the uid of their type. */
  private readonly rows = new Backlog<string, number>(this.places);
  private readonly entries = new Backlog<Dependency, string>(this.places);
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
    return this.entries.size + this.documents.size + this.rows.size;
  }

  /**
   * Notes what waits now. What comes later does not put it off: writing may go on for as long as it likes.
   *
   * @returns Whether all of that is done, and what followed from it.
   */
  mark(): () => boolean {
    let place = this.places.last;
    const scans = this.scans.map((scan) => ({ scan, isTwice: scan.again }));
    const hasEnded = (scan: Scan | null) => scan === null || !this.scans.includes(scan);
    const haveEnded = () =>
      scans.every(({ scan, isTwice }) => hasEnded(scan) && (!isTwice || hasEnded(scan.next)));
    // Each asks for what those before it have led to; the last, for documents that others took something from.
    const steps = [
      () => this.rows.isPast(place),
      () => this.entries.isPast(place) && haveEnded(),
      () => this.documents.isPast(place),
      () => this.documents.isPast(place),
    ];
    return () => {
      while (steps.length > 0 && steps[0]()) {
        steps.shift();
        place = this.places.last;
      }
      return steps.length === 0;
    };
  }

  /** Takes in what a change means for the configured types; one of another type means nothing. */
  add(change: Change): void {
    if (change.kind === 'document') this.addWritten(change.ref);
    else if (change.kind === 'row') {
      const { uid, rowId } = change;
      if (this.types.has(uid) || this.dependencies.has(uid)) this.rows.add(uid, [rowId]);
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
      this.entries.add(dependency, [documentId]);
    }
  }

  addDocuments(type: RelatedType, documentIds: Iterable<string>): void {
    this.documents.add(type, documentIds);
  }

  /** One that has begun is ended first: begun anew each time, it would never end where whole types change often. */
  addScan(type: RelatedType): void {
    const scan = this.scanOf(type);
    if (scan) scan.again = scan.begunAt !== null;
    else this.scans.push({ type, afterId: 0, seen: new KeySet(), read: 0, total: 0, begunAt: null, again: false, next: null }); // prettier-ignore
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
    if (!scan.again) return;
    this.addScan(scan.type);
    scan.next = this.scanOf(scan.type) ?? null;
  }

  /** Whether a document is read again in any case. */
  willRead(type: RelatedType, documentId: string): boolean {
    const scan = this.scanOf(type);
    const isAllRead = scan !== undefined && (scan.begunAt === null || scan.again);
    return isAllRead || this.documents.has(type, documentId);
  }

  /** Takes out up to so many documents of one type. */
  takeDocuments(most = BATCH) {
    return this.documents.take(most);
  }

  /** Up to a batch of rows, by the uid of their type. */
  takeRows() {
    return this.rows.take(BATCH);
  }

  /** The same for entries that documents are related to in one way. */
  takeEntries() {
    return this.entries.take(BATCH);
  }
}
