import type { RelatedType } from '../config/resolve';
import { refKey, type DocumentRef } from '../engine/engine';
import type { ProblemSink } from '../changes/problems';

/** Delays before a document is retried, in milliseconds. */
const DELAYS_MS = [100, 1000, 10_000, 60_000];
/** How often it is retried after that: what keeps it out may be the index's fault, and pass. */
const LATER_MS = 600_000;
const FAILURE = 'some documents cannot be indexed';

/** Retries documents that cannot be indexed, without holding up the others. */
export class RetryQueue {
  private readonly documents = new Map<string, DocumentRef & { attempts: number }>();
  private timer: NodeJS.Timeout | null = null;
  /** When it ends, by `performance.now()`. */
  private due = 0;

  constructor(
    private readonly problems: ProblemSink,
    private readonly tryAgain: (refs: DocumentRef[]) => void,
  ) {}

  get refs(): (DocumentRef & { attempts: number })[] {
    return [...this.documents.values()];
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
  }

  /**
   * @param documentIds Documents that were tried; those that are not among `failed` succeeded or are gone.
   * @param isWhole Whether they were tried in all locales. If not, those that failed before are tried again soon.
   */
  tried(
    type: RelatedType,
    documentIds: readonly string[],
    failed: readonly { documentId: string; error: Error }[],
    isWhole = true,
  ): void {
    if (failed.length === 0 && this.documents.size === 0) return;
    const failures = new Map(failed.map(({ documentId, error }) => [documentId, error]));
    for (const documentId of documentIds) {
      const ref = { uid: type.uid, documentId };
      const key = refKey(ref);
      const error = failures.get(documentId);
      if (error) {
        const attempts = this.documents.get(key)?.attempts ?? 0;
        this.documents.set(key, { ...ref, attempts: attempts + 1 });
        const message = `${type.uid} ${documentId}: ${error.message}`;
        this.problems.raise(FAILURE, new Error(message, { cause: error }));
      } else if (isWhole) this.documents.delete(key);
      else if (this.documents.has(key)) this.documents.set(key, { ...ref, attempts: 1 });
    }
    if (this.documents.size > 0) this.wait();
    else this.problems.resolve(FAILURE);
  }

  private wait(): void {
    const fewest = this.refs.reduce((least, { attempts }) => Math.min(least, attempts), Infinity);
    const delay = DELAYS_MS[fewest - 1] ?? LATER_MS;
    const due = performance.now() + delay;
    // What is new does not wait for what has been tried for long.
    if (this.timer && this.due <= due) return;
    this.stop();
    this.due = due;
    this.timer = setTimeout(() => {
      this.timer = null;
      const young = this.refs.filter(({ attempts }) => attempts <= DELAYS_MS.length);
      this.tryAgain(young.length > 0 ? young : this.refs);
    }, delay);
    this.timer.unref();
  }
}
