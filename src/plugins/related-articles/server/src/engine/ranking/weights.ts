import type { Signal } from '../types';

/**
 * The parts of the fused score. Each is between 0 and 1 for a pair of documents (`bm25` and `cosine`
 * after division by the largest value among the source's candidates), so a weight is what a
 * perfect match adds. One set for every site,
 * found on editorial and reference corpora; `evaluate` measures it on yours.
 */
export const PARTS = {
  bm25: { signal: 'text', weight: 1 },
  cosine: { signal: 'text', weight: 0.75 },
  coverage: { signal: 'title', weight: 0.3 },
  covered: { signal: 'title', weight: 0.1 },
  mention: { signal: 'title', weight: 0.5 },
  slug: { signal: 'title', weight: 0.4 },
  ending: { signal: 'title', weight: 0.1 },
  taxonomy: { signal: 'taxonomy', weight: 0.25 },
  date: { signal: 'date', weight: 0.15 },
  outgoing: { signal: 'links', weight: 1.5 },
  incoming: { signal: 'links', weight: 1.25 },
  cocitation: { signal: 'links', weight: 0.9 },
  coupling: { signal: 'links', weight: 0.3 },
  neighbourhood: { signal: 'links', weight: 0.3 },
} as const satisfies Record<string, { signal: Signal; weight: number }>;

export type Part = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as Part[];
