import { errors } from '@strapi/utils';

import { didYouMean } from '../../config/nearest';

/** The options that every list takes. */
export const COMMON = ['limit', 'start', 'locale', 'minScore', 'maxAge', 'fallback', 'exclude', 'explain', 'fields', 'populate', 'filters']; // prettier-ignore

/**
 * Checks the names of options.
 *
 * @throws ValidationError if `options` is not an object, or has an unknown name.
 */
export function checkOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new errors.ValidationError(`options: expected an object, got ${JSON.stringify(options)}`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new errors.ValidationError(`there is no option "${unknown}".${didYouMean(unknown, known)}`);
}
