import type { Taken } from './backlog';

/** How long other work is done after a failure, in milliseconds: the next try should not wait for too much. */
const OTHERS_MS = 20_000;

/** Keys whose work has failed. */
export type FailedKeys<Key> = Pick<ReadonlySet<Key>, 'has'>;

/** What went wrong in a turn: work of one type that fails does not hold up that of others. */
export class Failures {
  first: Error | null = null;
  /** Whether any work was done. */
  hasDone = false;
  private readonly startedAt = performance.now();

  /** Whether the turn has to end: what failed has taken long, and the rest would, too. */
  get isOver(): boolean {
    return this.first !== null && performance.now() - this.startedAt > OTHERS_MS;
  }

  add(error: Error): void {
    this.first ??= error;
  }

  /** Works on what waits first. If that fails, puts it back and works on all that waits under other keys. */
  async passOver<Key, Item>(
    take: (but: FailedKeys<Key>) => Taken<Key, Item> | null,
    work: (taken: Taken<Key, Item>) => Promise<void>,
  ): Promise<void> {
    const failed = new Set<Key>();
    do {
      const taken = this.isOver ? null : take(failed);
      if (!taken) return;
      try {
        await work(taken);
        this.hasDone = true;
      } catch (error) {
        taken.putBack();
        failed.add(taken.key);
        this.add(error as Error);
      }
    } while (failed.size > 0);
  }
}
