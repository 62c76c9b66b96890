import type { RelatedType } from '../config/resolve';

/** The route's path under the content API's prefix. */
export function relatedPath({ pluralName }: Pick<RelatedType, 'pluralName'>): string {
  return `/${pluralName}/:documentId/related`;
}
