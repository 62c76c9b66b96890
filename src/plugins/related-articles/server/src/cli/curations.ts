import { writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Core } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';
import { appOf } from '../app';
import { counted } from '../config/counted';
import { defaultLocaleOf } from '../content/default-locale';
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
  type Decisions,
} from '../curations/curation';
import { claimCuration } from '../curations/curation-repository';
import { allOrNothing, allRows, say, warn, withProject } from './curation-rows';
import {
  checkedFile,
  decidedIn,
  eventKey,
  shiftedKey,
  FileMistake,
  FORMAT,
  readCurations,
  toEvent,
  type CurationsFile,
  type EventLine,
} from './curations-file';
import { CliError } from './errors';
import { MAX_REVISION } from './file-values';
import { followed, warnOfMissing } from './followed-lists';
import { outputFile } from '../config/output-file';
import { ImportTurn } from './one-import';
import { exportedSettings, putSettings, warnOfUnfitting } from './settings-lines';

/** Writes all pins, exclusions, their history and the settings as JSON. */
export async function exportCurations({ file }: { file: string }): Promise<void> {
  await withProject(async (strapi) => {
    const content = await exportedCurations(strapi);
    const { settings = [] } = content;
    const json = JSON.stringify(content, null, 2);
    try {
      await replaceFile(file, `${json}\n`);
    } catch (error) {
      throw new CliError(`--file: "${file}" cannot be written: ${(error as Error).message}`);
    }
    const withSettings = settings.length > 0 ? `, with settings of ${settings.map(({ targetType }) => targetType).join(', ')}` : ''; // prettier-ignore
    say(`${content.curations.length} curations and ${content.events.length} events written${withSettings}`); // prettier-ignore
    try {
      checkedFile(JSON.parse(json));
    } catch (error) {
      if (!(error instanceof FileMistake)) throw error;
      throw new CliError(`"${file}" was written, but import-curations would refuse it: ${error.message}. Fix that in the database, or in the file before you import it`); // prettier-ignore
    }
  });
}

/** Reads what `exportCurations` writes, while editors may go on working. */
export async function exportedCurations(strapi: Core.Strapi): Promise<CurationsFile> {
  // First: an import adds what the history lacks of a newer curation, but takes back what only the history has.
  const events = (await allRows(strapi, CURATION_EVENT.uid)).map(toEvent);
  const curations = (await allRows(strapi, CURATION.uid)).map(toCuration).map((curation) => ({
    sourceType: curation.sourceType,
    sourceId: curation.sourceId,
    sourceLocale: curation.sourceLocale,
    ...decidedIn(curation),
    revision: Math.max(1, curation.revision),
    editor: curation.editor,
    updatedAt: curation.updatedAt,
  }));
  const settings = await exportedSettings(strapi);
  return { plugin: PLUGIN_ID, format: FORMAT, curations, events, ...(settings.length > 0 && { settings }) }; // prettier-ignore
}

/** Writes the file so that only its owner can ever read it: it names people. */
async function replaceFile(file: string, content: string): Promise<void> {
  const output = await outputFile(file);
  try {
    await writeFile(output.path, content, { mode: 0o600 });
    await output.keep();
  } finally {
    await output.drop();
  }
}

