import type { IndexedDocument } from '../indexed-document';
import type { CustomSignal } from '../engine';

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * Each candidate's score by a custom signal, -1 to 1. If the signal fails for any candidate, its `onFailure` is called
 * and the result is `null`: otherwise the order of the list would depend on which calls happened to work.
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
  if (isPromise(value)) {
    // Nothing awaits this promise: if it rejects later, that must not end the process.
    Promise.resolve(value).catch(() => undefined);
    return 'a promise';
  }
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** Recognises thenables of libraries, too, such as a knex query. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === 'function';
}
