import type { Collection, Query, Suggestion } from '../engine/engine';
import type { Caller } from './fair-shares';
import { SharedTurn } from './shared-turn';
import type { ListEngine } from './when-away';

/** How many lists of a type are made in one turn: as many as take `TURN_MS`, judging by the last ones. */
const MOST = 10;
const TURN_MS = 100;

const turn = new SharedTurn();
/** Single lists take some milliseconds, and need not wait for requests for many. */
const singleTurn = new SharedTurn();
/** A cluster ranks several lists at once, and waiting for it takes no time of the process. */
const REMOTE_AT_ONCE = 4;
const remoteTurn = new SharedTurn(REMOTE_AT_ONCE);
const counts = new Map<string, number>();

/** Does part of a request's work when it is its turn; throws if nobody waits for it any more. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Does work that keeps the process busy when it is the caller's turn. All requests for single lists share one turn.
 *
 * @param check Throws when the request has taken too long to go on.
 */
export const whenDue = <T>(
  work: () => Promise<T>,
  { caller, check, timeLeft }: { caller: Caller; check(): void; timeLeft: number },
): Promise<T> => singleTurn.next(async () => (check(), work()), { caller, timeLeft });

/** Who lists are made for, and how long that may take. */
export interface RankedFor {
  /** The caller that takes turns with others. Default: all work without a caller counts as one caller's. */
  caller?: Caller;
  /** @throws when the request has taken too long to go on. */
  checkTime(): Promise<void>;
  /** Whether `checkTime` would throw. */
  isLate?(): boolean;
  /** How much time the request has left, in milliseconds. */
  timeLeft?(): number;
}

/**
 * Makes lists for many documents. All such requests share one turn: if several ranked at once, each would take its slice
 * of the process's time, and single lists would wait for all of them.
 */
export async function rankMany(
  engine: ListEngine,
  collection: Collection,
  documentIds: readonly string[],
  query: Query,
  { caller, checkTime, isLate, timeLeft }: RankedFor,
): Promise<(readonly Suggestion[] | null)[]> {
  const since = performance.now();
  const lists: (readonly Suggestion[] | null)[] = [];
  const isHere = engine.storage === 'process';
  for (let at = 0; at < documentIds.length;) {
    const part = documentIds.slice(at, at + ((isHere && counts.get(collection.type)) || MOST));
    await checkTime();
    const make = async () => {
      // The request may have run out of time while it waited.
      if (isLate?.()) return null;
      const start = performance.now();
      const sources = part.map((documentId) => ({ documentId }));
      return { made: await engine.related(collection, sources, query), took: performance.now() - start }; // prettier-ignore
    };
    // One caller's requests are answered in order: if they took turns, all would be late.
    const done = await (isHere ? turn : remoteTurn).next(make, {
      caller,
      since,
      isBegun: at > 0,
      timeLeft: timeLeft?.(),
    });
    if (!done) continue;
    lists.push(...done.made);
    at += part.length;
    if (!isHere) continue;
    const inTime = Math.floor((part.length * TURN_MS) / done.took);
    counts.set(collection.type, Math.max(1, Math.min(MOST, inTime)));
  }
  return lists;
}
