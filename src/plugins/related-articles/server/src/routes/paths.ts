import type { RelatedType } from '../config/resolve';
import { PLUGIN_ID } from '../constants';

type Named = Pick<RelatedType, 'pluralName'>;

/** Where the suggestions of one entry are, under the content API's prefix. */
export const relatedPath = ({ pluralName }: Named): string => `/${pluralName}/:documentId/related`;

/** Where those of several entries are, and those of a text. */
export const listsPath = ({ pluralName }: Named): string => `/${PLUGIN_ID}/${pluralName}`;
