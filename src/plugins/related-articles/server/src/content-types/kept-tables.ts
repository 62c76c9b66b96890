import type { Core } from '@strapi/strapi';

import { rowsWithin } from '../content/statement-limits';
import { ANSWER_TIMEOUT_MS } from '../content/within-time';
import { STORED } from './stored';

/** Where Strapi lists tables that it must not drop. */
const STORE = { type: 'core', key: 'persisted_tables' } as const;

type PersistedTable = string | { name: string };

const nameOf = (table: PersistedTable): string => (typeof table === 'string' ? table : table.name);

const ownTables = (strapi: Core.Strapi): string[] =>
  STORED.map(({ uid }) => strapi.db.metadata.get(uid).tableName);

/**
 * Makes Strapi keep the tables of pins, exclusions, history and settings: it drops those of a plugin that is switched
 * off, not built or not installed at a single start.
 *
 * @param timeoutMs How long the query for the tables that it keeps may take, in milliseconds. Default: a minute.
 */
export async function keepTables(
  strapi: Core.Strapi,
  timeoutMs = ANSWER_TIMEOUT_MS,
): Promise<void> {
  const noted = await persistedTables(strapi, timeoutMs);
  const names = new Set(noted.map(nameOf));
  const missing = ownTables(strapi).filter((name) => !names.has(name));
  if (missing.length === 0) return;
  await strapi.store(STORE).set({ value: [...noted, ...missing] });
}

/** Undoes `keepTables` when the plugin is uninstalled. */
export async function releaseTables(strapi: Core.Strapi): Promise<void> {
  const own = new Set(ownTables(strapi));
  const noted = await persistedTables(strapi);
  await strapi.store(STORE).set({ value: noted.filter((table) => !own.has(nameOf(table))) });
}

/** Reads the list with a time limit, which Strapi's own store lacks: the database may not answer at shutdown. */
async function persistedTables(
  { db }: Core.Strapi,
  timeoutMs = ANSWER_TIMEOUT_MS,
): Promise<PersistedTable[]> {
  const { tableName } = db.metadata.get('strapi::core-store');
  const rows = db
    .getConnection(tableName)
    .select('value')
    .where({ key: `${STORE.type}_${STORE.key}`, environment: null, tag: null })
    .limit(1);
  const [row] = await rowsWithin<{ value: string | null }>(db, rows, timeoutMs);
  try {
    const noted: unknown = JSON.parse(row?.value ?? '[]');
    return Array.isArray(noted) ? (noted as PersistedTable[]) : [];
  } catch {
    return [];
  }
}
