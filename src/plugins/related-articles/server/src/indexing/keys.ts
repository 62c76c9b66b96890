import type { RelatedType } from '../config/resolve';
import { collectionOf } from '../content/mapper';
import type { Collection } from '../engine/engine';

/** Returns a key that identifies a document in its locale among those of its type. */
export function keyOf(
  type: RelatedType,
  { documentId, locale }: { documentId: string; locale?: string | null },
): string {
  return `${collectionOf(type, locale).locale ?? ''} ${documentId}`;
}

export const keyIn = (type: RelatedType, { locale }: Collection, documentId: string): string =>
  keyOf(type, { documentId, locale });

/** The documentId in a key made by `keyOf`. */
export const documentIdOf = (key: string): string => key.slice(key.indexOf(' ') + 1);

/** The locale in a key made by `keyOf`; `null` where there is none. */
export const localeOf = (key: string): string | null => key.slice(0, key.indexOf(' ')) || null;
