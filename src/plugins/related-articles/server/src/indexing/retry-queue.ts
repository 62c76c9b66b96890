import type { RelatedType } from '../config/resolve';
import type { Name } from './index-writer';
import type { Problems } from '../changes/problems';

/** When a document that cannot be indexed is tried again; afterwards only when it is written to. */
const DELAYS_MS = [100, 1000, 10_000, 60_000];
const TROUBLE = 'some documents cannot be indexed';

/** Documents that cannot be indexed must not hold up the others: they are tried again later, by themselves. */
export class RetryQueue {
  private readonly documents = new Map<string, Name & { attempts: number }>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly troubles: Problems,
    private readonly tryAgain: (names: Name[]) => void,
  ) {}

  get names(): Name[] {
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
      const key = `${type.uid} ${documentId}`;
      const error = failures.get(documentId);
      if (error) {
        const attempts = this.documents.get(key)?.attempts ?? 0;
        this.documents.set(key, { type, documentId, attempts: attempts + 1 });
        const message = `${type.uid} ${documentId}: ${error.message}`;
        this.troubles.raise(TROUBLE, new Error(message, { cause: error }));
        soonest = Math.min(soonest, attempts);
      } else this.documents.delete(key);
    }
    if (this.documents.size === 0) this.troubles.resolve(TROUBLE);
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
