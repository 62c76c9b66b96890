import { readFile } from 'node:fs/promises';
import { z } from 'zod';

import { shortened } from '../config/shortened';
import { isStorable } from '../config/storable';
import { PLUGIN_ID } from '../constants';
import { decisionsIn, MAX_EXCLUSIONS, MAX_PINS, sourceKey, toRow, type Decisions } from '../curations/curation'; // prettier-ignore
import { CliError } from './errors';

export const FORMAT = 1;
/** Far below what the column takes: it grows by one with every change. */
export const MAX_REVISION = 2_000_000_000;

const text = z
  .string()
  .max(255)
  .refine(isStorable, 'expected a text without NUL and without halves of characters');
const id = text.min(1);
const listOf = (most: number) =>
  z.array(z.unknown()).max(most, `expected at most ${most} entries`).pipe(z.array(id));
const source = { sourceType: id, sourceId: id, sourceLocale: text };
const moment = z
  .string()
  .regex(
    /^[1-9]\d{3}-\d{2}-\d{2}T[\d:.]{8,16}Z$/,
    'expected a date such as 2026-03-01T12:00:00.000Z',
  )
  .refine((text) => !Number.isNaN(Date.parse(text)), 'expected a date');
const DAY_MS = 86_400_000;
/** With a day for clocks that differ. */
const past = moment.refine((text) => Date.parse(text) < Date.now() + DAY_MS, 'expected a date that has passed'); // prettier-ignore
/** What was not decided is left out: then earlier versions read the file too. */
const decided = {
  pins: listOf(MAX_PINS),
  exclusions: listOf(MAX_EXCLUSIONS),
  pinEnds: z.record(id, moment).optional(),
  hidden: z.literal(true).optional(),
};
const curationSchema = z.strictObject({
  ...source,
  ...decided,
  revision: z.number().int().min(1).max(MAX_REVISION),
  editor: text.nullable(),
  updatedAt: past,
});
const eventSchema = z.strictObject({
  ...source,
  action: z.enum(['changed', 'ended', 'copied', 'removed']),
  ...decided,
  reverts: z.number().int().min(0).max(MAX_REVISION).optional(),
  revision: z.number().int().min(0).max(MAX_REVISION).nullable(),
  editor: text.nullable(),
  editorId: text.nullable(),
  createdAt: past,
});
const fileSchema = z.strictObject({
  plugin: z.literal(PLUGIN_ID),
  format: z.literal(FORMAT),
  curations: z.array(z.unknown()),
  events: z.array(z.unknown()),
});
export type CurationsFile = Omit<z.output<typeof fileSchema>, 'curations' | 'events'> & {
  curations: z.output<typeof curationSchema>[];
  events: z.output<typeof eventSchema>[];
};
export type EventLine = CurationsFile['events'][number];

/** Characters of a name or a message that are said. */
const MAX_SAID = 200;

/** @throws CliError naming the first mistake. */
export async function readCurations(file: string): Promise<CurationsFile> {
  let json: unknown;
  try {
    json = JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new CliError(`--file: "${file}" cannot be read: ${(error as Error).message}`);
  }
  const read = <Schema extends z.ZodType>(schema: Schema, value: unknown, place: string) => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const [{ path, message }] = result.error.issues;
    const name = [place, ...path.map(String)].filter(Boolean).join('.');
    throw mistake(`${shortened(name, MAX_SAID) || 'the file'}: ${shortened(message, MAX_SAID)}`);
  };
  const mistake = (what: string) => new CliError(`"${file}": ${what}`);
  // One by one: a mistake in each would be more than the library can collect.
  const { curations, events, ...head } = read(fileSchema, json, '');
  const content: CurationsFile = {
    ...head,
    curations: curations.map((one, at) => read(curationSchema, one, `curations.${at}`)),
    events: events.map((one, at) => read(eventSchema, one, `events.${at}`)),
  };
  const seen = new Set<string>();
  for (const [at, curation] of content.curations.entries()) {
    const { sourceId, pins, exclusions } = curation;
    const key = sourceKey(curation);
    if (seen.size === seen.add(key).size) throw mistake(`there are two curations of "${key}"`);
    const excluded = new Set(exclusions);
    const both = pins.find((pin) => excluded.has(pin));
    if (both) throw mistake(`curations.${at}: "${both}" is both pinned and excluded`);
    if (pins.includes(sourceId)) throw mistake(`curations.${at}: "${sourceId}" is pinned to itself`); // prettier-ignore
  }
  return content;
}

/** What was decided, as it stands in the file. */
export function decidedIn(decisions: Decisions): z.output<z.ZodObject<typeof decided>> {
  const { pins, exclusions, pinEnds, hidden } = toRow(decisions);
  return { pins, exclusions, ...(pinEnds && { pinEnds }), ...(hidden && { hidden }) };
}

export function toEvent(row: Record<string, unknown>): EventLine {
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    sourceType: String(row.sourceType),
    sourceId: String(row.sourceId),
    sourceLocale: String(row.sourceLocale ?? ''),
    action: row.action as EventLine['action'],
    ...decidedIn(decisionsIn(row)),
    ...(typeof row.reverts === 'number' && { reverts: row.reverts }),
    revision: row.revision === null ? null : Number(row.revision),
    editor: text(row.editor),
    editorId: text(row.editorId),
    createdAt: new Date(row.createdAt as string).toISOString(),
  };
}

/** Equal for two lines of one event. */
export const eventKey = (event: EventLine): string =>
  JSON.stringify([sourceKey(event), event.action, event.revision, event.createdAt]);
