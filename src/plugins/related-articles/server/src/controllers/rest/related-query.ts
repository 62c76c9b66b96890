import { errors } from '@strapi/utils';
import { z } from 'zod';

import { didYouMean } from '../../config/nearest';
import { shortened } from '../../config/shortened';
import { isStorable } from '../../config/storable';
import type { LimitsConfig } from '../../config/schema';
import {
  freeText,
  localeCode,
  manySources,
  MAX_REFERENCE_LENGTH,
  oneSource,
  pagination,
} from './parameters';

export type RelatedRequest = z.output<typeof oneSource>;
export type ManyRequest = z.output<typeof manySources>;
export type TextRequest = z.output<typeof freeText>;
/** The parameters that all requests share. */
export type CommonRequest = TextRequest;

/** The parameters of a request, by its kind. */
export const PARAMETERS = {
  one: Object.keys(oneSource.shape),
  many: Object.keys(manySources.shape),
  text: Object.keys(freeText.shape),
};

type QueryLimits = Pick<LimitsConfig, 'exclude' | 'sources'>;

/**
 * Parses the query of a request for the suggestions of one entry.
 *
 * @throws ValidationError (400) that names the parameter, the value and what is expected.
 */
export const parseQuery = (query: unknown, limits: QueryLimits): RelatedRequest =>
  parsed(oneSource, query, limits);

/** Parses the query of a request for the suggestions of several entries. */
export function parseMany(query: unknown, limits: QueryLimits): ManyRequest {
  const request = parsed(manySources, query, limits);
  atMost('documentIds', request.documentIds, limits.sources);
  if (request.distinct && request.together) {
    throw new errors.ValidationError('distinct: expected no distinct with together=true, because that gives only one list'); // prettier-ignore
  }
  return request;
}

/** Parses the query of a request for the suggestions for a text. */
export const parseTextQuery = (query: unknown, limits: QueryLimits): TextRequest =>
  parsed(freeText, query, limits);

function parsed<T extends typeof oneSource | typeof manySources | typeof freeText>(
  schema: T,
  query: unknown,
  limits: QueryLimits,
): z.output<T> {
  const result = schema.safeParse(query);
  if (!result.success) {
    const known = Object.keys(schema.shape);
    const details = result.error.issues.map((issue) => describe(issue, query, known));
    throw new errors.ValidationError(details[0].message, { errors: details });
  }
  atMost('exclude', result.data.exclude, limits.exclude);
  return result.data as z.output<T>;
}

function atMost(name: string, list: readonly unknown[], most: number): void {
  if (list.length <= most) return;
  throw new errors.ValidationError(
    `${name}: expected at most ${most} documentIds, got ${list.length}`,
  );
}

/** @throws ValidationError (400) when it cannot be a documentId or slug. */
export function parseReference(reference: unknown): string {
  const isOne = typeof reference === 'string' && reference.length <= MAX_REFERENCE_LENGTH;
  if (isOne && isStorable(reference)) return reference;
  throw new errors.ValidationError(
    `expected documentId: a documentId or slug of at most ${MAX_REFERENCE_LENGTH} characters`,
  );
}

export interface FreeText {
  title: string;
  text: string;
  locale?: string;
}

const freeTextBody = z.strictObject(
  {
    title: z.string({ error: 'expected a text' }).default(''),
    text: z.string({ error: 'expected a text' }).default(''),
    locale: localeCode.optional(),
  },
  {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? undefined : 'expected { title, text, locale }',
  },
);

/** Parses the body of a request for the suggestions for a text. */
export function parseText(
  body: unknown,
  { textLength }: Pick<LimitsConfig, 'textLength'>,
): FreeText {
  const result = freeTextBody.safeParse(body ?? {});
  if (!result.success) {
    const known = Object.keys(freeTextBody.shape);
    const details = result.error.issues.map((issue) => describe(issue, body, known));
    throw new errors.ValidationError(details[0].message, { errors: details });
  }
  const { title, text } = result.data;
  if ((title + text).trim() === '') {
    throw new errors.ValidationError('title, text: expected at least one of them');
  }
  const length = title.length + text.length;
  if (length > textLength) {
    throw new errors.PayloadTooLargeError(
      `title, text: expected at most ${textLength} characters together, got ${length}`,
    );
  }
  return result.data;
}

function describe(issue: z.core.$ZodIssue, query: unknown, known: readonly string[]) {
  if (issue.code === 'unrecognized_keys') {
    const inside = issue.path.length > 0;
    const key = issue.keys[0].slice(0, MAX_SHOWN);
    const name = inside ? `pagination[${key}]` : key;
    const takesPages = known.includes('pagination');
    const hint =
      !inside && takesPages && Object.hasOwn(pagination.shape, key)
        ? ` Did you mean "pagination[${key}]"?`
        : didYouMean(
            name,
            inside ? Object.keys(pagination.shape).map((one) => `pagination[${one}]`) : known,
          );
    return {
      path: [...issue.path.map(String), key],
      name: 'ValidationError',
      message: `${name}: there is no such parameter.${hint}`,
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
    message: `${name ? `${name}: ` : ''}${issue.message}, got ${preview(value)}`,
  };
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return 'a value nested too deeply to show';
  }
}

const MAX_SHOWN = 60;

const preview = (value: unknown): string => shortened(written(value), MAX_SHOWN);
