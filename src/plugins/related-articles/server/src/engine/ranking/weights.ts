import type { Part, Signal } from '../engine';

/**
 * The parts of the fused score. Each is between 0 and 1 for a pair of documents (`cosine` after division by the mean of
 * the ten largest values among the source's candidates), so a weight is what a perfect match adds. There is one set for
 * every site, from a study of 28 corpora; `docs/ranking.md` says how it was checked, and `evaluate` measures it on your
 * site.
 */
export const PARTS = {
  cosine: { signal: 'text', weight: 0.7 },
  coverage: { signal: 'title', weight: 0.25 },
  covered: { signal: 'title', weight: 0.32 },
  mention: { signal: 'title', weight: 0.45 },
  slug: { signal: 'title', weight: 0.27 },
  ending: { signal: 'title', weight: 0 },
  taxonomy: { signal: 'taxonomy', weight: 0.25 },
  date: { signal: 'date', weight: 0.25 },
  outgoing: { signal: 'links', weight: 0.8 },
  incoming: { signal: 'links', weight: 1.2 },
  cocitation: { signal: 'links', weight: 0.9 },
  coupling: { signal: 'links', weight: 0.15 },
  neighbourhood: { signal: 'links', weight: 0.2 },
} as const satisfies Record<Part, { signal: Signal; weight: number }>;

export type { Part };
export const PART_NAMES = Object.keys(PARTS) as Part[];
