import type { CursorState } from '../../changes/cursor';
import type { DocumentRef, SharedState } from '../../engine/engine';

/** Increase it when the analysis or what is stored changes; the indexes are then rebuilt. */
export const FORMAT = 2;

/** What the instance that writes tells all others, beside how far the log is in the index. */
export interface SharedDetails {
  format: number;
  /** That of the plugin. */
  version: string;
  /** What is added to positions in the log, because it went back once. */
  offset: number;
  /** What shapes the index of each type, as a fingerprint. */
  types: Record<string, string>;
  /** Documents that could not be indexed and wait for another try. */
  unindexed: DocumentRef[];
  /** Whether everything that was published when the index was started is in it. */
  isReady: boolean;
  /** Whether nothing is left to be worked out later, such as a gate. */
  isFinal: boolean;
  /** How far a first reading is. */
  indexed: number;
  total: number;
  updatedAt: number | null;
  /** When it was told, in milliseconds since 1970. */
  at: number;
}

export const stateOf = ({ details }: SharedState): SharedDetails =>
  details as unknown as SharedDetails;

/** What whoever writes tells others at least once in, in milliseconds. */
const ALIVE_MS = 60_000;

/** Whether the indexes are those of another site, which is writing to them. */
export const isOfAnotherSite = (state: SharedState, database: string): boolean =>
  state.database !== database && stateOf(state).at >= Date.now() - ALIVE_MS;

export const cursorOf = (state: SharedState | null | undefined): CursorState | null =>
  (state?.cursor as CursorState | null | undefined) ?? null;
