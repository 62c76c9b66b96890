import type { RelatedType } from '../config/resolve';
import { asError } from '../content/as-error';
import type { Keys, Taken } from './backlog';

/** How long other work is done in a turn with a failure, in milliseconds: the next try should not wait for too much. */
const OTHERS_MS = 20_000;

interface Work<Key, Item> {
  /** Takes out what waits first under other keys than these. */
  take(but: Keys<Key>): Taken<Key, Item> | null;
  /** The type whose index the work needs; `null` if it needs none. */
  typeOf(key: Key): RelatedType | null;
  work(taken: Taken<Key, Item>): Promise<void>;
}

/** How long pages are scanned then: what was written meanwhile comes first. */
const SCANS_MS = 5000;

/** What went wrong in a turn: work on one type that fails does not hold up that on others. */
export class Failures {
  first: Error | null = null;
  /** Whether any work was done. */
  hasDone = false;
  private readonly types = new Set<RelatedType>();
  private readonly startedAt = performance.now();
  /** How long it took to fail, in milliseconds: that leaves no less time for other work. */
  private failedMs = 0;

  /**
   * @param isStopped Whether the turn has to end.
   * @param isRepeated Whether the turn before has failed, too: then there is a pause after each.
   */
  constructor(
    private readonly isStopped: () => boolean = () => false,
    private readonly isRepeated = false,
  ) {}

  /**
   * Whether to scan another page in this turn.
   *
   * @param since When the scans began, by `performance.now()`: what has failed before may have taken long.
   */
  scansOn(since: number): boolean {
    return this.goesOn && performance.now() - since < SCANS_MS;
  }

  /** Whether work on a type has failed in this turn: its index is away, and more would take as long. */
  hasFailed(type: RelatedType): boolean {
    return this.types.has(type);
  }

  add(error: unknown, type: RelatedType | null): void {
    this.first ??= asError(error);
    if (type) this.types.add(type);
  }

  /** Works on what waits first. If that fails, puts it back and works on all that waits under other keys. */
  async passOver<Key, Item>({ take, typeOf, work }: Work<Key, Item>): Promise<void> {
    const failed = new Set<Key>();
    const isLeftOut = (key: Key) => {
      const type = typeOf(key);
      return failed.has(key) || (type !== null && this.hasFailed(type));
    };
    // One piece in any case, so that what fails slowly cannot hold up all the rest.
    for (let pieces = 0; pieces === 0 || this.goesOn; pieces += 1) {
      const taken = this.isStopped() ? null : take({ has: isLeftOut });
      if (!taken) return;
      const begunAt = performance.now();
      try {
        await work(taken);
        this.hasDone = true;
      } catch (error) {
        this.failedMs += performance.now() - begunAt;
        taken.putBack();
        failed.add(taken.key);
        this.add(error, typeOf(taken.key));
      }
    }
  }

  /** Whether to work on all that can be worked on: the next turn is far. */
  private get goesOn(): boolean {
    const isLate = performance.now() - this.startedAt - this.failedMs > OTHERS_MS;
    return (this.isRepeated || this.first !== null) && !isLate && !this.isStopped();
  }
}
