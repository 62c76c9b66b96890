import type { App } from '../app';
import { isOutage } from '../engine/engine';
import { CliError } from './errors';

/**
 * Brings the index up to date.
 *
 * @throws CliError where it cannot be reached.
 */
export async function settled({ index }: App): Promise<void> {
  try {
    await index.idle();
  } catch (error) {
    if (!isOutage(error)) throw error;
    const [trouble] = index.health().troubles;
    throw new CliError(`The index cannot be reached: ${trouble?.message ?? error.message}`);
  }
}
