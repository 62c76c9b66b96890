import { readFile } from 'node:fs/promises';
import { z } from 'zod';

import { saying } from '../config/issue-words';
import { shortened } from '../config/shortened';
import { PLUGIN_ID } from '../constants';
import { decisionsIn, idsIn, MAX_EXCLUSIONS, MAX_PINS, sourceKey, toRow, type Decisions } from '../curations/curation'; // prettier-ignore
import { CliError } from './errors';
import { MAX_REVISION, moment, pastMoment, shortText } from './file-values';
import { NO_UTF8, TOO_DEEP, isTooDeep, utf8 } from './json-lines';
import { settingsLineSchema, type SettingsLine } from './settings-lines';

export const FORMAT = 1;
/** Entries, and pairs of pins. */
const MAX_AGREED = MAX_EXCLUSIONS + MAX_PINS * MAX_PINS;
const id = shortText.min(1);
const listOf = (most: number) =>
  z.array(z.unknown()).max(most, `expected at most ${most} entries`).pipe(z.array(id));
const source = { sourceType: id, sourceId: id, sourceLocale: shortText };
/** What was not decided is left out, so that earlier versions can read the file, too. */
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
  editor: shortText.nullable(),
  updatedAt: pastMoment,
});
const eventSchema = z
  .strictObject({
    ...source,
    action: z.enum(['changed', 'ended', 'copied', 'removed']),
    ...decided,
    reverts: z.number().int().min(0).max(MAX_REVISION).optional(),
    agreed: z.array(shortText).max(MAX_AGREED).optional(),
    revision: z.number().int().min(0).max(MAX_REVISION).nullable(),
    editor: shortText.nullable(),
    editorId: shortText.nullable(),
    createdAt: pastMoment,
  })
  .refine(
    ({ reverts, revision }) => reverts === undefined || revision === null || reverts < revision,
    {
      path: ['reverts'],
      error: 'expected an earlier revision than its own',
    },
  );
const fileSchema = z.strictObject({
  plugin: z.literal(PLUGIN_ID),
  format: z.literal(FORMAT),
  curations: z.array(z.unknown()),
  events: z.array(z.unknown()),
  // Left out if nothing is set, so that earlier versions can read the file, too.
  settings: z.array(z.unknown()).optional(),
});
type Lists = 'curations' | 'events' | 'settings';
export type CurationsFile = Omit<z.output<typeof fileSchema>, Lists> & {
  curations: z.output<typeof curationSchema>[];
  events: z.output<typeof eventSchema>[];
  settings?: SettingsLine[];
};
export type EventLine = CurationsFile['events'][number];

/** How many characters of a name or a message are shown. */
const MAX_SAID = 200;

/** @throws CliError naming the first mistake. */
export async function readCurations(file: string): Promise<CurationsFile> {
  let json: unknown;
  try {
    const text = utf8(await readFile(file));
    if (text === null) throw new Error(NO_UTF8);
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new CliError(`--file: "${file}" cannot be read: ${(error as Error).message}`);
  }
  try {
    return checkedFile(json);
  } catch (error) {
    if (!(error instanceof FileMistake)) throw error;
    throw new CliError(`"${file}": ${error.message}`);
  }
}

/** What is wrong in a file of curations, and where. */
export class FileMistake extends Error {}

/** @throws FileMistake naming the first mistake. */
export function checkedFile(json: unknown): CurationsFile {
  if (isTooDeep(json)) throw new FileMistake(TOO_DEEP);
  // Checked one by one: the library cannot collect a mistake in each of them.
  const { curations, events, settings, ...head } = checked(fileSchema, json, '');
  const content: CurationsFile = {
    ...head,
    curations: curations.map((one, at) => checked(curationSchema, one, `curations.${at}`)),
    events: events.map((one, at) => checked(eventSchema, one, `events.${at}`)),
    ...(settings && { settings: settings.map((one, at) => checked(settingsLineSchema, one, `settings.${at}`)) }), // prettier-ignore
  };
  const seen = new Set<string>();
  for (const [at, curation] of content.curations.entries()) {
    const { sourceId, pins, exclusions, pinEnds } = curation;
    const key = sourceKey(curation);
    if (seen.size === seen.add(key).size) throw new FileMistake(`there are two curations of "${key}"`); // prettier-ignore
    const excluded = new Set(exclusions);
    const both = pins.find((pin) => excluded.has(pin));
    if (both) throw new FileMistake(`curations.${at}: "${both}" is both pinned and excluded`);
    const twice = [pins, exclusions].flatMap((ids) => ids.find((id, place) => ids.indexOf(id) < place) ?? []); // prettier-ignore
    if (twice.length > 0) throw new FileMistake(`curations.${at}: "${twice[0]}" is there twice`);
    const ending = Object.keys(pinEnds ?? {}).find((id) => !pins.includes(id));
    if (ending !== undefined) throw new FileMistake(`curations.${at}: pinEnds names "${ending}", which is not pinned`); // prettier-ignore
    if (pins.includes(sourceId)) throw new FileMistake(`curations.${at}: "${sourceId}" is pinned to itself`); // prettier-ignore
  }
  const types = (content.settings ?? []).map(({ targetType }) => targetType);
  const twice = types.find((type, at) => types.indexOf(type) < at);
  if (twice) throw new FileMistake(`there are two settings of "${twice}"`);
  return content;
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, place: string) {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = [place, ...issue.path.map(String)].filter(Boolean).join('.');
  throw new FileMistake(`${shortened(name, MAX_SAID) || 'the file'}: ${shortened(saying(issue), MAX_SAID)}`); // prettier-ignore
}

/** Returns decisions in the form of the file. */
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
    ...(idsIn(row.agreed).length > 0 && { agreed: idsIn(row.agreed) }),
    revision: row.revision === null ? null : Number(row.revision),
    editor: text(row.editor),
    editorId: text(row.editorId),
    createdAt: new Date(row.createdAt as string).toISOString(),
  };
}

/** Equal for two lines of one event. */
export const eventKey = (event: EventLine): string =>
  JSON.stringify([sourceKey(event), event.action, event.revision, event.createdAt]);

const QUARTER_MS = 15 * 60_000;

/**
 * Equal for one event read in different time zones: Strapi stores the local time in PostgreSQL, so its times depend on
 * the zone of the process. An earlier version may have dropped the rest of a line.
 */
export const shiftedKey = ({ createdAt, ...event }: EventLine): string => {
  const { action, revision, editorId, pins, exclusions } = event;
  const time = Date.parse(createdAt) % QUARTER_MS;
  return JSON.stringify([sourceKey(event), action, revision, editorId, pins, exclusions, time]); // prettier-ignore
};
