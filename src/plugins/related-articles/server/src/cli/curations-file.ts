import { readFile } from 'node:fs/promises';
import { z } from 'zod';

import { PLUGIN_ID } from '../constants';
import { decisionsIn, MAX_EXCLUSIONS, MAX_PINS, sourceKey, toRow, type Decisions } from '../curations/curation'; // prettier-ignore
import { CliError } from './errors';

export const FORMAT = 1;
/** Far below what the column takes: it grows by one with every change. */
export const MAX_REVISION = 2_000_000_000;

const id = z.string().min(1).max(255);
const listOf = (most: number) => z.array(id).max(most, `expected at most ${most} entries`);
const source = { sourceType: id, sourceId: id, sourceLocale: z.string().max(255) };
const moment = z
  .string()
  .regex(
    /^[1-9]\d{3}-\d{2}-\d{2}T[\d:.]{8,16}Z$/,
    'expected a date such as 2026-03-01T12:00:00.000Z',
  )
  .refine((text) => !Number.isNaN(Date.parse(text)), 'expected a date');
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
  editor: z.string().max(255).nullable(),
  updatedAt: moment,
});
const eventSchema = z.strictObject({
  ...source,
  action: z.enum(['changed', 'ended', 'copied', 'removed']),
  ...decided,
  reverts: z.number().int().min(0).max(MAX_REVISION).optional(),
  revision: z.number().int().min(0).max(MAX_REVISION).nullable(),
  editor: z.string().max(255).nullable(),
  editorId: z.string().max(255).nullable(),
  createdAt: moment,
});
const fileSchema = z.strictObject({
  plugin: z.literal(PLUGIN_ID),
  format: z.literal(FORMAT),
  curations: z.array(curationSchema),
  events: z.array(eventSchema),
});
export type CurationsFile = z.output<typeof fileSchema>;
export type EventLine = CurationsFile['events'][number];

/** @throws CliError naming the first mistake. */
export async function readCurations(file: string): Promise<CurationsFile> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CliError(`--file: "${file}" cannot be read: ${(error as Error).message}`);
  }
  const result = fileSchema.safeParse(json);
  if (!result.success) {
    const [{ path, message }] = result.error.issues;
    throw new CliError(`"${file}": ${path.join('.') || 'the file'}: ${message}`);
  }
  const keys = result.data.curations.map(sourceKey);
  const seen = new Set<string>();
  const twice = keys.find((key) => seen.size === seen.add(key).size);
  if (twice) throw new CliError(`"${file}": there are two curations of "${twice}"`);
  return result.data;
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
