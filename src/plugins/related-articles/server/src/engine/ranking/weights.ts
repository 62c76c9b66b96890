import type { Signal } from '../types';

/**
 * The parts of the fused score. Each is between 0 and 1 for a pair of documents (`bm25` and `cosine`
 * after division by the largest value among the source's candidates), so a weight is what a
 * perfect match adds. One set for every site: starting from published formulas, moved where one half of the
 * judgements of an editorial and of a reference corpus gained and the other half did not lose; `evaluate`
 * measures it on yours.
 */
export const PARTS = {
  bm25: { signal: 'text', weight: 0.65 },
  cosine: { signal: 'text', weight: 0.9 },
  coverage: { signal: 'title', weight: 0.25 },
  covered: { signal: 'title', weight: 0.2 },
  mention: { signal: 'title', weight: 0.55 },
  slug: { signal: 'title', weight: 0.35 },
  ending: { signal: 'title', weight: 0.1 },
  taxonomy: { signal: 'taxonomy', weight: 0.22 },
  date: { signal: 'date', weight: 0.18 },
  outgoing: { signal: 'links', weight: 1 },
  incoming: { signal: 'links', weight: 1.3 },
  cocitation: { signal: 'links', weight: 0.7 },
  coupling: { signal: 'links', weight: 0.35 },
  neighbourhood: { signal: 'links', weight: 0.25 },
} as const satisfies Record<string, { signal: Signal; weight: number }>;

export type Part = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as Part[];
