import type { ValidatedConfig } from '../../config/schema';
import { hashText } from '../../engine/hash';

/** The lease for writing to the shared index. */
const KEEPING = 'index';
const DEFAULT_PREFIX = 'related-articles-';

/** Returns the name of the lease. Each prefix has its own index and lease, as while a new prefix is being tried. */
export function leaseOf({ engine }: ValidatedConfig): string {
  const prefix = engine.kind === 'opensearch' ? engine.indexPrefix : DEFAULT_PREFIX;
  // A prefix may be longer than the column.
  return prefix === DEFAULT_PREFIX ? KEEPING : `${KEEPING} ${hashText(prefix).toString(36)}`;
}
