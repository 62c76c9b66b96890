import { performance } from 'node:perf_hooks';

import type { Core } from '@strapi/strapi';

/** Up to which share of its time the process may be busy, and of its connections in use, to take on more work. */
const BUSY = 0.7;
const IN_USE = 0.5;

/** The part of knex's pool that tells how much it is used. */
interface Pool {
  max: number;
  numUsed(): number;
  numPendingAcquires(): number;
}

/** Tells whether the process and the database could do more than they do. */
export class SpareTime {
  private last = performance.eventLoopUtilization();

  constructor(private readonly strapi: Core.Strapi) {}

  /** Whether there was time to spare since this was last asked, and there are connections to spare now. */
  has(): boolean {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.last);
    this.last = now;
    if (utilization > BUSY) return false;
    const { pool } = this.strapi.db.connection.client as { pool?: Pool };
    return !pool || (pool.numPendingAcquires() === 0 && pool.numUsed() <= IN_USE * pool.max);
  }
}
