import type { LimitsConfig } from '../config/schema';
import { refuse } from './query-refusal';

/** No legitimate query has more parts or levels. */
const MAX_PARTS = 2000;
const MAX_DEPTH = 40;

/**
 * Limits what later code has to go through, and refuses NUL, which some databases do not accept.
 *
 * @throws ValidationError (400)
 */
export function checkSize(query: unknown): void {
  let parts = 0;
  const visit = (value: unknown, depth: number): void => {
    parts += 1;
    if (parts > MAX_PARTS || depth > MAX_DEPTH) {
      refuse('query', `expected at most ${MAX_PARTS} parts and ${MAX_DEPTH} levels`);
    }
    if (typeof value === 'string' && value.includes('\0')) {
      refuse('query', 'expected text without the character NUL');
    }
    if (typeof value !== 'object' || value === null) return;
    // Not with `Object.entries`, which would list all of them before the first is counted.
    for (const key in value) {
      if (key.includes('\0')) refuse('query', 'expected names without the character NUL');
      visit((value as Record<string, unknown>)[key], depth + 1);
    }
  };
  visit(query, 0);
}

/** @throws ValidationError (400) */
export function checkLength(
  querystring: string,
  { queryLength }: Pick<LimitsConfig, 'queryLength'>,
): void {
  if (querystring.length <= queryLength) return;
  refuse('query', `has ${querystring.length} characters; expected at most ${queryLength}`);
}
