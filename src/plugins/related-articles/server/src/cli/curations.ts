import { chmod, readFile, writeFile } from 'node:fs/promises';
import type { Core } from '@strapi/strapi';
import { z } from 'zod';

import { PLUGIN_ID } from '../constants';
import { appOf } from '../app';
import {
  CURATION,
  CURATION_EVENT,
  decisionsIn,
  sourceKey,
  toCuration,
  toRow,
  type Decisions,
} from '../curations/curation';
import { bootStrapi, endStrapi } from './boot';
import { CliError, printable } from './errors';
import { typeOf } from './import';

const FORMAT = 1;
/** Far below what the column takes: it grows by one with every change. */
const MAX_REVISION = 2_000_000_000;
const PAGE = 500;

const id = z.string().min(1).max(255);
const ids = z.array(id).max(10_000);
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
  pins: ids,
  exclusions: ids,
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
type CurationsFile = z.output<typeof fileSchema>;
type EventLine = CurationsFile['events'][number];

/** Writes all pins, exclusions and their history as JSON. */
export async function exportCurations({ file }: { file: string }): Promise<void> {
  await withProject(async (strapi) => {
    const content: CurationsFile = {
      plugin: PLUGIN_ID,
      format: FORMAT,
      curations: (await allRows(strapi, CURATION.uid)).map(toCuration).map((curation) => ({
        sourceType: curation.sourceType,
        sourceId: curation.sourceId,
        sourceLocale: curation.sourceLocale,
        ...decidedIn(curation),
        revision: Math.max(1, curation.revision),
        editor: curation.editor,
        updatedAt: curation.updatedAt,
      })),
      events: (await allRows(strapi, CURATION_EVENT.uid)).map(toEvent),
    };
    try {
      await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
      // The mode is that of a new file.
      await chmod(file, 0o600);
    } catch (error) {
      throw new CliError(`--file: "${file}" cannot be written: ${(error as Error).message}`);
    }
    say(`${content.curations.length} curations and ${content.events.length} events written`);
  });
}

/** Brings back what `exportCurations` wrote. All of it, or nothing. */
export async function importCurations({ file }: { file: string }): Promise<void> {
  const { curations, events } = await readCurations(file);
  await withProject(async (strapi) => {
    const counts = { created: 0, replaced: 0, unchanged: 0, events: 0 };
    await strapi.db.transaction(async () => {
      for (const curation of curations) counts[await putCuration(strapi, curation)] += 1;
      const known = new Set((await allRows(strapi, CURATION_EVENT.uid)).map(toEvent).map(eventKey));
      for (const event of events) {
        if (known.has(eventKey(event))) continue;
        known.add(eventKey(event));
        const { createdAt, ...data } = event;
        const query = strapi.db.query(CURATION_EVENT.uid);
        const decisions = toRow(decisionsIn(data));
        await query.create({ data: { ...data, ...decisions, createdAt: new Date(createdAt) } });
        counts.events += 1;
      }
    });
    say(
      `${counts.created} curations created, ${counts.replaced} replaced, ${counts.unchanged} unchanged; ${counts.events} events added`,
    );
    const configured = appOf(strapi).types;
    const unknown = new Set(curations.map(({ sourceType }) => sourceType));
    for (const uid of unknown) {
      if (configured.has(uid)) continue;
      process.stderr.write(
        `${printable(uid)} is not configured: its curations count for nothing until it is, or until you move them with move-curations\n`,
      );
    }
  });
}

