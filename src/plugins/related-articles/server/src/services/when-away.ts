import { isOutage, type Engine } from '../engine/engine';

/** The part of an engine that lists use. */
export type ListEngine = Pick<Engine, 'related' | 'linked' | 'storage'>;

/** Notes when readers got an empty list because the index was away: such a list holds only for a moment. */
export class Outages {
  private lastAt = -Infinity;

  note(): void {
    this.lastAt = performance.now();
  }

  /** @param at On the clock of `performance`. */
  hasBeenSince(at: number): boolean {
    return this.lastAt >= at;
  }
}

/**
 * Gives readers empty lists while the index cannot be reached and there are no last good ones. Editors and figures must
 * get the error instead: an empty list says that nothing is related.
 */
export function emptyWhenAway(engine: ListEngine, outages: Outages): ListEngine {
  return {
    storage: engine.storage,
    linked: (...asked) => engine.linked(...asked),
    async related(collection, sources, query) {
      try {
        return await engine.related(collection, sources, query);
      } catch (error) {
        if (!isOutage(error)) throw error;
        // A caller who asks again because some documents are hidden has the previous list.
        if (query?.unseen?.length) throw Object.assign(error, { givesNothing: true });
        outages.note();
        return sources.map(() => []);
      }
    },
  };
}
