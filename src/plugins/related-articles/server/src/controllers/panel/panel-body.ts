import { errors } from '@strapi/utils';
import { z } from 'zod';

import {
  MAX_SEARCHED,
  OVERVIEW_LISTS,
  OVERVIEW_SORTS,
  type OverviewSort,
} from '../../../../shared/contracts';
import { saying } from '../../config/issue-words';
import type { LimitsConfig } from '../../config/schema';
import { shortened } from '../../config/shortened';
import { isDeeper, isStorable } from '../../config/storable';
import { MAX_EXCLUSIONS, MAX_PINS } from '../../curations/curation';
import { boundedSettings } from '../../settings/settings-schema';

const MAX_REFERENCE = 255;
/** The most entries of a relation, and the most relations, that a form may send at once. */
const MAX_ENTRIES = 200;
/** Forms nest a component in a zone in a block; deeper input is hostile. */
const MAX_DEPTH = 100;
const DAY_MS = 86_400_000;
const LAST_DATE = Date.UTC(10_000, 0, 1);

const name = z
  .string({ error: 'expected a documentId' })
  .min(1)
  .max(MAX_REFERENCE, `a documentId has at most ${MAX_REFERENCE} characters`)
  .refine(isStorable, 'expected a documentId without control characters');
const locale = z
  .string({ error: 'expected a locale code such as "en"' })
  .regex(/^[\w-]{1,50}$/, 'expected a locale code such as "en"')
  .nullish()
  .transform((value) => value ?? undefined);
/** Checks the length of a list before its items: half a million wrong ones would take seconds, and fill the answer. */
const listOf = <Item extends z.ZodType>(item: Item, most: number, error: string) =>
  z
    .array(z.unknown(), { error })
    .max(most, {
      error: ({ input }) => `expected at most ${most}, got ${(input as unknown[]).length}`,
    })
    .pipe(z.array(item, { error }));
const references = (most: number) => listOf(name, most, 'expected a list of documentIds');
const relationEntries = listOf(
  z.object({ documentId: name }, { error: 'expected { documentId }' }),
  MAX_ENTRIES,
  'expected a list of { documentId }',
).default([]);

export const suggestionsBody = z.strictObject({
  documentId: name.optional(),
  locale,
  status: z
    .enum(['draft', 'published'], { error: 'expected "draft" or "published"' })
    .default('draft'),
  values: z.record(z.string(), z.unknown(), { error: 'expected values by attribute' }).optional(),
  relations: z
    .record(z.string(), z.unknown(), { error: 'expected { connect, disconnect } by attribute' })
    .refine((value) => Object.keys(value).length <= MAX_ENTRIES, {
      error: `expected at most ${MAX_ENTRIES} attributes`,
      abort: true,
    })
    .pipe(z.record(z.string(), z.object({ connect: relationEntries, disconnect: relationEntries })))
    .optional(),
  copyOf: name.optional(),
  more: z.boolean({ error: 'expected true or false' }).default(false),
});

export const linksBody = suggestionsBody.omit({ status: true, more: true });

const until = z.iso
  .datetime({ offset: true, error: 'expected a date such as 2026-03-01T12:00:00.000Z' })
  .transform((date) => new Date(date).toISOString())
  .refine((date) => Date.parse(date) < LAST_DATE, {
    error: 'expected a date before the year 10000',
  });
const pin = z.union([name, z.strictObject({ reference: name, until: until.optional() })], {
  error: 'expected a documentId, or { reference, until }',
});

export const curationBody = z.strictObject({
  locale,
  pins: listOf(pin, MAX_PINS, 'expected a list of documentIds or { reference, until }'),
  exclusions: references(MAX_EXCLUSIONS),
  hidden: z.boolean({ error: 'expected true or false' }).optional(),
  revision: z.int({ error: 'expected the revision that was read' }).min(0),
  stamp: z.string({ error: 'expected the stamp that was read' }).max(100, 'expected the stamp that was read').optional(), // prettier-ignore
});

const sentBefore = z
  .int({ error: 'expected milliseconds' })
  .min(0)
  .max(366 * DAY_MS)
  .optional();

/** When a request was first sent, by the clock of this process. */
export const sinceWhen = (before: number | undefined): Date | undefined =>
  before === undefined ? undefined : new Date(Date.now() - before);

export const pinBody = z.strictObject({ locale, documentId: name, sentBefore });

export const revertBody = z.strictObject({
  locale,
  pin: name.optional(),
  step: z.int({ error: 'expected the revision of a change' }).min(1, 'expected the revision of a change').optional(), // prettier-ignore
});

