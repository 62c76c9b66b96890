import type { RelatedType } from '../../config/resolve';
import type { Decisions } from '../../curations/curation';
import type { EditorDocuments } from '../../permissions/editor-documents';
import type { Visibility } from '../../permissions/visibility';
import type { SiteOptions } from '../../settings/site-options';
import type { FallbackEntries } from '../fallback';
import type { Page, PageRequest, Source } from '../suggestions';

interface FilledOptions {
  options: SiteOptions;
  fallbacks: FallbackEntries;
}

interface FilledRequest {
  source: Source;
  query: PageRequest['query'];
  decisions: Decisions;
  visibility: Visibility;
  access: EditorDocuments;
}

/**
 * The list with what fills it for readers. For an editor who may not read all, it stays as it is: what they see of it may
 * be short where that of readers is not, and the order would tell of dates.
 */
export async function filledForEditor(
  { options, fallbacks }: FilledOptions,
  type: RelatedType,
  page: Page,
  { source, decisions, ...request }: FilledRequest,
): Promise<Page> {
  const { readsAllEntries, readsAllFields, ignoredRelations } = request.visibility;
  const readsAll = readsAllEntries && readsAllFields && ignoredRelations.size === 0;
  if (!readsAll) return page;
  const { limit, maxAge, fallback } = options.of(type.uid);
  const [filled] = await fallbacks.fill(type, [{ source, page }], {
    ...request,
    kind: fallback,
    start: 0,
    limit,
    maxAge,
    // Others may not have heard yet of what was decided a moment ago.
    exclude: decisions.exclusions,
    checkTime: () => Promise.resolve(),
  });
  return filled;
}
