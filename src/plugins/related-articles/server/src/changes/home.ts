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

  /** PostgreSQL's servers have an identity of their own, which replicas share. */
  private async server(): Promise<string[]> {
    if (clientOf(this.db) !== 'postgres') return [];
    const { connection } = this.db;
    const asked = connection
      .select(connection.raw('system_identifier::text as server'))
      .from(connection.raw('pg_control_system()'));
    // Some hosts do not let everybody ask.
    const rows = await rowsWithin<{ server: string }>(this.db, asked, READ_TIMEOUT_MS).catch(() => []); // prettier-ignore
    return rows.map(({ server }) => server);
  }
}

/** Returns host, port and database, or the file, from the configuration. */
function placeOf(db: Database): string[] {
  const { connectionSettings = {} } = (db.connection as { client: { connectionSettings?: object } }).client; // prettier-ignore
  const { connectionString, ...settings } = connectionSettings as Record<string, unknown>;
  const { hostname, port, pathname } = urlIn(connectionString);
  const { host = hostname, port: number = port, database = pathname, filename = '' } = settings;
  return [host, number, database, filename].map(String);
}

function urlIn(text: unknown): Pick<URL, 'hostname' | 'port' | 'pathname'> {
  try {
    return new URL(String(text));
  } catch {
    return { hostname: '', port: '', pathname: '' };
  }
}
