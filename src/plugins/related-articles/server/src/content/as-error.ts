import { inspect } from 'node:util';

/** Returns what was thrown as an error: hooks and signals of a project may throw anything. */
export function asError(thrown: unknown): Error {
  // Errors of other realms are not instances of this one's Error.
  if (typeof (thrown as Error | null | undefined)?.message === 'string') return thrown as Error;
  return new Error(typeof thrown === 'string' ? thrown : inspect(thrown));
}
