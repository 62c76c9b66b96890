import { writeFile } from 'node:fs/promises';
import type { Core } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';
import { appOf } from '../app';
import {
  CURATION,
  CURATION_EVENT,
  decisionsIn,
  isSameDecision,
  NEWEST_FIRST,
  sourceKey,
  toCuration,
  toRow,
  type CurationSource,
} from '../curations/curation';
import { claimCuration } from '../curations/curation-repository';
import { allOrNothing, allRows, say, withProject } from './curation-rows';
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
import { outputFile } from './output-file';

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
      await replaceFile(file, `${JSON.stringify(content, null, 2)}\n`);
    } catch (error) {
      throw new CliError(`--file: "${file}" cannot be written: ${(error as Error).message}`);
    }
    say(`${content.curations.length} curations and ${content.events.length} events written`);
  });
}

/** Only the owner ever may read it: it names people. */
async function replaceFile(file: string, content: string): Promise<void> {
  const output = await outputFile(file);
  try {
    await writeFile(output.path, content, { mode: 0o600 });
    await output.keep();
  } finally {
    await output.drop();
  }
}

/** Brings back what `exportCurations` wrote. All of it, or nothing. */
export async function importCurations({ file }: { file: string }): Promise<void> {
  const { curations, events } = await readCurations(file);
  await withProject(async (strapi) => {
    const counts = await allOrNothing(strapi, async () => {
      const counts = { created: 0, replaced: 0, unchanged: 0, events: 0 };
      for (const curation of curations) counts[await putCuration(strapi, curation)] += 1;
      const touched = new Map<string, CurationSource>(
        curations.map((one) => [sourceKey(one), one]),
      );
      const known = new Set((await allRows(strapi, CURATION_EVENT.uid)).map(toEvent).map(eventKey));
      for (const event of events) {
        if (known.has(eventKey(event))) continue;
        known.add(eventKey(event));
        const { createdAt, ...data } = event;
        const query = strapi.db.query(CURATION_EVENT.uid);
        const decisions = toRow(decisionsIn(data));
        await query.create({ data: { ...data, ...decisions, createdAt: new Date(createdAt) } });
        counts.events += 1;
        touched.set(sourceKey(event), event);
      }
      for (const source of touched.values()) await settleHistory(strapi, source);
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

async function putCuration(
  strapi: Core.Strapi,
  { sourceType, sourceId, sourceLocale, updatedAt, ...wanted }: CurationsFile['curations'][number],
): Promise<'created' | 'replaced' | 'unchanged'> {
  const query = strapi.db.query(CURATION.uid);
  const where = { sourceType, sourceId, sourceLocale };
  const row = await query.findOne({ where });
  const { editor, revision } = wanted;
  const decisions = toRow(decisionsIn({ sourceType, ...wanted }));
  if (!row) {
    const created = await query.create({ data: { ...where, ...decisions, editor, revision } });
    await setChanged(strapi, created.documentId, updatedAt);
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
  await setChanged(strapi, current.documentId, updatedAt);
  // What an import took away would otherwise seem to be in force, and clones would get it.
  await strapi.db.query(CURATION_EVENT.uid).create({
    data: { ...where, ...data, action: 'changed', editor: null, editorId: null },
  });
  return 'replaced';
}

/** It was then that somebody decided so. Strapi sets the time of every update to now. */
async function setChanged(strapi: Core.Strapi, documentId: string, at: string): Promise<void> {
  const builder = strapi.db.queryBuilder(CURATION.uid) as unknown as UpdateBuilder;
  await builder
    .where({ documentId })
    .update({ updatedAt: new Date(at) })
    .execute();
}

/** As far as it is used here. Unlike SQL of one's own, it takes part in the transaction. */
interface UpdateBuilder {
  where(where: object): UpdateBuilder;
  update(data: object): UpdateBuilder;
  execute(): Promise<unknown>;
}

/**
 * Ends the history of a curation with what is in force, where imported events end it otherwise, as those of another copy
 * of the site do: what is undone, merged and copied with an entry goes by it.
 */
async function settleHistory(
  strapi: Core.Strapi,
  { sourceType, sourceId, sourceLocale }: CurationSource,
): Promise<void> {
  const where = { sourceType, sourceId, sourceLocale };
  const events = strapi.db.query(CURATION_EVENT.uid);
  const query = strapi.db.query(CURATION.uid);
  const row = await query.findOne({ where });
  const last = await events.findOne({ where, orderBy: NEWEST_FIRST });
  if (!row || !last) return;
  const curation = toCuration(row);
  const highest = await events.findOne({
    where: { ...where, revision: { $notNull: true } },
    orderBy: { revision: 'desc' },
  });
  const told = Number(highest?.revision ?? 0);
  const isLast = last.action !== 'removed' && isSameDecision(decisionsIn(last), curation);
  if (isLast && told <= curation.revision) return;
  const revision = Math.min(MAX_REVISION, Math.max(told, curation.revision) + 1);
  const { documentId, updatedAt } = curation;
  await query.update({ where: { documentId }, data: { revision } });
  await setChanged(strapi, documentId, updatedAt);
  // Behind what is told, whichever clock that was told by.
  const createdAt = new Date(
    Math.max(Date.now(), new Date(last.createdAt as string).getTime() + 1),
  );
  const step = { ...where, ...toRow(curation), revision, action: 'changed', createdAt };
  await events.create({ data: { ...step, editor: null, editorId: null } });
}
