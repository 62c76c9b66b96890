import { z } from 'zod';

import { FALLBACKS } from '../../config/options';
import { holdsEmpty } from '../../permissions/query-refusal';

export const MAX_REFERENCE_LENGTH = 255;

const flag = z
  .enum(['true', 'false', '1', '0', 't', 'f'], { error: 'expected true or false' })
  .transform((value) => ['true', '1', 't'].includes(value));

const count = (lowest: number, expected: string) =>
  z
    .string()
    .regex(/^-?\d{1,9}$/, { error: expected })
    .transform(Number)
    .refine((value) => value >= lowest && (value !== 0 || lowest === 0), { error: expected });

const PAGINATION_EXPECTED = 'expected pagination[page] and [pageSize], or [start] and [limit]';

export const pagination = z.strictObject(
  {
    page: count(1, 'expected a whole number from 1').optional(),
    pageSize: count(1, 'expected a whole number from 1').optional(),
    start: count(0, 'expected a whole number from 0').optional(),
    limit: count(-1, 'expected a whole number from 1, or -1 for as many as allowed').optional(),
    withCount: flag.optional(),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : PAGINATION_EXPECTED) },
);

/** Several names, separated by commas or as a list. */
const names = (expected: string, form: RegExp) =>
  z
    .union([z.string(), z.array(z.string())], { error: expected })
    .transform((value) => [value].flat().flatMap((part) => part.split(',')))
    .transform((all) => all.map((name) => name.trim()).filter((name) => name !== ''))
    .refine((all) => all.every((name) => name.length <= MAX_REFERENCE_LENGTH), {
      error: `${expected} of at most ${MAX_REFERENCE_LENGTH} characters`,
    })
    .refine((all) => all.every((name) => form.test(name)), { error: expected });

const NAMES_EXPECTED = 'expected names of attributes';
/** Strapi checks names itself, but passes an empty one on to the database. */
const named = z.unknown().refine((value) => !holdsEmpty(value), { error: NAMES_EXPECTED });

/** No locale code is longer. */
const MAX_LOCALE_LENGTH = 50;
const LOCALE_EXPECTED = `expected one locale code such as "en", of at most ${MAX_LOCALE_LENGTH} characters`;
/** Sites may define their own codes, such as `x-klingon`. */
export const localeCode = z
  .string({ error: LOCALE_EXPECTED })
  .max(MAX_LOCALE_LENGTH, { error: LOCALE_EXPECTED, abort: true })
  .regex(/^(?:[a-zA-Z0-9]{1,8}(?:[-_][a-zA-Z0-9]{1,8})*)?$/, { error: LOCALE_EXPECTED });

const SCORE_EXPECTED = 'expected a number from 0 to 1';
const DAYS_EXPECTED = 'expected a whole number of days from 1 to 36500';
const FALLBACK_EXPECTED = `expected ${FALLBACKS.map((name) => `"${name}"`).join(', ')}`;

/** The parameters of every request for suggestions. */
const common = {
  locale: localeCode.optional(),
  fields: z
    .union([z.string(), z.array(z.string())], { error: NAMES_EXPECTED })
    .refine((value) => !holdsEmpty(value), { error: NAMES_EXPECTED })
    .optional(),
  populate: named.optional(),
  filters: z
    .record(z.string(), z.unknown(), { error: 'expected filters[attribute][operator]=value' })
    .optional(),
  pagination: pagination.default({}),
  exclude: names('expected documentIds separated by commas', /^[\w-]+$/).default([]),
  minScore: z
    .string({ error: SCORE_EXPECTED })
    .regex(/^(?:\d{1,20}(?:\.\d{1,20})?|\.\d{1,20})$/, { error: SCORE_EXPECTED })
    .transform(Number)
    .refine((value) => value <= 1, { error: SCORE_EXPECTED })
    .optional(),
  maxAge: z
    .string({ error: DAYS_EXPECTED })
    .regex(/^\d{1,5}$/, { error: DAYS_EXPECTED })
    .transform(Number)
    .refine((value) => value >= 1 && value <= 36_500, { error: DAYS_EXPECTED })
    .optional(),
  fallback: z.enum(FALLBACKS, { error: FALLBACK_EXPECTED }).optional(),
  explain: flag.default(false),
  inline: flag.default(false),
};

const status = z
  .enum(['draft', 'published'], { error: 'expected "published" or "draft"' })
  .default('published');

const SOURCES_EXPECTED = 'expected documentIds or slugs separated by commas';

/** `GET /api/<plural>/:documentId/related` */
export const oneSource = z.strictObject({ ...common, status });

/** `GET /api/related-articles/<plural>?documentIds=…` */
export const manySources = z.strictObject({
  ...common,
  documentIds: names(SOURCES_EXPECTED, /^[^\0\p{Cs}]+$/u)
    .refine((all) => all.length > 0, { error: SOURCES_EXPECTED })
    .refine((all) => new Set(all).size === all.length, { error: 'expected each of them once' }),
  distinct: flag.default(false),
  together: flag.default(false),
});

/** `POST /api/related-articles/<plural>`: the query, and the text in the body. */
export const freeText = z.strictObject(common);
