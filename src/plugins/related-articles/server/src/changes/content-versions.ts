import { uidOf, type Change } from './change-log';
import type { ChangeConsumer } from './consumer';

/** Counts writes by content type: as long as the count of some types is the same, nothing of them has changed. */
export class ContentVersions implements ChangeConsumer {
  readonly failure = 'changes cannot be counted';
  readonly keepsPosition = false;
  readonly isAwaited = false;
  readonly pending = 0;
  private readonly counts = new Map<string, number>();
  private resyncs = 0;

  handle(changes: readonly Change[]): void {
    for (const change of changes) {
      const uid = uidOf(change);
      this.counts.set(uid, (this.counts.get(uid) ?? 0) + 1);
    }
  }

  async apply(): Promise<void> {
    // Nothing is left to do.
  }

  resync(): void {
    this.resyncs += 1;
  }

  /** Returns the number of writes to these types; it only grows. */
  of(uids: Iterable<string>): number {
    let sum = this.resyncs;
    for (const uid of uids) sum += this.counts.get(uid) ?? 0;
    return sum;
  }
}
