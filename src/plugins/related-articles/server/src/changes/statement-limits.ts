import type { Knex } from 'knex';

import { clientOf, type Database } from './tables';

const known = new WeakMap<Database, boolean>();

/** Whether the database takes limits for one statement alone, as MariaDB does and MySQL does not. */
export async function takesStatementLimits(db: Database, connection: Knex): Promise<boolean> {
  if (clientOf(db) !== 'mysql') return false;
  const before = known.get(db);
  if (before !== undefined) return before;
  const [[{ version }]] = (await connection.raw('select version() as version')) as [[{ version: string }]]; // prettier-ignore
  const takes = /mariadb/i.test(version);
  known.set(db, takes);
  return takes;
}

/** A statement with limits that hold for it alone. */
export function withLimits(limits: string, query: Knex.QueryBuilder, connection: Knex): Knex.Raw {
  const { sql, bindings } = query.toSQL().toNative();
  return connection.raw(`set statement ${limits} for ${sql}`, [...bindings]);
}
