import type { App } from '../app';
import { isOutage } from '../engine/engine';
import { CliError } from './errors';

/** For how long nothing may go on where something is wrong, and where nothing is known to be, in milliseconds. */
const PATIENCE_MS = 120_000;
const LONGEST_MS = 600_000;
const LOOK_MS = 500;

/**
 * Brings the index up to date.
 *
 * @throws CliError where it cannot be reached, or something keeps it from going on.
 */
export async function settled({ index }: App): Promise<void> {
  const stall = new Stall(index);
  try {
    await Promise.race([index.idle(), stall.wait()]);
  } catch (error) {
    if (!isOutage(error)) throw error;
    const [trouble] = index.health().troubles;
    throw new CliError(`The index cannot be reached: ${trouble?.message ?? error.message}`);
  } finally {
    stall.end();
  }
}

/** Looks whether the index goes on while somebody waits for it. */
class Stall {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly index: App['index']) {}

  /** @throws CliError once it does not; never ends otherwise. */
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
        if (performance.now() - since < (messages.length > 0 ? PATIENCE_MS : LONGEST_MS)) return;
        const reason = messages.join('; ') || `no progress for ${LONGEST_MS / 60_000} minutes; another instance may be keeping the index, see its health`; // prettier-ignore
        reject(new CliError(`The index cannot be brought up to date: ${reason}`));
      }, LOOK_MS);
    });
  }

  end(): void {
    clearInterval(this.timer);
  }
}
