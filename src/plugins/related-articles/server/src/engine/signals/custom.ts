import type { IndexedDocument } from '../indexed-document';
import type { CustomSignal } from '../engine';

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * Each candidate's score by a signal of the caller's own, -1 to 1. `null`, after telling the signal why, when
 * it failed for any of them: half a signal would order the list by which calls happened to work.
 */
export function compareCustom(
  signal: CustomSignal,
  source: IndexedDocument,
  candidates: readonly IndexedDocument[],
): number[] | null {
  try {
    return candidates.map((candidate) => {
      const score: unknown = signal.score(
        source.attributes ?? NOTHING,
        candidate.attributes ?? NOTHING,
      );
      if (typeof score !== 'number' || !Number.isFinite(score)) {
        throw new TypeError(`it returned ${describe(score)} for ${source.id} and ${candidate.id}`);
      }
      return Math.min(1, Math.max(-1, score));
    });
  } catch (error) {
    signal.onFailure(error instanceof Error ? error.message : String(error));
    return null;
  }
}

function describe(value: unknown): string {
  if (value instanceof Promise) {
    // Nobody waits for it: if it fails later, that must not end the process.
    value.catch(() => undefined);
    return 'a promise';
  }
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
