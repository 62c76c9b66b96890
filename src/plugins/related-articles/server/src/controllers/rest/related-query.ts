import { errors } from '@strapi/utils';
import { z } from 'zod';

import { didYouMean } from '../../config/nearest';
import type { LimitsConfig } from '../../config/schema';
import { holdsEmpty } from '../../permissions/query-refusal';

const MAX_REFERENCE_LENGTH = 255;

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

const pagination = z.strictObject(
  {
    page: count(1, 'expected a whole number from 1').optional(),
    pageSize: count(1, 'expected a whole number from 1').optional(),
    start: count(0, 'expected a whole number from 0').optional(),
    limit: count(-1, 'expected a whole number from 1, or -1 for as many as allowed').optional(),
    withCount: flag.optional(),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : PAGINATION_EXPECTED) },
);

const excluded = z
  .union([z.string(), z.array(z.string())], {
    error: 'expected documentIds separated by commas',
  })
  .transform((value) => [value].flat().flatMap((ids) => ids.split(',')))
  .transform((ids) => ids.map((id) => id.trim()).filter((id) => id !== ''))
  .refine((ids) => ids.every((id) => id.length <= MAX_REFERENCE_LENGTH), {
    error: `expected documentIds of at most ${MAX_REFERENCE_LENGTH} characters`,
  })
  .refine((ids) => ids.every((id) => /^[\w-]+$/.test(id)), {
    error: 'expected documentIds separated by commas',
  });

const NAMES_EXPECTED = 'expected names of attributes';
/** Strapi checks names itself, but takes an empty one to the database. */
const named = z.unknown().refine((value) => !holdsEmpty(value), { error: NAMES_EXPECTED });

const LOCALE_EXPECTED = 'expected one locale code such as "en"';
/** Sites may have codes of their own, such as `x-klingon`. */
const localeCode = z
  .string({ error: LOCALE_EXPECTED })
  .regex(/^(?:[a-zA-Z0-9]{1,8}(?:[-_][a-zA-Z0-9]{1,8})*)?$/, { error: LOCALE_EXPECTED });

const querySchema = z.strictObject({
  locale: localeCode.optional(),
  status: z
    .enum(['draft', 'published'], { error: 'expected "published" or "draft"' })
    .default('published'),
  fields: z
    .union([z.string(), z.array(z.string())], { error: NAMES_EXPECTED })
    .refine((value) => !holdsEmpty(value), { error: NAMES_EXPECTED })
    .optional(),
  populate: named.optional(),
  filters: z
    .record(z.string(), z.unknown(), { error: 'expected filters[attribute][operator]=value' })
    .optional(),
  pagination: pagination.default({}),
  exclude: excluded.default([]),
  minScore: z
    .string({ error: 'expected a number from 0 to 1' })
    .regex(/^\d*\.?\d+$/, { error: 'expected a number from 0 to 1' })
    .transform(Number)
    .refine((value) => value <= 1, { error: 'expected a number from 0 to 1' })
    .optional(),
  explain: flag.default(false),
});

/** What a request may say. */
export const PARAMETERS = Object.keys(querySchema.shape);

export type RelatedRequest = z.output<typeof querySchema>;

/**
 * The query of a request for suggestions.
 *
 * @throws ValidationError (400) that names the parameter, the value and what is expected.
 */
export function parseQuery(
  query: unknown,
  { exclude }: Pick<LimitsConfig, 'exclude'>,
): RelatedRequest {
  const result = querySchema.safeParse(query);
  if (result.success) {
    if (result.data.exclude.length <= exclude) return result.data;
    throw new errors.ValidationError(
      `exclude: expected at most ${exclude} documentIds, got ${result.data.exclude.length}`,
    );
  }
  const details = result.error.issues.map((issue) => describe(issue, query));
  throw new errors.ValidationError(details[0].message, { errors: details });
}

/** @throws ValidationError (400) when it cannot be a documentId or slug. */
export function parseReference(reference: unknown): string {
  const isOne = typeof reference === 'string' && reference.length <= MAX_REFERENCE_LENGTH;
  if (isOne && !reference.includes('\0')) return reference;
  throw new errors.ValidationError(
    `expected documentId: a documentId or slug of at most ${MAX_REFERENCE_LENGTH} characters`,
  );
}

function describe(issue: z.core.$ZodIssue, query: unknown) {
  if (issue.code === 'unrecognized_keys') {
    const inside = issue.path.length > 0;
    const known = Object.keys(inside ? pagination.shape : querySchema.shape);
    const [key] = issue.keys;
    const name = inside ? `pagination[${key}]` : key;
    return {
      path: [...issue.path.map(String), key],
      name: 'ValidationError',
      message: `${name}: there is no such parameter.${didYouMean(key, known)}`,
    };
  }
  const path = issue.path.map(String);
  const name = path.reduce((outer, key) => (outer ? `${outer}[${key}]` : key), '');
  const value = path.reduce<unknown>(
    (inner, key) => (inner as Record<string, unknown> | undefined)?.[key],
    query,
  );
  return {
    path,
    name: 'ValidationError',
    message: `${name}: ${issue.message}, got ${preview(value)}`,
  };
}

function preview(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
