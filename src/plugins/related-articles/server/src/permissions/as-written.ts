/** Nothing is nested deeper in what can be written; the rest, a circle among it, is for JSON to refuse. */
const MAX_DEPTH = 100;

/**
 * What code of the project answers as callers get to see it: where something in it says by a `toJSON` what is shown of
 * it, its own attributes are nobody's.
 */
export function asWritten(answer: unknown): unknown {
  return saysItself(answer, 0) ? (JSON.parse(JSON.stringify(answer)) as unknown) : answer;
}

/** The same of an answer that may be the text which is sent: who keeps answers may keep them so. */
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
