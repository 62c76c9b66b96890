import type { Change } from './change-log';

/** Something that is kept in step with the database by the change log: the index, the curations in memory. */
export interface ChangeConsumer {
  /** What is wrong while it fails, for people: "the index cannot be brought up to date". */
  readonly failure: string;
  /** Whether its pending work is in the log alone: then the saved position must not move past it. */
  readonly keepsPosition: boolean;
  /** Whether those who wait for the feed wait for it even while it fails. */
  readonly isAwaited: boolean;
  /** How much is to be done; 0 when it is in step with what it was given. */
  readonly pending: number;
  /**
   * Notes what is to be done now. Default: whether anything is pending.
   *
   * @returns Whether all of that is done, whatever has come since.
   */
  mark?(): () => boolean;
  /** Notes what has to be done. Doing a change twice, late or in another order comes to the same. */
  handle(changes: readonly Change[]): void;
  /** Does one bounded batch of it. What fails is still pending. */
  apply(): Promise<void>;
  /** The position in the log was lost: anything may have changed. */
  resync(): void;
  /** Compares what it holds with the database. */
  verify?(verification: Verification): Promise<Drift>;
  /** Told that nothing but what mends was written to the log between two positions. */
  noteMended?(from: number, to: number): void;
  /**
   * Called when nothing is pending, for what rests on everything at once.
   *
   * @param isUrgent Whether somebody waits for it.
   * @param isAwaited Asked meanwhile whether anybody or anything has come to wait for it.
   * @returns How soon it wants to be called again, in milliseconds; `null` when it is done.
   */
  settle?(isUrgent: boolean, isAwaited: () => boolean): Promise<number | null>;
}

/** How a comparison with the database is to be made. */
export interface Verification {
  /** `quick`: by row ids, times and counts. `deep`: by what is said. */
  depth: 'quick' | 'deep';
  /** How much of the time may be spent on it, above 0 up to 1. */
  share: number;
  /** Resolves when everything committed so far is applied: what differs before that may just have been written. */
  idle(): Promise<void>;
  /** The last row of the log that was read. */
  position(): number;
  isStopped(): boolean;
}

/** What differs from the database although no change told of it. */
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
