import type { CursorState } from '../../changes/cursor';
import type { DocumentRef, SharedState } from '../../engine/engine';

/** Increase it when the analysis or what is stored changes; the indexes are then rebuilt. */
export const FORMAT = 5;

/** What the instance that writes tells all others, in addition to how far the log is applied to the index. */
export interface SharedDetails {
  format: number;
  /** The version of the plugin. */
  version: string;
  /** Added to positions in the log, because the log has gone back. */
  offset: number;
  /** What shapes the index of each type, as a fingerprint. */
  types: Record<string, string>;
  /** Documents that could not be indexed and wait for another try. */
  unindexed: DocumentRef[];
  /** Whether everything that was published when the index was started is in it. */
  isReady: boolean;
  /** Whether nothing is left to be recalculated later, such as a gate. */
  isFinal: boolean;
  /** How far the first reading is. */
  indexed: number;
  total: number;
  updatedAt: number | null;
  /** When this was written, in milliseconds since 1970. */
  at: number;
  /** Whether the process that wrote this writes no other one. */
  isEnd?: boolean;
  /** Earlier versions claim nothing. */
  claim?: Claim;
}

/** Whose the indexes are, among databases with the same identity: copies of each other. */
export interface Claim {
  /** Where the database is. */
  home: string;
  /** Goes up whenever another database takes the indexes over. */
  count: number;
  /** In milliseconds since 1970. */
  since: number;
  /** Whether it is the original, as far as its own records tell. */
  isOriginal: boolean;
}

export const stateOf = ({ details }: SharedState): SharedDetails =>
  details as unknown as SharedDetails;

/** The instance that writes updates the state at least this often, in milliseconds. */
const ALIVE_MS = 60_000;

/** Whether the indexes belong to another site that is writing to them. */
export const isOfAnotherSite = (state: SharedState, database: string): boolean =>
  // One from the future was written while a clock was wrong.
  state.database !== database && Math.abs(Date.now() - stateOf(state).at) <= ALIVE_MS;

export const cursorOf = (state: SharedState | null | undefined): CursorState | null =>
  (state?.cursor as CursorState | null | undefined) ?? null;
