import type { App } from '../../app';
import type { RelatedType } from '../../config/resolve';
import { percentOf } from '../../services/progress';
import type { RelatedResponse } from './response';

/** Returns the progress of the index while the lists of a type are partial; otherwise nothing. */
export function indexMeta(app: App, { uid }: RelatedType): Pick<RelatedResponse['meta'], 'index'> {
  const { ready, indexed, total } = app.index.progress(uid);
  // A percentage, not counts: project code may hide some entries from the caller.
  return ready ? {} : { index: { ready, percent: percentOf(indexed, total) } };
}
