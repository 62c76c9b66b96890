/** In collections up to this size, all documents that searches find are read: they fit into the cache. */
export const MAX_RESCORED = 12_000;
