import type { Core } from '@strapi/strapi';

import { STORED } from './stored';

/** Where Strapi lists tables that it must not drop. */
const STORE = { type: 'core', key: 'persisted_tables' } as const;

type PersistedTable = string | { name: string };

const nameOf = (table: PersistedTable): string => (typeof table === 'string' ? table : table.name);

const ownTables = (strapi: Core.Strapi): string[] =>
  STORED.map(({ uid }) => strapi.db.metadata.get(uid).tableName);

/**
 * Has Strapi keep the tables of pins, exclusions, history and settings: it drops those of a plugin that is switched off, not
 * built or not installed at one start.
 */
export async function keepTables(strapi: Core.Strapi): Promise<void> {
  const noted = await persistedTables(strapi);
  const names = new Set(noted.map(nameOf));
  const missing = ownTables(strapi).filter((name) => !names.has(name));
  if (missing.length === 0) return;
  await strapi.store(STORE).set({ value: [...noted, ...missing] });
}

/** Undoes that when the plugin is uninstalled. */
export async function releaseTables(strapi: Core.Strapi): Promise<void> {
  const own = new Set(ownTables(strapi));
  const noted = await persistedTables(strapi);
  await strapi.store(STORE).set({ value: noted.filter((table) => !own.has(nameOf(table))) });
}

async function persistedTables(strapi: Core.Strapi): Promise<PersistedTable[]> {
  const noted: unknown = await strapi.store(STORE).get({});
  return Array.isArray(noted) ? (noted as PersistedTable[]) : [];
}
