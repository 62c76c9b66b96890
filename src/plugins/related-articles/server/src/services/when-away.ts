import { isOutage, type Engine } from '../engine/engine';

/** What lists take of an engine. */
export type ListEngine = Pick<Engine, 'related' | 'linked' | 'storage'>;

/**
 * An engine that gives readers empty lists while its index cannot be reached and it has no last good ones. Editors and
 * figures are to be told instead: an empty list says that nothing is related.
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
        // Whoever asks again, as some may not be seen, has the list of before.
        if (query?.unseen?.length) throw Object.assign(error, { givesNothing: true });
        return sources.map(() => []);
      }
    },
  };
}
