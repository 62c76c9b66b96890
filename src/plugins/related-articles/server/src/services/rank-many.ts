import type { Collection, Engine, Query, Suggestion } from '../engine/engine';
import { SharedTurn } from './shared-turn';

/** Lists that are made in one turn: few at first, then as many as take `TURN_MS`. */
const FIRST = 2;
const MOST = 10;
const TURN_MS = 100;

const turn = new SharedTurn();

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
  engine: Engine,
  collection: Collection,
  documentIds: readonly string[],
  query: Query,
  { caller, checkTime, isLate }: RankedFor,
): Promise<(readonly Suggestion[] | null)[]> {
  const lists: (readonly Suggestion[] | null)[] = [];
  let count = FIRST;
  for (let at = 0; at < documentIds.length;) {
    const part = documentIds.slice(at, at + count);
    await checkTime();
    const make = async () => {
      // Somebody may have waited in vain for this turn.
      if (isLate?.()) return null;
      const start = performance.now();
      const sources = part.map((documentId) => ({ documentId }));
      return { made: await engine.related(collection, sources, query), took: performance.now() - start }; // prettier-ignore
    };
    const done = await turn.next(make, { caller });
    if (!done) continue;
    lists.push(...done.made);
    at += part.length;
    count = Math.max(1, Math.min(MOST, Math.floor((part.length * TURN_MS) / done.took)));
  }
  return lists;
}
