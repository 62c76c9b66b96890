import type { Change } from './change-log';

/** Something that is kept in step with the database by the change log: the index, the curations in memory. */
export interface ChangeConsumer {
  /** The problem to report while it fails, such as "the index cannot be brought up to date". */
  readonly failure: string;
  /** Whether its pending work is only in the log: then the saved position must not move past it. */
  readonly keepsPosition: boolean;
  /** Whether callers that wait for the feed also wait for this consumer while it fails. */
  readonly isAwaited: boolean;
  /** How much work is pending; 0 when everything that it was given is done. */
  readonly pending: number;
  /**
   * Marks the work that is pending now. Default: whether anything is pending.
   *
   * @returns Tells whether all of that work is done, whatever has come since.
   */
  mark?(): () => boolean;
  /** Notes what has to be done. Applying a change twice, late or in another order has the same result. */
  handle(changes: readonly Change[]): void;
  /** Does one bounded batch of the pending work. Work that fails stays pending. */
  apply(): Promise<void>;
  /** Called when the position in the log was lost: anything may have changed. */
  resync(): void;
  /** Compares what it holds with the database. */
  verify?(verification: Verification): Promise<Drift>;
  /** Called when all rows of the log between two positions were written to mend differences. */
  noteMended?(from: number, to: number): void;
  /**
   * Called when nothing is pending, to recalculate what depends on everything at once.
   *
   * @param isUrgent Whether somebody waits for it.
   * @param isAwaited Tells whether somebody, or new work, has begun to wait for it meanwhile.
   * @returns How soon it wants to be called again, in milliseconds; `null` when it is done.
   */
  settle?(isUrgent: boolean, isAwaited: () => boolean): Promise<number | null>;
}

/** How to compare with the database. */
export interface Verification {
  /** `quick`: by row ids, times and counts. `deep`: by content. */
  depth: 'quick' | 'deep';
  /** How much of the time may be spent on it, above 0 up to 1. */
  share: number;
  /** Resolves when everything committed so far is applied: until then, a difference may just have been written. */
  idle(): Promise<void>;
  /** The last row of the log that was read. */
  position(): number;
  isStopped(): boolean;
  /** Lets other checks go first; called now and then during a long one. */
  pause?(): Promise<void>;
}

/** Differences from the database that are not in the change log. */
export interface Drift {
  /** How many entries were compared; 0 when a look at the newest rows showed that nothing can differ. */
  compared: number;
  differences: number;
  /** A sentence for the log; empty when nothing differs. */
  description: string;
  /** The changes that mend it, on every instance. */
  changes: readonly Change[];
}

export const NO_DRIFT: Drift = { compared: 0, differences: 0, description: '', changes: [] };
