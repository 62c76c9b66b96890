import type { RelatedType } from '../config/resolve';
import type { TypeOptions } from '../settings/site-options';
import type { FallbackEntries, FallbackRequest, FilledList } from './fallback';
import type { Page } from './suggestions';

type EditorRequest = Pick<FallbackRequest, 'query' | 'visibility' | 'access' | 'exclude'>;

/**
 * Lists with what fills them for readers, with some options. For an editor who may not read all, they stay as they are:
 * what they see of one may be short where that of readers is not, and the order would tell of dates.
 */
export async function filledForEditors(
  fallbacks: FallbackEntries,
  type: RelatedType,
  lists: readonly FilledList[],
  { limit, maxAge, fallback, ranking }: TypeOptions,
  request: EditorRequest,
): Promise<Page[]> {
  const { readsAllEntries, readsAllFields, ignoredRelations } = request.visibility;
  const readsAll = readsAllEntries && readsAllFields && ignoredRelations.size === 0;
  return fallbacks.fill(type, lists, {
    ...request,
    kind: readsAll ? fallback : 'none',
    start: 0,
    limit,
    maxAge,
    rules: ranking.rules,
    checkTime: () => Promise.resolve(),
  });
}