export const localeQuery = z.strictObject({ locale });

export const entriesQuery = z.strictObject({
  locale,
  query: z
    .string({ error: 'expected part of a title' })
    .trim()
    .min(1, 'expected part of a title')
    .max(MAX_SEARCHED, `expected at most ${MAX_SEARCHED} characters`)
    .refine(isStorable, 'expected a text without control characters'),
});

const LISTS = OVERVIEW_LISTS.join(', ');
const SORTS = OVERVIEW_SORTS.join(', ');
const MAX_PAGE_SIZE = 100;
const MAX_DECIDED = 100;

const whole = (most: number) =>
  z.coerce.number({ error: 'expected a whole number' }).int('expected a whole number').min(1, 'expected at least 1').max(most, `expected at most ${most}`); // prettier-ignore

export const overviewQuery = z.strictObject({
  locale,
  list: z.enum(OVERVIEW_LISTS, { error: `expected one of ${LISTS}` }).default('all'),
  search: entriesQuery.shape.query.optional(),
  sort: z
    .string()
    .regex(
      new RegExp(`^(${OVERVIEW_SORTS.join('|')})(:asc|:desc)?$`),
      `expected one of ${SORTS}, with :asc or :desc`,
    ) // prettier-ignore
    .default('title:asc')
    .transform((value) => {
      const [sort, order] = value.split(':');
      return { sort: sort as OverviewSort, isDescending: order === 'desc' };
    }),
  page: whole(1_000_000).default(1),
  pageSize: whole(MAX_PAGE_SIZE).default(20),
  format: z.enum(['json', 'csv'], { error: 'expected "json" or "csv"' }).default('json'),
});

export const factsBody = z.strictObject({
  locale,
  documentIds: references(MAX_DECIDED),
});

export const decideBody = z.strictObject({
  locale,
  documentIds: references(MAX_DECIDED).refine((ids) => ids.length > 0, {
    error: 'expected at least one documentId',
  }),
  decision: z.enum(['never', 'allow', 'automatic'], {
    error: 'expected "never", "allow" or "automatic"',
  }),
  sentBefore,
});

export const settingsBody = z.strictObject({
  settings: boundedSettings,
  revision: z.int({ error: 'expected the revision that was read' }).min(0),
  before: z.record(z.string(), z.unknown(), { error: 'expected the settings that were read' }).optional(), // prettier-ignore
});

const MAX_PREVIEWED = 5;

export const previewBody = z.strictObject({
  locale,
  settings: boundedSettings,
  documentIds: references(MAX_PREVIEWED),
});

export const tuneBody = z.strictObject({ locale });

/** How many mistakes are reported. */
const MAX_TOLD = 10;

/** @throws ValidationError (400) that names the field and what is expected. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  // Describing mistakes in deeper values would overflow the stack.
  for (const [name, part] of Object.entries(Object(value) as object)) {
    if (isDeeper(part, MAX_DEPTH)) throw new errors.ValidationError(`${shortened(name)}: expected at most ${MAX_DEPTH} levels of nesting`); // prettier-ignore
  }
  const result = schema.safeParse(value ?? {}, { reportInput: true });
  if (result.success) return result.data;
  const details = result.error.issues.slice(0, MAX_TOLD).map((issue) => {
    const path = issue.path.map((key) => shortened(String(key)));
    const unknown =
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .slice(0, MAX_TOLD)
            .map((key) => shortened(key))
            .join(', ')
        : null;
    const what = unknown ? `there is no field ${unknown}` : saying(issue);
    return { path, name: 'ValidationError', message: `${path.join('.') || 'body'}: ${what}` };
  });
  throw new errors.ValidationError(details[0].message, { errors: details });
}

/**
 * Refuses a form that no editor can have written, and returns how many characters it has.
 *
 * @throws PayloadTooLargeError (413) when it is longer than the option `limits.formLength` allows.
 * @throws ValidationError (400) when it is nested too deep.
 */
export function checkForm(
  values: unknown,
  { formLength }: Pick<LimitsConfig, 'formLength'>,
): number {
  if (values === undefined) return 0;
  if (isDeeper(values, MAX_DEPTH)) {
    throw new errors.ValidationError(`values: expected at most ${MAX_DEPTH} levels of nesting`);
  }
  const { length } = JSON.stringify(values);
  if (length <= formLength) return length;
  throw new errors.PayloadTooLargeError(
    `values: expected at most ${formLength} characters, got ${length}`,
  );
}
