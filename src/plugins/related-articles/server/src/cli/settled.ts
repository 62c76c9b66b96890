import { setTimeout as pause } from 'node:timers/promises';

import type { App } from '../app';
import { isOutage } from '../engine/engine';
import { CliError } from './errors';

/** The index is not up to date, and will not be soon. */
export class StalledError extends CliError {}

/** How long the index may make no progress if there are known problems, in milliseconds. */
const PATIENCE_MS = 120_000;
/** The same with known problems for somebody who is told about them anyway. */
const SHORT_PATIENCE_MS = 15_000;
/** How long it may make none if there are none. */
const LONGEST_MS = 600_000;
const LOOK_MS = 500;

/**
 * Brings the index up to date.
 *
 * @param isWhole Whether it has to be checked and complete, as far as anybody knows. Default: true.
 * @throws StalledError if it makes no progress.
 * @throws CliError if it cannot be reached.
 */
export async function settled({ index, types }: App, isWhole = true): Promise<void> {
  const stall = new Stall(index, isWhole ? PATIENCE_MS : SHORT_PATIENCE_MS);
  try {
    const done = isWhole && types.size > 0 ? applied(index, stall) : index.idle();
    await Promise.race([done, stall.wait()]);
  } catch (error) {
    throw named(error, index);
  } finally {
    stall.end();
  }
}

/** Returns an error that names the index if that is what cannot be reached. */
export function named(error: unknown, index: App['index']): unknown {
  if (!isOutage(error)) return error;
  const [trouble] = index.health().troubles;
  return new CliError(`The index cannot be reached: ${trouble?.message ?? error.message}`);
}

/** Waits until the index was checked and has everything: `idle` ends without that if the database fails. */
async function applied(index: App['index'], stall: Stall): Promise<void> {
  for (;;) {
    await index.idle();
    if (stall.hasEnded) return;
    const { troubles, progress } = index.health();
    if (progress.ready && (troubles.length === 0 || (await index.isInStep()))) return;
    await pause(LOOK_MS);
  }
}

/** Checks whether the index makes progress while somebody waits for it. */
class Stall {
  hasEnded = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly index: App['index'],
    private readonly patience: number,
  ) {}

  /** @throws StalledError once it does not; otherwise, never settles. */
  wait(): Promise<never> {
    let known = '';
    let since = performance.now();
    return new Promise((_resolve, reject) => {
      this.timer = setInterval(() => {
        const { indexed, pending } = this.index.progress();
        const { troubles } = this.index.health();
        const now = `${indexed} ${pending}`;
        if (now !== known) since = performance.now();
        known = now;
        const messages = troubles.map(({ message }) => message);
        if (performance.now() - since < (messages.length > 0 ? this.patience : LONGEST_MS)) return;
        const reason = messages.join('; ') || `no progress for ${LONGEST_MS / 60_000} minutes; another instance may be keeping the index, see its health`; // prettier-ignore
        reject(new StalledError(`The index cannot be brought up to date: ${reason}`));
      }, LOOK_MS);
    });
  }

  end(): void {
    this.hasEnded = true;
    clearInterval(this.timer);
  }
}
