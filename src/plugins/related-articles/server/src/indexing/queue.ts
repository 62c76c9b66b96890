import type { RelatedType } from '../config/resolve';
import type { DocumentRef } from '../engine/engine';
import type { Change } from '../changes/change-log';
import type { Dependencies, Dependency } from '../content/dependencies';
import { Backlog, type Keys } from './backlog';
import { KeySet } from './key-set';

/** How many items are taken at once, unless fewer are asked for. */
const BATCH = 100;

/** A read of everything of a type, page by page. */
export interface Scan {
  type: RelatedType;
  afterId: number;
  /** Keys of the documents found; other documents in the index are gone. Another set once it starts over. */
  seen: KeySet;
  read: number;
  total: number;
  /** When it began, as `performance.now()`; `null` before that. */
  begunAt: number | null;
  /** Whether everything is to be read once more from the start. */
  again: boolean;
  /** The scan that does so, once this one has ended. */
  next: Scan | null;
}

const unbegun = (): Omit<Scan, 'type' | 'next'> => ({
  afterId: 0,
  seen: new KeySet(),
  read: 0,
  total: 0,
  begunAt: null,
  again: false,
});

/** What the indexer has to do. Repeated changes of a document become one. */
export class Queue {
  private readonly places = { last: 0 };
  private readonly documents = new Backlog<RelatedType, string>(this.places);
  /** By the uid of their type. */
  private readonly rows = new Backlog<string, number>(this.places);
  private readonly entries = new Backlog<Dependency, string>(this.places);
  private scans: Scan[] = [];
  private readonly news = new Map<RelatedType, number>();

  constructor(
    private readonly types: ReadonlyMap<string, RelatedType>,
    private readonly dependencies: Dependencies,
  ) {}

  get isEmpty(): boolean {
    return this.pending === 0 && this.scans.length === 0;
  }

  /** How many changes wait, not counting scans. */
  get pending(): number {
    return this.entries.size + this.documents.size + this.rows.size;
  }

  /**
   * Marks the work that waits now. Later work does not delay it, however long writing goes on.
   *
   * @returns Tells whether all of that work is done, and everything that followed from it.
   */
  mark(): () => boolean {
    let place = this.places.last;
    const scans = this.scans.map((scan) => ({ scan, isTwice: scan.again }));
    const hasEnded = (scan: Scan | null) => scan === null || !this.scans.includes(scan);
    const haveEnded = () =>
      scans.every(({ scan, isTwice }) => hasEnded(scan) && (!isTwice || hasEnded(scan.next)));
    // Each step covers what the steps before it have led to; the last covers documents that others took something from.
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

  /** How often documents of a type were written, or all were queued; it only grows. */
  newsOf(type: RelatedType): number {
    return this.news.get(type) ?? 0;
  }

  private noteNews(type: RelatedType): void {
    this.news.set(type, this.newsOf(type) + 1);
  }

  /** Queues what a change means for the configured types; a change of another type means nothing. */
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

  /** Queues a document or an entry, and what depends on it. */
  addWritten({ uid, documentId }: DocumentRef): void {
    const type = this.types.get(uid);
    if (type) {
      this.addDocuments(type, [documentId]);
      this.noteNews(type);
    }
    for (const dependency of this.dependencies.get(uid) ?? []) {
      this.entries.add(dependency, [documentId]);
    }
  }

  /** Queues documents to read again, because of something else than a write to them. */
  addDocuments(type: RelatedType, documentIds: readonly string[]): void {
    this.documents.add(type, documentIds);
  }

  /** Queues a scan. One that has begun ends first: starting over each time, it might never end. */
  addScan(type: RelatedType): void {
    this.noteNews(type);
    const scan = this.scanOf(type);
    if (scan) scan.again = scan.begunAt !== null;
    else this.scans.push({ type, ...unbegun(), next: null });
  }

  /** Queues a scan that reads all there is now: one that has begun starts over. */
  restartScan(type: RelatedType): void {
    this.addScan(type);
    Object.assign(this.scanOf(type) as Scan, unbegun());
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

  /** Lets other scans come before one. */
  postpone(scan: Scan): void {
    this.scans = [...this.scans.filter((other) => other !== scan), scan];
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

  /** Takes out up to `most` documents of one type. */
  takeDocuments(most = BATCH, but?: Keys<RelatedType>) {
    return this.documents.take(most, but);
  }

  /** Takes out up to a batch of rows of one type, by its uid. */
  takeRows(but?: Keys<string>) {
    return this.rows.take(BATCH, but);
  }

  /** Takes out up to a batch of entries of one dependency. */
  takeEntries(but?: Keys<Dependency>) {
    return this.entries.take(BATCH, but);
  }
}
