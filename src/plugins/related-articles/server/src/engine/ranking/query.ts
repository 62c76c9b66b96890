import type { Query, Suggestion } from '../engine';

/** A query within one collection, where documents are identified by id alone. */
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
