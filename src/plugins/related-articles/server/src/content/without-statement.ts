/** Separates a statement from what the database says about it. */
export const SEPARATOR = ' - ';

const STATEMENT =
  /^\s*(select|insert|update|delete|with|begin|commit|rollback|savepoint|release|create|alter|drop|do|set|lock|pragma)\b/i;
/** Longer messages begin with a statement, too. */
const LONG = 400;

/** Returns what a database says about a failure, without the statement before it, which may be long. */
export function withoutStatement(error: Error & { sqlMessage?: string }): string {
  const { sqlMessage, message } = error;
  if (sqlMessage !== undefined) return sqlMessage;
  const at = message.lastIndexOf(SEPARATOR);
  const isPlain = message.length < LONG && !STATEMENT.test(message);
  return isPlain || at < 0 ? message : message.slice(at + SEPARATOR.length);
}
