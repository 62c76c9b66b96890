import type { Core } from '@strapi/strapi';
import type { Knex } from 'knex';

import { changedWithin, rowsWithin } from '../content/statement-limits';
import { ANSWER_TIMEOUT_MS } from '../content/within-time';
import { CURATION, CURATION_EVENT, sourceOf } from './curation';
import { lastEvent } from './curation-history';

const BATCH = 200;

interface Grouped {
  source_type: string;
  source_id: string;
  source_locale: string;
}

/**
 * Deletes history from before a date and removes the names in it. Keeps the last event of each list, which the next
 * change is compared with to be described, undone and merged. Keeps a removal only if the list was created again since.
 */
export async function forgetHistory(strapi: Core.Strapi, before: Date): Promise<void> {
  const { db } = strapi;
  const moment = db.dialect.client === 'sqlite' ? before.getTime() : before;
  const tableOf = (uid: typeof CURATION.uid) => db.metadata.get(uid).tableName;
  const events = tableOf(CURATION_EVENT.uid);
  const old = () => db.getConnection(events).where('created_at', '<', moment);
  const sources = ['source_type', 'source_id', 'source_locale'];

  const rows = <R>(query: Knex.QueryBuilder) => rowsWithin<R>(db, query, ANSWER_TIMEOUT_MS);
  const change = (query: Knex.QueryBuilder) => changedWithin(db, query, ANSWER_TIMEOUT_MS);
  const grouped = old().select(sources).groupBy(sources);
  const several = await rows<Grouped>(grouped.having(db.connection.raw('count(*) > 1')));
  for (const group of several) {
    const source = sourceOf(group.source_type, group.source_id, group.source_locale);
    const last = await lastEvent(strapi, source, { $lt: before });
    if (last) await change(old().where(group).whereNot('id', Number(last.id)).delete());
    // SQLite queries never yield to other requests.
    await new Promise(setImmediate);
  }

  // By now, at most one for each list.
  const removals = await rows<Grouped & { id: number }>(old().where('action', 'removed').select(['id', ...sources])); // prettier-ignore
  const ended: number[] = [];
  for (const { id, ...group } of removals) {
    const [newer] = await rows(db.getConnection(events).where(group).whereNot('id', id).limit(1).select('id')); // prettier-ignore
    if (!newer) ended.push(id);
    await new Promise(setImmediate);
  }
  for (let start = 0; start < ended.length; start += BATCH) {
    const some = ended.slice(start, start + BATCH);
    await change(db.getConnection(events).whereIn('id', some).delete());
  }

  // Direct SQL, because removing a name changes nothing that is decided.
  const named = old().where((any) => any.whereNotNull('editor').orWhereNotNull('editor_id'));
  await change(named.update({ editor: null, editor_id: null }));
  const lists = db.getConnection(tableOf(CURATION.uid)).where('updated_at', '<', moment);
  await change(lists.whereNotNull('editor').update({ editor: null }));
}