/** Gives curations to a content type that was renamed. */
export async function moveCurations({ from, to }: { from: string; to: string }): Promise<void> {
  if (from === to) throw new CliError('--to: expected another content type than --from');
  await withProject(async (strapi) => {
    typeOf(appOf(strapi).types, to);
    const moved = await strapi.db.transaction(async () => {
      const query = strapi.db.query(CURATION.uid);
      const own = (await allRows(strapi, CURATION.uid, { sourceType: to })).map(toCuration);
      const taken = new Set(own.map(sourceKey));
      const all = (await allRows(strapi, CURATION.uid, { sourceType: from })).map(toCuration);
      const clash = all.find((curation) => taken.has(sourceKey({ ...curation, sourceType: to })));
      if (clash) {
        throw new CliError(
          `${to} has a curation of ${clash.sourceId} of its own. Nothing is moved.`,
        );
      }
      for (const { documentId, revision } of all) {
        const data = { sourceType: to, revision: revision + 1 };
        await query.update({ where: { documentId }, data });
      }
      const where = { sourceType: from };
      const events = await strapi.db
        .query(CURATION_EVENT.uid)
        .updateMany({ where, data: { sourceType: to } });
      return { curations: all.length, events: Number(events.count) };
    });
    say(`${moved.curations} curations and ${moved.events} events moved from ${from} to ${to}`);
  });
}

/** The content types that have curations and are not configured, with how many. */
export async function orphanedCurations(strapi: Core.Strapi): Promise<Map<string, number>> {
  const configured = appOf(strapi).types;
  const orphans = new Map<string, number>();
  for (const { sourceType } of (await allRows(strapi, CURATION.uid)).map(toCuration)) {
    if (!configured.has(sourceType)) orphans.set(sourceType, (orphans.get(sourceType) ?? 0) + 1);
  }
  return orphans;
}

async function withProject(work: (strapi: Core.Strapi) => Promise<void>): Promise<void> {
  const strapi = await bootStrapi();
  try {
    await work(strapi);
  } finally {
    await endStrapi(strapi);
  }
}

async function readCurations(file: string): Promise<CurationsFile> {
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
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice) throw new CliError(`"${file}": there are two curations of "${twice}"`);
  return result.data;
}

async function putCuration(
  strapi: Core.Strapi,
  { sourceType, sourceId, sourceLocale, ...wanted }: CurationsFile['curations'][number],
): Promise<'created' | 'replaced' | 'unchanged'> {
  const query = strapi.db.query(CURATION.uid);
  const where = { sourceType, sourceId, sourceLocale };
  const row = await query.findOne({ where });
  const { editor, revision } = wanted;
  const decisions = toRow(decisionsIn({ sourceType, ...wanted }));
  if (!row) {
    await query.create({ data: { ...where, ...decisions, editor, revision } });
    return 'created';
  }
  const current = toCuration(row);
  if (JSON.stringify(toRow(current)) === JSON.stringify(decisions)) return 'unchanged';
  const data = {
    ...decisions,
    editor,
    revision: Math.min(MAX_REVISION, Math.max(current.revision, revision) + 1),
  };
  await query.update({ where: { documentId: current.documentId }, data });
  // What an import took away would otherwise seem to be in force, and clones would get it.
  await strapi.db.query(CURATION_EVENT.uid).create({
    data: { ...where, ...data, action: 'changed', editor: null, editorId: null },
  });
  return 'replaced';
}

function decidedIn(decisions: Decisions): z.output<z.ZodObject<typeof decided>> {
  const { pins, exclusions, pinEnds, hidden } = toRow(decisions);
  return { pins, exclusions, ...(pinEnds && { pinEnds }), ...(hidden && { hidden }) };
}

async function allRows(
  strapi: Core.Strapi,
  uid: typeof CURATION.uid,
  where: Record<string, unknown> = {},
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (let after = 0; ;) {
    const page: Record<string, unknown>[] = await strapi.db.query(uid).findMany({
      where: { ...where, id: { $gt: after } } as never,
      orderBy: { id: 'asc' } as never,
      limit: PAGE,
    });
    rows.push(...page);
    if (page.length < PAGE) return rows;
    after = Number(page[page.length - 1].id);
  }
}

function toEvent(row: Record<string, unknown>): EventLine {
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

const eventKey = (event: EventLine): string =>
  JSON.stringify([sourceKey(event), event.action, event.revision, event.createdAt]);

const say = (text: string): void => void process.stdout.write(`${printable(text)}\n`);