/** Imports what `exportCurations` wrote: all of it, or nothing. */
export async function importCurations({ file }: { file: string }): Promise<void> {
  const content = await readCurations(file);
  await withProject(async (strapi) => {
    const { types } = appOf(strapi);
    const defaultLocale = await defaultLocaleOf(strapi);
    const moved = <One extends CurationSource>(list: readonly One[]) =>
      list.map((one) => followed(one, types.get(one.sourceType), defaultLocale));
    const [curations, events] = [moved(content.curations), moved(content.events)];
    const met = new Set<string>();
    const twice = curations.find((one) => met.size === met.add(sourceKey(one)).size);
    if (twice) {
      throw new CliError(`"${file}": there are two curations of "${twice.sourceId}", one without a locale and one in "${defaultLocale}": remove one of them`); // prettier-ignore
    }
    const lines = content.settings ?? [];
    const put = async () => {
      const counts = { created: 0, replaced: 0, unchanged: 0, newer: 0 };
      for (const curation of curations) {
        const { outcome, wasNewer } = await putCuration(strapi, curation);
        counts[outcome] += 1;
        if (wasNewer) counts.newer += 1;
      }
      const history = await putEvents(strapi, events);
      const touched = new Map<string, CurationSource>(
        [...curations, ...history.touched].map((one) => [sourceKey(one), one]),
      );
      for (const source of touched.values()) await settleHistory(strapi, source);
      const settings = { created: 0, replaced: 0, unchanged: 0 };
      for (const line of lines) settings[await putSettings(strapi, line)] += 1;
      return { ...counts, ...history, settings };
    };
    const turn = new ImportTurn(strapi, 'import-curations');
    const counts = await turn.during(() => allOrNothing(strapi, put));
    say(
      `${counted(counts.created, 'curation')} created, ${counts.replaced} replaced, ${counts.unchanged} unchanged; ${counted(counts.touched.length, 'event')} added or completed`,
    );
    if (counts.newer > 0) {
      warn(`${counts.newer} of the replaced curations had been changed since the file was written. The history still has what they were`); // prettier-ignore
    }
    if (lines.length > 0) {
      const { created, replaced, unchanged } = counts.settings;
      say(`Settings of content types: ${created} created, ${replaced} replaced, ${unchanged} unchanged`); // prettier-ignore
    }
    for (const line of lines) {
      const type = types.get(line.targetType);
      if (type) warnOfUnfitting(type, line.settings);
      else warn(`${line.targetType} is not configured: its settings have no effect until it is, or until you move them with move-curations`); // prettier-ignore
    }
    if (counts.differing > 0) {
      warn(
        `${counts.differing} events differ from those in the file; the ones in the database stay as they are`,
      );
    }
    for (const uid of new Set(curations.map(({ sourceType }) => sourceType))) {
      const type = types.get(uid);
      const own = curations.filter(({ sourceType }) => sourceType === uid);
      if (type) await warnOfMissing(strapi, type, own);
      else warn(`${uid} is not configured: its curations have no effect until it is, or until you move them with move-curations`); // prettier-ignore
    }
  });
}

/** Adds missing events, and completes those from which an earlier version dropped what it did not know. */
async function putEvents(
  strapi: Core.Strapi,
  events: readonly EventLine[],
): Promise<{ touched: EventLine[]; differing: number }> {
  const query = strapi.db.query(CURATION_EVENT.uid);
  const rows = await allRows(strapi, CURATION_EVENT.uid);
  const stored = rows.map((row) => ({ row, event: toEvent(row) }));
  const known = new Map(stored.map(({ row, event }) => [eventKey(event), row]));
  const shifted = new Map(stored.map(({ row, event }) => [shiftedKey(event), row]));
  const touched: EventLine[] = [];
  let differing = 0;
  for (const event of events) {
    const { createdAt, ...data } = event;
    const wanted = decisionsIn(data);
    const row = known.get(eventKey(event)) ?? shifted.get(shiftedKey(event));
    if (!row) {
      known.set(eventKey(event), event);
      await query.create({ data: { ...data, ...toRow(wanted), createdAt: new Date(createdAt) } });
      touched.push(event);
      continue;
    }
    const dropped = droppedFrom(row, event);
    if (dropped === null || (dropped.length > 0 && row.id === undefined)) differing += 1;
    else if (dropped.length > 0) {
      await query.update({ where: { id: row.id }, data: Object.fromEntries(dropped) });
      touched.push(event);
    }
  }
  return { touched, differing };
}

