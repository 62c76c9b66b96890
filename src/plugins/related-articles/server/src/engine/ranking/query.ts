import type { Query, Suggestion } from '../engine';

/** A query within one collection, whose documents are known by their ids. */
export interface RankQuery extends Omit<Query, 'exclude' | 'pinned' | 'unseen'> {
  exclude?: ReadonlySet<string>;
  pinned?: readonly string[];
  unseen?: ReadonlySet<string>;
}

/** A suggestion within one collection. */
export interface RankedDocument extends Omit<Suggestion, 'uid' | 'documentId' | 'copies'> {
  id: string;
  copies?: readonly string[];
}
