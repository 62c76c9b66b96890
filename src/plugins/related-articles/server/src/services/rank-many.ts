import type { Collection, Engine, Query, Suggestion } from '../engine/engine';
import { SharedTurn } from './shared-turn';

/** Lists that are made between two looks at the time. */
const PART = 10;

const turn = new SharedTurn();

/**
 * Lists for many documents. All requests share one turn: several that rank at once would each take their slice of the
 * process's time, and single lists would wait for all of them.
 *
 * @param checkTime Throws when the request has taken too long to go on.
 */
export async function rankMany(
  engine: Engine,
  collection: Collection,
  documentIds: readonly string[],
  query: Query,
  checkTime: () => Promise<void>,
): Promise<(readonly Suggestion[] | null)[]> {
  const lists: (readonly Suggestion[] | null)[] = [];
  for (let start = 0; start < documentIds.length; start += PART) {
    const part = documentIds.slice(start, start + PART).map((documentId) => ({ documentId }));
    await checkTime();
    lists.push(...(await turn.next(() => engine.related(collection, part, query))));
  }
  return lists;
}
