import type { Verification } from './consumer';

/** How often apparent differences are checked while content keeps being written. */
const ROUNDS = 4;

/**
 * Compares with the database once all known changes are applied, and again if something was written meanwhile: what was
 * read just before a change seems to differ, but a real difference shows up each time.
 *
 * @param look Returns how much differs.
 * @returns The result of the last look; 0 if there was none.
 */
export async function confirmed(
  { idle, position, isStopped }: Pick<Verification, 'idle' | 'position' | 'isStopped'>,
  look: () => Promise<number>,
): Promise<number> {
  let found = 0;
  let seen = -1;
  for (let round = 0; round < ROUNDS; round += 1) {
    await idle();
    if (isStopped() || position() === seen) break;
    seen = position();
    found = await look();
    if (found === 0) break;
  }
  return found;
}
