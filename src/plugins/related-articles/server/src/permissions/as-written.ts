/** Values nested deeper, such as circular ones, are left to JSON, which refuses circles. */
const MAX_DEPTH = 100;

/**
 * Returns an answer of project code as callers see it: of an object with a `toJSON`, they see what that returns, and
 * not its own attributes.
 */
export function asWritten(answer: unknown): unknown {
  return saysItself(answer, 0) ? (JSON.parse(JSON.stringify(answer)) as unknown) : answer;
}

/** Does the same for an answer that may already be serialized, as caches may keep it. */
export function asRead(answer: unknown): unknown {
  if (typeof answer !== 'string' && !Buffer.isBuffer(answer)) return asWritten(answer);
  try {
    return JSON.parse(answer.toString()) as unknown;
  } catch {
    return answer;
  }
}

function saysItself(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth > MAX_DEPTH) return true;
  // Dates are read as they are, in copies too.
  if (Object.prototype.toString.call(value) === '[object Date]') return false;
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return true;
  return Object.values(value).some((inner) => saysItself(inner, depth + 1));
}
