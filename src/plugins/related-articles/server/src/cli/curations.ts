import { chmod, writeFile } from 'node:fs/promises';
import type { Core } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';
import { appOf } from '../app';
import {
  CURATION,
  CURATION_EVENT,
  decisionsIn,
  NEWEST_FIRST,
  sourceKey,
  toCuration,
  toRow,
  type CurationSource,
} from '../curations/curation';
import { SETTING, toSetting } from '../settings/setting';
import { claimCuration, CurationConflict } from '../curations/curation-repository';
import { transaction } from '../changes/transactions';
import { bootStrapi, endStrapi } from './boot';
import {
  decidedIn,
  eventKey,
  FORMAT,
  MAX_REVISION,
  readCurations,
  toEvent,
  type CurationsFile,
} from './curations-file';
import { CliError, printable } from './errors';
import { typeOf } from './import';

const PAGE = 500;
const ATTEMPTS = 5;

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
    const counts = await allOrNothing(strapi, async () => {
      const counts = { created: 0, replaced: 0, unchanged: 0, events: 0 };
      const created: CurationSource[] = [];
      for (const curation of curations) {
        const done = await putCuration(strapi, curation);
        counts[done] += 1;
        if (done === 'created') created.push(curation);
      }
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
      for (const source of created) await recordReturn(strapi, source);
      return counts;
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

/** Gives curations and settings to a content type that was renamed. */
export async function moveCurations({ from, to }: { from: string; to: string }): Promise<void> {
  if (from === to) throw new CliError('--to: expected another content type than --from');
  await withProject(async (strapi) => {
    typeOf(appOf(strapi).types, to);
    if (from in strapi.contentTypes) {
      throw new CliError(`--from: "${from}" is a content type of this project. Only curations of one that is gone can be moved`); // prettier-ignore
    }
    const moved = await allOrNothing(strapi, async () => {
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
      for (const curation of all) {
        await claimCuration(strapi, curation);
        const { documentId, revision } = curation;
        const data = { sourceType: to, revision: revision + 1 };
        await query.update({ where: { documentId }, data });
      }
      const where = { sourceType: from };
      const events = await strapi.db
        .query(CURATION_EVENT.uid)
        .updateMany({ where, data: { sourceType: to } });
      const settings = await moveSettings(strapi, from, to);
      return { curations: all.length, events: Number(events.count), settings };
    });
    const settings = moved.settings ? ', and its settings' : '';
    say(
      `${moved.curations} curations and ${moved.events} events moved from ${from} to ${to}${settings}`,
    );
  });
}

/** @returns Whether there were any. */
async function moveSettings(strapi: Core.Strapi, from: string, to: string): Promise<boolean> {
  const query = strapi.db.query(SETTING.uid);
  const row = await query.findOne({ where: { targetType: from } });
  if (!row) return false;
  if (await query.findOne({ where: { targetType: to } })) {
    throw new CliError(
      `${to} has settings of its own, and ${from} has some too. Nothing is moved: remove one of them from the table related_articles_settings first.`,
    );
  }
  await query.update({ where: { id: row.id }, data: { targetType: to } });
  return true;
}

/** The content types that have settings and are not configured. */
export async function orphanedSettings(strapi: Core.Strapi): Promise<string[]> {
  const rows = (await allRows(strapi, SETTING.uid)).map(toSetting);
  return rows.map(({ uid }) => uid).filter((uid) => !appOf(strapi).types.has(uid));
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

/** One transaction, made anew where an editor of a running server changed what it is about to write. */
async function allOrNothing<T>(strapi: Core.Strapi, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction(strapi.db, work);
    } catch (error) {
      if (!(error instanceof CurationConflict)) throw error;
      if (attempt === ATTEMPTS) {
        throw new CliError('Editors keep changing these curations. Nothing is written; try again.');
      }
    }
  }
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
  await claimCuration(strapi, current);
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

/** Tells the history of a curation that is there again after its entry was gone: clones go by the last event. */
async function recordReturn(
  strapi: Core.Strapi,
  { sourceType, sourceId, sourceLocale }: CurationSource,
): Promise<void> {
  const where = { sourceType, sourceId, sourceLocale };
  const events = strapi.db.query(CURATION_EVENT.uid);
  const last = await events.findOne({ where, orderBy: NEWEST_FIRST });
  const row =
    last?.action === 'removed' && (await strapi.db.query(CURATION.uid).findOne({ where }));
  if (!row) return;
  const curation = toCuration(row);
  const data = {
    ...where,
    ...toRow(curation),
    revision: curation.revision,
    editor: curation.editor,
  };
  await events.create({ data: { ...data, action: 'changed', editorId: null } });
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

const say = (text: string): void => void process.stdout.write(`${printable(text)}\n`);