/** Returns the columns that the row of an event has lost, with their values; `null` if the row tells something else. */
function droppedFrom(row: Record<string, unknown>, event: EventLine): [string, unknown][] | null {
  const [there, wanted] = [decisionsIn(row), decisionsIn(event)];
  const isSame = isSameDecision(there, wanted);
  if (!isSame && !isSameDecision(there, asEarlier(wanted))) return null;
  const dropped: [string, unknown][] = isSame ? [] : Object.entries(toRow(wanted));
  const line = toEvent(row);
  for (const name of ['reverts', 'agreed'] as const) {
    if (event[name] === undefined || isDeepStrictEqual(event[name], line[name])) continue;
    if (line[name] !== undefined) return null;
    dropped.push([name, event[name]]);
  }
  return dropped;
}

/** Drops what earlier versions have no columns for. */
const asEarlier = ({ pins, exclusions }: Decisions): Decisions => ({
  pins: pins.map(({ uid, documentId }) => ({ uid, documentId })),
  exclusions,
  isHidden: false,
});

/** What became of a curation of the file; `wasNewer` if it took the place of one with a later revision. */
interface Put {
  outcome: 'created' | 'replaced' | 'unchanged';
  wasNewer?: boolean;
}

async function putCuration(
  strapi: Core.Strapi,
  { sourceType, sourceId, sourceLocale, updatedAt, ...wanted }: CurationsFile['curations'][number],
): Promise<Put> {
  const query = strapi.db.query(CURATION.uid);
  const where = { sourceType, sourceId, sourceLocale };
  const row = await query.findOne({ where });
  const { editor, revision } = wanted;
  const decisions = toRow(decisionsIn({ sourceType, ...wanted }));
  if (!row) {
    const created = await query.create({ data: { ...where, ...decisions, editor, revision } });
    await setChanged(strapi, created.id, updatedAt);
    return { outcome: 'created' };
  }
  const current = toCuration(row);
  if (JSON.stringify(toRow(current)) === JSON.stringify(decisions)) return { outcome: 'unchanged' };
  await claimCuration(strapi, current);
  const data = {
    ...decisions,
    editor,
    revision: Math.min(MAX_REVISION, Math.max(current.revision, revision) + 1),
  };
  await query.update({ where: { id: current.id }, data });
  await setChanged(strapi, current.id, updatedAt);
  // Otherwise, what the import took away would seem to be in force, and clones would get it.
  await strapi.db.query(CURATION_EVENT.uid).create({
    data: { ...where, ...data, action: 'changed', editor: null, editorId: null },
  });
  return { outcome: 'replaced', wasNewer: current.revision > revision };
}

/** Sets the time of the decision: Strapi sets the time of every update to now. */
async function setChanged(strapi: Core.Strapi, id: number, at: string): Promise<void> {
  const builder = strapi.db.queryBuilder(CURATION.uid) as unknown as UpdateBuilder;
  await builder
    .where({ id })
    .update({ updatedAt: new Date(at) })
    .execute();
}

/** The part of Strapi's query builder that is used here. Unlike raw SQL, it takes part in the transaction. */
interface UpdateBuilder {
  where(where: object): UpdateBuilder;
  update(data: object): UpdateBuilder;
  execute(): Promise<unknown>;
}

/**
 * Appends what is in force to the history if imported events end it differently, such as those of another copy of the
 * site: undo, merge and clone go by the last event.
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
  const { id, updatedAt } = curation;
  // MariaDB reads the state from when the import began.
  await claimCuration(strapi, curation);
  await query.update({ where: { id }, data: { revision } });
  await setChanged(strapi, id, updatedAt);
  // After the last event, whichever clock set its time.
  const createdAt = new Date(
    Math.max(Date.now(), new Date(last.createdAt as string).getTime() + 1),
  );
  const step = { ...where, ...toRow(curation), revision, action: 'changed', createdAt };
  await events.create({ data: { ...step, editor: null, editorId: null } });
}
