import { randomUUID } from 'node:crypto';
import type { Core } from '@strapi/strapi';

import { Lease } from '../changes/lease';

/** How long an import that ended badly holds up the next one, in milliseconds. */
const LEASE_MS = 20_000;
const RENEWAL_MS = 4000;
const POLL_MS = 500;

/**
 * Lets one import at a time at the database, as two would each make what the other is about to make. Waits for its turn.
 *
 * @param isOver Whether nobody wants to wait any more: then the work is begun without the turn, and must end at once.
 */
export async function withImportTurn<T>(
  strapi: Core.Strapi,
  isOver: () => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const lease = new Lease({
    db: strapi.db,
    name: 'import',
    holder: randomUUID(),
    durationMs: LEASE_MS,
  });
  let isTold = false;
  while (!isOver() && !(await lease.hold())) {
    if (!isTold) process.stderr.write('Waiting for another import to end …\n');
    isTold = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  // What fails once is tried again long before the lease ends.
  const renewal = setInterval(() => void lease.hold().catch(() => undefined), RENEWAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await lease.release();
  }
}
