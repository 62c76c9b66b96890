import type { RelatedType } from '../config/resolve';
import { FILES } from '../content/dependencies';
import { CURATION } from '../curations/curation';
import { SETTING } from '../settings/setting';

/** The content types that a type's lists depend on. */
export const restsOn = ({ uid, relations }: RelatedType): string[] => [
  uid,
  CURATION.uid,
  SETTING.uid,
  FILES,
  ...relations.flatMap(({ targets }) => targets.map((target) => target.uid)),
];
