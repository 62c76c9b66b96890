import type { Collection, Query, Suggestion } from '../engine/engine';
import { SharedTurn } from './shared-turn';
import type { ListEngine } from './when-away';

/** Lists of a type that are made in one turn: as many as take `TURN_MS`, by what the last ones took. */
const MOST = 10;
const TURN_MS = 100;

const turn = new SharedTurn();
const counts = new Map<string, number>();

/** Does something of the work of a request, once it is its turn; throws where nobody waits for it any more. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Does a piece of work that keeps the process busy when it is its caller's turn. All requests share one.
 *
 * @param check Throws when the request has taken too long to go on.
 */
export const whenDue = <T>(
  work: () => Promise<T>,
  { caller, check }: { caller: string; check(): Promise<void> },
): Promise<T> => turn.next(async () => (await check(), work()), { caller });

/** For whom lists are made, and how long that may go on. */
export interface RankedFor {
  /** Whom others take turns with. Default: all that is asked for by nobody in particular is for one. */
  caller?: string;
  /** @throws when the request has taken too long to go on. */
  checkTime(): Promise<void>;
  /** Whether `checkTime` would throw. */
  isLate?(): boolean;
}

/**
 * Lists for many documents. All requests share one turn: several that rank at once would each take their slice of the
 * process's time, and single lists would wait for all of them.
 */
export async function rankMany(
  engine: ListEngine,
  collection: Collection,
  documentIds: readonly string[],
  query: Query,
  { caller, checkTime, isLate }: RankedFor,
): Promise<(readonly Suggestion[] | null)[]> {
  const since = performance.now();
  const lists: (readonly Suggestion[] | null)[] = [];
  for (let at = 0; at < documentIds.length;) {
    const part = documentIds.slice(at, at + (counts.get(collection.type) ?? MOST));
    await checkTime();
    const make = async () => {
      // Somebody may have waited in vain for this turn.
      if (isLate?.()) return null;
      const start = performance.now();
      const sources = part.map((documentId) => ({ documentId }));
      return { made: await engine.related(collection, sources, query), took: performance.now() - start }; // prettier-ignore
    };
    // Of many requests of one caller, the first is answered first: taking turns, all would come too late.
    const done = await turn.next(make, { caller, since });
    if (!done) continue;
    lists.push(...done.made);
    at += part.length;
    const inTime = Math.floor((part.length * TURN_MS) / done.took);
    counts.set(collection.type, Math.max(1, Math.min(MOST, inTime)));
  }
  return lists;
}
