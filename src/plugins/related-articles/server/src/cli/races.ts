import { SEPARATOR } from '../content/without-statement';

/** Thrown if this command itself notices that somebody else wrote in between. */
export class Meanwhile extends Error {
  readonly code = 'MEANWHILE';

  constructor() {
    super('somebody else is writing this entry');
  }
}

/**
 * Codes of MySQL, MariaDB, PostgreSQL and SQLite for a row that somebody else has just created or changed, for
 * deadlocks, and our own. After either, Strapi restores relations, which PostgreSQL refuses with 25P02.
 */
const RACES = new Set(['MEANWHILE', 'ER_DUP_ENTRY', 'ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD', '23505', '40001', '40P01', '55P03', '25P02', 'SQLITE_CONSTRAINT_UNIQUE']); // prettier-ignore
/** SQLite gives up at once instead of waiting; Strapi notices that another process has just published. */
const MEANWHILE =
  /database is locked|SQLITE_BUSY|published entry with documentId .* already exists/;

/** Whether somebody else's write came in between, so that another try may succeed. */
export const isRace = (error: unknown): boolean =>
  RACES.has(String((error as { code?: unknown } | null)?.code));

/** Whether somebody else writes at this very moment, so that a later try may succeed. */
export const isLocked = (error: unknown): boolean =>
  MEANWHILE.test(String((error as { message?: unknown } | null)?.message));

/** Codes of a database that cannot be reached, or is being stopped or started. */
const GONE_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE', 'PROTOCOL_CONNECTION_LOST', '57P01', '57P02', '57P03']); // prettier-ignore
const GONE =
  /^(Connection terminated|Connection lost|server closed the connection|terminating connection|the database system is|connect ECONNREFUSED|read ECONNRESET)/;

/** Whether the database is gone, so that everything after this would fail as well. */
export function isGone(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof message !== 'string') return false;
  return GONE_CODES.has(String(code)) || GONE.test(message.split(SEPARATOR).pop() ?? '');
}
