import type { Verification } from './consumer';

/** How often what seems to differ is looked at again where something is written meanwhile. */
const ROUNDS = 4;

/**
 * Looks at what may differ from the database once all that is known of is applied, and again where something was
 * written meanwhile: what was read a moment before its change seems to differ, and what differs does so each time.
 *
 * @param look Tells how much differs.
 * @returns What the last look told; 0 where none was made.
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
