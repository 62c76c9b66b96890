import { statusOf } from '../api';
import { ForeignAnswer } from './answers';
import type { Format } from './format';

/** Why a request failed. */
export interface Problem {
  kind: 'offline' | 'foreign' | 'ended' | 'forbidden' | 'gone' | 'busy' | 'server' | 'refused';
  /** What the server said, if it refused the request. */
  message: string;
  /** Whether it may work when it is tried again. */
  mayPass: boolean;
}

export function problemOf(error: unknown): Problem {
  const kind = error instanceof ForeignAnswer ? 'foreign' : kindOf(statusOf(error));
  const { response } = error as { response?: { data?: { error?: { message?: string } } } };
  const message = response?.data?.error?.message ?? '';
  return { kind, message, mayPass: !['forbidden', 'gone', 'refused'].includes(kind) };
}

function kindOf(status: number | undefined): Problem['kind'] {
  if (status === undefined) return 'offline';
  if (status === 401) return 'ended';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'gone';
  if (status === 429) return 'busy';
  return status >= 500 ? 'server' : 'refused';
}

/** Whether a request may have been carried out although no answer came. */
export function mayBeLost(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status >= 500;
}

/**
 * Sends a request, and again if its answer may be lost: sent twice, it must have the effect of one.
 *
 * @param send Gets how long ago it was sent before, in milliseconds; nothing the first time.
 */
export async function untilAnswered<T>(send: (sentBefore?: number) => Promise<T>): Promise<T> {
  const times = () => [performance.now(), Date.now()];
  const at = times();
  try {
    return await send();
  } catch (error) {
    if (!mayBeLost(error)) throw error;
    // One clock may stand still while the machine sleeps, the other one may be set.
    return send(Math.ceil(Math.max(...times().map((now, which) => now - at[which]))));
  }
}

/** Describes a problem; the server's own message to developers comes last. */
export function wordsOf({ kind, message }: Problem, format: Format): string {
  return [format(`problem.${kind}`), kind === 'refused' ? message : ''].filter(Boolean).join(' ');
}
