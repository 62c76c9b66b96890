import { isOutage, type Engine } from '../engine/engine';

/** The part of an engine that lists use. */
export type ListEngine = Pick<Engine, 'related' | 'linked' | 'storage'>;

/**
 * Gives readers empty lists while the index cannot be reached and there are no last good ones. Editors and figures must
 * get the error instead: an empty list says that nothing is related.
 */
export function emptyWhenAway(engine: ListEngine): ListEngine {
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
        return sources.map(() => []);
      }
    },
  };
}
