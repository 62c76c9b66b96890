import type { RelatedType } from '../config/resolve';
import type { TypeOptions } from '../settings/site-options';
import type { FallbackEntries, FallbackRequest, FilledList } from './fallback';
import type { Page } from './suggestions';

type EditorRequest = Pick<FallbackRequest, 'query' | 'visibility' | 'access' | 'exclude'>;

/**
 * Fills lists as readers would get them with these options. Leaves them as they are if the editor may not read
 * everything: this editor's list may be short where the readers' one is not, and the order would reveal dates.
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
