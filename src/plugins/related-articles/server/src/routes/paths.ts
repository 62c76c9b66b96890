import type { RelatedType } from '../config/resolve';
import { PLUGIN_ID } from '../constants';

type Named = Pick<RelatedType, 'pluralName'>;

/** The path of the suggestions of one entry, under the content API's prefix. */
export const relatedPath = ({ pluralName }: Named): string => `/${pluralName}/:documentId/related`;

/** The path of the suggestions of several entries, and of those for a text. */
export const listsPath = ({ pluralName }: Named): string => `/${PLUGIN_ID}/${pluralName}`;
