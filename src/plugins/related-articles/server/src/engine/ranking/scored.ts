import type { IndexedDocument } from '../index/indexed-document';
import type { RankingOptions } from '../types';
import { PARTS, type Part } from './weights';

/** A candidate with all its parts. */
export interface Scored {
  document: IndexedDocument;
  parts: Record<Part, number>;
  /** What each of the caller's own signals adds to the fused score, in their order. */
  own: number[];
  absolute: number;
  fused: number;
}

/** What one part adds to the fused score. */
export function contribution({ parts }: Scored, part: Part, { weights }: RankingOptions): number {
  const { signal, weight } = PARTS[part];
  return parts[part] * weight * weights[signal];
}
