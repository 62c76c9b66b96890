import type { RelatedType } from '../../config/resolve';
import type { DocumentRef, Suggestion } from '../../engine/engine';
import type { EditorDocuments } from '../../permissions/editor-documents';
import type { Visibility } from '../../permissions/visibility';
import type { TypeOptions } from '../../settings/site-options';
import type { FallbackEntries } from '../fallback';
import { filledForEditors } from '../filled-for-editors';
import type { ServedLists } from '../served-lists';

export interface PreviewedOptions {
  served: ServedLists;
  fallbacks: FallbackEntries;
}

export interface PreviewedRequest {
  type: RelatedType;
  locale: string | null;
  visibility: Visibility;
  access: EditorDocuments;
}

/** Lists by the documentId of the entry they belong to. */
export type Lists = ReadonlyMap<string, readonly DocumentRef[]>;

/**
 * Returns lists as readers would get them with other options, filled up if the editor may read everything. Documents
 * that are not in the index have none.
 */
export async function previewed(
  { served, fallbacks }: PreviewedOptions,
  { type, locale, visibility, access }: PreviewedRequest,
  documentIds: readonly string[],
  options: TypeOptions,
): Promise<Lists> {
  const lists = await served.of(type, locale, documentIds, visibility.ignoredRelations, options);
  const shown = [...lists].map(([documentId, list]) => ({
    source: { documentId, locale, status: 'published' as const },
    page: pageOf(list.slice(0, options.limit)),
  }));
  const filling = { query: {}, visibility, access, exclude: [] };
  const filled = await filledForEditors(fallbacks, type, shown, options, filling);
  return new Map(shown.map(({ source }, at) => [source.documentId, filled[at].related]));
}

/** Tells only which entries are listed, and nothing about them. */
const pageOf = (list: readonly Suggestion[]) => ({
  documents: [],
  related: list.map(({ uid, documentId, score, fusedScore }) => {
    return { uid, documentId, score, fusedScore, origin: 'suggested' as const };
  }),
  total: list.length,
});
