import { errors } from '@strapi/utils';
import { z } from 'zod';

import type { LimitsConfig } from '../../config/schema';
import { MAX_EXCLUSIONS, MAX_PINS } from '../../curations/curation';

const MAX_REFERENCE = 255;
/** Relations whose entries are taken in from a form at once. */
const MAX_ENTRIES = 200;
/** Forms nest a component in a zone in a block; deeper input is hostile. */
const MAX_DEPTH = 100;

const name = z
  .string({ error: 'a documentId would be right' })
  .min(1)
  .max(MAX_REFERENCE, `a documentId has at most ${MAX_REFERENCE} characters`)
  .refine(isWritten, 'a documentId without control characters would be right');
const locale = z
  .string({ error: 'a locale code such as "en" would be right' })
  .regex(/^[\w-]{1,50}$/, 'a locale code such as "en" would be right')
  .nullish()
  .transform((value) => value ?? undefined);
const references = (most: number) =>
  z.array(name, { error: 'a list of documentIds would be right' }).max(most, {
    error: ({ input }) =>
      `${(input as string[]).length} are too many; at most ${most} would be right`,
  });
const relationEntries = z
  .array(z.object({ documentId: name }), { error: 'a list of { documentId } would be right' })
  .max(MAX_ENTRIES)
  .default([]);

/** PostgreSQL refuses NUL characters in text. */
function isWritten(text: string): boolean {
  return !text.includes('\0');
}

export const suggestionsBody = z.strictObject({
  documentId: name.optional(),
  locale,
  status: z
    .enum(['draft', 'published'], { error: '"draft" or "published" would be right' })
    .default('draft'),
  values: z
    .record(z.string(), z.unknown(), { error: 'values by attribute would be right' })
    .optional(),
  relations: z
    .record(z.string(), z.object({ connect: relationEntries, disconnect: relationEntries }), {
      error: '{ connect, disconnect } by attribute would be right',
    })
    .optional(),
});

export const curationBody = z.strictObject({
  locale,
  pins: references(MAX_PINS),
  exclusions: references(MAX_EXCLUSIONS),
  revision: z.int({ error: 'the revision that was read would be right' }).min(0),
});

export const pinBody = z.strictObject({ locale, documentId: name });

export const localeQuery = z.strictObject({ locale });

export const entriesQuery = z.strictObject({
  locale,
  query: z
    .string({ error: 'part of a title would be right' })
    .trim()
    .min(1, 'part of a title would be right')
    .max(100, 'at most 100 characters would be right')
    .refine(isWritten, 'a text without control characters would be right'),
});

/** @throws ValidationError (400) that names the field and what would be right. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const details = result.error.issues.map((issue) => {
    const path = issue.path.map(String);
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : null;
    const what = unknown ? `there is no field ${unknown}` : issue.message;
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
    throw new errors.ValidationError(
      `values: nested too deep; at most ${MAX_DEPTH} levels would be right`,
    );
  }
  const { length } = JSON.stringify(values);
  if (length <= formLength) return length;
  throw new errors.PayloadTooLargeError(
    `values: ${length} characters are too many; at most ${formLength} would be right`,
  );
}

/** Level by level: what is nested deep enough would end a function that calls itself. */
function isDeeper(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level
      .filter((part) => typeof part === 'object' && part !== null)
      .flatMap((part) => Object.values(part as object) as unknown[]);
  }
  return false;
}
