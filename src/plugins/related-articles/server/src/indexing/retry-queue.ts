import type { RelatedType } from '../config/resolve';
import { refKey, type DocumentRef } from '../engine/engine';
import type { ProblemSink } from '../changes/problems';

/** Delays before a document is retried, in milliseconds; after the last, only when it changes. */
const DELAYS_MS = [100, 1000, 10_000, 60_000];
const FAILURE = 'some documents cannot be indexed';

/** Retries documents that cannot be indexed, without holding up the others. */
export class RetryQueue {
  private readonly documents = new Map<string, DocumentRef & { attempts: number }>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly problems: ProblemSink,
    private readonly tryAgain: (refs: DocumentRef[]) => void,
  ) {}

  get refs(): DocumentRef[] {
    return [...this.documents.values()];
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
  }

  /** @param documentIds Documents that were tried; those that are not among `failed` succeeded or are gone. */
  tried(
    type: RelatedType,
    documentIds: readonly string[],
    failed: readonly { documentId: string; error: Error }[],
  ): void {
    if (failed.length === 0 && this.documents.size === 0) return;
    const failures = new Map(failed.map(({ documentId, error }) => [documentId, error]));
    let soonest = DELAYS_MS.length;
    for (const documentId of documentIds) {
      const ref = { uid: type.uid, documentId };
      const key = refKey(ref);
      const error = failures.get(documentId);
      if (error) {
        const attempts = this.documents.get(key)?.attempts ?? 0;
        this.documents.set(key, { ...ref, attempts: attempts + 1 });
        const message = `${type.uid} ${documentId}: ${error.message}`;
        this.problems.raise(FAILURE, new Error(message, { cause: error }));
        soonest = Math.min(soonest, attempts);
      } else this.documents.delete(key);
    }
    if (this.documents.size === 0) this.problems.resolve(FAILURE);
    if (!this.timer && soonest < DELAYS_MS.length) this.wait(DELAYS_MS[soonest]);
  }

  private wait(ms: number): void {
    this.timer = setTimeout(() => {
      this.timer = null;
      const again = [...this.documents.values()];
      this.tryAgain(again.filter(({ attempts }) => attempts <= DELAYS_MS.length));
    }, ms);
    this.timer.unref();
  }
}
