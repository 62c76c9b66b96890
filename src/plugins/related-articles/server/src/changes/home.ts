import type { Knex } from 'knex';

import { changedWithin, rowsWithin } from '../content/statement-limits';
import { hashText } from '../engine/hash';
import { clientOf, LEASES, READ_TIMEOUT_MS, table, type Database } from './tables';

/**
 * Where a database is: its server and its name. A copy of it elsewhere has the same rows, so this tells the two apart.
 * It also changes when a database moves.
 */
export class Home {
  private readonly name: string;

  /** @param lease The name of the lease for writing to the indexes: each prefix has a record of its own. */
  constructor(
    private readonly db: Database,
    lease: string,
  ) {
    this.name = `${lease} home`;
  }

  async here(): Promise<string> {
    const { db } = this;
    const parts = [
      clientOf(db),
      ...placeOf(db),
      db.getSchemaName() ?? '',
      ...(await this.server()),
    ];
    return hashText(JSON.stringify(parts)).toString(36);
  }

  /** Returns where this database, or the one it is a copy of, was when the indexes were made; `null` if never noted. */
  async recorded(): Promise<string | null> {
    const row = table(this.db, LEASES).select('holder').where({ name: this.name });
    const [found] = await rowsWithin<{ holder: string }>(this.db, row, READ_TIMEOUT_MS);
    return found?.holder ?? null;
  }

  async record(holder: string): Promise<void> {
    const row = { name: this.name, holder, expires_at: 0, position: null };
    const noting = table(this.db, LEASES).insert(row).onConflict('name').merge(['holder']);
    await changedWithin(this.db, noting, READ_TIMEOUT_MS);
  }

  /** What the server says of itself. */
  private async server(): Promise<string[]> {
    const { connection } = this.db;
    const ask = (query: Knex.QueryBuilder) => rowsWithin<{ it: string }>(this.db, query, READ_TIMEOUT_MS); // prettier-ignore
    const client = clientOf(this.db);
    if (client === 'sqlite') return [];
    const name = client === 'postgres' ? 'current_database()' : 'database()';
    const found = await ask(connection.select(connection.raw(`${name} as it`)));
    if (client === 'postgres') {
      // PostgreSQL's servers have an identity, which replicas share. Some hosts do not let everybody ask.
      const identity = connection.raw('system_identifier::text as it');
      const asked = connection.select(identity).from(connection.raw('pg_control_system()'));
      found.push(...(await ask(asked).catch(() => [])));
    }
    return found.map(({ it }) => it);
  }
}

/** Returns host and port, or the file, from the configuration. */
function placeOf(db: Database): string[] {
  const { connectionSettings = {} } = (db.connection as { client: { connectionSettings?: object } }).client; // prettier-ignore
  const { connectionString, host, port, filename } = connectionSettings as Record<string, unknown>;
  // An address counts before everything else.
  const url = connectionString ? urlIn(connectionString) : null;
  return [url?.hostname ?? host, url?.port ?? port, filename].map((part) => String(part ?? ''));
}

function urlIn(text: unknown): URL | null {
  try {
    return new URL(String(text));
  } catch {
    return null;
  }
}
