import type { Document } from '../../permissions/documents';
import type { Page } from '../../services/suggestions';
import type { RelatedDocument, RelatedMeta } from './response';

/** Returns the metadata of the documents of a page, in their order. */
export const metaOf = ({ related }: Page): RelatedMeta[] =>
  related.map(({ documentId, origin, score, explanation }) => ({
    documentId,
    origin,
    score: Math.round(score * 10_000) / 10_000,
    ...(explanation && { explanation }),
  }));

/** Returns the documents of a page, each with its metadata. */
export function inlined(page: Page): RelatedDocument<Document>[] {
  return metaOf(page).map(({ origin, score, explanation }, at) => ({
    ...page.documents[at],
    __related: { origin, score, ...(explanation && { explanation }) },
  }));
}
