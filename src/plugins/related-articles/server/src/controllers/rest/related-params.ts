import { errors } from '@strapi/utils';

/**
 * The parameters that the types' own routes take besides Strapi's. Strapi allows only texts and lists of texts for such
 * parameters, nothing nested, so each has a name of its own.
 */
export const PARAMS = ['related', 'relatedFields', 'relatedPopulate', 'relatedExplain'] as const;

export interface RelatedParams {
  limit: number;
  fields?: string[];
  populate?: string[];
  explain: boolean;
}

const FLAGS: Record<string, boolean> = { true: true, 1: true, t: true, false: false, 0: false, f: false }; // prettier-ignore

/** @throws ValidationError (400) that names the parameter, the value and what is expected. */
export function parseParams(query: Record<string, unknown>, maxLimit: number): RelatedParams {
  const most = Math.min(maxLimit > 0 ? maxLimit : Infinity, 100);
  const { related, relatedFields, relatedPopulate, relatedExplain } = query;
  if (related === undefined) {
    throw new errors.ValidationError('related: expected the number of suggestions for each entry');
  }
  const limit = typeof related === 'string' && /^\d{1,3}$/.test(related) ? Number(related) : 0;
  if (limit < 1 || limit > most) {
    throw invalid('related', `expected a whole number from 1 to ${most}`, related);
  }
  const fields = namesIn('relatedFields', relatedFields);
  const populate = namesIn('relatedPopulate', relatedPopulate);
  const explain = relatedExplain === undefined ? false : flagOf(relatedExplain);
  if (explain === undefined) throw invalid('relatedExplain', 'expected true or false', relatedExplain); // prettier-ignore
  return { limit, ...(fields && { fields }), ...(populate && { populate }), explain };
}

const flagOf = (value: unknown): boolean | undefined =>
  typeof value === 'string' && Object.hasOwn(FLAGS, value) ? FLAGS[value] : undefined;

function namesIn(name: string, value: unknown): string[] | undefined {
  if (value === undefined) return undefined;
  const names = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : [];
  if (names.length > 0 && names.every((one) => one !== '')) return names;
  throw invalid(name, 'expected names of attributes separated by commas', value);
}

const invalid = (name: string, expected: string, value: unknown) =>
  new errors.ValidationError(`${name}: ${expected}, got ${JSON.stringify(value)?.slice(0, 60)}`);
