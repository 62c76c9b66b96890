import { z } from 'zod';

import { isStorable } from '../config/storable';

/* Schemas for values in the file of curations that the database can store. */

/** Far below what the column takes: it grows by one with every change. */
export const MAX_REVISION = 2_000_000_000;

/** How far clocks may differ. */
const LEEWAY_MS = 10 * 60_000;
const DAY_LENGTH = '2026-03-01'.length;

const dayOf = (text: string): string | null =>
  Number.isNaN(Date.parse(text)) ? null : new Date(text).toISOString().slice(0, DAY_LENGTH);

export const shortText = z
  .string()
  .max(255)
  .refine(isStorable, 'expected text without NUL or broken characters');

export const moment = z
  .string()
  .regex(
    /^[1-9]\d{3}-\d{2}-\d{2}T[\d:.]{8,16}Z$/,
    'expected a date such as 2026-03-01T12:00:00.000Z',
  )
  // JavaScript takes the 30th of February for the 2nd of March.
  .refine(
    (text) => dayOf(text) === text.slice(0, DAY_LENGTH),
    'expected a date that exists in the calendar',
  )
  // Times are compared as texts.
  .transform((text) => new Date(text).toISOString());

export const pastMoment = moment.refine(
  (text) => Date.parse(text) < Date.now() + LEEWAY_MS,
  'expected a date that has passed; if it has, the clocks or the time zones (TZ) of the two machines differ',
);
