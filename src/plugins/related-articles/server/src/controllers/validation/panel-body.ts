import { errors } from '@strapi/utils';
import { z } from 'zod';

import type { LimitsConfig } from '../../config/schema';

const MAX_REFERENCE = 255;
/** Relations whose entries are taken in from a form at once. */
const MAX_ENTRIES = 200;
const MAX_REFERENCES = 1000;

const name = z
  .string({ error: 'a documentId would be right' })
  .min(1)
  .max(MAX_REFERENCE, `a documentId has at most ${MAX_REFERENCE} characters`);
const locale = z
  .string({ error: 'a locale code such as "en" would be right' })
  .regex(/^[\w-]{1,50}$/, 'a locale code such as "en" would be right')
  .nullish()
  .transform((value) => value ?? undefined);
const references = z
  .array(name, { error: 'a list of documentIds would be right' })
  .max(MAX_REFERENCES);
const relationEntries = z
  .array(z.object({ documentId: name, locale }), {
    error: 'a list of { documentId, locale } would be right',
  })
  .max(MAX_ENTRIES)
  .default([]);

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
  pins: references,
  exclusions: references,
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
    .max(100, 'at most 100 characters would be right'),
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

/** @throws PayloadTooLargeError (413) when a form's values are longer than the option `limits.formLength` allows. */
export function checkFormLength(values: unknown, { formLength }: Pick<LimitsConfig, 'formLength'>) {
  const length = values === undefined ? 0 : JSON.stringify(values).length;
  if (length <= formLength) return;
  throw new errors.PayloadTooLargeError(
    `values: ${length} characters are too many; at most ${formLength} would be right`,
  );
}
